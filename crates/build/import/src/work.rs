//! Which recipes have to be converted, and converting them on all processors.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use crate::arch::Arch;
use crate::error::ImportError;
use crate::lock::ArchLock;
use crate::lock_resolve::Want;
use crate::progress::{Event, Progress, Step};
use crate::recipe::PackageRecipe;
use crate::stamp::{Stamp, Stamps};

/// An error of a converter, of which only the text matters here.
pub type ConvertFailure = Box<dyn std::error::Error + Send + Sync>;

/// Makes the RPMs of one recipe.
pub struct Converter<'a> {
    /// Changes whenever the same input would give other RPMs: the converter's version, the signing key, the settings.
    pub identity: String,
    /// Gets the recipe, the Debian packages in the recipe's order, the date no file may be younger than, and the
    /// directory to write to; returns the RPMs written.
    #[allow(clippy::type_complexity)] // an alias would hide what it is called with
    pub convert:
        &'a (dyn Fn(&PackageRecipe, &[PathBuf], u64, &Path) -> Result<Vec<PathBuf>, ConvertFailure> + Sync),
}

/// A recipe to be converted.
pub(crate) struct Job<'r> {
    recipe: &'r PackageRecipe,
    /// The Debian packages, in the recipe's order.
    pub(crate) debs: Vec<String>,
    key: String,
    bytes: u64,
}

/// The directory of one architecture's RPMs, and what fills it.
pub(crate) struct Workshop<'a> {
    dir: PathBuf,
    stamps: Stamps,
    converter: &'a Converter<'a>,
}

impl<'a> Workshop<'a> {
    pub(crate) fn new(dir: &Path, converter: &'a Converter<'a>) -> Self {
        Self {
            dir: dir.to_owned(),
            stamps: Stamps::new(dir),
            converter,
        }
    }

    /// The recipes whose RPMs are missing or of another input, the biggest first.
    pub(crate) fn outdated<'r>(
        &self,
        recipes: &[&'r PackageRecipe],
        arch: &Arch,
        pins: &ArchLock,
    ) -> Result<Vec<Job<'r>>, ImportError> {
        let jobs = recipes.iter().map(|recipe| self.job(recipe, arch, pins));
        let mut jobs = jobs.collect::<Result<Vec<_>, ImportError>>()?;
        jobs.retain(|job| !self.stamps.is_current(&job.recipe.name, &job.key));
        // One big package started last would leave the other processors idle.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.bytes));
        Ok(jobs)
    }

    fn job<'r>(
        &self,
        recipe: &'r PackageRecipe,
        arch: &Arch,
        pins: &ArchLock,
    ) -> Result<Job<'r>, ImportError> {
        let mut hasher = Sha256::new();
        let (mut debs, mut bytes) = (Vec::new(), 0);
        for deb in recipe.debs(arch) {
            let want = Want {
                recipe: recipe.name.clone(),
                deb,
            };
            let missing = || ImportError::LockIncomplete { names: want.label() };
            let (name, pin) = want.find(pins).ok_or_else(missing)?;
            hasher.update(format!("deb {name} {}\n", pin.sha256));
            debs.push(name.to_owned());
            bytes += pin.size;
        }
        let (identity, date) = (&self.converter.identity, pins.date());
        hasher.update(format!(
            "{}\n{}\n{identity}\n{date}\n",
            arch.rpm(),
            recipe.fingerprint()
        ));
        Ok(Job {
            recipe,
            debs,
            key: hex::encode(hasher.finalize()),
            bytes,
        })
    }

    /// Converts on all processors; returns the names of the recipes converted.
    pub(crate) fn convert(
        &self,
        jobs: &[Job<'_>],
        debs: &BTreeMap<String, PathBuf>,
        date: u64,
        progress: Progress<'_>,
    ) -> Result<Vec<String>, ImportError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = jobs.iter().map(|job| job.bytes).sum();
        progress(Event::Begin {
            step: Step::Convert,
            items: jobs.len(),
            bytes,
        });
        let failures = Mutex::new(Vec::new());
        on_all_processors(jobs, |job| {
            let result = self.convert_one(job, debs, date);
            if result.is_ok() {
                progress(Event::Converted {
                    name: &job.recipe.name,
                    bytes: job.bytes,
                });
            }
            let go_on = !matches!(result, Err(Failure::DiskFull(_)));
            if let Err(failure) = result {
                failures
                    .lock()
                    .unwrap_or_else(|poisoned| poisoned.into_inner())
                    .push(failure);
            }
            go_on
        });
        progress(Event::End(Step::Convert));
        self.judge(
            jobs.len(),
            failures
                .into_inner()
                .unwrap_or_else(|poisoned| poisoned.into_inner()),
        )?;
        Ok(sorted(jobs.iter().map(|job| job.recipe.name.clone())))
    }

    fn judge(&self, total: usize, mut failures: Vec<Failure>) -> Result<(), ImportError> {
        failures.sort();
        match failures.first() {
            None => Ok(()),
            Some(Failure::DiskFull(reason)) => Err(ImportError::DiskFull {
                dir: self.dir.clone(),
                reason: reason.clone(),
            }),
            Some(Failure::Other(_)) => {
                let failures = failures.into_iter().map(Failure::into_text).collect();
                Err(ImportError::Conversions { total, failures })
            }
        }
    }

    fn convert_one(&self, job: &Job<'_>, debs: &BTreeMap<String, PathBuf>, date: u64) -> Result<(), Failure> {
        let name = &job.recipe.name;
        let paths: Vec<PathBuf> = job.debs.iter().filter_map(|deb| debs.get(deb).cloned()).collect();
        self.stamps
            .prepare()
            .map_err(|error| Failure::new(name, &error))?;
        let rpms = (self.converter.convert)(job.recipe, &paths, date, &self.dir);
        let rpms = rpms.map_err(|error| Failure::new(name, &*error))?;
        self.stamps
            .put(name, &Stamp::new(&job.key, &rpms))
            .map_err(|error| Failure::new(name, &error))
    }

    /// Removes the RPMs of recipes that are no more.
    pub(crate) fn clean(&self, recipes: &[&PackageRecipe]) -> Result<(), ImportError> {
        let wanted = |name: &str| recipes.iter().any(|recipe| recipe.name == name);
        self.stamps.remove_unless(&wanted)
    }

    /// The RPMs of all recipes.
    pub(crate) fn outputs(&self, recipes: &[&PackageRecipe]) -> Result<Vec<PathBuf>, ImportError> {
        Ok(sorted(
            recipes.iter().flat_map(|recipe| self.stamps.files(&recipe.name)),
        ))
    }
}

/// Why a recipe was not converted. A full disk sorts first: it explains the rest.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Failure {
    DiskFull(String),
    Other(String),
}

impl Failure {
    fn new(recipe: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        let text = format!("{recipe}: {}", chain(error));
        match is_disk_full(error) {
            true => Self::DiskFull(text),
            false => Self::Other(text),
        }
    }

    fn into_text(self) -> String {
        match self {
            Self::DiskFull(text) | Self::Other(text) => text,
        }
    }
}

fn is_disk_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let full = |error: &std::io::Error| {
        matches!(
            error.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
        )
    };
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|error| error.downcast_ref::<std::io::Error>().is_some_and(full))
}

/// Works on all items until there are no more or `work` says no.
fn on_all_processors<T: Sync>(items: &[T], work: impl Fn(&T) -> bool + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(items.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !work(item) {
                        // The others find nothing more to do either.
                        next.store(items.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items
}

/// An error with its causes, unless it says them itself.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text += &format!(": {cause_text}");
        }
        source = cause.source();
    }
    text
}
