//! How servers are reached, and as whom.

use std::fmt;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// A proxy, credentials, certificates: what a repository's settings say about getting to it.
///
/// It is shown without its secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Address of a proxy; when there is none, the environment's (`http_proxy`, `https_proxy`, `no_proxy`).
    pub proxy: Option<String>,
    /// Who we are for the proxy.
    pub proxy_username: Option<String>,
    /// The password for the proxy.
    pub proxy_password: Option<String>,
    /// Who we are for the server (HTTP basic authentication, RFC 7617).
    pub username: Option<String>,
    /// The password for the server.
    pub password: Option<String>,
    /// Accept any certificate of a server. Only for what is verified in other ways.
    pub insecure: bool,
    /// Certificates (PEM) that servers' certificates must descend from, instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// Our certificate (PEM), for servers that want to know who asks.
    pub client_certificate: Option<PathBuf>,
    /// The key (PEM) of our certificate; in the certificate's file when there is none.
    pub client_key: Option<PathBuf>,
    /// Which kind of addresses to use.
    pub family: Family,
}

/// Internet protocol versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Whatever the name has.
    #[default]
    Any,
    /// Version 4 only.
    V4,
    /// Version 6 only.
    V6,
}

impl Access {
    /// The value of the `Authorization` header (RFC 7617).
    pub(crate) fn credentials(&self) -> Option<String> {
        let user = self.username.as_deref()?;
        let pair = format!("{user}:{}", self.password.as_deref().unwrap_or_default());
        Some(format!("Basic {}", BASE64_STANDARD.encode(pair)))
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "***");
        f.debug_struct("Access")
            .field("proxy", &self.proxy.as_deref().map(without_credentials))
            .field("proxy_username", &self.proxy_username)
            .field("proxy_password", &hidden(&self.proxy_password))
            .field("username", &self.username)
            .field("password", &hidden(&self.password))
            .field("insecure", &self.insecure)
            .field("ca_bundle", &self.ca_bundle)
            .field("client_certificate", &self.client_certificate)
            .field("client_key", &self.client_key)
            .field("family", &self.family)
            .finish()
    }
}

/// A text with the user names and passwords taken out of all addresses in it. Messages and logs are read by
/// more people than configuration files.
pub fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let end = after
            .find(|c: char| c == '/' || c == '"' || c == '\'' || c == ',' || c.is_whitespace())
            .unwrap_or(after.len());
        match after[..end].rfind('@') {
            Some(at) => {
                clean.push_str("***@");
                rest = &after[at + 1..];
            }
            None => rest = after,
        }
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out_of_every_address() {
        for (text, clean) in [
            ("http://u:p@h/x", "http://***@h/x"),
            (
                "a https://tok@h:1, ftp://h/@x b",
                "a https://***@h:1, ftp://h/@x b",
            ),
            ("http://u:p@a@h", "http://***@h"),
            (
                "cannot fetch 'http://u:p@h' from http://v:q@i/y?z=1",
                "cannot fetch 'http://***@h' from http://***@i/y?z=1",
            ),
            ("nothing:// here", "nothing:// here"),
        ] {
            assert_eq!(without_credentials(text), clean);
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let access = Access {
            proxy: Some("http://u:geheim@p".to_owned()),
            proxy_password: Some("geheim".to_owned()),
            password: Some("geheim".to_owned()),
            ..Access::default()
        };
        assert!(!format!("{access:?}").contains("geheim"));
    }
}
