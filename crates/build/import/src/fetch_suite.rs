//! A suite's package index, believed because of its chain: key, InRelease, digest of the index.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use deb::{Index, IndexFile, Package, Release, Version};
use download::{Cache, Client, Request};
use keyring::Keyring;

use crate::arch::Arch;
use crate::error::ImportError;
use crate::lock_date;
use crate::mirror::{Mirrors, join};
use crate::progress::{Event, Progress, Step};

/// What is imported from: the suite and its security updates (and whether it is in the security archive).
const SUITES: [(&str, bool); 2] = [("trixie", false), ("trixie-security", true)];

/// InRelease of the main suite has 140 kB, its index 57 MB.
const MAX_RELEASE: u64 = 16 << 20;
const MAX_INDEX: u64 = 512 << 20;

/// What is needed to fetch suites.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) client: &'a Client,
    pub(crate) cache: &'a Cache,
    pub(crate) mirrors: &'a Mirrors,
    pub(crate) keys: &'a Path,
    pub(crate) progress: Progress<'a>,
}

/// The verified indexes of all suites for one architecture.
pub(crate) struct Suites {
    suites: Vec<Suite>,
}

struct Suite {
    name: &'static str,
    security: bool,
    release: Release,
    index: Index,
}

impl Suites {
    /// Fetches and verifies. `known` are the dates of an earlier state, which must not be newer.
    pub(crate) fn fetch(
        source: Source<'_>,
        arch: &Arch,
        known: &BTreeMap<String, u64>,
    ) -> Result<Self, ImportError> {
        let keys = Keyring::from_dir(source.keys).map_err(|error| ImportError::Keys {
            dir: source.keys.to_owned(),
            source: error,
        })?;
        (source.progress)(Event::Begin {
            step: Step::Index,
            items: SUITES.len(),
            bytes: 0,
        });
        let suites = SUITES.iter().map(|(name, security)| {
            let release = release(source, &keys, name, *security, known.get(*name).copied())?;
            let index = index(source, &release, arch, name, *security)?;
            Ok(Suite {
                name,
                security: *security,
                release,
                index,
            })
        });
        let suites = suites.collect::<Result<_, ImportError>>()?;
        (source.progress)(Event::End(Step::Index));
        Ok(Self { suites })
    }

    /// The highest version of a package in any suite, and whether it is in the security archive.
    pub(crate) fn newest(&self, name: &str) -> Result<Option<(Package, bool)>, ImportError> {
        let mut best: Option<(Version, Package, bool)> = None;
        for suite in &self.suites {
            let Some(package) = suite.index.newest(name)? else {
                continue;
            };
            let version: Version = package.version.parse()?;
            if best.as_ref().is_none_or(|(highest, ..)| version > *highest) {
                best = Some((version, package, suite.security));
            }
        }
        Ok(best.map(|(_, package, security)| (package, security)))
    }

    /// The dates of the suites.
    pub(crate) fn dates(&self) -> BTreeMap<String, u64> {
        self.suites
            .iter()
            .map(|suite| (suite.name.to_owned(), suite.release.date))
            .collect()
    }

    /// Their names.
    pub(crate) fn names(&self) -> String {
        self.suites
            .iter()
            .map(|suite| suite.name)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Package names like this one.
    pub(crate) fn nearest(&self, name: &str) -> Vec<String> {
        let all = self.suites.iter().flat_map(|suite| suite.index.names());
        depsolve::nearest(name, all, 3)
            .into_iter()
            .map(str::to_owned)
            .collect()
    }
}

fn release(
    source: Source<'_>,
    keys: &Keyring,
    suite: &str,
    security: bool,
    known: Option<u64>,
) -> Result<Release, ImportError> {
    let url = join(
        source.mirrors.archive_of(security),
        &format!("dists/{suite}/InRelease"),
    );
    let signed = source.client.get_bytes(&url, MAX_RELEASE)?;
    let verified = keys.verify_cleartext(&signed);
    let verified = verified.map_err(|error| ImportError::Signature {
        url: url.clone(),
        source: error,
    })?;
    let release = Release::parse(&String::from_utf8_lossy(&verified.text))?;
    if release.codename != suite {
        let (wanted, found) = (suite.to_owned(), release.codename);
        return Err(ImportError::WrongSuite { url, wanted, found });
    }
    if let Some(known) = known.filter(|known| *known > release.date) {
        let (found, known) = (lock_date::format(release.date), lock_date::format(known));
        return Err(ImportError::Rollback { url, found, known });
    }
    warn_if_expired(&release, source.progress);
    Ok(release)
}

/// An expired state is told, not refused: an archived mirror is the way to build an old state again, and
/// [`ImportError::Rollback`] guards against going back unknowingly.
fn warn_if_expired(release: &Release, progress: Progress<'_>) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs());
    if let Some(until) = release.valid_until.filter(|until| *until < now) {
        let (suite, until) = (&release.codename, lock_date::format(until));
        let text =
            format!("the mirror's state of {suite} was valid until {until}: it lacks newer security updates");
        progress(Event::Notice(&text));
    }
}

fn index(
    source: Source<'_>,
    release: &Release,
    arch: &Arch,
    suite: &str,
    security: bool,
) -> Result<Index, ImportError> {
    let dir = format!("main/binary-{}", arch.debian());
    let name = format!("{dir}/Packages.xz");
    let missing = || ImportError::NoIndex {
        suite: suite.to_owned(),
        index: name.clone(),
    };
    let file = release.file(&name).ok_or_else(missing)?;
    let base = format!("{}/dists/{suite}", source.mirrors.archive_of(security));
    let by_hash = release
        .by_hash
        .then(|| join(&base, &format!("{dir}/by-hash/SHA256/{}", file.sha256)));
    let urls = by_hash.into_iter().chain([join(&base, &name)]).collect();
    let IndexFile { sha256, size } = file.clone();
    let request = Request {
        name: format!("the package index of {suite}"),
        urls,
        digest: sha256,
        size,
    };
    let path = source.client.fetch(source.cache, &request, &|event| {
        (source.progress)(Event::Download(event))
    })?;
    read(&path).map_err(|error| ImportError::ReadIndex { path, source: error })
}

fn read(path: &Path) -> std::io::Result<Index> {
    let mut text = String::new();
    let file = File::open(path)?;
    deb::decompress("Packages.xz", file)?
        .take(MAX_INDEX)
        .read_to_string(&mut text)?;
    Ok(Index::new(text))
}
