//! Names that are checked when they are read, so that no helper ever sees one that could be an option, a path or a
//! second line. The schema's pattern says the same as the check; a test compares the two.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Why a text is no name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is no {what}: it must match {pattern} and have at most {longest} bytes")]
pub struct Unfit {
    shown: String,
    what: &'static str,
    pattern: &'static str,
    longest: usize,
}

macro_rules! name {
    ($(#[doc = $about:literal])+ $name:ident, $what:literal, $longest:literal, $pattern:literal, $check:expr) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The pattern it matches.
            pub const PATTERN: &'static str = $pattern;

            /// Checks a text.
            pub fn new(text: impl Into<String>) -> Result<Self, Unfit> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if !text.is_empty() && text.len() <= $longest && check(&text) {
                    return Ok($name(text));
                }
                let shown = text.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
                Err(Unfit { shown, what: $what, pattern: $pattern, longest: $longest })
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Unfit;

            fn try_from(text: String) -> Result<Self, Unfit> {
                $name::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "minLength": 1, "maxLength": $longest })
            }
        }
    };
}

/// The first character by one rule, the others by another.
fn each(text: &str, first: fn(char) -> bool, rest: fn(char) -> bool) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(first) && chars.all(rest)
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

name!(
    /// The name of an interface: at most 15 bytes, no `/`, blank or colon (systemd's ifname_valid), and no option.
    InterfaceName,
    "name of an interface",
    15,
    r"^[A-Za-z0-9_][A-Za-z0-9_.@-]*$",
    |text| each(text, |c| word(c) || c == '_', |c| word(c) || "_.@-".contains(c))
);
name!(
    /// The name of a local user or group (useradd(8)): lower case, at most 32 bytes.
    AccountName,
    "name of a user or group",
    32,
    r"^[a-z_][a-z0-9_-]*[$]?$",
    |text| {
        let stem = text.strip_suffix('$').unwrap_or(text);
        each(
            stem,
            |c| c.is_ascii_lowercase() || c == '_',
            |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c),
        )
    }
);
name!(
    /// The name of a user or group of any name service, as `DOMAIN\user` or `user@domain`.
    PrincipalName,
    "name of a user or group",
    256,
    r"^[A-Za-z0-9_][A-Za-z0-9_.@\\ $-]*$",
    |text| each(text, |c| word(c) || c == '_', |c| word(c) || "_.@\\ $-".contains(c))
);
name!(
    /// A unit of systemd with its suffix (systemd.unit(5)).
    UnitName,
    "unit",
    255,
    r"^[A-Za-z0-9_:][A-Za-z0-9_:.@\\-]*[.](service|socket|target|timer|mount|automount|swap|path|slice|scope|device)$",
    |text| {
        let Some((stem, suffix)) = text.rsplit_once('.') else {
            return false;
        };
        const SUFFIXES: [&str; 11] = [
            "service",
            "socket",
            "target",
            "timer",
            "mount",
            "automount",
            "swap",
            "path",
            "slice",
            "scope",
            "device",
        ];
        SUFFIXES.contains(&suffix) && each(stem, |c| word(c) || "_:".contains(c), |c| word(c) || "_:.@\\-".contains(c))
    }
);
name!(
    /// The name of a host (RFC 1123, section 2.1): labels of letters, digits and hyphens.
    HostName,
    "host name",
    64,
    r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$",
    |text| text
        .split('.')
        .all(|label| each(label, word, |c| word(c) || c == '-') && !label.ends_with('-'))
);
name!(
    /// A kernel setting as in sysctl.d(5), with dots or slashes: `net.ipv4.ip_forward`.
    SysctlKey,
    "kernel setting",
    128,
    r"^[A-Za-z0-9_]+([./][A-Za-z0-9_:*-]+)+$",
    |text| {
        let parts: Vec<&str> = text.split(['.', '/']).collect();
        let first = |c| word(c) || c == '_';
        let other = |c| word(c) || "_:*-".contains(c);
        parts.len() > 1
            && parts.iter().enumerate().all(|(index, part)| {
                !part.is_empty() && part.chars().all(|c| if index == 0 { first(c) } else { other(c) })
            })
    }
);
name!(
    /// A word for packages: a name, a pattern with `*` and `?`, a capability, a path or name-version.arch; no option.
    PackageSpec,
    "word for packages",
    256,
    r"^[A-Za-z0-9_/*?(][A-Za-z0-9_/*?().+:~^@-]*$",
    |text| each(text, |c| word(c) || "_/*?(".contains(c), |c| word(c) || "_/*?().+:~^@-".contains(c))
);
name!(
    /// The name of a role, of a plugin or of the like: letters, digits, `_`, `.` and hyphens.
    Label,
    "name",
    64,
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
    |text| each(text, |c| word(c) || c == '_', |c| word(c) || "_.-".contains(c))
);
name!(
    /// One line of text: no control characters, so that it can be a line or a field of a file.
    Line,
    "line of text",
    1024,
    r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$",
    |text| !text
        .chars()
        .any(|c| c.is_control() || c == '\u{2028}' || c == '\u{2029}')
);
name!(
    /// An address: `192.0.2.1` or `2001:db8::1`, with `/prefix` where one belongs.
    Address,
    "address",
    64,
    r"^[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?(/[0-9]{1,3})?$",
    |text| {
        let (rest, prefix) = text.split_once('/').map_or((text, "0"), |(rest, prefix)| (rest, prefix));
        let (ip, zone) = rest.split_once('%').map_or((rest, "x"), |(ip, zone)| (ip, zone));
        each(ip, |c| c.is_ascii_hexdigit() || ":.".contains(c), |c| {
            c.is_ascii_hexdigit() || ":.".contains(c)
        }) && each(zone, |c| word(c) || "_.-".contains(c), |c| word(c) || "_.-".contains(c))
            && (1..=3).contains(&prefix.len())
            && prefix.chars().all(|c| c.is_ascii_digit())
    }
);
name!(
    /// The id of a job: 32 hexadecimal digits out of the kernel's random numbers.
    JobId,
    "id of a job",
    32,
    r"^[0-9a-f]{32}$",
    |text| text.len() == 32 && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::string::string_regex;

    macro_rules! pattern_and_check_agree {
        ($($test:ident $name:ident),+) => { proptest! { $(
            #[test]
            fn $test(text in string_regex($name::PATTERN.trim_start_matches('^').trim_end_matches('$')).unwrap()) {
                let schema = serde_json::to_value(schemars::schema_for!($name)).unwrap();
                if text.len() as u64 <= schema["maxLength"].as_u64().unwrap() {
                    prop_assert!($name::new(text.clone()).is_ok(), "{text:?}");
                }
            }
        )+ } };
    }

    pattern_and_check_agree!(
        interfaces InterfaceName, accounts AccountName, principals PrincipalName, units UnitName, hosts HostName,
        settings SysctlKey, packages PackageSpec, labels Label, lines Line, addresses Address, jobs JobId
    );

    #[test]
    fn options_paths_and_second_lines_are_no_names() {
        for text in [
            "-o",
            "--modprobe=/tmp/x",
            "../etc",
            "a b",
            "a\nb",
            "a:0:0",
            "",
            "a;b",
            "a`b",
            "a$(b)",
        ] {
            assert!(AccountName::new(text).is_err(), "{text:?}");
            assert!(InterfaceName::new(text).is_err(), "{text:?}");
            assert!(Label::new(text).is_err(), "{text:?}");
        }
        for text in ["-y", "--installroot=/", "a\n", "a b", "x;reboot"] {
            assert!(PackageSpec::new(text).is_err(), "{text:?}");
        }
        assert!(UnitName::new("../../x.service").is_err());
        assert!(UnitName::new("--now.service").is_err());
        assert!(SysctlKey::new("net/../../etc/passwd").is_err());
        assert!(Line::new("one\ntwo").is_err());
    }
}
