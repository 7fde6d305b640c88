//! Repositories made for a test, signed with the key that the image trusts.

use crate::build_dir;
use anyhow::Context as _;
use keyring::{PackageSigner, SigningKey};
use repodata::{Advisory, WriteOptions, write_repo};
use rpmfile::Builder;
use std::path::{Path, PathBuf};

/// 2026-01-01: when all packages of tests are built and signed.
pub const TIME: u32 = 1_767_225_600;

/// A repository in the making.
#[derive(Debug)]
pub struct RepositoryWriter {
    folder: PathBuf,
    key: SigningKey,
}

impl RepositoryWriter {
    /// A repository in a new folder.
    ///
    /// # Errors
    /// When there is no signing key yet, or the folder cannot be made.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let keys = std::env::var_os("LUMEN_KEYS").map_or_else(|| build_dir().join("keys"), PathBuf::from);
        let key = SigningKey::load(&keys.join("signing-key.asc"))
            .context("load the key the image was made with; `make image` makes both")?;
        std::fs::create_dir_all(folder.join("Packages"))?;
        Ok(Self {
            folder: folder.to_owned(),
            key,
        })
    }

    /// Build a package into it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn add(&self, package: &Builder) -> anyhow::Result<()> {
        let signer = PackageSigner {
            key: &self.key,
            time: TIME,
        };
        let path = self.folder.join("Packages").join(package.nevra.file_name());
        package.build(&path, Some(&signer))?;
        Ok(())
    }

    /// Write its metadata.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn finish(self, advisories: &[Advisory]) -> anyhow::Result<()> {
        let options = WriteOptions {
            signer: Some(&self.key),
            advisories,
            ..WriteOptions::new(TIME)
        };
        write_repo(&self.folder, &options)?;
        Ok(())
    }
}
