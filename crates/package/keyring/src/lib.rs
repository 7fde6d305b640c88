//! OpenPGP for a package manager: who signed this, may they, and were these exact bytes signed?
//!
//! The cryptography is the `pgp` crate's. That crate answers whether a signature is mathematically right; whether a
//! key may still be believed is for its caller to decide, and that decision is this crate:
//!
//! - [`Keyring`] holds trusted certificates and verifies detached signatures (`repomd.xml.asc`, the header
//!   signatures of packages) and clear-signed documents (Debian's `InRelease`).
//! - The rules (see [`Reason`]): a signing key must be bound to its certificate, be allowed to sign, and be neither
//!   expired nor revoked *when the signature was made*; RSA keys have at least 2048 bits; MD5, SHA-1 and other short
//!   digests count for nothing, neither over data nor in the certificate's own bindings.
//! - [`SigningKey`] is our own key: Ed25519 in the form every rpm since 4.17 reads, deterministic, with the time of
//!   each signature given by the caller, so that the same input always gives the same bytes.
//!
//! References: RFC 9580 (OpenPGP), whose sections the modules cite.

mod armor;
mod binding;
mod certificate;
mod cleartext;
mod error;
mod keyring;
mod package;
mod policy;
mod signing;

pub use error::{Error, Reason, Refusal};
pub use keyring::{CertificateInfo, Cleartext, Keyring, Signer};
pub use package::PackageSigner;
pub use signing::SigningKey;
