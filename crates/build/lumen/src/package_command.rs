//! `lumen package build` and `lumen package list`.

use std::path::PathBuf;

use keyring::PackageSigner;
use pkgbuild::catalog::{Catalog, Located};
use pkgbuild::{Ready, Workshop};
use serde::Serialize;

use crate::ZSTD_LEVEL;
use crate::cli::{PackageCommand, Target};
use crate::console::{self, Console, Unit};
use crate::date;
use crate::keys::Keys;
use crate::project::Project;

#[derive(Debug, Serialize)]
struct Built {
    name: String,
    path: PathBuf,
    made: bool,
}

pub(crate) fn run(command: &PackageCommand, project: &Project, console: &Console) -> anyhow::Result<()> {
    match command {
        PackageCommand::Build {
            names,
            all,
            target,
            json,
        } => {
            let built = build(names, *all, target, project, console)?;
            match json {
                true => console::print_json(&built),
                false => built.iter().try_for_each(print),
            }
        }
        PackageCommand::List { json } => list(&catalog(project)?, *json),
    }
}

fn print(built: &Built) -> anyhow::Result<()> {
    let state = if built.made { "built" } else { "up to date" };
    console::print(&format!("{}: {state}: {}", built.name, built.path.display()))
}

fn catalog(project: &Project) -> anyhow::Result<Catalog> {
    Ok(Catalog::load(&project.root().join("distro/packages"))?)
}

fn build(
    names: &[String],
    all: bool,
    target: &Target,
    project: &Project,
    console: &Console,
) -> anyhow::Result<Vec<Built>> {
    let catalog = catalog(project)?;
    let wanted: Vec<&Located> = match all {
        true => catalog.iter().collect(),
        false => names
            .iter()
            .map(|name| catalog.find(name))
            .collect::<Result<_, _>>()?,
    };
    let keys = Keys::open(&project.keys(target.keys.as_deref()))?;
    let clamp_time = date::of_lock(project, &target.arch)?;
    let signer = PackageSigner {
        key: &keys.signing,
        time: clamp_time,
    };
    let workshop = Workshop {
        project: project.root().to_owned(),
        build: project.build(),
        arch: target.arch.clone(),
        clamp_time,
        signer: &signer,
        public_key: keys.public.clone(),
        zstd_level: ZSTD_LEVEL,
    };
    console.begin("Building packages", wanted.len() as u64, Unit::Items);
    let built = wanted
        .iter()
        .map(|package| build_one(&workshop, package, console));
    let built = built.collect::<anyhow::Result<Vec<_>>>()?;
    console.end();
    Ok(built)
}

fn build_one(workshop: &Workshop<'_>, package: &Located, console: &Console) -> anyhow::Result<Built> {
    console.detail(&package.recipe.name);
    let Ready { name, path, made } = workshop.build(package)?;
    console.advance(1);
    Ok(Built { name, path, made })
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    name: &'a str,
    version: &'a str,
    summary: &'a str,
}

fn list(catalog: &Catalog, json: bool) -> anyhow::Result<()> {
    let listed = catalog.iter().map(|Located { recipe, .. }| Listed {
        name: &recipe.name,
        version: &recipe.version,
        summary: &recipe.summary,
    });
    let listed: Vec<Listed<'_>> = listed.collect();
    if json {
        return console::print_json(&listed);
    }
    let width = listed.iter().map(|one| one.name.len()).max().unwrap_or(0);
    listed
        .iter()
        .try_for_each(|one| console::print(&format!("{:width$}  {}", one.name, one.summary)))
}
