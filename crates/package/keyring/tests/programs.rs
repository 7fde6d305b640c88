//! Against the real programs: GnuPG both ways, rpm's own import, Debian's real files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use keyring::{Error, Keyring, PackageSigner, SigningKey};
use rpmfile::{Builder, Evr, FileEntry, Package};
use tempfile::TempDir;

/// 2024-01-01
const BORN: u32 = 1_704_067_200;
const DAY: u32 = 86_400;
/// 2027-01-01, later than the fixture.
const AFTER_RELEASE: u32 = 1_798_761_600;

fn run(package: &str, program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.unwrap_or_else(|error| panic!("cannot run {program} ({error}); install the package {package}"))
}

/// A GnuPG home with one key.
struct Gnupg {
    home: TempDir,
}

impl Gnupg {
    fn new(algorithm: &str) -> Self {
        let gnupg = Self {
            home: TempDir::new().unwrap(),
        };
        let key = [
            "--passphrase",
            "",
            "--quick-gen-key",
            "Gnu <gnu@example.org>",
            algorithm,
            "sign",
            "never",
        ];
        gnupg.run(&key);
        gnupg
    }

    fn empty() -> Self {
        Self {
            home: TempDir::new().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn try_run(&self, arguments: &[&str]) -> Output {
        let home = self.home.path().to_str().unwrap();
        run(
            "gnupg",
            "gpg",
            &[
                &[
                    "--homedir",
                    home,
                    "--batch",
                    "--quiet",
                    "--pinentry-mode",
                    "loopback",
                ],
                arguments,
            ]
            .concat(),
        )
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.try_run(arguments);
        assert!(
            output.status.success(),
            "gpg {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn keyring(&self, armor: bool) -> Keyring {
        let arguments: &[&str] = if armor {
            &["--armor", "--export"]
        } else {
            &["--export"]
        };
        Keyring::from_armored(&self.run(arguments)).unwrap()
    }
}

impl Drop for Gnupg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .args(["--kill", "gpg-agent"])
            .env("GNUPGHOME", self.home.path())
            .status();
    }
}

const TEXT: &str = "first  \n- dashed\n-----BEGIN nothing-----\nFrom me\n\nlast\n";

#[test]
fn verifies_what_gnupg_signs() {
    for algorithm in ["ed25519", "rsa2048", "nistp256"] {
        let gnupg = Gnupg::new(algorithm);
        let file = gnupg.path("data");
        fs::write(&file, TEXT).unwrap();
        let detached = gnupg.run(&["--detach-sign", "--output", "-", file.to_str().unwrap()]);
        let keyring = gnupg.keyring(false);
        let signer = keyring.verify_detached(TEXT.as_bytes(), &detached).unwrap();
        assert_eq!(signer.user_id.as_deref(), Some("Gnu <gnu@example.org>"));
        let clear = gnupg.run(&["--clear-sign", "--output", "-", file.to_str().unwrap()]);
        let text = gnupg.keyring(true).verify_cleartext(&clear).unwrap().text;
        assert_eq!(
            String::from_utf8(text).unwrap(),
            TEXT.replace("  \n", "\n"),
            "{algorithm}"
        );
    }
}

#[test]
fn refuses_what_gnupg_signed_after_one_changed_letter() {
    let gnupg = Gnupg::new("ed25519");
    let file = gnupg.path("data");
    fs::write(&file, TEXT).unwrap();
    let clear =
        String::from_utf8(gnupg.run(&["--clear-sign", "--output", "-", file.to_str().unwrap()])).unwrap();
    let outcome = gnupg
        .keyring(false)
        .verify_cleartext(clear.replace("From me", "From me.").as_bytes());
    assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
}

#[test]
fn refuses_a_key_that_gnupg_revoked() {
    let gnupg = Gnupg::new("ed25519");
    let file = gnupg.path("data");
    fs::write(&file, TEXT).unwrap();
    let detached = gnupg.run(&["--detach-sign", "--output", "-", file.to_str().unwrap()]);
    let revocations = fs::read_dir(gnupg.path("openpgp-revocs.d")).unwrap();
    let certificate = revocations
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some())
        .unwrap();
    let armored = fs::read_to_string(certificate)
        .unwrap()
        .replace(":-----", "-----");
    let revocation = gnupg.path("revocation");
    fs::write(&revocation, armored).unwrap();
    gnupg.run(&["--import", revocation.to_str().unwrap()]);
    let outcome = gnupg.keyring(false).verify_detached(TEXT.as_bytes(), &detached);
    assert!(outcome.unwrap_err().to_string().contains("revoked"));
}

#[test]
fn gnupg_verifies_what_we_sign() {
    let key = SigningKey::generate("Lumen OS test <test@example.org>", BORN).unwrap();
    let gnupg = Gnupg::empty();
    let (public, data, signature) = (gnupg.path("public"), gnupg.path("data"), gnupg.path("signature"));
    fs::write(&public, key.public_armored().unwrap()).unwrap();
    fs::write(&data, TEXT).unwrap();
    fs::write(
        &signature,
        key.sign_detached_armored(TEXT.as_bytes(), BORN + DAY).unwrap(),
    )
    .unwrap();
    gnupg.run(&["--import", public.to_str().unwrap()]);
    gnupg.run(&["--verify", signature.to_str().unwrap(), data.to_str().unwrap()]);
    fs::write(&data, "changed").unwrap();
    let outcome = gnupg.try_run(&["--verify", signature.to_str().unwrap(), data.to_str().unwrap()]);
    assert!(!outcome.status.success());
}

#[test]
fn our_key_survives_its_file_and_signs_the_same_bytes() {
    use std::os::unix::fs::PermissionsExt;
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("key.asc");
    let key = SigningKey::generate("Lumen OS test <test@example.org>", BORN).unwrap();
    key.save(&path).unwrap();
    let again = SigningKey::load(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(key.public_armored().unwrap(), again.public_armored().unwrap());
    assert_eq!(
        key.sign_detached(b"x", BORN + DAY).unwrap(),
        again.sign_detached(b"x", BORN + DAY).unwrap()
    );
    let keyring = Keyring::from_armored(again.public_armored().unwrap().as_bytes()).unwrap();
    let signer = keyring
        .verify_detached(b"x", &key.sign_detached(b"x", BORN + DAY).unwrap())
        .unwrap();
    assert_eq!(
        (signer.certificate, signer.signed_at),
        (key.fingerprint(), BORN + DAY)
    );
}

/// A database of real rpm, with only our key in it.
struct Rpm {
    dir: TempDir,
}

impl Rpm {
    fn trusting(key: &SigningKey) -> Self {
        let rpm = Self {
            dir: TempDir::new().unwrap(),
        };
        let public = rpm.dir.path().join("RPM-GPG-KEY-test");
        fs::write(&public, key.public_armored().unwrap()).unwrap();
        rpm.run(&["--initdb"]);
        rpm.run(&["--import", public.to_str().unwrap()]);
        rpm
    }

    fn try_run(&self, arguments: &[&str]) -> Output {
        let database = self.dir.path().join("db");
        run(
            "rpm",
            "rpm",
            &[&["--dbpath", database.to_str().unwrap()], arguments].concat(),
        )
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments);
        assert!(
            output.status.success(),
            "rpm {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn rpm_imports_our_key() {
    let key = SigningKey::generate("Lumen OS test <test@example.org>", BORN).unwrap();
    let listed = Rpm::trusting(&key).run(&["-q", "gpg-pubkey", "--qf", "%{VERSION} %{SUMMARY}\n"]);
    assert!(
        listed.contains(&key.fingerprint()[32..].to_lowercase()),
        "{listed}"
    );
}

/// A small signed package in `dir`.
fn build(dir: &Path, key: &SigningKey) -> PathBuf {
    let mut builder = Builder::new("hello", Evr::parse("1-1"), "noarch");
    builder.summary = "A greeting".to_owned();
    builder.license = "MIT".to_owned();
    builder.file(FileEntry::regular("/usr/share/hello", b"hello\n".to_vec()));
    builder
        .build(
            &dir.join("hello.rpm"),
            Some(&PackageSigner {
                key,
                time: BORN + DAY,
            }),
        )
        .unwrap()
        .path
}

#[test]
fn rpm_and_we_accept_the_packages_we_sign() {
    let key = SigningKey::generate("Lumen OS test <test@example.org>", BORN).unwrap();
    let rpm = Rpm::trusting(&key);
    let path = build(rpm.dir.path(), &key);
    let checked = rpm.run(&["-Kv", path.to_str().unwrap()]);
    assert!(
        checked.contains("Signature, key ID") && !checked.contains("BAD") && !checked.contains("NOKEY"),
        "{checked}"
    );
    let keyring = Keyring::from_armored(key.public_armored().unwrap().as_bytes()).unwrap();
    assert_eq!(
        keyring
            .verify_package(&Package::open(&path).unwrap())
            .unwrap()
            .certificate,
        key.fingerprint()
    );
}

#[test]
fn rpm_and_we_refuse_packages_of_a_stranger() {
    let (key, stranger) = (
        SigningKey::generate("a", BORN).unwrap(),
        SigningKey::generate("b", BORN).unwrap(),
    );
    let rpm = Rpm::trusting(&key);
    let path = build(rpm.dir.path(), &stranger);
    assert!(!rpm.try_run(&["-K", path.to_str().unwrap()]).status.success());
    let keyring = Keyring::from_armored(key.public_armored().unwrap().as_bytes()).unwrap();
    assert!(matches!(
        keyring.verify_package(&Package::open(&path).unwrap()),
        Err(Error::Refused { .. })
    ));
}

#[test]
fn a_changed_payload_under_a_good_signature_is_refused() {
    let key = SigningKey::generate("a", BORN).unwrap();
    let dir = TempDir::new().unwrap();
    let path = build(dir.path(), &key);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let keyring = Keyring::from_armored(key.public_armored().unwrap().as_bytes()).unwrap();
    let package = Package::open(&path).unwrap();
    assert!(keyring.verify_package_header(&package).is_ok());
    assert!(matches!(
        keyring.verify_package(&package),
        Err(Error::DamagedPackage { .. })
    ));
}

#[test]
fn an_unsigned_package_is_refused() {
    let key = SigningKey::generate("a", BORN).unwrap();
    let dir = TempDir::new().unwrap();
    let path = Builder::new("bare", Evr::parse("1-1"), "noarch")
        .build(&dir.path().join("bare.rpm"), None)
        .unwrap()
        .path;
    let keyring = Keyring::from_armored(key.public_armored().unwrap().as_bytes()).unwrap();
    let error = keyring
        .verify_package(&Package::open(&path).unwrap())
        .unwrap_err();
    assert!(error.to_string().contains("no signature at all"), "{error}");
}

fn debian_keyring() -> Keyring {
    let path = Path::new("/usr/share/keyrings/debian-archive-keyring.gpg");
    assert!(
        path.exists(),
        "{} is missing; install the package debian-archive-keyring",
        path.display()
    );
    Keyring::from_files(&[path]).unwrap()
}

#[test]
fn verifies_a_real_inrelease_signed_by_several_keys() {
    let document = include_bytes!("fixtures/debian-security-InRelease");
    let verified = debian_keyring()
        .verify_cleartext_at(document, AFTER_RELEASE)
        .unwrap();
    let text = String::from_utf8(verified.text).unwrap();
    assert!(text.starts_with("Origin: Debian\n"));
    assert!(!text.contains("BEGIN PGP"));
    assert!(verified.signer.user_id.unwrap().contains("Debian"));
}

#[test]
fn refuses_a_real_inrelease_with_one_digest_changed() {
    let document = include_str!("fixtures/debian-security-InRelease");
    let tampered = document.replacen("e3b0c442", "e3b0c443", 1);
    assert_ne!(document, tampered);
    let outcome = debian_keyring().verify_cleartext_at(tampered.as_bytes(), AFTER_RELEASE);
    assert!(outcome.unwrap_err().to_string().contains("not what was signed"));
}

#[test]
fn refuses_a_real_inrelease_with_a_line_put_before_it() {
    let document = include_str!("fixtures/debian-security-InRelease");
    let outcome = debian_keyring().verify_cleartext(format!("Origin: Evil\n{document}").as_bytes());
    assert!(matches!(outcome, Err(Error::ParseCleartext { .. })));
}

#[test]
fn reads_a_directory_of_keys() {
    let dir = TempDir::new().unwrap();
    for name in ["a", "b"] {
        let key = SigningKey::generate(name, BORN).unwrap();
        fs::write(
            dir.path().join(name),
            format!("A key:\n{}", key.public_armored().unwrap()),
        )
        .unwrap();
    }
    fs::write(dir.path().join(".hidden"), "not a key").unwrap();
    let certificates = Keyring::from_dir(dir.path()).unwrap().certificates();
    assert_eq!(
        certificates
            .iter()
            .map(|info| info.user_ids[0].as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    fs::write(dir.path().join("c"), "not a key").unwrap();
    let error = Keyring::from_dir(dir.path()).unwrap_err().to_string();
    assert!(
        error.contains("/c holds no usable OpenPGP certificate"),
        "{error}"
    );
}
