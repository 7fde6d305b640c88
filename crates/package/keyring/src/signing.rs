//! Our own key: made once, kept in a file, signing deterministically.
//!
//! Version 4 with the legacy EdDSA algorithm 22 on Ed25519: the newer identifiers of RFC 9580 say nothing to rpm 4.18.
//! EdDSA needs no random numbers for a signature (RFC 8032), and both the key's and the signatures' times are given, so
//! equal input gives equal packages.

use std::fs;
use std::path::Path;

use pgp::composed::{
    ArmorOptions, Deserializable, DetachedSignature, KeyType, SignedKeyDetails, SignedSecretKey,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    Features, KeyFlags, PubKeyInner, PublicKey, SecretKey, SignatureConfig, SignatureType, Subpacket,
    SubpacketData, UserId,
};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, KeyVersion, Password, SignedUser, Tag, Timestamp};
use rand_core::OsRng;

use crate::error::Error;

/// SHA-512 is what EdDSA itself hashes with, and every verifier has it.
const HASH: HashAlgorithm = HashAlgorithm::Sha512;

/// A secret key that signs packages and repositories.
#[derive(Debug, Clone)]
pub struct SigningKey {
    secret: SignedSecretKey,
}

impl SigningKey {
    /// Makes a key for `user_id` (`Name <address>`), created at `created` seconds since 1970. Give a time before every
    /// signature it shall make: rpm with Sequoia refuses signatures older than their key.
    pub fn generate(user_id: &str, created: u32) -> Result<Self, Error> {
        generate(user_id, created)
            .map(|secret| Self { secret })
            .map_err(|error| Error::Generate {
                user_id: user_id.to_owned(),
                reason: error.to_string(),
            })
    }

    /// Loads a key stored by [`save`](Self::save).
    pub fn load(path: &Path) -> Result<Self, Error> {
        let failed = |reason: String| Error::LoadSigningKey {
            path: path.to_owned(),
            reason,
        };
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let (secret, _) = SignedSecretKey::from_string(&text).map_err(|error| failed(error.to_string()))?;
        secret
            .verify_bindings()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self { secret })
    }

    /// Stores the secret key, ASCII-armored, readable by its owner only.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let text = self
            .secret
            .to_armored_string(armor_options())
            .map_err(|error| self.failed(&error))?;
        atomic_file::write(path, text.as_bytes(), 0o600).map_err(|source| Error::SaveSigningKey { source })
    }

    /// The fingerprint, upper-case hex.
    pub fn fingerprint(&self) -> String {
        hex::encode_upper(self.secret.primary_key.fingerprint().as_bytes())
    }

    /// When the key was made, in seconds since 1970.
    pub fn created(&self) -> u32 {
        self.secret.primary_key.created_at().as_secs()
    }

    /// The certificate to publish, ASCII-armored (with the checksum that older rpm insists on).
    pub fn public_armored(&self) -> Result<String, Error> {
        self.secret
            .to_public_key()
            .to_armored_string(armor_options())
            .map_err(|error| self.failed(&error))
    }

    /// A binary signature packet over `data`, dated `time` seconds since 1970.
    pub fn sign_detached(&self, data: &[u8], time: u32) -> Result<Vec<u8>, Error> {
        self.detached(data, time)?
            .to_bytes()
            .map_err(|error| self.failed(&error))
    }

    /// As [`sign_detached`](Self::sign_detached), ASCII-armored, as in `repomd.xml.asc`.
    pub fn sign_detached_armored(&self, data: &[u8], time: u32) -> Result<String, Error> {
        self.detached(data, time)?
            .to_armored_string(armor_options())
            .map_err(|error| self.failed(&error))
    }

    fn detached(&self, data: &[u8], time: u32) -> Result<DetachedSignature, Error> {
        let config = configure(&self.secret.primary_key, SignatureType::Binary, time, Vec::new());
        let signed =
            config.and_then(|config| config.sign(&self.secret.primary_key, &Password::empty(), data));
        signed
            .map(DetachedSignature::new)
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &pgp::errors::Error) -> Error {
        Error::Sign {
            fingerprint: self.fingerprint(),
            reason: error.to_string(),
        }
    }
}

fn armor_options() -> ArmorOptions<'static> {
    ArmorOptions {
        headers: None,
        include_checksum: true,
    }
}

fn generate(user_id: &str, created: u32) -> pgp::errors::Result<SignedSecretKey> {
    let (public, secret) = KeyType::Ed25519Legacy.generate(OsRng)?;
    let algorithm = pgp::crypto::public_key::PublicKeyAlgorithm::EdDSALegacy;
    let inner = PubKeyInner::new(
        KeyVersion::V4,
        algorithm,
        Timestamp::from_secs(created),
        None,
        public,
    )?;
    let key = SecretKey::new(PublicKey::from_inner(inner)?, secret)?;
    let user = certify(&key, user_id, created)?;
    let details = SignedKeyDetails::new(Vec::new(), Vec::new(), vec![user], Vec::new());
    Ok(SignedSecretKey::new(key, details, Vec::new(), Vec::new()))
}

/// The self-signature bears the key's own time, so that it speaks for every signature the key will make.
fn certify(key: &SecretKey, user_id: &str, created: u32) -> pgp::errors::Result<SignedUser> {
    let id = UserId::from_str(Default::default(), user_id)?;
    let config = configure(
        key,
        SignatureType::CertPositive,
        created,
        certification_subpackets()?,
    )?;
    let signature = config.sign_certification(key, key.public_key(), &Password::empty(), Tag::UserId, &id)?;
    Ok(id.into_signed(signature))
}

fn certification_subpackets() -> pgp::errors::Result<Vec<Subpacket>> {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    Ok(vec![
        Subpacket::regular(SubpacketData::KeyFlags(flags))?,
        Subpacket::regular(SubpacketData::Features(Features::default()))?,
        Subpacket::regular(SubpacketData::IsPrimary(true))?,
    ])
}

fn configure(
    key: &SecretKey,
    kind: SignatureType,
    time: u32,
    more: Vec<Subpacket>,
) -> pgp::errors::Result<SignatureConfig> {
    let mut config = SignatureConfig::v4(kind, key.algorithm(), HASH);
    let made = SubpacketData::SignatureCreationTime(Timestamp::from_secs(time));
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
        Subpacket::regular(made)?,
    ];
    config.hashed_subpackets.extend(more);
    config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(
        key.legacy_key_id(),
    ))?];
    Ok(config)
}
