//! Makes certificates and signatures of every kind, good and bad, as an attacker (or a careless owner) would.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests; each file uses a part of it"
)]

use pgp::composed::{KeyType, SignedKeyDetails, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    KeyFlags, PubKeyInner, PublicKey, PublicSubkey, RevocationCode, SecretKey, SecretSubkey, Signature,
    SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::ser::Serialize;
use pgp::types::{Duration, KeyDetails, KeyVersion, Password, Tag, Timestamp};
use rand_core::OsRng;

/// 2020-01-01; all forged keys are made then.
pub(crate) const BORN: u32 = 1_577_836_800;
/// One day in seconds.
pub(crate) const DAY: u32 = 86_400;

/// A key under the test's control, and what its certificate shall say.
pub(crate) struct Forge {
    pub(crate) key: SecretKey,
    pub(crate) flags: Option<KeyFlags>,
    pub(crate) lifetime: Option<u32>,
    pub(crate) self_hash: HashAlgorithm,
    pub(crate) self_time: u32,
    pub(crate) revocations: Vec<Signature>,
    pub(crate) subkeys: Vec<SignedPublicSubKey>,
}

pub(crate) fn signing_flags() -> KeyFlags {
    let mut flags = KeyFlags::default();
    flags.set_sign(true);
    flags
}

fn algorithm(kind: &KeyType) -> pgp::crypto::public_key::PublicKeyAlgorithm {
    use pgp::crypto::public_key::PublicKeyAlgorithm as A;
    match kind {
        KeyType::Rsa(_) => A::RSA,
        KeyType::Ed25519Legacy => A::EdDSALegacy,
        other => panic!("not forged: {other:?}"),
    }
}

fn material(kind: KeyType) -> (PubKeyInner, pgp::types::SecretParams) {
    let (public, secret) = kind.generate(OsRng).unwrap();
    let inner = PubKeyInner::new(
        KeyVersion::V4,
        algorithm(&kind),
        Timestamp::from_secs(BORN),
        None,
        public,
    )
    .unwrap();
    (inner, secret)
}

pub(crate) fn subkey() -> SecretSubkey {
    let (inner, secret) = material(KeyType::Ed25519Legacy);
    SecretSubkey::new(PublicSubkey::from_inner(inner).unwrap(), secret).unwrap()
}

impl Forge {
    pub(crate) fn new(kind: KeyType) -> Self {
        let (inner, secret) = material(kind);
        let key = SecretKey::new(PublicKey::from_inner(inner).unwrap(), secret).unwrap();
        Self {
            key,
            flags: Some(signing_flags()),
            lifetime: None,
            self_hash: HashAlgorithm::Sha512,
            self_time: BORN,
            revocations: Vec::new(),
            subkeys: Vec::new(),
        }
    }

    pub(crate) fn ed25519() -> Self {
        Self::new(KeyType::Ed25519Legacy)
    }

    pub(crate) fn config(&self, kind: SignatureType, hash: HashAlgorithm, time: u32) -> SignatureConfig {
        let mut config = SignatureConfig::v4(kind, self.key.algorithm(), hash);
        config.hashed_subpackets = vec![
            Subpacket::regular(SubpacketData::SignatureCreationTime(Timestamp::from_secs(time))).unwrap(),
            Subpacket::regular(SubpacketData::IssuerFingerprint(self.key.fingerprint())).unwrap(),
        ];
        config
    }

    /// The certificate, as binary packets.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        let id = UserId::from_str(Default::default(), "Forged <forged@example.org>").unwrap();
        let mut config = self.config(SignatureType::CertPositive, self.self_hash, self.self_time);
        if let Some(flags) = &self.flags {
            config
                .hashed_subpackets
                .push(Subpacket::regular(SubpacketData::KeyFlags(flags.clone())).unwrap());
        }
        if let Some(lifetime) = self.lifetime {
            let expires = SubpacketData::KeyExpirationTime(Duration::from_secs(lifetime));
            config
                .hashed_subpackets
                .push(Subpacket::regular(expires).unwrap());
        }
        let public = self.key.public_key();
        let signature = config
            .sign_certification(&self.key, public, &Password::empty(), Tag::UserId, &id)
            .unwrap();
        let users = vec![id.into_signed(signature)];
        let details = SignedKeyDetails::new(self.revocations.clone(), Vec::new(), users, Vec::new());
        SignedPublicKey::new(public.clone(), details, self.subkeys.clone())
            .to_bytes()
            .unwrap()
    }

    /// A detached binary signature.
    pub(crate) fn sign(&self, data: &[u8], time: u32) -> Vec<u8> {
        self.sign_with(
            data,
            SignatureType::Binary,
            HashAlgorithm::Sha256,
            time,
            Vec::new(),
        )
    }

    pub(crate) fn sign_with(
        &self,
        data: &[u8],
        kind: SignatureType,
        hash: HashAlgorithm,
        time: u32,
        more: Vec<Subpacket>,
    ) -> Vec<u8> {
        let mut config = self.config(kind, hash, time);
        config.hashed_subpackets.extend(more);
        packet(&config.sign(&self.key, &Password::empty(), data).unwrap())
    }

    pub(crate) fn revoke(&mut self, code: RevocationCode, time: u32) {
        let mut config = self.config(SignatureType::KeyRevocation, HashAlgorithm::Sha256, time);
        let reason = SubpacketData::RevocationReason(code, "".as_bytes().to_vec().into());
        config.hashed_subpackets.push(Subpacket::regular(reason).unwrap());
        self.revocations.push(
            config
                .sign_key(&self.key, &Password::empty(), self.key.public_key())
                .unwrap(),
        );
    }

    /// Binds `subkey` by our key; `back` is the subkey's consent, if any.
    pub(crate) fn bind(&mut self, subkey: &SecretSubkey, back: Option<Signature>) {
        let mut config = self.config(SignatureType::SubkeyBinding, HashAlgorithm::Sha256, BORN);
        config
            .hashed_subpackets
            .push(Subpacket::regular(SubpacketData::KeyFlags(signing_flags())).unwrap());
        if let Some(back) = back {
            config
                .hashed_subpackets
                .push(Subpacket::regular(SubpacketData::EmbeddedSignature(Box::new(back))).unwrap());
        }
        let public = subkey.public_key();
        let signature = config
            .sign_subkey_binding(&self.key, self.key.public_key(), &Password::empty(), public)
            .unwrap();
        self.subkeys
            .push(SignedPublicSubKey::new(public.clone(), vec![signature]));
    }

    /// The consent of `subkey` to belong to our key.
    pub(crate) fn consent(&self, subkey: &SecretSubkey) -> Signature {
        subkey
            .sign_primary_key_binding(OsRng, self.key.public_key(), &Password::empty())
            .unwrap()
    }
}

/// A detached signature by a subkey.
pub(crate) fn sign_by_subkey(subkey: &SecretSubkey, data: &[u8], time: u32) -> Vec<u8> {
    let mut config = SignatureConfig::v4(SignatureType::Binary, subkey.algorithm(), HashAlgorithm::Sha256);
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::SignatureCreationTime(Timestamp::from_secs(time))).unwrap(),
        Subpacket::regular(SubpacketData::IssuerFingerprint(subkey.fingerprint())).unwrap(),
    ];
    packet(&config.sign(subkey, &Password::empty(), data).unwrap())
}

fn packet(signature: &Signature) -> Vec<u8> {
    pgp::composed::DetachedSignature::new(signature.clone())
        .to_bytes()
        .unwrap()
}
