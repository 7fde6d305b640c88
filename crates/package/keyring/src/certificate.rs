//! A trusted certificate: its keys, and what its owner has said about each of them.
//!
//! All self-signatures are verified once, when the certificate is read; what is left are plain facts with times, and
//! "was this key good then?" is a comparison of numbers.

use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{PublicKey, PublicSubkey, Signature, SignatureType};
use pgp::types::{Fingerprint, KeyDetails, KeyId, Tag};

use crate::binding::{Binding, History, Revocation};
use crate::error::Reason;
use crate::policy;

/// A certificate with its verified history.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) primary: PublicKey,
    history: History,
    pub(crate) user_ids: Vec<String>,
    subkeys: Vec<Subkey>,
}

#[derive(Debug, Clone)]
struct Subkey {
    key: PublicSubkey,
    history: History,
}

impl Certificate {
    /// Verifies all self-signatures and keeps what holds.
    pub(crate) fn new(parsed: SignedPublicKey) -> Self {
        let history = primary_history(&parsed);
        let subkeys = parsed
            .public_subkeys
            .iter()
            .map(|subkey| Subkey::new(&parsed.primary_key, subkey))
            .collect();
        let user_ids = parsed
            .details
            .users
            .iter()
            .filter_map(|user| user.id.as_str().map(str::to_owned))
            .collect();
        Self {
            primary: parsed.primary_key,
            history,
            user_ids,
            subkeys,
        }
    }

    /// The certificate's fingerprint: that of its primary key.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.primary.fingerprint()
    }

    /// Verifies `data` with whichever of our keys the signature names. `None`: none of them.
    pub(crate) fn verify(
        &self,
        signature: &Signature,
        made: u32,
        data: &[u8],
    ) -> Option<Result<Fingerprint, Reason>> {
        if names(signature, &self.primary) {
            return Some(self.verify_by_primary(signature, made, data));
        }
        let subkey = self.subkeys.iter().find(|subkey| names(signature, &subkey.key))?;
        Some(self.verify_by_subkey(subkey, signature, made, data))
    }

    fn verify_by_primary(
        &self,
        signature: &Signature,
        made: u32,
        data: &[u8],
    ) -> Result<Fingerprint, Reason> {
        check_component(&self.primary, &self.history, made)?;
        self.history.check_may_sign(made)?;
        signature
            .verify(&self.primary, data)
            .map_err(|_| Reason::BadSignature)?;
        Ok(self.primary.fingerprint())
    }

    /// A subkey is as good as itself and its primary key.
    fn verify_by_subkey(
        &self,
        subkey: &Subkey,
        signature: &Signature,
        made: u32,
        data: &[u8],
    ) -> Result<Fingerprint, Reason> {
        check_component(&self.primary, &self.history, made)?;
        check_component(&subkey.key, &subkey.history, made)?;
        subkey.history.check_may_sign(made)?;
        signature
            .verify(&subkey.key, data)
            .map_err(|_| Reason::BadSignature)?;
        Ok(subkey.key.fingerprint())
    }
}

fn check_component(key: &impl KeyDetails, history: &History, made: u32) -> Result<(), Reason> {
    policy::check_key(key)?;
    if made < key.created_at().as_secs() {
        return Err(Reason::OlderThanKey);
    }
    history.check_valid(made)
}

/// Whether the signature says this key made it. Only a hint for finding the key; the mathematics decide.
fn names(signature: &Signature, key: &impl KeyDetails) -> bool {
    let (id, fingerprint): (KeyId, Fingerprint) = (key.legacy_key_id(), key.fingerprint());
    let fingerprints = signature.issuer_fingerprint();
    match fingerprints.is_empty() {
        false => fingerprints.into_iter().any(|named| *named == fingerprint),
        true => signature.issuer_key_id().into_iter().any(|named| *named == id),
    }
}

fn primary_history(parsed: &SignedPublicKey) -> History {
    let key = &parsed.primary_key;
    let made = key.created_at().as_secs();
    let direct = parsed.details.direct_signatures.iter();
    let mut bindings: Vec<Binding> = direct
        .filter(|signature| signature.verify_key(key).is_ok())
        .filter_map(|signature| Binding::from_signature(signature, made))
        .collect();
    for user in &parsed.details.users {
        let own: Vec<&Signature> = user
            .signatures
            .iter()
            .filter(|signature| {
                names(signature, key) && signature.verify_certification(key, Tag::UserId, &user.id).is_ok()
            })
            .collect();
        bindings.extend(user_bindings(&own, made));
    }
    let revocations = parsed.details.revocation_signatures.iter();
    let revocations = revocations
        .filter(|signature| signature.verify_key(key).is_ok())
        .map(Revocation::from_signature)
        .collect();
    History {
        bindings,
        revocations,
    }
}

/// The bindings by one user id; none when the owner has revoked that user id.
fn user_bindings(own: &[&Signature], key_made: u32) -> Vec<Binding> {
    if own
        .iter()
        .any(|signature| signature.typ() == Some(SignatureType::CertRevocation))
    {
        return Vec::new();
    }
    own.iter()
        .filter_map(|signature| Binding::from_signature(signature, key_made))
        .collect()
}

impl Subkey {
    fn new(primary: &PublicKey, parsed: &SignedPublicSubKey) -> Self {
        let mut history = History::default();
        let bound = parsed
            .signatures
            .iter()
            .filter(|signature| signature.verify_subkey_binding(primary, &parsed.key).is_ok());
        for signature in bound {
            match signature.typ() {
                Some(SignatureType::SubkeyRevocation) => {
                    history.revocations.push(Revocation::from_signature(signature))
                }
                _ => history
                    .bindings
                    .extend(subkey_binding(primary, &parsed.key, signature)),
            }
        }
        Self {
            key: parsed.key.clone(),
            history,
        }
    }
}

/// A binding of a signing subkey needs the subkey's own consent, a signature embedded in it (RFC 9580, 10.1.5);
/// without it one could adopt a foreign key and claim its signatures.
fn subkey_binding(primary: &PublicKey, subkey: &PublicSubkey, signature: &Signature) -> Option<Binding> {
    let binding = Binding::from_signature(signature, subkey.created_at().as_secs())?;
    match binding.may_sign() && !consents(primary, subkey, signature) {
        true => None,
        false => Some(binding),
    }
}

fn consents(primary: &PublicKey, subkey: &PublicSubkey, signature: &Signature) -> bool {
    signature.embedded_signature().is_some_and(|back| {
        policy::check_hash(back).is_ok() && back.verify_primary_key_binding(subkey, primary).is_ok()
    })
}
