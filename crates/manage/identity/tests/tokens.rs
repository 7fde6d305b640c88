//! Bearer tokens: what is believed, and every way we know in which others were made to believe more.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod issuer;

use std::time::Duration;

use identity::token::{Error, KeySet, KeySetError, Verifier, claimed_issuer};
use issuer::{Known, NAME, NOW, Signer, base64url, claims, claims_with, knowing, knowing_with, now};
use proptest::prelude::*;
use serde_json::{Value, json};

fn ed25519() -> (Signer, Known) {
    let signer = Signer::new("ed25519");
    let known = knowing(&[signer.jwk("one")]);
    (signer, known)
}

fn header() -> Value {
    json!({"alg": "EdDSA", "kid": "one", "typ": "JWT"})
}

fn verdict(known: &Known, token: &str) -> Result<String, Error> {
    known
        .verifier
        .identify(token, now())
        .map(|identity| identity.name)
}

/// What becomes of a token with these claims.
fn with_claims(claims: &Value) -> Result<String, Error> {
    let (signer, known) = ed25519();
    verdict(&known, &signer.token(&header(), claims))
}

#[test]
fn a_good_token_names_its_user_and_groups_behind_the_prefix() {
    let (signer, known) = ed25519();
    let identity = known
        .verifier
        .identify(&signer.token(&header(), &claims()), now())
        .unwrap();
    assert_eq!(identity.name, "oidc:alice");
    assert_eq!(identity.groups, ["oidc:admins", "oidc:staff"]);
    assert_eq!(identity.uid, None);
    assert_eq!(identity.presented.unwrap(), format!("{NAME} 1234"));
}

#[test]
fn every_kind_of_key_verifies_what_it_signed_and_nothing_else() {
    let signers: Vec<_> = ["rsa", "p256", "ed25519"].map(Signer::new).into();
    let known = knowing(&[
        signers[0].jwk("rsa"),
        signers[1].jwk("p256"),
        signers[2].jwk("ed25519"),
    ]);
    for (signer, kid, algorithms) in [
        (
            &signers[0],
            "rsa",
            &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"][..],
        ),
        (&signers[1], "p256", &["ES256"]),
        (&signers[2], "ed25519", &["EdDSA", "Ed25519"]),
    ] {
        for algorithm in algorithms {
            let token = signer.token(&json!({"alg": algorithm, "kid": kid}), &claims());
            assert_eq!(verdict(&known, &token).unwrap(), "oidc:alice", "{algorithm}");
            let other = signer.token(&json!({"alg": algorithm, "kid": "ed25519"}), &claims());
            if kid != "ed25519" {
                assert!(
                    matches!(verdict(&known, &other), Err(Error::Confusion { .. })),
                    "{algorithm}"
                );
            }
        }
    }
}

/// RFC 8037, appendix A.4, is not of ours.
#[test]
fn the_signature_of_rfc_8037_is_right_and_its_payload_no_token() {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let known = knowing(&[key]);
    let good = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert!(matches!(verdict(&known, good), Err(Error::Malformed { .. })));
    let wrong = good.replace("MuM0KAg", "MuM0KAQ");
    assert!(matches!(
        verdict(&known, &wrong),
        Err(Error::Signature | Error::Malformed { .. })
    ));
}

/// The header says `none`: nobody signed.
#[test]
fn none_is_no_algorithm() {
    let (_, known) = ed25519();
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let token = format!(
            "{}.{}.",
            base64url(json!({"alg": none}).to_string()),
            base64url(claims().to_string())
        );
        assert!(
            matches!(verdict(&known, &token), Err(Error::Algorithm { .. })),
            "{none}"
        );
    }
}

/// The public key, which everybody has, taken for the secret of an HMAC: in each form somebody has fallen for.
#[test]
fn a_public_key_is_no_secret() {
    let signer = Signer::new("rsa");
    let jwk = signer.jwk("one");
    let known = knowing(std::slice::from_ref(&jwk));
    for secret in [
        jwk["n"].as_str().unwrap().as_bytes(),
        jwk.to_string().as_bytes(),
        b"",
        b"one",
    ] {
        for (name, algorithm) in [
            ("HS256", ring::hmac::HMAC_SHA256),
            ("HS512", ring::hmac::HMAC_SHA512),
        ] {
            let signed = format!(
                "{}.{}",
                base64url(json!({"alg": name, "kid": "one"}).to_string()),
                base64url(claims().to_string())
            );
            let tag = ring::hmac::sign(&ring::hmac::Key::new(algorithm, secret), signed.as_bytes());
            let token = format!("{signed}.{}", base64url(tag));
            assert!(matches!(verdict(&known, &token), Err(Error::Algorithm { .. })));
        }
    }
}

/// Hole 5.2-2: with an empty secret, anybody makes tokens. Here a set with a symmetric key, empty or not, is no set of keys.
#[test]
fn hole_5_2_2_there_is_no_secret_to_be_empty() {
    for key in ["", "c2VjcmV0"] {
        let set = json!({"keys": [{"kty": "oct", "kid": "one", "alg": "HS256", "k": key}]}).to_string();
        assert!(matches!(
            KeySet::parse(set.as_bytes()),
            Err(KeySetError::Private { .. })
        ));
    }
    for empty in [r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","kid":"one"}]}"#] {
        assert!(matches!(
            KeySet::parse(empty.as_bytes()),
            Err(KeySetError::NoneUsable)
        ));
    }
}

/// Hole 5.2-2, second half: `exp` was optional, and nothing a token said counted.
#[test]
fn hole_5_2_2_expiry_is_mandatory_and_claims_count() {
    assert!(
        matches!(with_claims(&claims_with("exp", Value::Null)), Err(Error::Claim { claim }) if claim == "exp")
    );
    assert!(with_claims(&claims_with("preferred_username", json!("root"))).unwrap() != "root");
}

/// Hole 5.1-3: the signature was never verified.
#[test]
fn hole_5_1_3_the_signature_is_verified() {
    let (signer, known) = ed25519();
    let token = signer.token(&header(), &claims());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged = claims_with("preferred_username", json!("mallory")).to_string();
    let other = format!(
        "{}.{}.{signature}",
        token.split('.').next().unwrap(),
        base64url(forged)
    );
    assert!(matches!(verdict(&known, &other), Err(Error::Signature)));
    assert!(matches!(
        verdict(&known, &format!("{signed}.")),
        Err(Error::Signature)
    ));
    let stranger = Signer::new("ed25519").token(&header(), &claims());
    assert!(matches!(verdict(&known, &stranger), Err(Error::Signature)));
}

/// Hole 5.1-3, second half: expiry was compiled out, and the test of `iat` was the wrong way round.
#[test]
fn hole_5_1_3_time_counts() {
    assert!(matches!(
        with_claims(&claims_with("exp", json!(NOW - 31))),
        Err(Error::Expired { seconds: 31 })
    ));
    assert!(matches!(
        with_claims(&claims_with("iat", json!(NOW + 31))),
        Err(Error::NotYet { seconds: 31 })
    ));
    assert!(matches!(
        with_claims(&claims_with("nbf", json!(NOW + 31))),
        Err(Error::NotYet { .. })
    ));
}

#[test]
fn clocks_may_differ_by_the_skew_and_no_more() {
    assert!(with_claims(&claims_with("exp", json!(NOW - 29))).is_ok());
    assert!(matches!(
        with_claims(&claims_with("exp", json!(NOW - 30))),
        Err(Error::Expired { .. })
    ));
    assert!(with_claims(&claims_with("nbf", json!(NOW + 30))).is_ok());
}

#[test]
fn a_token_says_when_it_begins_by_nbf_or_iat() {
    assert!(with_claims(&claims_with("nbf", Value::Null)).is_ok());
    let mut neither = claims_with("nbf", Value::Null);
    neither.as_object_mut().unwrap().remove("iat");
    assert!(matches!(with_claims(&neither), Err(Error::Claim { claim }) if claim == "nbf"));
}

#[test]
fn a_token_for_ever_is_refused() {
    assert!(matches!(
        with_claims(&claims_with("exp", json!(NOW + 3601))),
        Err(Error::TooLong { .. })
    ));
    assert!(with_claims(&claims_with("exp", json!(u64::MAX))).is_err());
}

#[test]
fn claims_of_the_wrong_kind_are_refused_by_name() {
    for (claim, value) in [
        ("iss", json!(["https://issuer.lumen.test"])),
        ("sub", json!(7)),
        ("sub", Value::Null),
        ("aud", json!([])),
        ("aud", json!([7])),
        ("aud", Value::Null),
        ("exp", json!("1800000300")),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("nbf", json!("now")),
        ("preferred_username", json!("")),
        ("preferred_username", json!("alice\nroot")),
        ("preferred_username", Value::Null),
        ("groups", json!("admins")),
        ("groups", json!([["admins"]])),
    ] {
        let refused = with_claims(&claims_with(claim, value.clone()));
        assert!(
            matches!(&refused, Err(Error::Claim { claim: named }) if named == claim),
            "{claim} {value}: {refused:?}"
        );
    }
}

#[test]
fn issuer_and_audience_are_compared_exactly() {
    for iss in [
        "https://issuer.lumen.test/",
        "https://ISSUER.lumen.test",
        "https://issuer.lumen.test.evil.test",
    ] {
        assert!(matches!(
            with_claims(&claims_with("iss", json!(iss))),
            Err(Error::Issuer { .. })
        ));
    }
    for aud in [json!("pmd2"), json!(["other"]), json!("PMD")] {
        assert!(matches!(
            with_claims(&claims_with("aud", aud)),
            Err(Error::Audience { .. })
        ));
    }
    assert!(with_claims(&claims_with("aud", json!(["other", "pmd"]))).is_ok());
}

#[test]
fn headers_with_demands_or_of_other_kinds_are_refused() {
    let (signer, known) = ed25519();
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("enc", json!("A128GCM")),
        ("typ", json!("secevent+jwt")),
    ] {
        let mut header = header();
        header[name] = value;
        let token = signer.token(&header, &claims());
        assert!(
            matches!(verdict(&known, &token), Err(Error::Critical { .. })),
            "{name}"
        );
    }
}

/// A header that brings its own key, or says where to get one, is not listened to.
#[test]
fn a_token_does_not_bring_its_own_key() {
    let (_, known) = ed25519();
    let mallory = Signer::new("ed25519");
    let header =
        json!({"alg": "EdDSA", "kid": "one", "jwk": mallory.jwk("one"), "jku": "https://evil.test/keys"});
    assert!(matches!(
        verdict(&known, &mallory.token(&header, &claims())),
        Err(Error::Signature)
    ));
}

#[test]
fn a_key_is_found_by_its_name_or_because_there_is_no_other() {
    let (first, second) = (Signer::new("ed25519"), Signer::new("ed25519"));
    let no_name = json!({"alg": "EdDSA"});
    let one = knowing(&[first.jwk("a")]);
    assert!(verdict(&one, &first.token(&no_name, &claims())).is_ok());
    let two = knowing(&[first.jwk("a"), second.jwk("b")]);
    assert!(matches!(
        verdict(&two, &first.token(&no_name, &claims())),
        Err(Error::UnknownKey { kid: None })
    ));
    let unknown = first.token(&json!({"alg": "EdDSA", "kid": "../../etc/passwd"}), &claims());
    assert!(matches!(
        verdict(&two, &unknown),
        Err(Error::UnknownKey { kid: Some(_) })
    ));
}

#[test]
fn a_key_keeps_to_its_purpose() {
    let signer = Signer::new("rsa");
    let with = |name: &str, value: Value| {
        let mut jwk = signer.jwk("one");
        jwk[name] = value;
        json!({"keys": [jwk]}).to_string()
    };
    for (name, value) in [
        ("use", json!("enc")),
        ("key_ops", json!(["encrypt"])),
        ("alg", json!("RSA-OAEP")),
    ] {
        assert!(
            matches!(
                KeySet::parse(with(name, value).as_bytes()),
                Err(KeySetError::NoneUsable)
            ),
            "{name}"
        );
    }
    let mut only = signer.jwk("one");
    only["alg"] = json!("PS256");
    let known = knowing(&[only]);
    let token = |alg: &str| signer.token(&json!({"alg": alg, "kid": "one"}), &claims());
    assert!(verdict(&known, &token("PS256")).is_ok());
    assert!(matches!(
        verdict(&known, &token("RS256")),
        Err(Error::Confusion { .. })
    ));
}

#[test]
fn a_set_with_a_private_key_or_twice_the_same_name_is_refused() {
    let signer = Signer::new("ed25519");
    let mut private = signer.jwk("one");
    private["d"] = json!("AAAA");
    let set = |keys: Value| KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
    assert!(matches!(set(json!([private])), Err(KeySetError::Private { kid }) if kid == "one"));
    let twice = set(json!([signer.jwk("one"), Signer::new("p256").jwk("one")]));
    assert!(matches!(twice, Err(KeySetError::Twice { .. })));
    assert!(matches!(
        set(json!(vec![signer.jwk("x"); 65])),
        Err(KeySetError::TooMany)
    ));
}

/// 1024 bits: ring refuses, whatever the signature is.
#[test]
fn a_short_rsa_key_verifies_nothing() {
    let zeros = json!({"kty": "RSA", "kid": "one", "n": base64url([0xff; 128]), "e": "AQAB"});
    let known = knowing(&[zeros]);
    let token = Signer::new("rsa").token(&json!({"alg": "RS256", "kid": "one"}), &claims());
    assert!(matches!(verdict(&known, &token), Err(Error::Signature)));
}

#[test]
fn a_token_that_may_be_used_once_is_used_once() {
    let signer = Signer::new("ed25519");
    let known = knowing_with(&[signer.jwk("one")], |issuer| issuer.single_use = true);
    let token = |jti: Value| signer.token(&header(), &claims_with("jti", jti));
    assert!(matches!(verdict(&known, &token(Value::Null)), Err(Error::Claim { claim }) if claim == "jti"));
    assert!(verdict(&known, &token(json!("a"))).is_ok());
    assert!(matches!(
        verdict(&known, &token(json!("a"))),
        Err(Error::Replayed { .. })
    ));
    assert!(verdict(&known, &token(json!("b"))).is_ok());
    // Up to the last moment in which it would be valid otherwise.
    let late = now() + Duration::from_secs(329);
    assert!(matches!(
        known.verifier.identify(&token(json!("a")), late),
        Err(Error::Replayed { .. })
    ));
}

#[test]
fn a_configuration_that_would_let_anybody_in_is_refused() {
    let signer = Signer::new("ed25519");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    std::fs::write(&path, json!({"keys": [signer.jwk("one")]}).to_string()).unwrap();
    let refused = |change: &dyn Fn(&mut identity::token::Issuer)| {
        let mut issuer = issuer::configuration(path.clone());
        change(&mut issuer);
        Verifier::new(issuer, folder.path().to_owned())
    };
    assert!(refused(&|_| {}).is_ok());
    assert!(matches!(
        refused(&|issuer| issuer.audience.clear()),
        Err(Error::Configuration { .. })
    ));
    assert!(matches!(
        refused(&|issuer| issuer.prefix.clear()),
        Err(Error::Configuration { .. })
    ));
    assert!(matches!(
        refused(&|issuer| issuer.clock_skew_s = 121),
        Err(Error::Configuration { .. })
    ));
    assert!(matches!(
        refused(&|issuer| issuer.max_lifetime_s = u64::MAX),
        Err(Error::Configuration { .. })
    ));
}

#[test]
fn the_issuer_a_token_claims_only_chooses_the_verifier() {
    let token = Signer::new("ed25519").token(&header(), &claims());
    assert_eq!(claimed_issuer(&token).as_deref(), Some(NAME));
    assert_eq!(claimed_issuer("nonsense"), None);
}

#[test]
fn what_is_no_token_is_an_error() {
    let (signer, known) = ed25519();
    let good = signer.token(&header(), &claims());
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        &good[1..],
        &format!("{good}.x"),
        &format!("{good}="),
        &"a".repeat(20_000),
    ] {
        assert!(verdict(&known, text).is_err(), "{text:.40}");
    }
    let twice = format!(
        r#"{}.{}.{}"#,
        base64url(r#"{"alg":"EdDSA","alg":"none"}"#),
        base64url(claims().to_string()),
        base64url([0; 64])
    );
    assert!(matches!(verdict(&known, &twice), Err(Error::Malformed { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// One character other, anywhere, and the token is worth nothing.
    #[test]
    fn no_changed_token_is_believed(position in 0usize..1000, other in "[A-Za-z0-9_-]") {
        thread_local! { static MADE: (Signer, Known) = ed25519(); }
        MADE.with(|(signer, known)| {
            let good = signer.token(&header(), &claims());
            let position = position % good.len();
            let changed = format!("{}{other}{}", &good[..position], &good[position + 1..]);
            if changed != good && !good[position..].starts_with('.') {
                prop_assert!(verdict(known, &changed).is_err());
            }
            Ok(())
        })?;
    }
}
