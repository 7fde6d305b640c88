//! Source packages: `install --source` unpacks them, `install --builddeps` installs what building them needs.

use std::fs;
use std::path::{Path, PathBuf};

use depsolve::{PackageSource, Relation, RelationKind};
use rpmfile::Package as PackageFile;

use super::change::{Run, names};
use super::context::Context;
use super::download::fetch_named;
use super::pick::{Kind, pick};
use crate::config::path_below;
use crate::error::Error;
use crate::request::Request;

/// `install --source PACKAGE|FILE|URL...`: unpacks source packages below `%_topdir`, as `rpm -i` does.
pub(crate) fn install(context: &Context, words: &[String]) -> Result<(), Error> {
    let stays = context.options.download_only || context.options.test_only;
    fetch_named(context, words, Kind::Source, |paths| match stays {
        true => Ok(()),
        false => unpack_all(context, paths),
    })
}

fn unpack_all(context: &Context, paths: &[PathBuf]) -> Result<(), Error> {
    let top = top_directory(context);
    paths.iter().try_for_each(|path| unpack(path, &top))?;
    let text = format!("Source packages are in {}", top.display());
    context.output.info(&text);
    Ok(())
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
    for source in pick(&session, &names(words), Kind::Source)? {
        crate::repository::relations(source.package, RelationKind::Requires, &mut |relation| {
            add(&mut wanted, &relation);
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
