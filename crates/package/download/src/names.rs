//! Addresses of servers, kept for some seconds.
//!
//! ureq looks the server up for every request, also when it then takes a connection that is open already, and starts a thread
//! for it, since getaddrinfo(3) knows no time limit. A hundred small files need neither a hundred questions nor a hundred
//! threads. This uses ureq's resolver interface, which may change between its minor versions; the lock file pins it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Shorter than all tries of one file take together: a server that has moved is found by the later ones.
const KEPT: Duration = Duration::from_secs(5);

/// Asks the system, and remembers what it said; not that it failed.
#[derive(Debug, Default)]
pub(crate) struct Names {
    system: DefaultResolver,
    known: Mutex<HashMap<String, (Instant, ResolvedSocketAddrs)>>,
}

impl Names {
    fn known(&self, server: &str) -> Option<ResolvedSocketAddrs> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, addresses) = known.get(server)?;
        (since.elapsed() < KEPT).then(|| addresses.clone())
    }

    fn learn(&self, server: String, addresses: ResolvedSocketAddrs) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(server, (Instant::now(), addresses));
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return self.system.resolve(uri, config, timeout);
        };
        let server = format!("{scheme}://{authority} {:?}", config.ip_family());
        if let Some(addresses) = self.known(&server) {
            return Ok(addresses);
        }
        let addresses = self.system.resolve(uri, config, timeout)?;
        self.learn(server, addresses.clone());
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_looked_up_once_and_a_failure_is_not_remembered() {
        let names = Names::default();
        let config = ureq::Agent::config_builder().build();
        let ask = |text: &str| names.resolve(&text.parse().unwrap(), &config, NextTimeout::default());
        let first = ask("http://127.0.0.1:81/a").unwrap();
        assert_eq!(first[0].to_string(), "127.0.0.1:81");
        assert_eq!(ask("http://127.0.0.1:81/b").unwrap()[..], first[..]);
        assert_eq!(ask("http://127.0.0.1/").unwrap()[0].port(), 80);
        assert!(ask("http://host.invalid/").is_err());
        assert_eq!(names.known.lock().unwrap().len(), 2);
    }

    #[test]
    fn what_was_said_is_forgotten_in_time() {
        let names = Names::default();
        let long_ago = Instant::now().checked_sub(KEPT).unwrap();
        names
            .known
            .lock()
            .unwrap()
            .insert("s".to_owned(), (long_ago, names.empty()));
        assert!(names.known("s").is_none());
    }
}
