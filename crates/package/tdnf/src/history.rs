//! What was done and when, in `history.db` with the tables of the original, so that either program can read
//! what the other wrote.
//!
//! Two things differ. An *intent* is recorded before anything changes, in a table of our own, and becomes a
//! transaction afterwards: whatever happens in between, the next run knows what was going on. And each record
//! is written in one SQLite transaction instead of one per package.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use depsolve::Reason;
use rpmdb::{Mode, RpmDb};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use crate::config::path_below;
use crate::error::Error;
use crate::plan::{Operation, Plan};

const SCHEMA: &str = "
BEGIN;
CREATE TABLE IF NOT EXISTS rpms(Id INTEGER PRIMARY KEY, nevra TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS names(Id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS transactions(Id INTEGER PRIMARY KEY, cookie TEXT, cmdline TEXT, timestamp INTEGER, type INTEGER);
CREATE TABLE IF NOT EXISTS trans_items(Id INTEGER PRIMARY KEY, trans_id INTEGER, type INTEGER, rpm_id INTEGER);
CREATE TABLE IF NOT EXISTS flag_set(Id INTEGER PRIMARY KEY, trans_id INTEGER, name_id INTEGER, value INTEGER);
CREATE TABLE IF NOT EXISTS intents(Id INTEGER PRIMARY KEY, cmdline TEXT, timestamp INTEGER);
CREATE TABLE IF NOT EXISTS intent_items(intent_id INTEGER, type INTEGER, nevra TEXT, name TEXT, auto INTEGER);
CREATE TABLE IF NOT EXISTS kept(trans_id INTEGER PRIMARY KEY, kept_id INTEGER);
COMMIT;
";

/// `transactions.type`: the whole state, or a change to the one before.
const BASE: i64 = 0;
const DELTA: i64 = 1;
/// `trans_items.type`.
const SET: i64 = 0;
const ADDED: i64 = 1;
const REMOVED: i64 = 2;

/// One change of an intent or transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    kind: i64,
    nevra: String,
    name: String,
    /// Whether it comes along with something else; nothing when that stays as it was.
    auto: Option<bool>,
}

/// What is about to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    command: String,
    time: i64,
    changes: Vec<Change>,
}

impl Intent {
    /// The intent to undo a transaction.
    pub(crate) fn reverse(entry: &Entry, command: &str) -> Self {
        let change = |kind| {
            move |nevra: &String| Change {
                kind,
                nevra: nevra.clone(),
                name: rpmfile::Nevra::parse(nevra).map_or_else(String::new, |nevra| nevra.name),
                auto: None,
            }
        };
        let removed = entry.added.iter().map(change(REMOVED));
        Self {
            command: without_credentials(command),
            time: now(),
            changes: removed.chain(entry.removed.iter().map(change(ADDED))).collect(),
        }
    }

    /// The intent of a plan; `time` instead of the clock makes images reproducible.
    pub(crate) fn of(plan: &Plan, command: &str, time: Option<u32>) -> Self {
        Self {
            command: without_credentials(command),
            time: time.map_or_else(now, i64::from),
            changes: changes(plan),
        }
    }
}

/// What comes, and what goes: by itself or because something takes its place, each once.
fn changes(plan: &Plan) -> Vec<Change> {
    let items = plan
        .items
        .iter()
        .filter(|item| item.operation != Operation::Reinstall);
    let mut changes: Vec<Change> = Vec::new();
    for item in items {
        let kind = if item.comes() { ADDED } else { REMOVED };
        // An update says nothing about who wanted the package.
        let auto = (item.operation == Operation::Install).then_some(item.reason != Reason::User);
        let own = Change {
            kind,
            nevra: item.nevra(),
            name: item.name.clone(),
            auto,
        };
        let replaced = item.replaces.iter().map(|nevra| Change {
            kind: REMOVED,
            nevra: nevra.clone(),
            name: String::new(),
            auto: None,
        });
        for change in replaced.chain([own]) {
            let known = |other: &Change| other.kind == change.kind && other.nevra == change.nevra;
            if !changes.iter().any(known) {
                changes.push(change);
            }
        }
    }
    changes
}

/// Addresses may hold a password; the history is no place for it.
fn without_credentials(command: &str) -> String {
    let clean = |word: &str| match word
        .split_once("://")
        .and_then(|(s, rest)| Some((s, rest.split_once('@')?)))
    {
        Some((scheme, (user, host))) if !user.contains('/') => {
            let start = scheme.rfind(['=', ',']).map_or(0, |at| at + 1);
            format!("{}{}://***@{host}", &scheme[..start], &scheme[start..])
        }
        _ => word.to_owned(),
    };
    command.split(' ').map(clean).collect::<Vec<_>>().join(" ")
}

fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs() as i64)
}

/// A transaction of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// What was asked for; `(set)` for the first state, `(unknown)` for changes made by other programs.
    pub command: String,
    /// Seconds since 1970.
    pub time: i64,
    /// Packages that came.
    pub added: Vec<String>,
    /// Packages that went.
    pub removed: Vec<String>,
}

/// The history of a root.
pub struct History {
    db: Connection,
    path: PathBuf,
    root: PathBuf,
}

impl History {
    /// Opens it to write; it is created when there is none.
    pub fn open(root: &Path, persistdir: &Path) -> Result<Self, Error> {
        let dir = path_below(root, persistdir);
        std::fs::create_dir_all(&dir).map_err(Error::io("create", &dir))?;
        let path = dir.join("history.db");
        let db = Connection::open(&path).and_then(|db| db.execute_batch(SCHEMA).map(|()| db));
        let db = db.map_err(|source| Error::History {
            doing: "open",
            path: path.clone(),
            source,
        })?;
        Ok(Self {
            db,
            path,
            root: root.to_owned(),
        })
    }

    /// Opens it to read; `None` when there is none.
    pub fn read(root: &Path, persistdir: &Path) -> Result<Option<Self>, Error> {
        let path = path_below(root, persistdir).join("history.db");
        if !path.exists() {
            return Ok(None);
        }
        // A journal left by a crash can only be rolled back by someone who may write.
        let flags = match rustix::fs::access(&path, rustix::fs::Access::WRITE_OK) {
            Ok(()) => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Err(_) => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let db = Connection::open_with_flags(&path, flags);
        let db = db.map_err(|source| Error::History {
            doing: "open",
            path: path.clone(),
            source,
        })?;
        let history = Self {
            db,
            path,
            root: root.to_owned(),
        };
        // Killed before the tables were made: nothing was done yet.
        Ok(history.has_table("transactions")?.then_some(history))
    }

    fn has_table(&self, name: &str) -> Result<bool, Error> {
        let sql = "SELECT count(*) FROM sqlite_master WHERE name = ?";
        let count = self.db.query_row(sql, [name], |row| row.get::<_, i64>(0));
        count.map(|count| count > 0).map_err(self.failed("read"))
    }

    fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> Error + use<> {
        let path = self.path.clone();
        move |source| Error::History {
            doing,
            path: path.clone(),
            source,
        }
    }

    /// Records what is about to be done, after bringing the history up to date with the package database.
    pub(crate) fn intend(&self, intent: &Intent) -> Result<i64, Error> {
        let failed = self.failed("write the intent to");
        let installed = self.installed()?;
        let cookie = self.cookie()?;
        let transaction = self.db.unchecked_transaction().map_err(&failed)?;
        sync(&transaction, &installed, &cookie, intent.time).map_err(&failed)?;
        let id = insert_intent(&transaction, intent).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(id)
    }

    /// Turns an intent into a transaction; `kept` is the number under which it keeps what it replaced.
    pub(crate) fn completed(&self, intent: i64, kept: Option<u64>) -> Result<(), Error> {
        let failed = self.failed("write the result to");
        let cookie = self.cookie()?;
        let transaction = self.db.unchecked_transaction().map_err(&failed)?;
        let id = complete(&transaction, intent, &cookie).map_err(&failed)?;
        if let Some(kept) = kept {
            let sql = "INSERT INTO kept(trans_id, kept_id) VALUES(?, ?)";
            transaction
                .execute(sql, params![id, kept as i64])
                .map_err(&failed)?;
        }
        transaction.commit().map_err(&failed)
    }

    /// Under which number a transaction keeps what it replaced.
    pub(crate) fn kept(&self, transaction: i64) -> Result<Option<u64>, Error> {
        if !self.has_table("kept")? {
            return Ok(None);
        }
        let sql = "SELECT kept_id FROM kept WHERE trans_id = ?";
        let found = self
            .db
            .query_row(sql, [transaction], |row| row.get::<_, i64>(0))
            .optional();
        found
            .map(|id| id.map(|id| id as u64))
            .map_err(self.failed("read"))
    }

    /// Forgets an intent of which nothing came.
    pub(crate) fn abandoned(&self, intent: i64) -> Result<(), Error> {
        let failed = self.failed("write the result to");
        let transaction = self.db.unchecked_transaction().map_err(&failed)?;
        forget(&transaction, intent).map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }

    /// Whether something was begun of which the end is not recorded.
    pub(crate) fn has_intents(&self) -> Result<bool, Error> {
        // A history written by the original has no such table.
        if !self.has_table("intents")? {
            return Ok(false);
        }
        let count = self
            .db
            .query_row("SELECT count(*) FROM intents", (), |row| row.get::<_, i64>(0));
        count.map(|count| count > 0).map_err(self.failed("read"))
    }

    /// After a crash: the package database tells which of the intents that are left came true.
    pub(crate) fn settle(&self) -> Result<(), Error> {
        let failed = self.failed("read");
        let installed = self.installed()?;
        let mut select = self
            .db
            .prepare("SELECT Id FROM intents ORDER BY Id")
            .map_err(&failed)?;
        let ids: Result<Vec<i64>, _> = select.query_map((), |row| row.get(0)).and_then(Iterator::collect);
        for id in ids.map_err(&failed)? {
            let changes = intent_changes(&self.db, id).map_err(&failed)?;
            let happened = changes
                .iter()
                .all(|change| installed.contains(&change.nevra) == (change.kind == ADDED));
            if happened {
                self.completed(id, self.kept_by_nobody()?)?
            } else {
                self.abandoned(id)?
            }
        }
        Ok(())
    }

    /// What the newest transaction keeps, when the history does not know yet whose it is: that of the intent.
    fn kept_by_nobody(&self) -> Result<Option<u64>, Error> {
        let Some(newest) = transaction::undoable(&self.root).into_iter().max() else {
            return Ok(None);
        };
        let sql = "SELECT count(*) FROM kept WHERE kept_id = ?";
        let known = self
            .db
            .query_row(sql, [newest as i64], |row| row.get::<_, i64>(0));
        let known = known.map_err(self.failed("read"))?;
        Ok((known == 0).then_some(newest))
    }

    fn installed(&self) -> Result<BTreeSet<String>, Error> {
        let Some(db) = self.rpmdb()? else {
            return Ok(BTreeSet::new());
        };
        let mut installed = BTreeSet::new();
        db.for_each(|package| {
            if let Ok(nevra) = package.header.nevra()
                && nevra.name != "gpg-pubkey"
            {
                installed.insert(nevra.to_string());
            }
        })?;
        Ok(installed)
    }

    fn cookie(&self) -> Result<String, Error> {
        Ok(match self.rpmdb()? {
            Some(db) => db.cookie()?,
            None => String::new(),
        })
    }

    fn rpmdb(&self) -> Result<Option<RpmDb>, Error> {
        match RpmDb::open(&self.root, Mode::Read) {
            Ok(db) => Ok(Some(db)),
            Err(rpmdb::Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All transactions, the oldest first.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let failed = self.failed("read");
        let sql = "SELECT Id, cmdline, timestamp FROM transactions ORDER BY Id";
        let mut select = self.db.prepare(sql).map_err(&failed)?;
        let rows = select.query_map((), |row| {
            Ok(Entry {
                id: row.get(0)?,
                command: row.get(1)?,
                time: row.get(2)?,
                added: Vec::new(),
                removed: Vec::new(),
            })
        });
        let mut entries: Vec<Entry> = rows.and_then(Iterator::collect).map_err(&failed)?;
        for entry in &mut entries {
            let items = items(&self.db, entry.id).map_err(&failed)?;
            let of = |kinds: &[i64]| {
                items
                    .iter()
                    .filter(|(kind, _)| kinds.contains(kind))
                    .map(|(_, nevra)| nevra.clone())
                    .collect()
            };
            (entry.added, entry.removed) = (of(&[SET, ADDED]), of(&[REMOVED]));
        }
        Ok(entries)
    }

    /// Names of packages that nobody asked for.
    pub fn auto_installed(&self) -> Result<BTreeSet<String>, Error> {
        let failed = self.failed("read");
        let sql = "SELECT names.name, flag_set.value FROM flag_set JOIN names ON names.Id = flag_set.name_id \
                   ORDER BY flag_set.Id";
        let mut select = self.db.prepare(sql).map_err(&failed)?;
        let rows = select.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
        let last: BTreeMap<String, i64> = rows.and_then(Iterator::collect).map_err(&failed)?;
        Ok(last
            .into_iter()
            .filter(|(_, value)| *value == 1)
            .map(|(name, _)| name)
            .collect())
    }

    /// Records what other programs changed.
    pub fn update(&self) -> Result<(), Error> {
        let failed = self.failed("write");
        let (installed, cookie) = (self.installed()?, self.cookie()?);
        let transaction = self.db.unchecked_transaction().map_err(&failed)?;
        sync(&transaction, &installed, &cookie, now()).map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }

    /// Marks packages as asked for or not.
    pub fn mark(&self, names: &[String], auto: bool, command: &str) -> Result<(), Error> {
        let changes = Vec::new();
        let id = self.intend(&Intent {
            command: command.to_owned(),
            time: now(),
            changes,
        })?;
        let failed = self.failed("write");
        let cookie = self.cookie()?;
        let transaction = self.db.unchecked_transaction().map_err(&failed)?;
        let marked = complete(&transaction, id, &cookie).and_then(|id| {
            names
                .iter()
                .try_for_each(|name| flag(&transaction, id, name, auto))
        });
        marked.map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }
}

type Sql<T> = Result<T, rusqlite::Error>;

/// Records what other programs changed since the last transaction; the whole state when there is none yet.
fn sync(db: &Transaction<'_>, installed: &BTreeSet<String>, cookie: &str, time: i64) -> Sql<()> {
    let last = "SELECT cookie FROM transactions ORDER BY Id DESC LIMIT 1";
    let Some(known) = db
        .query_row(last, (), |row| row.get::<_, Option<String>>(0))
        .optional()?
    else {
        let id = insert(db, cookie, "(set)", time, BASE)?;
        return installed
            .iter()
            .try_for_each(|nevra| add_item(db, id, SET, nevra));
    };
    if known.as_deref() == Some(cookie) {
        return Ok(());
    }
    let before = state(db)?;
    let (added, removed): (Vec<_>, Vec<_>) = (
        installed.difference(&before).collect(),
        before.difference(installed).collect(),
    );
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    let id = insert(db, cookie, "(unknown)", time, DELTA)?;
    added
        .into_iter()
        .try_for_each(|nevra| add_item(db, id, ADDED, nevra))?;
    removed
        .into_iter()
        .try_for_each(|nevra| add_item(db, id, REMOVED, nevra))
}

/// The packages that are installed according to the history.
fn state(db: &Connection) -> Sql<BTreeSet<String>> {
    let sql = "SELECT transactions.type, trans_items.type, rpms.nevra FROM trans_items \
               JOIN transactions ON transactions.Id = trans_items.trans_id \
               JOIN rpms ON rpms.Id = trans_items.rpm_id ORDER BY trans_items.Id";
    let mut select = db.prepare(sql)?;
    let rows = select.query_map((), |row| Ok((row.get::<_, i64>(1)?, row.get::<_, String>(2)?)))?;
    let mut state = BTreeSet::new();
    for row in rows {
        let (kind, nevra) = row?;
        if kind == REMOVED {
            state.remove(&nevra)
        } else {
            state.insert(nevra)
        };
    }
    Ok(state)
}

fn insert(db: &Connection, cookie: &str, command: &str, time: i64, kind: i64) -> Sql<i64> {
    let sql = "INSERT INTO transactions(cookie, cmdline, timestamp, type) VALUES(?, ?, ?, ?)";
    db.execute(sql, params![cookie, command, time, kind])?;
    Ok(db.last_insert_rowid())
}

fn insert_intent(db: &Connection, intent: &Intent) -> Sql<i64> {
    let sql = "INSERT INTO intents(cmdline, timestamp) VALUES(?, ?)";
    db.execute(sql, params![intent.command, intent.time])?;
    let id = db.last_insert_rowid();
    let mut insert = db.prepare_cached("INSERT INTO intent_items VALUES(?, ?, ?, ?, ?)")?;
    for change in &intent.changes {
        insert.execute(params![id, change.kind, change.nevra, change.name, change.auto])?;
    }
    Ok(id)
}

fn intent_changes(db: &Connection, intent: i64) -> Sql<Vec<Change>> {
    let sql = "SELECT type, nevra, name, auto FROM intent_items WHERE intent_id = ? ORDER BY rowid";
    let mut select = db.prepare(sql)?;
    let rows = select.query_map([intent], |row| {
        Ok(Change {
            kind: row.get(0)?,
            nevra: row.get(1)?,
            name: row.get(2)?,
            auto: row.get(3)?,
        })
    })?;
    rows.collect()
}

fn complete(db: &Connection, intent: i64, cookie: &str) -> Sql<i64> {
    let (command, time): (String, i64) = db.query_row(
        "SELECT cmdline, timestamp FROM intents WHERE Id = ?",
        [intent],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let id = insert(db, cookie, &command, time, DELTA)?;
    for change in intent_changes(db, intent)? {
        add_item(db, id, change.kind, &change.nevra)?;
        if change.kind == ADDED {
            flag_if_new(db, id, &change)?;
        }
    }
    forget(db, intent)?;
    Ok(id)
}

fn forget(db: &Connection, intent: i64) -> Sql<()> {
    db.execute("DELETE FROM intent_items WHERE intent_id = ?", [intent])?;
    db.execute("DELETE FROM intents WHERE Id = ?", [intent]).map(drop)
}

/// Notes who asked for a package; without a flag it counts as asked for.
fn flag_if_new(db: &Connection, transaction: i64, change: &Change) -> Sql<()> {
    let Some(auto) = change.auto else { return Ok(()) };
    let sql = "SELECT flag_set.value FROM flag_set JOIN names ON names.Id = flag_set.name_id \
               WHERE names.name = ? ORDER BY flag_set.Id DESC LIMIT 1";
    let known: Option<i64> = db.query_row(sql, [&change.name], |row| row.get(0)).optional()?;
    match known.unwrap_or(0) == i64::from(auto) {
        true => Ok(()),
        false => flag(db, transaction, &change.name, auto),
    }
}

fn flag(db: &Connection, transaction: i64, name: &str, auto: bool) -> Sql<()> {
    db.execute("INSERT OR IGNORE INTO names(name) VALUES(?)", [name])?;
    let sql = "INSERT INTO flag_set(trans_id, name_id, value) SELECT ?, Id, ? FROM names WHERE name = ?";
    db.execute(sql, params![transaction, i64::from(auto), name])
        .map(drop)
}

fn add_item(db: &Connection, transaction: i64, kind: i64, nevra: &str) -> Sql<()> {
    db.prepare_cached("INSERT OR IGNORE INTO rpms(nevra) VALUES(?)")?
        .execute([nevra])?;
    let sql = "INSERT INTO trans_items(trans_id, type, rpm_id) SELECT ?, ?, Id FROM rpms WHERE nevra = ?";
    db.prepare_cached(sql)?
        .execute(params![transaction, kind, nevra])
        .map(drop)
}

fn items(db: &Connection, transaction: i64) -> Sql<Vec<(i64, String)>> {
    let sql = "SELECT trans_items.type, rpms.nevra FROM trans_items JOIN rpms ON rpms.Id = trans_items.rpm_id \
               WHERE trans_items.trans_id = ? ORDER BY trans_items.Id";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([transaction], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(root: &Path) -> History {
        History::open(root, Path::new("/usr/lib/sysimage/tdnf")).unwrap()
    }

    fn intent(kind: i64, nevra: &str, auto: bool) -> Intent {
        let name = nevra.split('-').next().unwrap().to_owned();
        let changes = vec![Change {
            kind,
            nevra: nevra.to_owned(),
            name,
            auto: Some(auto),
        }];
        Intent {
            command: format!("tdnf {nevra}"),
            time: 1,
            changes,
        }
    }

    #[test]
    fn an_intent_becomes_a_transaction_or_nothing() {
        let root = tempfile::tempdir().unwrap();
        let history = history(root.path());
        let lost = history.intend(&intent(ADDED, "a-1-1.noarch", false)).unwrap();
        history.abandoned(lost).unwrap();
        let kept = history.intend(&intent(ADDED, "b-1-1.noarch", true)).unwrap();
        history.completed(kept, None).unwrap();
        let entries = history.entries().unwrap();
        assert_eq!(entries[0].command, "(set)");
        assert_eq!(entries.last().unwrap().added, ["b-1-1.noarch"]);
        assert!(
            !entries
                .iter()
                .any(|entry| entry.added.contains(&"a-1-1.noarch".to_owned()))
        );
        assert_eq!(
            history.auto_installed().unwrap(),
            BTreeSet::from(["b".to_owned()])
        );
    }

    #[test]
    fn an_intent_that_survived_a_crash_is_settled() {
        let root = tempfile::tempdir().unwrap();
        history(root.path())
            .intend(&intent(ADDED, "a-1-1.noarch", false))
            .unwrap();
        let history = history(root.path());
        assert!(history.has_intents().unwrap());
        history.settle().unwrap();
        assert!(!history.has_intents().unwrap());
        let entries = history.entries().unwrap();
        assert!(
            entries.iter().all(|entry| entry.added.is_empty()),
            "nothing was installed"
        );
    }

    #[test]
    fn what_a_crashed_transaction_keeps_is_found_again() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("var/lib/tdnf/undo/7")).unwrap();
        let history = history(root.path());
        for kept in [Some(7), None] {
            history.intend(&intent(REMOVED, "a-1-1.noarch", false)).unwrap();
            history.settle().unwrap();
            let last = history.entries().unwrap().last().unwrap().id;
            assert_eq!(
                history.kept(last).unwrap(),
                kept,
                "one transaction cannot be undone twice"
            );
        }
    }

    #[test]
    fn asking_for_a_dependency_by_name_makes_it_wanted() {
        let root = tempfile::tempdir().unwrap();
        let history = history(root.path());
        for auto in [true, false] {
            let id = history.intend(&intent(ADDED, "a-1-1.noarch", auto)).unwrap();
            history.completed(id, None).unwrap();
        }
        assert!(history.auto_installed().unwrap().is_empty());
        history
            .mark(&["a".to_owned()], true, "tdnf mark remove a")
            .unwrap();
        assert_eq!(history.auto_installed().unwrap().len(), 1);
    }

    #[test]
    fn passwords_stay_out() {
        assert_eq!(
            without_credentials("x --repofrompath=a,http://u:p@h/r y"),
            "x --repofrompath=a,http://***@h/r y"
        );
        assert_eq!(without_credentials("http://h/a@b"), "http://h/a@b");
    }
}
