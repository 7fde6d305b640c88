//! Packages, changes and edits made up by chance, from a number that is printed: after every one real rpm's root and
//! ours are equal in tree, rows and calls of scripts.
//!
//! With `TEST_LONG=1` many; `SEED=n` repeats one.

#![allow(clippy::unwrap_used)] // also outside of #[test] functions

mod lab;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lab::{Lab, Pair, package, with_files, with_scripts, with_triggers};
use rpmfile::{Builder, FileEntry, FileFlags, Trigger, TriggerEvent, TriggerScope};
use transaction::Error;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
const VERSIONS: [&str; 3] = ["1", "2", "3"];
/// Changes and edits of one run.
const STEPS: usize = 10;

/// Marsaglia's xorshift: the same numbers everywhere, for ever.
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..8).for_each(|_| {
            chance.next();
        });
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 20) as usize % limit
    }

    /// True once in `of` times.
    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn some<'t, T>(&mut self, all: &'t [T], at_most: usize) -> Vec<&'t T> {
        let count = 1 + self.below(at_most);
        let mut numbers: BTreeSet<usize> = BTreeSet::new();
        while numbers.len() < count.min(all.len()) {
            numbers.insert(self.below(all.len()));
        }
        numbers.into_iter().map(|number| &all[number]).collect()
    }
}

fn own_file(chance: &mut Chance, name: &str, number: usize) -> Vec<FileEntry> {
    let path = format!("/opt/{name}/{number}");
    let content = ["one", "two"][chance.below(2)];
    match chance.below(7) {
        0 => vec![FileEntry::symlink(path, content)],
        1 => vec![FileEntry::ghost(path)],
        2 => vec![FileEntry::regular(path, content).mode(0o600 + chance.below(64) as u32)],
        3 => {
            let link = FileEntry::hard_link(format!("{path}-link"), &path);
            vec![FileEntry::regular(path, content), link]
        }
        4 => vec![FileEntry::directory(format!("{path}-folder")).mode(0o750)],
        _ => vec![FileEntry::regular(path, content).owner(other_user(), "root")],
    }
}

/// Nobody but root can give files away.
fn other_user() -> &'static str {
    match rustix::process::geteuid().is_root() {
        true => "app",
        false => "root",
    }
}

fn configuration(chance: &mut Chance, name: &str, number: usize) -> FileEntry {
    let content = ["one", "two"][chance.below(2)];
    let flags = [
        FileFlags::CONFIG,
        FileFlags::CONFIG | FileFlags::NOREPLACE,
        FileFlags::CONFIG | FileFlags::MISSING_OK,
        FileFlags::CONFIG | FileFlags::NOREPLACE | FileFlags::MISSING_OK,
        FileFlags::CONFIG | FileFlags::GHOST,
        FileFlags::NONE,
    ];
    let path = format!("/etc/{name}-{number}");
    match chance.below(8) {
        0 => FileEntry::symlink(path, content).flags(flags[chance.below(4)]),
        _ => FileEntry::regular(path, content).flags(flags[chance.below(flags.len())]),
    }
}

/// Sometimes the same in all packages, sometimes not: then both refuse.
fn shared_file(chance: &mut Chance, number: usize) -> FileEntry {
    let path = format!("/opt/shared/{number}");
    let content = if chance.one_in(12) { "other" } else { "the same" };
    FileEntry::regular(path, content)
}

fn trigger(chance: &mut Chance) -> Trigger {
    let scope = [
        TriggerScope::Package,
        TriggerScope::File,
        TriggerScope::Transaction,
    ][chance.below(3)];
    let events = [
        TriggerEvent::In,
        TriggerEvent::Un,
        TriggerEvent::PostUn,
        TriggerEvent::PreIn,
    ];
    let event = events[chance.below(if scope == TriggerScope::Package { 4 } else { 3 })];
    let on = match scope {
        TriggerScope::Package => chance.some(&NAMES, 2).into_iter().copied().collect(),
        _ => vec![["/opt/a", "/opt/shared/1", "/etc", "/opt"][chance.below(4)]],
    };
    let priority = [100, 10_000, 1_000_000][chance.below(3)];
    Trigger::on_files(scope, event, &on, "").with_priority(priority)
}

/// Every other run has triggers too: without them there are more shared files and edits to look at for the same time.
fn has_triggers(seed: u64) -> bool {
    seed.is_multiple_of(2)
}

fn builder(chance: &mut Chance, name: &str, version: &str, keep_triggers: bool) -> Builder {
    // Folders have owners here: rpm leaves one of nobody behind, and we do not.
    let mut files = ["/opt/shared".to_owned(), format!("/opt/{name}")]
        .map(FileEntry::directory)
        .to_vec();
    for number in 0..6 {
        if chance.one_in(2) {
            files.extend(own_file(chance, name, number));
        }
    }
    for number in 0..3 {
        if !chance.one_in(3) {
            files.push(configuration(chance, name, number));
        }
    }
    for number in 0..3 {
        if chance.one_in(3) {
            files.push(shared_file(chance, number));
        }
    }
    let builder = with_scripts(with_files(package(name, version), files));
    let mut triggers: Vec<Trigger> = (0..chance.below(3)).map(|_| trigger(chance)).collect();
    triggers.retain(|_| keep_triggers);
    with_triggers(builder, triggers)
}

/// What a change was.
#[derive(PartialEq, Eq)]
enum Change {
    Upgrade,
    Erasure,
    /// Both have refused it.
    Refused,
}

fn change(pair: &Pair, chance: &mut Chance, packages: &BTreeMap<(&str, &str), PathBuf>) -> Change {
    let installed: Vec<String> = installed(&pair.rpm);
    if chance.one_in(4) && !installed.is_empty() {
        let names: Vec<&str> = chance
            .some(&installed, 2)
            .into_iter()
            .map(String::as_str)
            .collect();
        pair.erase(&names);
        return Change::Erasure;
    }
    let files: Vec<&PathBuf> = chance
        .some(&NAMES, 3)
        .into_iter()
        .map(|name| &packages[&(*name, VERSIONS[chance.below(VERSIONS.len())])])
        .collect();
    let texts: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let how = ["-U", "--nodeps", "--oldpackage", "--replacepkgs"];
    let (done, text) = lab::try_rpm(&pair.rpm, &[&how[..], &texts[..]].concat());
    let ours = lab::upgrade(&pair.ours, &files);
    match ours {
        Err(Error::Conflicts { .. }) => assert!(!done && text.contains("conflict"), "{text}"),
        ours => assert!(done && ours.is_ok(), "{ours:?} {text}"),
    }
    match done {
        true => Change::Upgrade,
        false => Change::Refused,
    }
}

fn installed(root: &Path) -> Vec<String> {
    let text = lab::rpm(root, &["-qa", "--qf", "%{NAME}\\n"]);
    let is_name = |line: &&str| NAMES.contains(line);
    text.lines().filter(is_name).map(str::to_owned).collect()
}

/// What users do to files.
fn edit(pair: &Pair, chance: &mut Chance) {
    let (name, number) = (NAMES[chance.below(NAMES.len())], chance.below(3));
    let (config, own) = (format!("etc/{name}-{number}"), format!("opt/{name}/{number}"));
    let what = chance.below(5);
    pair.edit(|root| {
        let (config, own) = (root.join(&config), root.join(&own));
        let _ = match what {
            0 => fs::write(&config, "mine"),
            1 => fs::remove_file(&config),
            2 => fs::write(&config, "two"),
            3 => fs::remove_file(&own),
            _ => fs::create_dir_all(own.parent().unwrap())
                .and_then(|()| fs::write(own.with_extension("mine"), "mine")),
        };
    });
}

/// One run. How many changes were made and how many refused.
fn run(seed: u64) -> (usize, usize) {
    let (lab, mut chance) = (Lab::new(), Chance::new(seed));
    let pair = lab.pair("pair");
    let mut packages = BTreeMap::new();
    for name in NAMES {
        for version in VERSIONS {
            let file = lab.build(&builder(&mut chance, name, version, has_triggers(seed)));
            packages.insert((name, version), file);
        }
    }
    let (mut made, mut refused) = (0, 0);
    for step in 0..STEPS {
        for log in [&pair.rpm, &pair.ours] {
            let _ = fs::remove_file(log.join("log"));
        }
        (0..chance.below(3)).for_each(|_| edit(&pair, &mut chance));
        let what = format!("SEED={seed} step {step}");
        let done = change(&pair, &mut chance, &packages);
        let (ours, rpms) = pair.logs();
        let rpms = lab::calls::in_our_order(&rpms, done == Change::Upgrade);
        match done {
            Change::Refused => assert_eq!(ours, "", "{what}"), // rpm runs %pretrans before it looks for conflicts
            _ => assert_eq!(ours, rpms, "{what}\nours:\n{ours}\nrpm's:\n{rpms}"),
        }
        let done = done != Change::Refused;
        (made, refused) = (made + usize::from(done), refused + usize::from(!done));
        let (ours, rpms) = (lab::tree(&pair.ours), lab::tree(&pair.rpm));
        let differ = |path: &&PathBuf| ours.get(*path) != rpms.get(*path);
        let differing: BTreeSet<&PathBuf> = ours.keys().chain(rpms.keys()).filter(differ).collect();
        let both: Vec<_> = differing
            .iter()
            .map(|path| (path, ours.get(*path), rpms.get(*path)))
            .collect();
        assert!(both.is_empty(), "{what}: ours, rpm's: {both:#?}");
        if made > 0 {
            assert_eq!(lab::rows(&pair.ours), lab::rows(&pair.rpm), "{what}");
        }
    }
    (made, refused)
}

#[test]
fn whatever_is_done_the_roots_are_equal() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => seed.parse().map(|seed| seed..seed + 1).unwrap(),
        Err(_) if std::env::var_os("TEST_LONG").is_some() => 0..150,
        Err(_) if lab::debian::is_newer() => 0..16,
        Err(_) => 0..4,
    };
    let (mut made, mut refused) = (0, 0);
    for seed in seeds.clone() {
        println!("SEED={seed}");
        let (more, fewer) = run(seed);
        (made, refused) = (made + more, refused + fewer);
    }
    if seeds.end - seeds.start > 1 {
        assert!(made > 3 * refused, "{made} made, {refused} refused");
    }
}

#[test]
fn and_equal_to_those_of_rpm_of_debian_13() {
    lab::debian::repeat_all_but("and_equal_to_those_of_rpm_of_debian_13");
}
