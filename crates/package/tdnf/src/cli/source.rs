//! Source packages: `install --source` unpacks them, `install --builddeps` installs what building them needs.

use std::fs;
use std::path::{Path, PathBuf};

use depsolve::{PackageSource, Relation, RelationKind};
use rpmfile::Package as PackageFile;

use super::change::Run;
use super::context::Context;
use super::record::{Package, is_meant};
use super::scope::{compare, everything};
use crate::config::path_below;
use crate::error::Error;
use crate::plan::{Item, Plan};
use crate::request::Request;
use crate::session::Session;

/// `install --source PACKAGE|FILE|URL...`: unpacks source packages below `%_topdir`, as `rpm -i` does.
pub(crate) fn install(context: &Context, words: &[String]) -> Result<(), Error> {
    let run = Run::begin(context, "install")?;
    let session = run.session_for(words)?;
    let plan = Plan {
        items: sources(&session, words)?,
        skipped: Vec::new(),
    };
    if !run.offer(&plan)? {
        return Ok(());
    }
    let paths = run.fetch(&session, &plan)?;
    if !(context.options.download_only || context.options.test_only) {
        let top = top_directory(context);
        for path in &paths {
            unpack(path, &top)?;
        }
        context
            .output
            .info(&format!("Source packages are in {}", top.display()));
    }
    run.conclude_fetched(&session, &plan)
}

/// `install --builddeps PACKAGE|FILE...`: the build requirements of source packages; of a binary package's
/// source, too.
pub(crate) fn build_dependencies(context: &Context, words: &[String]) -> Result<(), Error> {
    let run = Run::begin(context, "install")?;
    let session = run.session_for(words)?;
    let mut wanted = Vec::new();
    for index in 0..session.local.len() {
        let (_, package) = session.local.get(index);
        crate::installed::relations(&package.header, RelationKind::Requires, &mut |relation| {
            add(&mut wanted, &relation);
        });
    }
    for source in found(&session, &names(words))? {
        source.relations(RelationKind::Requires, &mut |relation| {
            add(&mut wanted, &relation)
        });
    }
    let pool = session.pool();
    wanted.retain(|(name, flags, evr)| {
        let relation = Relation {
            name,
            flags: *flags,
            evr,
        };
        !pool
            .all_providers(&relation)
            .into_iter()
            .any(|id| pool.is_installed(id))
    });
    if wanted.is_empty() {
        return Err(Error::NothingToDo);
    }
    let specs = wanted.iter().map(|(name, flags, evr)| {
        Relation {
            name,
            flags: *flags,
            evr,
        }
        .to_string()
    });
    run.finish(&session, &Request::Install(specs.collect()))
}

fn add(wanted: &mut Vec<(String, u32, String)>, relation: &Relation<'_>) {
    let entry = (relation.name.to_owned(), relation.flags, relation.evr.to_owned());
    if !relation.is_rpmlib() && !wanted.contains(&entry) {
        wanted.push(entry);
    }
}

/// Words that are no files.
fn names(words: &[String]) -> Vec<String> {
    let names = words.iter().filter(|word| !super::change::is_file(word));
    names.cloned().collect()
}

/// Items for source packages of the repositories and of files.
fn sources(session: &Session, words: &[String]) -> Result<Vec<Item>, Error> {
    let mut items: Vec<Item> = (0..session.local.len())
        .map(|index| session.local_item(index))
        .collect();
    for package in found(session, &names(words))? {
        items.extend(session.item(package.key()));
    }
    Ok(items)
}

/// The newest source package for each word: by its own name, or by that of a package made from it.
fn found<'s>(session: &'s Session, words: &[String]) -> Result<Vec<Package<'s>>, Error> {
    let mut found = Vec::with_capacity(words.len());
    let mut unknown = Vec::new();
    for word in words {
        match newest_source(session, word) {
            Some(package) => found.push(package),
            None => unknown.push((word.clone(), Vec::new())),
        }
    }
    match unknown.is_empty() {
        true => Ok(found),
        false => Err(Error::NoMatch { specs: unknown }),
    }
}

fn newest_source<'s>(session: &'s Session, word: &String) -> Option<Package<'s>> {
    let words = std::slice::from_ref(word);
    let meant: Vec<Package<'_>> = everything(session)
        .filter(|package| is_meant(&package.identity(), words))
        .collect();
    let files: Vec<&str> = meant.iter().map(|package| package.source_rpm()).collect();
    let source = |package: &Package<'_>| matches!(package.identity().arch, "src" | "nosrc");
    let named = |package: &Package<'_>| {
        let identity = package.identity();
        let file = format!(
            "{}-{}-{}.{}.rpm",
            identity.name, identity.version, identity.release, identity.arch
        );
        is_meant(&identity, words) || files.contains(&file.as_str())
    };
    everything(session)
        .filter(|package| source(package) && named(package))
        .max_by(|a, b| compare(&a.identity(), &b.identity()))
}

/// `%_topdir`: of `--rpmdefine`, or rpm's own default, below the root.
fn top_directory(context: &Context) -> PathBuf {
    let defined = context.options.values("rpmdefine").filter_map(|define| {
        let (name, body) = define.trim().split_once(char::is_whitespace)?;
        (name == "_topdir").then(|| PathBuf::from(body.trim()))
    });
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/root".into())).join("rpmbuild");
    path_below(&context.root, &defined.last().unwrap_or_else(home))
}

/// Specification files to `SPECS`, everything else to `SOURCES` (rpm's `installSourcePackage`). Names with
/// directories are refused: a source package has none.
fn unpack(path: &Path, top: &Path) -> Result<(), Error> {
    let failed = |source| Error::PackageFile {
        path: path.to_owned(),
        source,
    };
    let package = PackageFile::open(path).map_err(failed)?;
    let mut payload = package.payload().map_err(failed)?;
    while let Some(mut entry) = payload.next_entry().map_err(failed)? {
        let info = entry.info();
        let Some(name) = plain_name(&info.path).filter(|_| info.is_regular()) else {
            return Err(Error::Usage {
                code: 1471,
                text: format!(
                    "{}: {} has no place in a source package",
                    path.display(),
                    info.path
                ),
            });
        };
        let dir = top.join(if name.ends_with(".spec") {
            "SPECS"
        } else {
            "SOURCES"
        });
        let (target, mode) = (dir.join(name), info.permissions());
        fs::create_dir_all(&dir).map_err(Error::io("create", &dir))?;
        write(&mut entry, &target, mode)?;
    }
    Ok(())
}

fn plain_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/').unwrap_or(path);
    (!name.is_empty() && !name.contains('/') && name != "..").then_some(name)
}

/// Written beside its place and renamed: an existing link there is replaced, not followed.
fn write(content: &mut impl std::io::Read, target: &Path, mode: u32) -> Result<(), Error> {
    let mut bytes = Vec::new();
    content
        .read_to_end(&mut bytes)
        .map_err(Error::io("unpack", target))?;
    let written = atomic_file::write(target, &bytes, mode & 0o777).map_err(std::io::Error::other);
    written.map_err(Error::io("write", target))
}
