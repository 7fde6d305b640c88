//! A whole import: pin, fetch, convert what is not up to date.

use std::collections::BTreeMap;
use std::path::PathBuf;

use download::{Cache, Client};
use serde::Serialize;

use crate::arch::Arch;
use crate::closure::unresolved;
use crate::error::ImportError;
use crate::fetch::{Fetched, Fetcher};
use crate::fetch_suite::{Source, Suites};
use crate::lock::{ArchLock, Lock};
use crate::lock_change::{Change, changes};
use crate::lock_resolve::Want;
use crate::mirror::{MirrorSettings, Mirrors};
use crate::progress::{Event, Progress};
use crate::recipe::{PackageRecipe, Recipes};
use crate::work::{Converter, Job, Workshop};

/// What may happen to the lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Names without a pin are pinned, dropped files re-pinned, both with a notice.
    Normal,
    /// Everything is pinned anew at its newest version.
    Update,
    /// Nothing: whatever would change it is an error.
    Locked,
}

/// Where an import finds and puts things.
#[derive(Debug)]
pub struct Import {
    /// The architecture.
    pub arch: Arch,
    /// What may happen to the lock file.
    pub mode: Mode,
    /// The recipes: `distro/import`.
    pub recipes: PathBuf,
    /// The keys of the archive: `distro/import/keys`.
    pub keys: PathBuf,
    /// `lumen.lock`.
    pub lock: PathBuf,
    /// Where the RPMs go: `build/rpms`; a directory per architecture is made in it.
    pub out: PathBuf,
    /// The mirrors as far as they are set.
    pub mirrors: MirrorSettings,
    /// The host's apt configuration, asked for what is not set: `/etc/apt`.
    pub apt: PathBuf,
    /// Names and paths that packages of our own offer to the imported ones.
    pub elsewhere: Vec<String>,
    /// The download cache.
    pub cache: Cache,
    /// What fetches.
    pub client: Client,
}

/// What an import did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// The recipes converted in this run.
    pub converted: Vec<String>,
    /// How many recipes were up to date.
    pub unchanged: usize,
    /// How many Debian packages are pinned.
    pub pinned: usize,
    /// What changed in the lock file.
    pub changes: Vec<Change>,
    /// All RPMs, of this run and of earlier ones.
    pub rpms: Vec<PathBuf>,
    /// The date of the pinned state, seconds since 1970: no file is younger.
    pub date: u64,
}

impl Import {
    /// Imports. `converter` makes the RPMs of one recipe.
    ///
    /// What was converted stays converted when something else fails, so that the next run continues.
    pub fn run(&self, converter: &Converter<'_>, progress: Progress<'_>) -> Result<Summary, ImportError> {
        let recipes = Recipes::load(&self.recipes)?;
        let recipes: Vec<&PackageRecipe> = recipes.for_arch(&self.arch).collect();
        let mut pins = Pins::open(self, &recipes, progress)?;
        pins.complete()?;
        let workshop = Workshop::new(&self.out.join(self.arch.rpm()), converter);
        let (jobs, fetched) = loop {
            let jobs = workshop.outdated(&recipes, &self.arch, &pins.current)?;
            match pins.fetch(&jobs)? {
                Fetched::All(paths) => break (jobs, paths),
                Fetched::Dropped(names) => pins.replace(&names)?,
            }
        };
        let done = workshop.convert(&jobs, &fetched, pins.current.date(), progress)?;
        workshop.clean(&recipes)?;
        let rpms = workshop.outputs(&recipes)?;
        self.refuse_unresolved(&rpms)?;
        Ok(Summary {
            converted: done,
            unchanged: recipes.len() - jobs.len(),
            pinned: pins.current.debs.len(),
            changes: changes(&pins.before, &pins.current),
            rpms,
            date: pins.current.date(),
        })
    }

    /// What nobody could install is found here, not when an image is filled.
    fn refuse_unresolved(&self, rpms: &[PathBuf]) -> Result<(), ImportError> {
        let elsewhere: Vec<&str> = self.elsewhere.iter().map(String::as_str).collect();
        let left = unresolved(rpms, &elsewhere).map_err(ImportError::ReadPackage)?;
        match left.is_empty() {
            true => Ok(()),
            false => Err(ImportError::Unresolved(left)),
        }
    }
}

/// The lock of one architecture while it is brought up to date.
struct Pins<'a> {
    import: &'a Import,
    progress: Progress<'a>,
    wants: Vec<Want>,
    file: Lock,
    before: ArchLock,
    current: ArchLock,
    suites: Option<Suites>,
}

impl<'a> Pins<'a> {
    fn open(
        import: &'a Import,
        recipes: &[&PackageRecipe],
        progress: Progress<'a>,
    ) -> Result<Self, ImportError> {
        let file = Lock::load(&import.lock)?;
        let before = file.get(import.arch.rpm()).cloned().unwrap_or_default();
        let wants = wants(recipes, &import.arch);
        let current = before.clone();
        Ok(Self {
            import,
            progress,
            wants,
            file,
            before,
            current,
            suites: None,
        })
    }

    /// Pins what the mode asks for and writes the lock file.
    fn complete(&mut self) -> Result<(), ImportError> {
        let missing: Vec<Want> = match self.import.mode {
            Mode::Update => self.wants.clone(),
            _ => self
                .wants
                .iter()
                .filter(|want| want.find(&self.current).is_none())
                .cloned()
                .collect(),
        };
        match self.import.mode {
            Mode::Locked => return refuse_missing(&missing),
            Mode::Update => self.current = ArchLock::default(),
            Mode::Normal => {}
        }
        for want in &missing {
            // Two recipes may share a package.
            if want.find(&self.current).is_none() {
                self.pin(want)?;
            }
        }
        self.forget_unwanted();
        self.save(!missing.is_empty() || self.import.mode == Mode::Update)
    }

    fn pin(&mut self, want: &Want) -> Result<(), ImportError> {
        let (name, pin) = want.resolve(self.suites()?)?;
        if self.import.mode == Mode::Normal && !self.before.debs.is_empty() {
            let text = format!(
                "{name} {} is wanted by {} and was not pinned: pinned now",
                pin.version, want.recipe
            );
            (self.progress)(Event::Notice(&text));
        }
        self.current.debs.insert(name, pin);
        Ok(())
    }

    /// A first import or an update takes the dates of the suites; single pins leave the date, and with it every
    /// package made before, as they are.
    fn save(&mut self, changed: bool) -> Result<(), ImportError> {
        if self.import.mode == Mode::Update || self.current.suites.is_empty() && changed {
            self.current.suites = self.suites()?.dates();
        }
        self.file.set(self.import.arch.rpm(), self.current.clone());
        Ok(self.file.save(&self.import.lock)?)
    }

    fn forget_unwanted(&mut self) {
        let wanted: Vec<String> = self
            .wants
            .iter()
            .filter_map(|want| Some(want.find(&self.current)?.0.to_owned()))
            .collect();
        self.current.debs.retain(|name, _| wanted.contains(name));
    }

    /// Fetched when first needed.
    fn suites(&mut self) -> Result<&Suites, ImportError> {
        let suites = match self.suites.take() {
            Some(suites) => suites,
            None => self.fetch_suites()?,
        };
        Ok(self.suites.insert(suites))
    }

    fn fetch_suites(&self) -> Result<Suites, ImportError> {
        let import = self.import;
        let mirrors = Mirrors::discover(&import.mirrors, &import.apt)?;
        let source = Source {
            client: &import.client,
            cache: &import.cache,
            mirrors: &mirrors,
            keys: &import.keys,
            progress: self.progress,
        };
        Suites::fetch(source, &import.arch, &self.before.suites)
    }

    fn fetch(&self, jobs: &[Job<'_>]) -> Result<Fetched, ImportError> {
        let names = jobs.iter().flat_map(|job| job.debs.iter());
        let pins: BTreeMap<_, _> = names
            .filter_map(|name| self.current.debs.get_key_value(name))
            .collect();
        Fetcher {
            import: self.import,
            progress: self.progress,
        }
        .fetch(&pins)
    }

    /// Pins what the mirror has instead of files it has dropped.
    fn replace(&mut self, names: &[String]) -> Result<(), ImportError> {
        let label = |name: &String| {
            format!(
                "{name} {}",
                self.current.debs.get(name).map_or("", |pin| &pin.version)
            )
        };
        if self.import.mode == Mode::Locked {
            let names = names.iter().map(label).collect::<Vec<_>>().join(", ");
            return Err(ImportError::Dropped { names });
        }
        for name in names {
            self.replace_one(name)?;
        }
        self.save(false)
    }

    fn replace_one(&mut self, old: &str) -> Result<(), ImportError> {
        let wanted = |want: &&Want| want.find(&self.current).is_some_and(|(name, _)| name == old);
        let Some(want) = self.wants.iter().find(wanted).cloned() else {
            return Ok(());
        };
        let Some(before) = self.current.debs.get(old).cloned() else {
            return Ok(());
        };
        let (name, pin) = want.resolve(self.suites()?)?;
        if pin.path == before.path && pin.sha256 == before.sha256 {
            return Err(ImportError::OutOfStep {
                name,
                version: pin.version,
            });
        }
        let text = format!(
            "the mirror dropped {old} {}: pinned {name} {} from the signed index instead",
            before.version, pin.version
        );
        (self.progress)(Event::Notice(&text));
        self.current.debs.remove(old);
        self.current.debs.insert(name, pin);
        Ok(())
    }
}

fn wants(recipes: &[&PackageRecipe], arch: &Arch) -> Vec<Want> {
    let of_recipe = |recipe: &&PackageRecipe| {
        let recipe_name = recipe.name.clone();
        recipe.debs(arch).into_iter().map(move |deb| Want {
            recipe: recipe_name.clone(),
            deb,
        })
    };
    recipes.iter().flat_map(of_recipe).collect()
}

fn refuse_missing(missing: &[Want]) -> Result<(), ImportError> {
    let mut names: Vec<String> = missing.iter().map(Want::label).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Ok(());
    }
    let more = names.len().saturating_sub(10);
    names.truncate(10);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Err(ImportError::LockIncomplete {
        names: names.join(", ") + &more,
    })
}
