//! Pinned packages into the cache.

use std::collections::BTreeMap;
use std::path::PathBuf;

use download::Request;

use crate::error::ImportError;
use crate::lock::Pin;
use crate::mirror::Mirrors;
use crate::progress::{Event, Progress, Step};
use crate::run::Import;

/// How fetching ended.
pub(crate) enum Fetched {
    /// Every file by its package's name.
    All(BTreeMap<String, PathBuf>),
    /// These packages are no longer on the mirror.
    Dropped(Vec<String>),
}

pub(crate) struct Fetcher<'a> {
    pub(crate) import: &'a Import,
    pub(crate) progress: Progress<'a>,
}

impl Fetcher<'_> {
    /// Brings files into the cache. A mirror is looked for only when something is not there yet.
    pub(crate) fn fetch(&self, pins: &BTreeMap<&String, &Pin>) -> Result<Fetched, ImportError> {
        if pins.is_empty() {
            return Ok(Fetched::All(BTreeMap::new()));
        }
        let names: Vec<String> = pins.keys().map(|name| (*name).clone()).collect();
        let requests = self.requests(pins)?;
        (self.progress)(Event::Begin {
            step: Step::Download,
            items: requests.len(),
            bytes: requests.iter().map(|request| request.size).sum(),
        });
        let forward = |event: download::Event<'_>| (self.progress)(Event::Download(event));
        let result = self
            .import
            .client
            .fetch_all(&self.import.cache, &requests, &forward);
        (self.progress)(Event::End(Step::Download));
        match result {
            Ok(paths) => Ok(Fetched::All(names.into_iter().zip(paths).collect())),
            Err(failures) => sort_out(&names, failures),
        }
    }

    fn requests(&self, pins: &BTreeMap<&String, &Pin>) -> Result<Vec<Request>, ImportError> {
        let absent = |pin: &Pin| !self.import.cache.path(&pin.sha256).exists();
        let mirrors = match pins.values().any(|pin| absent(pin)) {
            true => Some(Mirrors::discover(&self.import.mirrors, &self.import.apt)?),
            false => Mirrors::discover(&self.import.mirrors, &self.import.apt).ok(),
        };
        let request = |(name, pin): (&&String, &&Pin)| Request {
            name: format!("{name} {}", pin.version),
            urls: mirrors
                .as_ref()
                .map(|mirrors| mirrors.urls(&pin.path, pin.security))
                .unwrap_or_default(),
            digest: pin.sha256.clone(),
            size: pin.size,
        };
        Ok(pins.iter().map(request).collect())
    }
}

/// Dropped files can be replaced, other failures cannot.
fn sort_out(names: &[String], failures: Vec<(usize, download::Error)>) -> Result<Fetched, ImportError> {
    let (gone, mut other): (Vec<_>, Vec<_>) =
        failures.into_iter().partition(|(_, error)| error.is_not_found());
    // A full disk fails every file alike: once is enough.
    if let Some(number) = other.iter().position(|(_, error)| error.is_local()) {
        return Err(other.swap_remove(number).1.into());
    }
    match other.len() {
        0 => Ok(Fetched::Dropped(
            gone.into_iter()
                .map(|(number, _)| names[number].clone())
                .collect(),
        )),
        1 => Err(other.remove(0).1.into()),
        _ => Err(ImportError::Downloads(
            other.into_iter().map(|(_, error)| error).collect(),
        )),
    }
}
