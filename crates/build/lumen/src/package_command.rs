//! `lumen package build` and `lumen package list`.

use std::path::PathBuf;

use keyring::PackageSigner;
use pkgbuild::catalog::{Catalog, Located};
use pkgbuild::recipe::Kind;
use pkgbuild::{Ready, Workshop};
use serde::Serialize;

use crate::ZSTD_LEVEL;
use crate::cli::{PackageCommand, Target};
use crate::console::{self, Console, Unit};
use crate::date;
use crate::keys::Keys;
use crate::project::Project;
use crate::tools_root::ToolsRoot;

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
    Ok(Catalog::load(&project.packages())?)
}

fn build(
    names: &[String],
    all: bool,
    target: &Target,
    project: &Project,
    console: &Console,
) -> anyhow::Result<Vec<Built>> {
    let _lock = project.lock_build(|text| console.notice(text))?;
    let catalog = catalog(project)?;
    let wanted: Vec<&Located> = match all {
        true => catalog.iter().collect(),
        false => names
            .iter()
            .map(|name| catalog.find(name))
            .collect::<Result<_, _>>()?,
    };
    let keys = Keys::open(&project.keys(target.keys.as_deref()))?;
    let time = date::of_lock(project, &target.arch)?;
    let signer = PackageSigner {
        key: &keys.signing,
        time,
    };
    let workshop = Workshop {
        project: project.root().to_owned(),
        build: project.build(),
        arch: target.arch.clone(),
        clamp_time: time,
        signer: &signer,
        public_key: keys.public.clone(),
        zstd_level: ZSTD_LEVEL,
    };
    let compiled = compiled(&catalog);
    let tools = ToolsRoot {
        project,
        arch: &target.arch,
        keys: &keys,
        time,
        compiled: &compiled,
    };
    Work {
        workshop: &workshop,
        tools,
        console,
    }
    .build(&catalog, &wanted)
}

struct Work<'a> {
    workshop: &'a Workshop<'a>,
    tools: ToolsRoot<'a>,
    console: &'a Console,
}

impl Work<'_> {
    /// What is compiled needs the tools root, and that needs the packages of mere files.
    fn build(&self, catalog: &Catalog, wanted: &[&Located]) -> anyhow::Result<Vec<Built>> {
        let (programs, trees): (Vec<&Located>, Vec<&Located>) =
            wanted.iter().partition(|one| is_compiled(one));
        if programs.is_empty() {
            return self.build_all("Building packages", &trees);
        }
        let all_trees: Vec<&Located> = catalog.iter().filter(|one| !is_compiled(one)).collect();
        let mut built = self.build_all("Building packages of files", &all_trees)?;
        built.retain(|one| wanted.iter().any(|wanted| wanted.recipe.name == one.name));
        self.tools.ensure(self.console)?;
        built.extend(self.build_all("Compiling our programs", &programs)?);
        Ok(built)
    }

    fn build_all(&self, title: &str, packages: &[&Located]) -> anyhow::Result<Vec<Built>> {
        self.console.begin(title, packages.len() as u64, Unit::Items);
        let built = packages.iter().map(|package| self.build_one(package)).collect();
        self.console.end();
        built
    }

    fn build_one(&self, package: &Located) -> anyhow::Result<Built> {
        self.console.detail(&package.recipe.name);
        let Ready { name, path, made } = self.workshop.build(package)?;
        self.console.advance(1);
        Ok(Built { name, path, made })
    }
}

fn is_compiled(package: &Located) -> bool {
    package.recipe.kind == Kind::Cargo
}

/// The names of all packages that are compiled.
pub(crate) fn compiled(catalog: &Catalog) -> Vec<String> {
    catalog
        .iter()
        .filter(|one| is_compiled(one))
        .map(|one| one.recipe.name.clone())
        .collect()
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
