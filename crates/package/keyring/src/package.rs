//! Signatures of packages: RPM v4 signs the main header, which holds the digest of the payload.

use rpmfile::Package;

use crate::error::Error;
use crate::keyring::{Keyring, Signer};
use crate::signing::SigningKey;

impl Keyring {
    /// Verifies a package file as a whole, as of now: a good signature over its header, and a payload that has the
    /// digest this header states. Nothing in a package may be used before this.
    pub fn verify_package(&self, package: &Package) -> Result<Signer, Error> {
        let signer = self.verify_package_header(package)?;
        let digests = package
            .verify_digests()
            .map_err(|error| damaged(package, error))?;
        match digests.payload_sha256 {
            true => Ok(signer),
            false => Err(damaged(
                package,
                "its signed header does not state a SHA-256 of the payload",
            )),
        }
    }

    /// Verifies only the signature over the header. The payload is not read; who uses it must compare its digest.
    pub fn verify_package_header(&self, package: &Package) -> Result<Signer, Error> {
        let (data, signatures) = (package.signed_bytes(), package.signatures());
        let mut refusals = Vec::new();
        for signature in &signatures {
            match self.verify_detached(&data, signature) {
                Err(Error::Refused { refusals: more }) => refusals.extend(more),
                outcome => return outcome,
            }
        }
        Err(Error::Refused { refusals })
    }
}

fn damaged(package: &Package, reason: impl ToString) -> Error {
    let path = package
        .path()
        .map_or_else(|| "(a stream)".to_owned(), |path| path.display().to_string());
    Error::DamagedPackage {
        path,
        reason: reason.to_string(),
    }
}

/// Signs packages with a key, all at the same stated time.
#[derive(Debug, Clone)]
pub struct PackageSigner<'a> {
    /// The key.
    pub key: &'a SigningKey,
    /// The time of the signatures, in seconds since 1970; not before the key's creation.
    pub time: u32,
}

impl rpmfile::Signer for PackageSigner<'_> {
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.key.sign_detached(data, self.time)?)
    }
}
