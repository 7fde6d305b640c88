//! Where the upstream packages come from. No address is built in: it is given, or the host's own.

use std::path::Path;

use crate::mirror_apt;

/// What the command line, the environment and the configuration file say; all may be absent.
#[derive(Debug, Clone, Default)]
pub struct MirrorSettings {
    /// The archive with the suite itself.
    pub mirror: Option<String>,
    /// The archive with its security updates.
    pub security_mirror: Option<String>,
    /// Where dropped versions still are, asked after the mirrors; `{archive}` in it stands for `debian` or
    /// `debian-security`.
    pub archive_mirror: Option<String>,
}

/// The addresses of both archives, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrors {
    main: String,
    security: String,
    archive: Option<String>,
}

/// No mirror is known.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "no {what} is known: neither given nor found in {apt}; set it with --{option} URL, with {variable}=URL in the \
     environment, or with `{option} = \"URL\"` in $XDG_CONFIG_HOME/lumen/config.toml \
     (URL is the directory that contains `dists` and `pool`)"
)]
pub struct NoMirror {
    what: &'static str,
    apt: String,
    option: &'static str,
    variable: &'static str,
}

impl Mirrors {
    /// Takes what is set and fills the gaps from the apt sources below `apt` (`/etc/apt`).
    ///
    /// A given mirror that ends in `/debian` has its security archive beside it if nothing else is known: so it is on
    /// the official mirrors.
    pub fn discover(settings: &MirrorSettings, apt: &Path) -> Result<Self, NoMirror> {
        let host = mirror_apt::Sources::read(apt);
        let missing = |what, option, variable| NoMirror {
            what,
            apt: apt.display().to_string(),
            option,
            variable,
        };
        let main = settings.mirror.clone().or(host.main);
        let main = main.ok_or_else(|| missing("Debian mirror", "mirror", "LUMEN_MIRROR"))?;
        let beside = settings.mirror.as_deref().and_then(security_beside);
        let security = settings
            .security_mirror
            .clone()
            .or(beside)
            .or(host.security)
            .or_else(|| security_beside(&main));
        let security = security.ok_or_else(|| {
            missing(
                "Debian security mirror",
                "security-mirror",
                "LUMEN_SECURITY_MIRROR",
            )
        })?;
        Ok(Self {
            main: clean(&main),
            security: clean(&security),
            archive: settings.archive_mirror.as_deref().map(clean),
        })
    }

    /// The archive of the suite, or of its security updates.
    pub fn archive_of(&self, security: bool) -> &str {
        if security { &self.security } else { &self.main }
    }

    /// The addresses of a file of the pool, in the order they are asked.
    pub fn urls(&self, path: &str, security: bool) -> Vec<String> {
        let name = if security { "debian-security" } else { "debian" };
        let archive = self
            .archive
            .as_ref()
            .map(|archive| archive.replace("{archive}", name));
        let bases = [Some(self.archive_of(security).to_owned()), archive];
        bases
            .into_iter()
            .flatten()
            .map(|base| join(&base, path))
            .collect()
    }
}

/// Appends a path to an address, escaping what a URL may not contain (RFC 3986, section 2).
pub(crate) fn join(base: &str, path: &str) -> String {
    let mut url = format!("{base}/");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' | b'+' | b':' => {
                url.push(byte as char)
            }
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}

fn security_beside(main: &str) -> Option<String> {
    clean(main)
        .strip_suffix("/debian")
        .map(|parent| format!("{parent}/debian-security"))
}

fn clean(url: &str) -> String {
    url.trim().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(mirror: &str) -> MirrorSettings {
        MirrorSettings {
            mirror: Some(mirror.to_owned()),
            ..MirrorSettings::default()
        }
    }

    #[test]
    fn a_given_mirror_needs_no_apt() {
        let mirrors = Mirrors::discover(&settings("http://m/debian/"), Path::new("/nonexistent")).unwrap();
        assert_eq!(mirrors.archive_of(false), "http://m/debian");
        assert_eq!(mirrors.archive_of(true), "http://m/debian-security");
    }

    #[test]
    fn the_error_says_how_to_set_a_mirror() {
        let text = Mirrors::discover(&MirrorSettings::default(), Path::new("/nonexistent"))
            .unwrap_err()
            .to_string();
        for hint in ["--mirror", "LUMEN_MIRROR", "lumen/config.toml", "/nonexistent"] {
            assert!(text.contains(hint), "{hint}: {text}");
        }
        let text = Mirrors::discover(&settings("http://m/odd"), Path::new("/nonexistent"))
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("--security-mirror") && text.contains("LUMEN_SECURITY_MIRROR"),
            "{text}"
        );
    }

    #[test]
    fn the_archive_is_asked_last() {
        let mut given = settings("http://m/debian");
        given.archive_mirror = Some("http://a/{archive}/20260101T000000Z/".to_owned());
        let mirrors = Mirrors::discover(&given, Path::new("/nonexistent")).unwrap();
        let urls = mirrors.urls("pool/a b", true);
        assert_eq!(
            urls,
            [
                "http://m/debian-security/pool/a%20b",
                "http://a/debian-security/20260101T000000Z/pool/a%20b"
            ]
        );
    }
}
