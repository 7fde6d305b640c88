//! Signatures that are mathematically right and still must not count, and the reverse. Named after the attack.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod forge;

use forge::{BORN, DAY, Forge, sign_by_subkey, subkey};
use keyring::{Error, Keyring, Reason, Signer};
use pgp::composed::KeyType;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{KeyFlags, Notation, RevocationCode, SignatureType, Subpacket, SubpacketData};
use pgp::types::Duration;

const DATA: &[u8] = b"the repository's index";
/// When the tests verify.
const NOW: u32 = BORN + 1000 * DAY;

fn verify(certificate: &[u8], signature: &[u8]) -> Result<Signer, Error> {
    Keyring::from_armored(certificate)
        .unwrap()
        .verify_detached_at(DATA, signature, NOW)
}

fn reason(outcome: Result<Signer, Error>) -> Reason {
    match outcome {
        Err(Error::Refused { refusals }) => refusals[0].reason.clone(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_good_signature_names_its_signer() {
    let forge = Forge::ed25519();
    let signer = verify(&forge.certificate(), &forge.sign(DATA, BORN + DAY)).unwrap();
    assert_eq!(signer.user_id.as_deref(), Some("Forged <forged@example.org>"));
    assert_eq!(signer.signed_at, BORN + DAY);
    assert_eq!(signer.certificate, signer.key);
}

#[test]
fn tampered_data() {
    let forge = Forge::ed25519();
    let signature = forge.sign(b"another index", BORN + DAY);
    assert_eq!(
        reason(verify(&forge.certificate(), &signature)),
        Reason::BadSignature
    );
}

#[test]
fn unknown_key() {
    let (trusted, stranger) = (Forge::ed25519(), Forge::ed25519());
    let outcome = verify(&trusted.certificate(), &stranger.sign(DATA, BORN + DAY));
    assert_eq!(reason(outcome), Reason::UnknownKey);
}

#[test]
fn empty_keyring_and_empty_signature() {
    let forge = Forge::ed25519();
    let outcome = Keyring::new().verify_detached_at(DATA, &forge.sign(DATA, BORN + DAY), NOW);
    assert_eq!(reason(outcome), Reason::UnknownKey);
    assert!(
        matches!(verify(&forge.certificate(), b""), Err(Error::Refused { refusals }) if refusals.is_empty())
    );
}

#[test]
fn one_good_signature_among_strangers_is_enough() {
    let (trusted, stranger) = (Forge::ed25519(), Forge::ed25519());
    let both = [stranger.sign(DATA, BORN + DAY), trusted.sign(DATA, BORN + DAY)].concat();
    assert!(verify(&trusted.certificate(), &both).is_ok());
}

#[test]
fn expired_key() {
    let mut forge = Forge::ed25519();
    forge.lifetime = Some(10 * DAY);
    let certificate = forge.certificate();
    assert!(verify(&certificate, &forge.sign(DATA, BORN + 9 * DAY)).is_ok());
    assert_eq!(
        reason(verify(&certificate, &forge.sign(DATA, BORN + 10 * DAY))),
        Reason::KeyExpired
    );
}

#[test]
fn compromised_key_is_refused_even_for_older_signatures() {
    let mut forge = Forge::ed25519();
    forge.revoke(RevocationCode::KeyCompromised, BORN + 100 * DAY);
    let outcome = verify(&forge.certificate(), &forge.sign(DATA, BORN + DAY));
    assert_eq!(reason(outcome), Reason::KeyRevoked);
}

#[test]
fn retired_key_is_refused_from_then_on() {
    let mut forge = Forge::ed25519();
    forge.revoke(RevocationCode::KeyRetired, BORN + 100 * DAY);
    let certificate = forge.certificate();
    assert!(verify(&certificate, &forge.sign(DATA, BORN + DAY)).is_ok());
    assert_eq!(
        reason(verify(&certificate, &forge.sign(DATA, BORN + 100 * DAY))),
        Reason::KeyRevoked
    );
}

#[test]
fn revocation_by_a_stranger_does_not_count() {
    let (mut forge, mut stranger) = (Forge::ed25519(), Forge::ed25519());
    stranger.revoke(RevocationCode::KeyCompromised, BORN + DAY);
    forge.revocations = stranger.revocations;
    assert!(verify(&forge.certificate(), &forge.sign(DATA, BORN + DAY)).is_ok());
}

#[test]
fn weak_digest_of_the_data() {
    let forge = Forge::new(KeyType::Rsa(2048));
    for weak in [HashAlgorithm::Sha1, HashAlgorithm::Md5, HashAlgorithm::Sha224] {
        let signature = forge.sign_with(DATA, SignatureType::Binary, weak, BORN + DAY, Vec::new());
        let outcome = verify(&forge.certificate(), &signature);
        assert_eq!(reason(outcome), Reason::WeakHash(weak.to_string()));
    }
}

#[test]
fn weak_digest_in_the_self_signature() {
    let mut forge = Forge::new(KeyType::Rsa(2048));
    forge.self_hash = HashAlgorithm::Sha1;
    let outcome = verify(&forge.certificate(), &forge.sign(DATA, BORN + DAY));
    assert_eq!(reason(outcome), Reason::NotBound);
}

#[test]
fn rsa_1024() {
    let forge = Forge::new(KeyType::Rsa(1024));
    let outcome = verify(&forge.certificate(), &forge.sign(DATA, BORN + DAY));
    assert_eq!(reason(outcome), Reason::ShortKey(1024));
}

#[test]
fn rsa_2048_is_accepted() {
    let forge = Forge::new(KeyType::Rsa(2048));
    assert!(verify(&forge.certificate(), &forge.sign(DATA, BORN + DAY)).is_ok());
}

#[test]
fn key_without_the_sign_flag() {
    let mut forge = Forge::ed25519();
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    for flags in [Some(flags), None] {
        forge.flags = flags;
        let outcome = verify(&forge.certificate(), &forge.sign(DATA, BORN + DAY));
        assert_eq!(reason(outcome), Reason::MayNotSign);
    }
}

#[test]
fn signing_subkey_with_mutual_binding() {
    let (mut forge, subkey) = (Forge::ed25519(), subkey());
    let consent = forge.consent(&subkey);
    forge.bind(&subkey, Some(consent));
    let signer = verify(&forge.certificate(), &sign_by_subkey(&subkey, DATA, NOW - DAY)).unwrap();
    assert_ne!(signer.certificate, signer.key);
}

#[test]
fn adopted_subkey_without_its_consent() {
    let (mut forge, foreign) = (Forge::ed25519(), subkey());
    forge.bind(&foreign, None);
    let outcome = verify(&forge.certificate(), &sign_by_subkey(&foreign, DATA, NOW - DAY));
    assert_eq!(reason(outcome), Reason::NotBound);
}

#[test]
fn subkey_consent_to_another_certificate() {
    let (mut forge, other, foreign) = (Forge::ed25519(), Forge::ed25519(), subkey());
    forge.bind(&foreign, Some(other.consent(&foreign)));
    let outcome = verify(&forge.certificate(), &sign_by_subkey(&foreign, DATA, NOW - DAY));
    assert_eq!(reason(outcome), Reason::NotBound);
}

/// CVE-2021-3521: a subkey inserted into a trusted certificate, bound by the attacker's key.
#[test]
fn inserted_subkey_bound_by_a_stranger() {
    let (mut trusted, mut attacker, evil) = (Forge::ed25519(), Forge::ed25519(), subkey());
    let consent = trusted.consent(&evil);
    attacker.bind(&evil, Some(consent));
    trusted.subkeys = attacker.subkeys;
    let outcome = verify(&trusted.certificate(), &sign_by_subkey(&evil, DATA, NOW - DAY));
    assert_eq!(reason(outcome), Reason::NotBound);
}

#[test]
fn subkey_of_a_revoked_certificate() {
    let (mut forge, subkey) = (Forge::ed25519(), subkey());
    let consent = forge.consent(&subkey);
    forge.bind(&subkey, Some(consent));
    forge.revoke(RevocationCode::NoReason, BORN + DAY);
    let outcome = verify(&forge.certificate(), &sign_by_subkey(&subkey, DATA, NOW - DAY));
    assert_eq!(reason(outcome), Reason::KeyRevoked);
}

#[test]
fn signature_older_than_its_key_or_from_the_future() {
    let forge = Forge::ed25519();
    let certificate = forge.certificate();
    assert_eq!(
        reason(verify(&certificate, &forge.sign(DATA, BORN - 1))),
        Reason::OlderThanKey
    );
    assert_eq!(
        reason(verify(&certificate, &forge.sign(DATA, NOW + 2 * DAY))),
        Reason::FromTheFuture
    );
}

#[test]
fn expired_signature() {
    let forge = Forge::ed25519();
    let day = Subpacket::regular(SubpacketData::SignatureExpirationTime(Duration::from_secs(DAY))).unwrap();
    let signature = forge.sign_with(
        DATA,
        SignatureType::Binary,
        HashAlgorithm::Sha256,
        BORN + DAY,
        vec![day],
    );
    assert_eq!(
        reason(verify(&forge.certificate(), &signature)),
        Reason::SignatureExpired
    );
}

#[test]
fn unknown_critical_notation() {
    let forge = Forge::ed25519();
    let notation = Notation {
        readable: true,
        name: "only@example.org".into(),
        value: "tuesdays".into(),
    };
    let critical = Subpacket::critical(SubpacketData::Notation(notation)).unwrap();
    let signature = forge.sign_with(
        DATA,
        SignatureType::Binary,
        HashAlgorithm::Sha256,
        BORN + DAY,
        vec![critical],
    );
    assert!(matches!(
        reason(verify(&forge.certificate(), &signature)),
        Reason::CriticalSubpacket(_)
    ));
}

/// A signature over a text must not pass for one over bytes (line ends would not be covered).
#[test]
fn text_signature_in_place_of_a_binary_one() {
    let forge = Forge::ed25519();
    let signature = forge.sign_with(
        DATA,
        SignatureType::Text,
        HashAlgorithm::Sha256,
        BORN + DAY,
        Vec::new(),
    );
    assert!(matches!(
        reason(verify(&forge.certificate(), &signature)),
        Reason::WrongKind(_)
    ));
}

#[test]
fn self_signature_renewed_later_still_speaks_for_earlier_signatures() {
    let mut forge = Forge::ed25519();
    forge.self_time = BORN + 50 * DAY;
    assert!(verify(&forge.certificate(), &forge.sign(DATA, BORN + DAY)).is_ok());
}

#[test]
fn garbage_is_an_error_not_a_panic() {
    let forge = Forge::ed25519();
    let good = forge.sign(DATA, BORN + DAY);
    for length in 0..good.len() {
        assert!(
            verify(&forge.certificate(), &good[..length]).is_err(),
            "cut at {length}"
        );
    }
    let certificate = forge.certificate();
    for length in 0..certificate.len() {
        let outcome = Keyring::from_armored(&certificate[..length]);
        assert!(
            outcome.is_err() || outcome.unwrap().verify_detached_at(DATA, &good, NOW).is_err(),
            "cut at {length}"
        );
    }
    for index in 0..good.len() {
        let mut flipped = good.clone();
        flipped[index] ^= 0x40;
        let _ = verify(&certificate, &flipped);
    }
}
