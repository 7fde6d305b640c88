//! `check` and `check-local`: whether packages fit together.

use std::path::Path;

use depsolve::{Fault, PackageList, PackageSource, PoolBuilder};

use super::context::Context;
use crate::error::Error;
use crate::local_files::LocalFiles;

/// `check`: whether what is installed is consistent.
pub(crate) fn check(context: &Context, _words: &[String]) -> Result<(), Error> {
    let session = context.session()?;
    judge(context, "@System", &session.installed)
}

/// `check-local DIR`: whether the packages of a directory could be installed together, and nothing else.
pub(crate) fn check_local(context: &Context, words: &[String]) -> Result<(), Error> {
    let Some(dir) = words.first() else { return Ok(()) };
    let dir = Path::new(dir);
    context
        .output
        .info(&format!("Checking all packages from: {}", dir.display()));
    let files = LocalFiles::open(&crate::directory::packages(dir)?)?;
    context
        .output
        .info(&format!("Found {} packages", PackageSource::len(&files)));
    judge(context, "@cmdline", &files)
}

fn judge(context: &Context, label: &str, packages: &dyn PackageSource) -> Result<(), Error> {
    let nothing = PackageList::new();
    // Seen as something to be installed, every fault counts; those of installed packages would be excused.
    let pool = PoolBuilder::new()
        .installed(&nothing)
        .available(label, packages, 0)
        .build();
    let several = |name: &str| context.main.installonlypkgs.iter().any(|wanted| wanted == name);
    let binary = pool.ids().filter(|&id| {
        let arch = pool.identity(id).arch;
        !matches!(arch, "src" | "nosrc")
    });
    let faults = depsolve::check(&pool, &binary.collect(), &several);
    let faults: Vec<String> = faults
        .iter()
        .filter(|fault| counts(context, fault))
        .map(ToString::to_string)
        .collect();
    if faults.is_empty() {
        context.output.result("Check completed without issues\n");
        return Ok(());
    }
    Err(Error::Inconsistent { faults })
}

fn counts(context: &Context, fault: &Fault) -> bool {
    let options = &context.options;
    match fault {
        Fault::Conflict { .. } => !options.has("skipconflicts"),
        Fault::Obsolete { .. } => !options.has("skipobsoletes"),
        Fault::Unmet { .. } => !options.skip_broken,
        Fault::Duplicate { .. } => true,
    }
}
