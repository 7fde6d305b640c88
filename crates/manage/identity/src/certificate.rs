//! Client certificates to accounts.
//!
//! That the certificate is genuine - signed by a CA which the administrator named for clients, valid now, meant for clients,
//! its key in the client's hands - is TLS's to check before anything here is called. What is left is whose it is: the
//! administrator lists certificates by fingerprint or name, or says which field of those of his CA is the account.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::der::asn1::{Ia5StringRef, ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::account::{self, Account};
use crate::{Identity, Method};

/// `id-at-commonName` (RFC 5280, A.1).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// `szOID_NT_PRINCIPAL_NAME`: the user principal name that Active Directory writes into certificates.
const PRINCIPAL_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.3");

/// Which part of a certificate is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// SHA-256 of the whole certificate, in hexadecimal.
    Fingerprint,
    /// The subject's only common name.
    CommonName,
    /// An e-mail address of the subject's alternative names.
    Email,
    /// A user principal name of the subject's alternative names, as Active Directory's CA writes it.
    PrincipalName,
}

/// One certificate, or one name, and its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What is compared.
    pub field: Field,
    /// With what; exactly.
    pub value: String,
    /// Whose it is.
    pub account: String,
}

/// Whose certificates are whose. Empty: nobody's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// Asked first, in order.
    pub listed: Vec<Entry>,
    /// Else this field is the account's name as it stands. For a CA that signs only certificates which say so.
    pub take: Option<Field>,
}

/// Why a certificate is nobody's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a certificate.
    #[error("the client certificate cannot be read: {why}")]
    Malformed {
        /// What is wrong with it.
        why: String,
    },
    /// Nobody is listed for it.
    #[error(
        "the client certificate {fingerprint} belongs to no account; list it, or take accounts from one of its fields"
    )]
    Unknown {
        /// SHA-256.
        fingerprint: String,
    },
    /// Two different names where one is needed.
    #[error(
        "the client certificate {fingerprint} has {count} names in the field that is the account; one is needed"
    )]
    Ambiguous {
        /// SHA-256.
        fingerprint: String,
        /// How many.
        count: usize,
    },
    /// NSS does not know the account.
    #[error(transparent)]
    Account(#[from] account::Error),
}

/// What a certificate says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// SHA-256 of the whole, in hexadecimal.
    pub fingerprint: String,
    /// Common names of the subject.
    pub common: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// User principal names.
    pub principals: Vec<String>,
}

impl Names {
    /// Reads a certificate (DER).
    ///
    /// # Errors
    /// When it is none.
    pub fn of(der: &[u8]) -> Result<Self, Error> {
        let malformed = |error: x509_cert::der::Error| Error::Malformed {
            why: error.to_string(),
        };
        let certificate = Certificate::from_der(der).map_err(malformed)?;
        let mut names = Self {
            fingerprint: hex::encode(Sha256::digest(der)),
            common: common_names(&certificate),
            ..Self::default()
        };
        let alternative = certificate
            .tbs_certificate
            .get::<SubjectAltName>()
            .map_err(malformed)?;
        for name in alternative.into_iter().flat_map(|(_, names)| names.0) {
            names.add(&name);
        }
        Ok(names)
    }

    fn add(&mut self, name: &GeneralName) {
        match name {
            GeneralName::Rfc822Name(email) => self.emails.push(email.as_str().to_owned()),
            GeneralName::OtherName(other) if other.type_id == PRINCIPAL_NAME => {
                self.principals.extend(text(&other.value));
            }
            _ => {}
        }
    }

    fn field(&self, field: Field) -> &[String] {
        match field {
            Field::Fingerprint => std::slice::from_ref(&self.fingerprint),
            Field::CommonName => &self.common,
            Field::Email => &self.emails,
            Field::PrincipalName => &self.principals,
        }
    }
}

fn common_names(certificate: &Certificate) -> Vec<String> {
    let attributes = certificate
        .tbs_certificate
        .subject
        .0
        .iter()
        .flat_map(|rdn| rdn.0.iter());
    attributes
        .filter(|attribute| attribute.oid == COMMON_NAME)
        .filter_map(|attribute| text(&attribute.value))
        .collect()
}

/// A string of the kinds that names have; others are not compared with anything.
fn text(value: &x509_cert::der::Any) -> Option<String> {
    let der = value.to_der().ok()?;
    let utf8 = Utf8StringRef::from_der(&der).map(|text| text.as_str().to_owned());
    let printable = || PrintableStringRef::from_der(&der).map(|text| text.as_str().to_owned());
    let ia5 = || Ia5StringRef::from_der(&der).map(|text| text.as_str().to_owned());
    utf8.or_else(|_| printable()).or_else(|_| ia5()).ok()
}

impl Accounts {
    /// The account's name.
    ///
    /// # Errors
    /// When it is nobody's, or of more than one.
    pub fn account_of<'a>(&'a self, names: &'a Names) -> Result<&'a str, Error> {
        let listed = |entry: &&Entry| names.field(entry.field).contains(&entry.value);
        if let Some(entry) = self.listed.iter().find(listed) {
            return Ok(&entry.account);
        }
        let fingerprint = || names.fingerprint.clone();
        match self.take.map(|field| names.field(field)) {
            Some([name]) => Ok(name),
            None | Some([]) => Err(Error::Unknown {
                fingerprint: fingerprint(),
            }),
            Some(several) => Err(Error::Ambiguous {
                fingerprint: fingerprint(),
                count: several.len(),
            }),
        }
    }

    /// Whose the certificate is that TLS has verified.
    ///
    /// # Errors
    /// When it is nobody's.
    pub fn identify(&self, der: &[u8]) -> Result<Identity, Error> {
        let names = Names::of(der)?;
        let account = Account::by_name(self.account_of(&names)?)?;
        let presented = format!("sha256:{}", names.fingerprint);
        Ok(Identity::of_account(
            account,
            Method::Certificate,
            Some(presented),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Made by openssl.
    fn certificate(subject: &str, alternative: &str) -> Vec<u8> {
        let output = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "1",
            ])
            .args(["-keyout", "/dev/null", "-outform", "DER", "-subj", subject])
            .args(["-addext", &format!("subjectAltName={alternative}")])
            .output()
            .expect("install openssl");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn alice() -> Vec<u8> {
        certificate(
            "/O=Lumen/CN=alice",
            "email:alice@lumen.test,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@LUMEN.TEST,DNS:alice",
        )
    }

    fn entry(field: Field, value: &str) -> Accounts {
        Accounts {
            listed: vec![Entry {
                field,
                value: value.to_owned(),
                account: "root".to_owned(),
            }],
            take: None,
        }
    }

    #[test]
    fn all_names_are_read() {
        let names = Names::of(&alice()).unwrap();
        assert_eq!(names.common, ["alice"]);
        assert_eq!(names.emails, ["alice@lumen.test"]);
        assert_eq!(names.principals, ["alice@LUMEN.TEST"]);
        assert_eq!(names.fingerprint.len(), 64);
    }

    #[test]
    fn a_listed_name_is_the_account_and_nothing_near_it() {
        let names = Names::of(&alice()).unwrap();
        let fingerprint = names.fingerprint.clone();
        for (field, value) in [
            (Field::Email, "alice@lumen.test"),
            (Field::PrincipalName, "alice@LUMEN.TEST"),
            (Field::CommonName, "alice"),
            (Field::Fingerprint, &fingerprint),
        ] {
            assert_eq!(entry(field, value).account_of(&names).unwrap(), "root");
            let near = entry(field, &value.to_uppercase()[1..]);
            assert!(matches!(near.account_of(&names), Err(Error::Unknown { .. })));
        }
    }

    /// Hole 5.2-1: what was not configured was open.
    #[test]
    fn hole_5_2_1_by_default_a_certificate_is_nobodys() {
        assert!(matches!(
            Accounts::default().identify(&alice()),
            Err(Error::Unknown { .. })
        ));
    }

    #[test]
    fn two_common_names_are_no_account() {
        let names = Names::of(&certificate("/CN=alice/CN=root", "DNS:x")).unwrap();
        let accounts = Accounts {
            take: Some(Field::CommonName),
            ..Accounts::default()
        };
        assert!(matches!(
            accounts.account_of(&names),
            Err(Error::Ambiguous { count: 2, .. })
        ));
    }

    #[test]
    fn what_is_no_certificate_is_an_error() {
        let whole = alice();
        assert!(matches!(Names::of(&[]), Err(Error::Malformed { .. })));
        for end in (0..whole.len()).step_by(7) {
            assert!(Names::of(&whole[..end]).is_err());
        }
    }

    #[test]
    fn an_identity_names_the_certificate() {
        let identity = entry(Field::CommonName, "alice").identify(&alice()).unwrap();
        assert_eq!(
            (identity.name.as_str(), identity.method),
            ("root", Method::Certificate)
        );
        assert!(identity.presented.unwrap().starts_with("sha256:"));
    }
}
