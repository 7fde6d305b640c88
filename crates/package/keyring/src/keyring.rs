//! The set of trusted certificates, and verification by it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use pgp::composed::{Deserializable, SignedPublicKey};
use pgp::packet::{Packet, PacketParser, Signature, SignatureType};
use pgp::types::KeyDetails;

use crate::certificate::Certificate;
use crate::error::{Error, Reason, Refusal};
use crate::{armor, cleartext, policy};

/// Trusted certificates.
///
/// Every certificate in it is trusted alike: put into it only what may vouch for the thing to be verified.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    certificates: Vec<Certificate>,
}

/// Who made a good signature, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Fingerprint of the certificate, upper-case hex.
    pub certificate: String,
    /// Fingerprint of the key within it that signed, upper-case hex.
    pub key: String,
    /// The certificate's first user id.
    pub user_id: Option<String>,
    /// When the signature was made, in seconds since 1970.
    pub signed_at: u32,
}

/// The signed part of a clear-signed document, and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleartext {
    /// Exactly the signed text (line ends `\n`; blanks at line ends, which a signature does not cover, are gone).
    pub text: Vec<u8>,
    /// The first trusted key whose signature was good.
    pub signer: Signer,
}

/// What to show of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateInfo {
    /// Fingerprint, upper-case hex.
    pub fingerprint: String,
    /// The 64-bit key id, upper-case hex.
    pub key_id: String,
    /// User ids.
    pub user_ids: Vec<String>,
    /// Creation time of the primary key, in seconds since 1970.
    pub created: u32,
}

impl Keyring {
    /// An empty keyring, which refuses every signature.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads certificates from bytes: binary packets or any number of ASCII-armored blocks.
    pub fn from_armored(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse(bytes).map_err(|reason| Error::ParseKeys {
            origin: "the given data".to_owned(),
            reason,
        })
    }

    /// Reads certificates from files, each binary or armored.
    pub fn from_files<P: AsRef<Path>>(paths: &[P]) -> Result<Self, Error> {
        let mut all = Self::new();
        for path in paths {
            all.extend(Self::from_file(path.as_ref())?);
        }
        Ok(all)
    }

    /// Reads every file of a directory (as in `/etc/pki/rpm-gpg`), in order of name; hidden files are left out.
    pub fn from_dir(dir: &Path) -> Result<Self, Error> {
        let failed = |source| Error::ReadKeys {
            path: dir.to_owned(),
            source,
        };
        let entries = fs::read_dir(dir)
            .map_err(failed)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        let mut paths: Vec<PathBuf> = entries
            .iter()
            .map(|entry| entry.path())
            .filter(|path| is_key_file(path))
            .collect();
        paths.sort();
        Self::from_files(&paths)
    }

    fn from_file(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(|source| Error::ReadKeys {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&bytes).map_err(|reason| Error::ParseKeys {
            origin: path.display().to_string(),
            reason,
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let blocks = if armor::is_armored(bytes) {
            decode_blocks(bytes)?
        } else {
            vec![bytes.to_vec()]
        };
        let mut certificates = Vec::new();
        for block in blocks {
            for parsed in SignedPublicKey::from_bytes_many(&block[..]).map_err(|error| error.to_string())? {
                certificates.push(Certificate::new(parsed.map_err(|error| error.to_string())?));
            }
        }
        match certificates.is_empty() {
            true => Err("there is none in it".to_owned()),
            false => Ok(Self { certificates }),
        }
    }

    /// Adds the certificates of another keyring.
    pub fn extend(&mut self, other: Self) {
        self.certificates.extend(other.certificates);
    }

    /// Whether there is no certificate in it.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// The certificates in it.
    pub fn certificates(&self) -> Vec<CertificateInfo> {
        self.certificates.iter().map(CertificateInfo::new).collect()
    }

    /// Verifies a detached signature over `data`, as of now. `signature` is binary or armored and may hold several
    /// signatures; one good signature by a trusted key is enough.
    pub fn verify_detached(&self, data: &[u8], signature: &[u8]) -> Result<Signer, Error> {
        self.verify_detached_at(data, signature, now())
    }

    /// As [`verify_detached`](Self::verify_detached), at a given time.
    pub fn verify_detached_at(&self, data: &[u8], signature: &[u8], now: u32) -> Result<Signer, Error> {
        let packets = detached_packets(signature).map_err(|reason| Error::ParseSignature { reason })?;
        self.verify_any(&packets, SignatureType::Binary, data, now)
    }

    /// Verifies a clear-signed document, as of now, and hands back only the text that was signed.
    pub fn verify_cleartext(&self, document: &[u8]) -> Result<Cleartext, Error> {
        self.verify_cleartext_at(document, now())
    }

    /// As [`verify_cleartext`](Self::verify_cleartext), at a given time.
    pub fn verify_cleartext_at(&self, document: &[u8], now: u32) -> Result<Cleartext, Error> {
        let parts = cleartext::parse(document).map_err(|reason| Error::ParseCleartext { reason })?;
        let signer = self.verify_any(&parts.signatures, SignatureType::Text, &parts.hashed_form(), now)?;
        Ok(Cleartext {
            text: parts.text,
            signer,
        })
    }

    fn verify_any(
        &self,
        packets: &[u8],
        kind: SignatureType,
        data: &[u8],
        now: u32,
    ) -> Result<Signer, Error> {
        let mut refusals = Vec::new();
        for signature in parse_signatures(packets).map_err(|reason| Error::ParseSignature { reason })? {
            match self.verify_one(&signature, kind, data, now) {
                Ok(signer) => return Ok(signer),
                Err(reason) => refusals.push(Refusal {
                    issuer: issuer(&signature),
                    reason,
                }),
            }
        }
        Err(Error::Refused { refusals })
    }

    fn verify_one(
        &self,
        signature: &Signature,
        kind: SignatureType,
        data: &[u8],
        now: u32,
    ) -> Result<Signer, Reason> {
        if signature.typ() != Some(kind) {
            return Err(Reason::WrongKind(format!("{:?}", signature.typ())));
        }
        let signed_at = policy::check_signature(signature, now)?;
        let mut reason = Reason::UnknownKey;
        for certificate in &self.certificates {
            match certificate.verify(signature, signed_at, data) {
                Some(Ok(key)) => return Ok(Signer::new(certificate, key.as_bytes(), signed_at)),
                Some(Err(why)) => reason = why,
                None => {}
            }
        }
        Err(reason)
    }
}

impl Signer {
    fn new(certificate: &Certificate, key: &[u8], signed_at: u32) -> Self {
        Self {
            certificate: hex::encode_upper(certificate.fingerprint().as_bytes()),
            key: hex::encode_upper(key),
            user_id: certificate.user_ids.first().cloned(),
            signed_at,
        }
    }
}

impl CertificateInfo {
    fn new(certificate: &Certificate) -> Self {
        Self {
            fingerprint: hex::encode_upper(certificate.fingerprint().as_bytes()),
            key_id: hex::encode_upper(certificate.primary.legacy_key_id().as_ref()),
            user_ids: certificate.user_ids.clone(),
            created: certificate.primary.created_at().as_secs(),
        }
    }
}

fn is_key_file(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    !hidden && path.is_file()
}

/// Seconds since 1970; a clock before 1970 or after 2106 counts as the nearest end.
fn now() -> u32 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(elapsed.as_secs()).unwrap_or(u32::MAX)
}

/// All `PUBLIC KEY BLOCK`s of a text; words between them (the usual description of a key) are skipped.
fn decode_blocks(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is neither OpenPGP packets nor text".to_owned())?;
    let lines: Vec<&str> = text.lines().collect();
    let begin = armor::begin("PUBLIC KEY BLOCK");
    let starts = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.trim_end() == begin);
    starts
        .map(|(start, _)| armor::decode(&lines[start..], "PUBLIC KEY BLOCK").map(|block| block.data))
        .collect()
}

fn detached_packets(signature: &[u8]) -> Result<Vec<u8>, String> {
    if !armor::is_armored(signature) {
        return Ok(signature.to_vec());
    }
    let text =
        std::str::from_utf8(signature).map_err(|_| "it is neither OpenPGP packets nor text".to_owned())?;
    armor::decode_single(text, "SIGNATURE")
}

/// Only signature packets may be there. One of an unknown version is passed over, as RFC 9580 (5.2) asks, so that
/// a document may carry newer signatures beside ours.
fn parse_signatures(packets: &[u8]) -> Result<Vec<Signature>, String> {
    let mut signatures = Vec::new();
    for packet in PacketParser::new(packets) {
        match packet {
            Ok(Packet::Signature(signature)) => signatures.push(signature),
            Ok(other) => {
                return Err(format!(
                    "unexpected packet {:?}",
                    pgp::packet::PacketTrait::tag(&other)
                ));
            }
            Err(pgp::errors::Error::Unsupported { .. }) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(signatures)
}

fn issuer(signature: &Signature) -> String {
    let fingerprint = signature
        .issuer_fingerprint()
        .first()
        .map(|print| hex::encode_upper(print.as_bytes()));
    let key_id = || {
        signature
            .issuer_key_id()
            .first()
            .map(|id| hex::encode_upper(id.as_ref()))
    };
    fingerprint
        .or_else(key_id)
        .unwrap_or_else(|| "unknown".to_owned())
}
