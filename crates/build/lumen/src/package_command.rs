//! `lumen package build` and `lumen package list`.

use std::path::PathBuf;

use keyring::PackageSigner;
use pkgbuild::catalog::{Catalog, Located};
use pkgbuild::recipe::Kind;
use pkgbuild::{Ready, Workshop, compiled_files, is_compiled};
use serde::Serialize;

use crate::ZSTD_LEVEL;
use crate::cli::{PackageCommand, SpecOptions, Target};
use crate::console::{self, Console, Unit};
use crate::date;
use crate::keys::Keys;
use crate::project::Project;
use crate::spec_builds::SpecBuilds;
use crate::tools_root::ToolsRoot;

#[derive(Debug, Serialize)]
struct Built {
    name: String,
    path: PathBuf,
    files: Vec<PathBuf>,
    made: bool,
}

pub(crate) fn run(command: &PackageCommand, project: &Project, console: &Console) -> anyhow::Result<()> {
    match command {
        PackageCommand::Build {
            names,
            all,
            spec,
            target,
            json,
        } => {
            let wanted = Wanted {
                names,
                all: *all,
                spec,
            };
            let built = build(&wanted, target, project, console)?;
            match json {
                true => console::print_json(&built),
                false => built.iter().try_for_each(print),
            }
        }
        PackageCommand::List { json } => list(&catalog(project)?, *json),
    }
}

fn print(built: &Built) -> anyhow::Result<()> {
    let state = match (built.made, built.files.is_empty()) {
        (true, true) => "prepared",
        (true, false) => "built",
        (false, _) => "up to date",
    };
    console::print(&format!("{}: {state}: {}", built.name, built.path.display()))
}

fn catalog(project: &Project) -> anyhow::Result<Catalog> {
    Ok(Catalog::load(&project.packages())?)
}

/// What is asked for.
struct Wanted<'a> {
    names: &'a [String],
    all: bool,
    spec: &'a SpecOptions,
}

impl Wanted<'_> {
    fn of<'c>(&self, catalog: &'c Catalog) -> anyhow::Result<Vec<&'c Located>> {
        let every_day = |package: &&Located| package.recipe.only_by_name.is_none();
        match self.all {
            true => Ok(catalog.iter().filter(every_day).collect()),
            false => Ok(self
                .names
                .iter()
                .map(|name| catalog.find(name))
                .collect::<Result<_, _>>()?),
        }
    }
}

fn build(
    wanted: &Wanted<'_>,
    target: &Target,
    project: &Project,
    console: &Console,
) -> anyhow::Result<Vec<Built>> {
    let _lock = project.lock_build(|text| console.notice(text))?;
    let catalog = catalog(project)?;
    let packages = wanted.of(&catalog)?;
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
        secret: keys.secret,
        zstd_level: ZSTD_LEVEL,
    };
    let compiled = compiled_files(&project.build(), &target.arch, &catalog);
    let tools = ToolsRoot {
        project,
        arch: &target.arch,
        keys: &keys,
        time,
        compiled: &compiled,
    };
    let specs = SpecBuilds {
        workshop: &workshop,
        catalog: &catalog,
        project,
        keys: &keys,
        repository: &tools.packages(),
        options: wanted.spec,
        console,
    };
    if wanted.spec.shell {
        specs.shell(wanted.names)?;
        return Ok(Vec::new());
    }
    Work {
        workshop: &workshop,
        tools,
        specs,
        console,
    }
    .build(&catalog, &packages)
}

struct Work<'a> {
    workshop: &'a Workshop<'a>,
    tools: ToolsRoot<'a>,
    specs: SpecBuilds<'a>,
    console: &'a Console,
}

impl Work<'_> {
    /// What is compiled needs the tools root, and that needs the packages of mere files.
    fn build(&self, catalog: &Catalog, wanted: &[&Located]) -> anyhow::Result<Vec<Built>> {
        let of_kind = |kind| wanted.iter().copied().filter(move |one| one.recipe.kind == kind);
        let (programs, specs) = (
            of_kind(Kind::Cargo).collect::<Vec<_>>(),
            of_kind(Kind::Spec).collect::<Vec<_>>(),
        );
        let go = of_kind(Kind::Go).collect::<Vec<_>>();
        if programs.is_empty() && specs.is_empty() && go.is_empty() {
            return self.build_all("Building packages", wanted);
        }
        let all_trees: Vec<&Located> = catalog.iter().filter(|one| !is_compiled(one)).collect();
        let mut built = self.build_all("Building packages of files", &all_trees)?;
        built.retain(|one| wanted.iter().any(|wanted| wanted.recipe.name == one.name));
        self.tools.ensure(self.console)?;
        if !programs.is_empty() {
            built.extend(self.build_all("Compiling our programs", &programs)?);
        }
        built.extend(self.specs.build_go(&go)?.into_iter().map(Built::from));
        built.extend(self.specs.build(&specs)?.into_iter().map(Built::from));
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
        let ready = self.workshop.build(package)?;
        self.console.advance(1);
        Ok(ready.into())
    }
}

impl From<Ready> for Built {
    fn from(ready: Ready) -> Self {
        Self {
            name: ready.name,
            path: ready.path,
            files: ready.files,
            made: ready.made,
        }
    }
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
