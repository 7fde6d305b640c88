//! `/etc/ssl/certs` as update-ca-certificates(8) and c_rehash(1) would make it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::super::tree::{Content, Node, Tree};

const SOURCE: &str = "/usr/share/ca-certificates/";
const DIRECTORY: &str = "/etc/ssl/certs";

/// The bundle of all certificates, a `NAME.pem` link for each, and the links by hash of the subject that OpenSSL
/// looks up.
pub(super) fn run(tree: &mut Tree, clamp_time: u32) -> Result<(), String> {
    let (mut bundle, mut links, mut hashes) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for (path, node) in &tree.nodes {
        let Some(pem) = node
            .bytes()
            .filter(|_| path.starts_with(SOURCE) && path.ends_with(".crt"))
        else {
            continue;
        };
        let link = link_name(path);
        let hash = subject_hash(pem).ok_or_else(|| format!("{path} is not a certificate in PEM form"))?;
        let number: &mut u32 = hashes.entry(hash).or_default();
        links.insert(format!("{DIRECTORY}/{hash:08x}.{number}"), link.clone());
        *number += 1;
        links.insert(format!("{DIRECTORY}/{link}"), path.clone());
        bundle.extend_from_slice(pem.trim_ascii());
        bundle.push(b'\n');
    }
    if bundle.is_empty() {
        return Err(format!("no certificate below {SOURCE}"));
    }
    let link = |(path, target)| (path, Node::new(Content::Link(target), 0o777, clamp_time));
    tree.nodes.extend(links.into_iter().map(link));
    tree.nodes.insert(
        format!("{DIRECTORY}/ca-certificates.crt"),
        Node::file(bundle, 0o644, clamp_time),
    );
    Ok(())
}

/// As update-ca-certificates names it.
fn link_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".crt");
    format!("{}.pem", name.replace([' ', '(', ')', ','], "_"))
}

/// OpenSSL's X509_NAME_hash: SHA-1 over the canonical form of the subject, the first four bytes.
fn subject_hash(pem: &[u8]) -> Option<u32> {
    let der = decode(pem)?;
    let certificate = Der { rest: &der }.expect(SEQUENCE)?;
    let mut fields = Der {
        rest: Der { rest: certificate }.expect(SEQUENCE)?,
    };
    if fields.peek() == Some(VERSION) {
        fields.next()?;
    }
    // Serial number, algorithm, issuer, validity; then the subject.
    for _ in 0..4 {
        fields.next()?;
    }
    let digest = Sha1::digest(canonical_name(fields.expect(SEQUENCE)?)?);
    Some(u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]))
}

fn decode(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const T61_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const VISIBLE_STRING: u8 = 0x1a;
const BMP_STRING: u8 = 0x1e;

/// crypto/x509/x_name.c, x509_name_canon: the sets of the name without the sequence around them, strings as UTF-8 in
/// lower case with single spaces.
fn canonical_name(name: &[u8]) -> Option<Vec<u8>> {
    let (mut sets, mut out) = (Der { rest: name }, Vec::new());
    while !sets.rest.is_empty() {
        let (mut entries, mut set) = (
            Der {
                rest: sets.expect(SET)?,
            },
            Vec::new(),
        );
        while !entries.rest.is_empty() {
            let mut entry = Der {
                rest: entries.expect(SEQUENCE)?,
            };
            let (kind, value) = entry.next()?;
            let mut canonical = element(kind, value);
            let (kind, value) = entry.next()?;
            canonical.extend(canonical_string(kind, value));
            set.extend(element(SEQUENCE, &canonical));
        }
        out.extend(element(SET, &set));
    }
    Some(out)
}

fn canonical_string(kind: u8, value: &[u8]) -> Vec<u8> {
    let text: String = match kind {
        UTF8_STRING | PRINTABLE_STRING | IA5_STRING | VISIBLE_STRING => {
            String::from_utf8_lossy(value).into_owned()
        }
        T61_STRING => value.iter().map(|&byte| char::from(byte)).collect(),
        BMP_STRING => {
            let units = value
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        _ => return element(kind, value),
    };
    let words: Vec<&str> = text
        .split(|c: char| c.is_ascii_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    element(UTF8_STRING, words.join(" ").to_ascii_lowercase().as_bytes())
}

/// An element in DER.
fn element(kind: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    let length = value.len().to_be_bytes();
    let significant = &length[length
        .iter()
        .position(|&byte| byte != 0)
        .unwrap_or(length.len() - 1)..];
    if value.len() >= 0x80 {
        out.push(0x80 | significant.len() as u8);
    }
    out.extend_from_slice(significant);
    out.extend_from_slice(value);
    out
}

/// A reader of DER elements: X.690, 8.1.
struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&kind, rest) = self.rest.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let count = usize::from(first & 0x7f);
        let (length, rest) = match first < 0x80 {
            true => (usize::from(first), rest),
            false => (
                big_endian(rest.get(..count).filter(|_| count <= 4)?),
                &rest[count..],
            ),
        };
        let value = rest.get(..length)?;
        self.rest = &rest[length..];
        Some((kind, value))
    }

    fn expect(&mut self, kind: u8) -> Option<&'a [u8]> {
        self.next()
            .filter(|(found, _)| *found == kind)
            .map(|(_, value)| value)
    }
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | usize::from(byte))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A self-signed certificate made by openssl.
    fn certificate(dir: &std::path::Path, subject: &str, extra: &[&str]) -> Vec<u8> {
        let path = dir.join("certificate.pem");
        let output = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ed25519",
                "-nodes",
                "-days",
                "1",
                "-keyout",
                "/dev/null",
                "-out",
            ])
            .arg(&path)
            .args(["-subj", subject])
            .args(extra)
            .output()
            .expect("install the package `openssl`");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        std::fs::read(path).unwrap()
    }

    fn openssl_hash(dir: &std::path::Path) -> String {
        let path = dir.join("certificate.pem");
        let output = Command::new("openssl")
            .args(["x509", "-noout", "-subject_hash", "-in"])
            .arg(path)
            .output();
        String::from_utf8(output.unwrap().stdout)
            .unwrap()
            .trim()
            .to_owned()
    }

    #[test]
    fn the_hash_is_that_of_openssl() {
        let dir = tempfile::tempdir().unwrap();
        let long = format!(
            "/C=DE/O={}/CN=x",
            "A very long name of an organisation ".to_owned() + &"y".repeat(20)
        );
        for subject in [
            "/CN=Test",
            "/C=DE/O=  Two   Spaces /OU=UPPER/CN=lower",
            "/CN=Größe und Maß",
            &long,
        ] {
            let pem = certificate(dir.path(), subject, &["-utf8"]);
            assert_eq!(
                format!("{:08x}", subject_hash(&pem).unwrap()),
                openssl_hash(dir.path()),
                "{subject}"
            );
        }
    }

    #[test]
    fn a_certificate_gets_a_name_a_hash_and_a_place_in_the_bundle() {
        let dir = tempfile::tempdir().unwrap();
        let pem = certificate(dir.path(), "/CN=Test", &[]);
        let mut tree = Tree::default();
        for name in ["A", "B"] {
            let path = format!("/usr/share/ca-certificates/mozilla/{name} (x).crt");
            tree.nodes.insert(path, Node::file(pem.clone(), 0o644, 0));
        }
        run(&mut tree, 0).unwrap();
        let link = |path: &str| match &tree.nodes[path].content {
            Content::Link(target) => target.clone(),
            other => format!("{other:?}"),
        };
        let hash = openssl_hash(dir.path());
        assert_eq!(link(&format!("/etc/ssl/certs/{hash}.0")), "A__x_.pem");
        assert_eq!(link(&format!("/etc/ssl/certs/{hash}.1")), "B__x_.pem");
        assert_eq!(
            link("/etc/ssl/certs/A__x_.pem"),
            "/usr/share/ca-certificates/mozilla/A (x).crt"
        );
        let bundle = tree.nodes["/etc/ssl/certs/ca-certificates.crt"].bytes().unwrap();
        assert_eq!(
            String::from_utf8_lossy(bundle)
                .matches("BEGIN CERTIFICATE")
                .count(),
            2
        );
    }

    #[test]
    fn broken_certificates_are_refused() {
        let mut tree = Tree::default();
        assert!(run(&mut tree, 0).unwrap_err().contains("no certificate"));
        let path = "/usr/share/ca-certificates/a.crt".to_owned();
        tree.nodes.insert(
            path,
            Node::file(
                &b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"[..],
                0,
                0,
            ),
        );
        assert!(run(&mut tree, 0).unwrap_err().contains("a.crt"));
    }
}
