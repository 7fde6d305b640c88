//! `lumen repo build` and `lumen repo serve`.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::{RepoCommand, Target};
use crate::console::{self, Console, Unit};
use crate::date;
use crate::keys::Keys;
use crate::project::Project;
use crate::repository::Repository;
use crate::serve;

#[derive(Debug, Serialize)]
struct Built {
    repository: PathBuf,
    packages: usize,
    /// How many had to be read; the others were known.
    read: usize,
}

pub(crate) fn run(command: &RepoCommand, project: &Project, console: &Console) -> anyhow::Result<()> {
    match command {
        RepoCommand::Build { target, json } => {
            let built = build(target, project, console)?;
            match json {
                true => console::print_json(&built),
                false => console::print(&format!(
                    "{}: {} packages",
                    built.repository.display(),
                    built.packages
                )),
            }
        }
        RepoCommand::Serve { bind, port, dir } => {
            let dir = dir.clone().unwrap_or_else(|| project.repo());
            serve::run((*bind, *port).into(), &dir)
        }
    }
}

fn build(target: &Target, project: &Project, console: &Console) -> anyhow::Result<Built> {
    let _lock = project.lock_build(|text| console.notice(text))?;
    let keys = Keys::open(&project.keys(target.keys.as_deref()))?;
    let repository = Repository {
        packages: project.rpms().join(&target.arch),
        leave_out: &|_| false,
        dir: project.repo().join(&target.arch),
        scan_cache: project.scan_cache(&target.arch),
        keys: &keys,
        time: date::of_lock(project, &target.arch)?,
    };
    console.begin("Writing the repository", 1, Unit::Whole);
    let written = repository.write()?;
    console.end();
    Ok(Built {
        repository: repository.dir,
        packages: written.packages,
        read: written.scanned,
    })
}
