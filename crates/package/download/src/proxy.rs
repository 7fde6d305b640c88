//! Proxies. For `https` the proxy opens a tunnel (CONNECT), which is what ureq does for every address. Proxies
//! commonly refuse tunnels to port 80, so `http` is asked of the proxy itself, with the whole address in the
//! request line (RFC 9112, section 3.2.2).
//!
//! This uses ureq's transport interface, which may change between its minor versions; the lock file pins it, and
//! the tests with a proxy would tell.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, DefaultConnector, NextTimeout,
    RustlsConnector, TcpConnector, Transport,
};
use ureq::{Agent, Error, Proxy, ProxyProtocol};

use crate::access::Access;
use crate::names::Names;

/// The proxy that the settings or the environment name.
pub(crate) fn find(access: &Access) -> Result<Option<Proxy>, String> {
    let Some(address) = access.proxy.as_deref().filter(|address| !address.is_empty()) else {
        return Ok(Proxy::try_from_env());
    };
    // `_none_` is how yum and its successors say "directly, whatever the environment says".
    if address == "_none_" {
        return Ok(None);
    }
    let wrong = |error: Error| format!("the proxy address cannot be used: {error}");
    let named = Proxy::new(address).map_err(wrong)?;
    let (Some(user), password) = (&access.proxy_username, &access.proxy_password) else {
        return Ok(Some(named));
    };
    let mut builder = Proxy::builder(named.protocol())
        .host(named.host())
        .port(named.port())
        .username(user);
    if let Some(password) = password {
        builder = builder.password(password);
    }
    builder.build().map(Some).map_err(wrong)
}

/// An agent that uses the proxy of its configuration in both ways.
pub(crate) fn agent(config: Config, direct: Config) -> Agent {
    let http = |proxy: &&Proxy| matches!(proxy.protocol(), ProxyProtocol::Http);
    let Some(proxy) = config.proxy().filter(http).cloned() else {
        return Agent::with_parts(config, DefaultConnector::default(), Names::default());
    };
    let forward = Forward { proxy, direct };
    let chain = forward
        .chain(ConnectProxyConnector::default())
        .chain(TcpConnector::default())
        .chain(RustlsConnector::default());
    Agent::with_parts(config, chain, Names::default())
}

/// Connects plain `http` requests to the proxy.
struct Forward {
    proxy: Proxy,
    /// The configuration for the connection to the proxy itself.
    direct: Config,
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forward({}:{})", self.proxy.host(), self.proxy.port())
    }
}

impl Forward {
    /// Requests that are for us: not through a tunnel, not those that open the tunnel.
    fn concerns(&self, details: &ConnectionDetails<'_>) -> bool {
        let uri = details.uri;
        let itself = uri.host() == Some(self.proxy.host()) && uri.port_u16() == Some(self.proxy.port());
        !details.needs_tls() && !itself && !self.proxy.is_no_proxy(uri)
    }
}

impl Connector<()> for Forward {
    type Out = AbsoluteForm;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<AbsoluteForm>, Error> {
        if !self.concerns(details) {
            return Ok(None);
        }
        let address: Uri = format!("http://{}:{}", self.proxy.host(), self.proxy.port())
            .parse()
            .map_err(|_| Error::InvalidProxyUrl)?;
        let addrs = details
            .resolver
            .resolve(&address, &self.direct, details.timeout)?;
        let details_of_proxy = ConnectionDetails {
            uri: &address,
            addrs,
            config: &self.direct,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let connected = TcpConnector::default().connect(&details_of_proxy, None::<NoTransport>)?;
        let authority = details.uri.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit('@').next().unwrap_or_default();
        Ok(connected.map(|inner| AbsoluteForm {
            inner: inner.boxed(),
            origin: format!("http://{host}"),
            authorization: authorization(&self.proxy),
        }))
    }
}

/// `Basic` credentials for the proxy (RFC 7617).
fn authorization(proxy: &Proxy) -> Option<String> {
    let user = proxy.username()?;
    let pair = format!("{user}:{}", proxy.password().unwrap_or_default());
    Some(BASE64_STANDARD.encode(pair))
}

/// A connection to a proxy: every request's first line gets the whole address.
struct AbsoluteForm {
    inner: Box<dyn Transport>,
    origin: String,
    authorization: Option<String>,
}

impl fmt::Debug for AbsoluteForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AbsoluteForm({})", self.origin)
    }
}

impl Transport for AbsoluteForm {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let head = &self.inner.buffers().output()[..amount];
        let Some(whole) = rewrite(head, &self.origin, self.authorization.as_deref()) else {
            return self.inner.transmit_output(amount, timeout);
        };
        let output = self.inner.buffers().output();
        let room = output
            .get_mut(..whole.len())
            .ok_or(Error::BodyExceedsLimit(amount as u64))?;
        room.copy_from_slice(&whole);
        self.inner.transmit_output(whole.len(), timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }
}

/// `GET /a HTTP/1.1` becomes `GET http://host/a HTTP/1.1`, with credentials for the proxy in the next line.
fn rewrite(head: &[u8], origin: &str, authorization: Option<&str>) -> Option<Vec<u8>> {
    let rest = head.strip_prefix(b"GET /")?;
    let end = rest.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let mut whole = format!("GET {origin}/").into_bytes();
    whole.extend_from_slice(&rest[..end]);
    if let Some(credentials) = authorization {
        whole.extend_from_slice(format!("Proxy-Authorization: Basic {credentials}\r\n").as_bytes());
    }
    whole.extend_from_slice(&rest[end..]);
    Some(whole)
}

/// What a chain of connectors begins with: nothing is connected yet.
#[derive(Debug)]
enum NoTransport {}

impl Transport for NoTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        match *self {}
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
        match *self {}
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        match *self {}
    }

    fn is_open(&mut self) -> bool {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_gets_the_whole_address() {
        let head = b"GET /a?b HTTP/1.1\r\nhost: h\r\n\r\n";
        let whole = rewrite(head, "http://h:1", Some("dTpw")).unwrap();
        assert_eq!(
            String::from_utf8(whole).unwrap(),
            "GET http://h:1/a?b HTTP/1.1\r\nProxy-Authorization: Basic dTpw\r\nhost: h\r\n\r\n"
        );
        assert_eq!(rewrite(b"something else", "http://h", None), None);
    }

    #[test]
    fn an_address_that_makes_no_sense_is_told_without_its_password() {
        let access = Access {
            proxy: Some("nonsense://u:geheim@h".to_owned()),
            ..Access::default()
        };
        let error = find(&access).unwrap_err();
        assert!(error.contains("proxy") && !error.contains("geheim"), "{error}");
    }
}
