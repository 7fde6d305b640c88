//! Words of callers that end in configuration files and arguments, and what they may consist of.
//!
//! Files like sssd.conf and sudoers have no quoting that all their readers agree on, so a word that would need it is refused.

use crate::error::Error;

/// A domain or host name (RFC 1123, 2.1), in lower case.
pub(crate) fn host(what: &'static str, value: &str) -> Result<String, Error> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let value = value.trim_end_matches('.');
    match value.len() <= 253 && value.split('.').all(label) {
        true => Ok(value.to_ascii_lowercase()),
        false => Err(wrong(
            what,
            value,
            "letters, digits and hyphens between dots are allowed",
        )),
    }
}

/// The name of a group, as NSS says it: with spaces in Active Directory, with a domain if names are qualified.
pub(crate) fn group(value: &str) -> Result<&str, Error> {
    let allowed = |c: char| c.is_alphanumeric() || " ._-@".contains(c);
    let plain =
        !value.is_empty() && value.len() <= 256 && value.trim() == value && value.chars().all(allowed);
    match plain && !value.starts_with('-') && value != "ALL" {
        true => Ok(value),
        false => Err(wrong(
            "name of a group",
            value,
            "letters, digits, spaces and . _ - @ are allowed",
        )),
    }
}

/// The name of a role of pmd.
pub(crate) fn role(value: &str) -> Result<&str, Error> {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    match !value.is_empty() && value.len() <= 64 && value.bytes().all(allowed) {
        true => Ok(value),
        false => Err(wrong(
            "name of a role",
            value,
            "small letters, digits, - and _ are allowed",
        )),
    }
}

/// Who may add hosts: a name, perhaps with a domain.
pub(crate) fn principal(value: &str) -> Result<&str, Error> {
    let allowed = |c: char| c.is_alphanumeric() || " ._-@$/\\".contains(c);
    match !value.is_empty() && value.len() <= 256 && !value.starts_with('-') && value.chars().all(allowed) {
        true => Ok(value),
        false => Err(wrong(
            "name of a user",
            value,
            "letters, digits, spaces and . _ - @ $ are allowed",
        )),
    }
}

/// A distinguished name (RFC 4514): not understood here, but one line that begins with an attribute.
pub(crate) fn dn(what: &'static str, value: &str) -> Result<String, Error> {
    let attribute = value.split_once('=').is_some_and(|(attribute, rest)| {
        !rest.is_empty()
            && !attribute.is_empty()
            && attribute
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    });
    match attribute && value.len() <= 1024 && !value.chars().any(char::is_control) {
        true => Ok(value.to_owned()),
        false => Err(wrong(what, value, "it looks like ou=people,dc=example,dc=org")),
    }
}

/// What the domain would be as the suffix of a tree (RFC 2247).
pub(crate) fn suffix_of(domain: &str) -> String {
    let parts: Vec<_> = domain.split('.').map(|label| format!("dc={label}")).collect();
    parts.join(",")
}

fn wrong(what: &'static str, value: &str, why: &'static str) -> Error {
    Error::Word {
        what,
        value: value.chars().take(80).collect(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_lower_case_without_the_last_dot() {
        assert_eq!(host("domain", "Lumen.TEST.").unwrap(), "lumen.test");
        for bad in [
            "",
            ".",
            "a..b",
            "-a",
            "a-",
            "a b",
            "a\nb",
            "--login-user=x",
            "a/b",
            "ä.test",
            &"a".repeat(64),
        ] {
            assert!(host("domain", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn groups_have_spaces_but_nothing_that_sudo_or_sssd_would_read_otherwise() {
        for good in ["domain admins", "ops", "ops@lumen.test", "Größe", "a-b_c.d"] {
            assert!(group(good).is_ok(), "{good}");
        }
        for bad in [
            "", " a", "a ", "ALL", "-a", "a,b", "a=b", "a\"b", "a\\b", "a\nb", "a!b", "%a", "#0", "a:b",
        ] {
            assert!(group(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_distinguished_name_is_one_line() {
        assert!(dn("base", "ou=People, dc=lumen,dc=test").is_ok());
        for bad in ["", "x", "=x", "cn=", "cn=a\nldap_tls_reqcert = never", "-x=y z="] {
            assert!(dn("base", bad).is_err() || bad.starts_with('-'), "{bad:?}");
        }
        assert_eq!(suffix_of("lumen.test"), "dc=lumen,dc=test");
    }

    #[test]
    fn options_cannot_be_smuggled_in_as_names() {
        assert!(principal("--domain-ou=x").is_err());
        assert!(principal("Administrator").is_ok() && principal("admin@LUMEN.TEST").is_ok());
        assert!(role("admin\"]").is_err() && role("net-admin").is_ok());
    }
}
