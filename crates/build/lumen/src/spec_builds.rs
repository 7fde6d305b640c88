//! Packages with a spec file: where their sources come from, and what is shown while they are built.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, bail};
use download::{Cache, Client};
use import::{MirrorSettings, Mirrors};
use keyring::Keyring;
use pkgbuild::catalog::{Catalog, Located};
use pkgbuild::recipe::Source;
use pkgbuild::spec::{Builds, Event, Options};
use pkgbuild::{Ready, Workshop};

use crate::cli::SpecOptions;
use crate::console::{Console, Unit};
use crate::keys::Keys;
use crate::project::Project;
use crate::settings::Settings;

/// What the builds of one command share.
pub(crate) struct SpecBuilds<'a> {
    pub(crate) workshop: &'a Workshop<'a>,
    pub(crate) catalog: &'a Catalog,
    pub(crate) project: &'a Project,
    pub(crate) keys: &'a Keys,
    pub(crate) repository: &'a Path,
    pub(crate) options: &'a SpecOptions,
    pub(crate) console: &'a Console,
}

impl SpecBuilds<'_> {
    /// Builds these packages and those of ours that they need.
    pub(crate) fn build(&self, wanted: &[&Located]) -> anyhow::Result<Vec<Ready>> {
        let built = self.with_builds(|builds| Ok(builds.run(wanted)?))?;
        if !wanted.is_empty() {
            self.console.end();
        }
        Ok(built)
    }

    /// Builds these packages of Go modules.
    pub(crate) fn build_go(&self, wanted: &[&Located]) -> anyhow::Result<Vec<Ready>> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        self.console
            .begin("Compiling Go modules", wanted.len() as u64, Unit::Items);
        let built = self.with_builds(|builds| Ok(builds.run_go(wanted)?))?;
        self.console.end();
        Ok(built)
    }

    /// Opens a shell where a build has failed.
    pub(crate) fn shell(&self, names: &[String]) -> anyhow::Result<()> {
        let [name] = names else {
            bail!("--shell looks into one failed build: name one package");
        };
        self.catalog.find(name)?;
        self.with_builds(|builds| Ok(builds.shell(name).map(drop)?))
    }

    fn with_builds<T>(&self, work: impl FnOnce(&Builds<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let mirrors = Mutex::new(None);
        let urls = |source: &Source| self.urls(source, &mirrors);
        let progress = |event: Event<'_>| self.show(&event);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        work(&Builds {
            workshop: self.workshop,
            catalog: self.catalog,
            repository: self.repository,
            trusted: &Keyring::from_armored(self.keys.public.as_bytes())?,
            metadata_cache: &self.project.metadata_cache(),
            roots: self.project.build().join("roots"),
            cache: Cache::of_user(),
            client: Client::new(download::Options::default()),
            urls: &urls,
            options: Options {
                jobs: usize::from(self.options.jobs),
                processors,
                check: self.options.check,
                resume: self.options.resume,
                prepare: self.options.prep,
            },
            progress: &progress,
        })
    }

    /// A mirror is looked for only when something has to be fetched.
    fn urls(&self, source: &Source, mirrors: &Mutex<Option<Mirrors>>) -> Result<Vec<String>, String> {
        let mut mirrors = mirrors.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let known = match mirrors.take() {
            Some(known) => known,
            None => self.mirrors().map_err(|error| format!("{error:#}"))?,
        };
        let urls = known.urls(&source.path, source.security);
        *mirrors = Some(known);
        Ok(urls)
    }

    fn mirrors(&self) -> anyhow::Result<Mirrors> {
        let file = Settings::load()?;
        let options = self.options;
        let settings = MirrorSettings {
            mirror: options.mirror.clone().or(file.mirror),
            security_mirror: options.security_mirror.clone().or(file.security_mirror),
            archive_mirror: options.archive_mirror.clone().or(file.archive_mirror),
        };
        Mirrors::discover(&settings, Path::new("/etc/apt")).context("sources cannot be fetched")
    }

    fn show(&self, event: &Event<'_>) {
        let console = self.console;
        match event {
            Event::Begin(count) => console.begin("Building packages from source", *count as u64, Unit::Items),
            Event::Download(download::Event::Started { name, .. }) => {
                console.detail(&format!("fetching {name}"))
            }
            Event::Download(download::Event::Retry { name, cause, .. }) => {
                console.notice(&format!("{name}: {cause}; trying again"));
            }
            Event::Started(name) => {
                console.detail(name);
                console.say(&format!("Building {name}"));
            }
            Event::Running {
                name,
                elapsed,
                before,
                line,
            } => console.still(&still(name, *elapsed, *before, line)),
            Event::Ready(_) => console.advance(1),
            Event::Notice(text) => console.notice(text),
            _ => {}
        }
    }
}

/// `linux-esx: 12 of about 35 min, CC fs/namei.o`.
fn still(name: &str, elapsed: Duration, before: Option<Duration>, line: &str) -> String {
    let minutes = |duration: Duration| duration.as_secs().div_ceil(60);
    match before {
        Some(before) => format!(
            "{name}: {} of about {} min, {line}",
            minutes(elapsed),
            minutes(before)
        ),
        None => format!("{name}: {} min, {line}", minutes(elapsed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_says_how_far_it_is_as_far_as_it_knows() {
        let seconds = Duration::from_secs;
        assert_eq!(still("a", seconds(61), None, "CC b.o"), "a: 2 min, CC b.o");
        assert_eq!(
            still("a", seconds(59), Some(seconds(2100)), "CC b.o"),
            "a: 1 of about 35 min, CC b.o"
        );
    }
}
