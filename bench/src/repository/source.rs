//! Debian's indexes, from the mirror the host itself uses, believed because of their signature.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use deb::Release;
use download::{Cache, Client, Request};
use import::{MirrorSettings, Mirrors};
use keyring::Keyring;

/// The suite our own distribution imports from.
pub(crate) const SUITE: &str = "trixie";
const MAX_RELEASE: u64 = 16 << 20;

/// A suite whose `InRelease` was verified.
pub(crate) struct Suite {
    client: Client,
    name: String,
    base: String,
    release: Release,
}

impl Suite {
    /// Fetches and verifies `InRelease` of the suite of this name.
    pub(crate) fn fetch(name: &str) -> anyhow::Result<Self> {
        let settings = MirrorSettings {
            mirror: std::env::var("LUMEN_MIRROR").ok(),
            ..MirrorSettings::default()
        };
        let mirrors = Mirrors::discover(&settings, Path::new("/etc/apt"))?;
        let base = format!("{}/dists/{name}", mirrors.archive_of(false));
        let client = Client::default();
        let keys = Keyring::from_dir(Path::new("distro/import/keys"))?;
        let url = format!("{base}/InRelease");
        let verified = keys
            .verify_cleartext(&client.get_bytes(&url, MAX_RELEASE)?)
            .with_context(|| format!("verify {url}"))?;
        let release = Release::parse(&String::from_utf8_lossy(&verified.text))?;
        Ok(Self {
            client,
            name: name.to_owned(),
            base,
            release,
        })
    }

    /// When it was published, in seconds since 1970.
    pub(crate) fn date(&self) -> u64 {
        self.release.date
    }

    /// A whole index as text.
    pub(crate) fn text(&self, name: &str) -> anyhow::Result<String> {
        let mut text = String::new();
        self.open(name)?
            .read_to_string(&mut text)
            .with_context(|| format!("read {name}"))?;
        Ok(text)
    }

    /// An index, to be read line by line.
    pub(crate) fn open(&self, name: &str) -> anyhow::Result<Box<dyn BufRead>> {
        let path = self.path(name)?;
        let file = File::open(&path).with_context(|| format!("open {}", path.display()))?;
        Ok(Box::new(BufReader::with_capacity(
            1 << 20,
            deb::decompress(name, file)?,
        )))
    }

    fn path(&self, name: &str) -> anyhow::Result<PathBuf> {
        let file = self
            .release
            .file(name)
            .with_context(|| format!("{} has no {name}", self.name))?;
        let (dir, _) = name.rsplit_once('/').unwrap_or(("", name));
        let by_hash = format!("{}/{dir}/by-hash/SHA256/{}", self.base, file.sha256);
        let request = Request {
            name: format!("{name} of {}", self.name),
            urls: vec![by_hash, format!("{}/{name}", self.base)],
            digest: file.sha256.clone(),
            size: file.size,
        };
        Ok(self.client.fetch(&Cache::of_user(), &request, &|_| ())?)
    }
}
