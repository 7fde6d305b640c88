//! How a repository is reached: what `[main]` says, and what the repository says instead.

use std::fmt;
use std::path::PathBuf;

use download::{Access, without_credentials};

use super::ini::boolean;

/// Settings about the network. It is shown without its secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Address of a proxy, or `_none_`.
    pub proxy: Option<String>,
    /// Who we are for the proxy.
    pub proxy_username: Option<String>,
    /// The password for the proxy.
    pub proxy_password: Option<String>,
    /// Who we are for the server.
    pub username: Option<String>,
    /// The password for the server.
    pub password: Option<String>,
    /// Whether certificates of servers are checked; they are when nothing is said.
    pub ssl_verify: Option<bool>,
    /// Certificates that servers' certificates must descend from.
    pub ssl_ca_cert: Option<PathBuf>,
    /// Our certificate.
    pub ssl_client_cert: Option<PathBuf>,
    /// The key of our certificate.
    pub ssl_client_key: Option<PathBuf>,
    /// Bytes a second below which a transfer is given up.
    pub min_rate: Option<u64>,
    /// Bytes a second that may be used.
    pub throttle: Option<u64>,
}

impl Network {
    /// Sets a key: nothing when it is none of ours, false when the value cannot be used.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Option<bool> {
        let text = Some(value.to_owned()).filter(|value| !value.is_empty());
        let path = || text.clone().map(PathBuf::from);
        match key {
            "proxy" => self.proxy = text,
            "proxy_username" => self.proxy_username = text,
            "proxy_password" => self.proxy_password = text,
            "username" => self.username = text,
            "password" => self.password = text,
            "sslcacert" => self.ssl_ca_cert = path(),
            "sslclientcert" => self.ssl_client_cert = path(),
            "sslclientkey" => self.ssl_client_key = path(),
            "sslverify" => {
                self.ssl_verify = boolean(value);
                return Some(self.ssl_verify.is_some());
            }
            "minrate" => {
                self.min_rate = rate(value);
                return Some(self.min_rate.is_some());
            }
            "throttle" => {
                self.throttle = rate(value);
                return Some(self.throttle.is_some());
            }
            _ => return None,
        }
        Some(true)
    }

    /// These settings, and for what they do not say those of `base`.
    pub(crate) fn over(&self, base: &Self) -> Self {
        Self {
            proxy: self.proxy.clone().or_else(|| base.proxy.clone()),
            proxy_username: self
                .proxy_username
                .clone()
                .or_else(|| base.proxy_username.clone()),
            proxy_password: self
                .proxy_password
                .clone()
                .or_else(|| base.proxy_password.clone()),
            username: self.username.clone().or_else(|| base.username.clone()),
            password: self.password.clone().or_else(|| base.password.clone()),
            ssl_verify: self.ssl_verify.or(base.ssl_verify),
            ssl_ca_cert: self.ssl_ca_cert.clone().or_else(|| base.ssl_ca_cert.clone()),
            ssl_client_cert: self
                .ssl_client_cert
                .clone()
                .or_else(|| base.ssl_client_cert.clone()),
            ssl_client_key: self
                .ssl_client_key
                .clone()
                .or_else(|| base.ssl_client_key.clone()),
            min_rate: self.min_rate.or(base.min_rate),
            throttle: self.throttle.or(base.throttle),
        }
    }

    pub(crate) fn access(&self, family: download::Family) -> Access {
        Access {
            proxy: self.proxy.clone(),
            proxy_username: self.proxy_username.clone(),
            proxy_password: self.proxy_password.clone(),
            username: self.username.clone(),
            password: self.password.clone(),
            insecure: self.ssl_verify == Some(false),
            ca_bundle: self.ssl_ca_cert.clone(),
            client_certificate: self.ssl_client_cert.clone(),
            client_key: self.ssl_client_key.clone(),
            family,
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = without_credentials(&format!("{:?}", self.access(download::Family::Any)));
        write!(f, "Network({shown}, {:?}, {:?})", self.min_rate, self.throttle)
    }
}

/// Bytes a second: `100000`, `100k`, `1.5M`.
fn rate(value: &str) -> Option<u64> {
    let (digits, factor) = match value.trim().to_ascii_lowercase().chars().last()? {
        'k' => (&value.trim()[..value.trim().len() - 1], 1024.0),
        'm' => (&value.trim()[..value.trim().len() - 1], 1_048_576.0),
        'g' => (&value.trim()[..value.trim().len() - 1], 1_073_741_824.0),
        _ => (value.trim(), 1.0),
    };
    let number: f64 = digits.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some((number * factor) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_says_more_than_main() {
        let (mut main, mut repo) = (Network::default(), Network::default());
        for (key, value) in [("proxy", "http://p"), ("sslverify", "0"), ("throttle", "1k")] {
            assert_eq!(main.set(key, value), Some(true));
        }
        for (key, value) in [("sslverify", "1"), ("throttle", "1.5M"), ("password", "geheim")] {
            assert_eq!(repo.set(key, value), Some(true));
        }
        let both = repo.over(&main);
        assert_eq!(
            (both.proxy.as_deref(), both.ssl_verify),
            (Some("http://p"), Some(true))
        );
        assert_eq!(both.throttle, Some(1_572_864));
        assert!(!format!("{both:?}").contains("geheim"));
        for (key, value) in [("sslverify", "perhaps"), ("minrate", "fast"), ("throttle", "-1")] {
            assert_eq!(repo.set(key, value), Some(false), "{key}");
        }
        assert_eq!(repo.set("other", "1"), None);
    }
}
