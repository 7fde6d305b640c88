//! An issuer of tokens: keys of every kind, made by ring and openssl, and tokens signed by them.
#![allow(dead_code, reason = "each test program uses a part")]

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use identity::token::{Issuer, KeySource, Verifier};
use ring::rand::SystemRandom;
use ring::signature::{self as sig, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const NAME: &str = "https://issuer.lumen.test";
pub(crate) const AUDIENCE: &str = "pmd";
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) enum Signer {
    Rsa(sig::RsaKeyPair),
    P256(sig::EcdsaKeyPair),
    Ed25519(sig::Ed25519KeyPair),
}

/// By openssl, since ring makes none.
pub(crate) fn rsa(bits: u32) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-outform", "DER", "-pkeyopt"])
        .arg(format!("rsa_keygen_bits:{bits}"))
        .output()
        .expect("install openssl");
    assert!(output.status.success());
    output.stdout
}

impl Signer {
    pub(crate) fn new(kind: &str) -> Self {
        let random = SystemRandom::new();
        match kind {
            "rsa" => {
                // Which of the two forms it is depends on openssl's version.
                let key = rsa(2048);
                Self::Rsa(
                    sig::RsaKeyPair::from_pkcs8(&key)
                        .or_else(|_| sig::RsaKeyPair::from_der(&key))
                        .unwrap(),
                )
            }
            "p256" => {
                let algorithm = &sig::ECDSA_P256_SHA256_FIXED_SIGNING;
                let pkcs8 = sig::EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
                Self::P256(sig::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap())
            }
            _ => {
                let pkcs8 = sig::Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                Self::Ed25519(sig::Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
            }
        }
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Rsa(key) => {
                let public: sig::RsaPublicKeyComponents<Vec<u8>> = key.public().into();
                json!({"kty": "RSA", "kid": kid, "use": "sig", "n": base64url(public.n), "e": base64url(public.e)})
            }
            Self::P256(key) => {
                let point = key.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig",
                       "x": base64url(&point[1..33]), "y": base64url(&point[33..])})
            }
            Self::Ed25519(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": base64url(key.public_key())})
            }
        }
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let padding: &'static dyn sig::RsaEncoding = match algorithm {
                    "RS384" => &sig::RSA_PKCS1_SHA384,
                    "RS512" => &sig::RSA_PKCS1_SHA512,
                    "PS256" => &sig::RSA_PSS_SHA256,
                    "PS384" => &sig::RSA_PSS_SHA384,
                    "PS512" => &sig::RSA_PSS_SHA512,
                    _ => &sig::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(padding, &random, message, &mut signature).unwrap();
                signature
            }
            Self::P256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            base64url(header.to_string()),
            base64url(claims.to_string())
        );
        let algorithm = header["alg"].as_str().unwrap_or_default();
        let signature = self.sign(algorithm, signed.as_bytes());
        format!("{signed}.{}", base64url(signature))
    }
}

/// What a good token says.
pub(crate) fn claims() -> Value {
    json!({
        "iss": NAME, "aud": AUDIENCE, "sub": "1234", "exp": NOW + 300, "nbf": NOW, "iat": NOW,
        "preferred_username": "alice", "groups": ["admins", "staff"],
    })
}

/// The same with one claim other, or without it when `value` is null.
pub(crate) fn claims_with(claim: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
        value => claims[claim] = value,
    }
    claims
}

pub(crate) fn configuration(keys: PathBuf) -> Issuer {
    serde_json::from_value(json!({
        "issuer": NAME, "audience": AUDIENCE, "keys": {"file": keys},
    }))
    .unwrap()
}

/// A verifier that knows these keys.
pub(crate) struct Known {
    pub(crate) verifier: Verifier,
    pub(crate) folder: TempDir,
}

pub(crate) fn knowing(keys: &[Value]) -> Known {
    knowing_with(keys, |_| {})
}

pub(crate) fn knowing_with(keys: &[Value], change: impl FnOnce(&mut Issuer)) -> Known {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, json!({ "keys": keys }).to_string()).unwrap();
    let mut issuer = configuration(path.clone());
    assert_eq!(issuer.keys, KeySource::File(path));
    change(&mut issuer);
    Known {
        verifier: Verifier::new(issuer, folder.path().to_owned()).unwrap(),
        folder,
    }
}
