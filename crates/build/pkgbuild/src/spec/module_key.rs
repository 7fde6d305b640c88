//! The key that signs a kernel's modules: a new one for every build, and yet the same when the same is built again.
//!
//! The kernel's own makefiles make a random key, so that no two builds of a kernel are alike and nobody can check that one
//! was made from what it says. Here the key is derived from the builder's secret and the digest of all inputs: who has not
//! the secret can neither guess it nor sign a module, a changed input gives another key, and the key itself is not kept.

use hmac::{Hmac, Mac};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rcgen::{CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose, SerialNumber};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use sha2::Sha256;

/// The name it has among the sources; `CONFIG_MODULE_SIG_KEY` names it below `certs/`.
pub(crate) const FILE: &str = "module_signing_key.pem";

/// Bits of the modulus, as the kernel's own makefiles make it (certs/default_x509.genkey).
const BITS: usize = 4096;

/// Key and self-signed certificate in PEM, as `CONFIG_MODULE_SIG_KEY` wants them
/// (Documentation/admin-guide/module-signing.rst).
pub(crate) fn derive(secret: &[u8; 32], inputs: &str) -> Result<String, String> {
    pem(seed(secret, inputs)?, BITS)
}

fn seed(secret: &[u8; 32], inputs: &str) -> Result<[u8; 32], String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|error| error.to_string())?;
    mac.update(b"lumen module signing key\0");
    mac.update(inputs.as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

fn pem(seed: [u8; 32], bits: usize) -> Result<String, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("cannot make {what}: {error}");
    let key = RsaPrivateKey::new(&mut ChaCha20Rng::from_seed(seed), bits)
        .map_err(|error| failed("the key of the modules", &error))?;
    let key = key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| failed("PEM of the key of the modules", &error))?;
    let certificate =
        certificate(seed, &key).map_err(|error| failed("the certificate of the modules' key", &error))?;
    Ok(format!("{}{certificate}", key.as_str()))
}

fn certificate(seed: [u8; 32], key: &str) -> Result<String, rcgen::Error> {
    let pair = KeyPair::from_pkcs8_pem_and_sign_algo(key, &rcgen::PKCS_RSA_SHA256)?;
    let mut wanted = CertificateParams::default();
    wanted.distinguished_name = DistinguishedName::new();
    wanted
        .distinguished_name
        .push(DnType::CommonName, "Lumen OS: key of the modules of one build");
    // The kernel finds the key of a signature by the subject key identifier, which this brings along.
    wanted.is_ca = IsCa::ExplicitNoCa;
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.serial_number = Some(SerialNumber::from_slice(&serial(seed)));
    // No clock is asked whether a module may be loaded.
    wanted.not_before = rcgen::date_time_ymd(2025, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(2125, 1, 1);
    Ok(wanted.self_signed(&pair)?.pem())
}

/// A number nobody else has, and that tells nothing of the seed.
fn serial(seed: [u8; 32]) -> Vec<u8> {
    use sha2::Digest;
    Sha256::digest(seed)[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_inputs_and_secret_give_the_same_key_and_others_another() {
        let of = |secret: u8, inputs: &str| pem(seed(&[secret; 32], inputs).unwrap(), 2048).unwrap();
        let first = of(1, "inputs");
        assert_eq!(first, of(1, "inputs"));
        assert_ne!(first, of(2, "inputs"));
        assert_ne!(first, of(1, "other inputs"));
    }

    #[test]
    fn it_is_what_openssl_reads() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        std::fs::write(&path, pem(seed(&[3; 32], "inputs").unwrap(), 2048).unwrap()).unwrap();
        let openssl = |arguments: &[&str]| {
            let output = std::process::Command::new("openssl")
                .args(arguments)
                .arg(&path)
                .output();
            let output = output.unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(openssl(&["pkey", "-check", "-noout", "-in"]).contains("Key is valid"));
        let text = openssl(&["x509", "-noout", "-text", "-in"]);
        for part in [
            "Subject Key Identifier",
            "CA:FALSE",
            "Digital Signature",
            "sha256WithRSAEncryption",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        let public = [
            openssl(&["pkey", "-pubout", "-in"]),
            openssl(&["x509", "-noout", "-pubkey", "-in"]),
        ];
        assert_eq!(public[0], public[1]);
    }
}
