//! Speaking with a daemon.

mod http;
mod tls;

use std::io::{BufRead as _, BufReader, IsTerminal as _, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gssapi::{Gssapi, Initiated};
use pmd_api::{BASE, Method, Operation, Place};
use serde_json::{Map, Value};

use crate::api::Api;
use crate::failure::Failure;
use crate::job;

/// How long a connection may take, and an answer.
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(330);

/// Where the daemon is.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// On this host, which knows who we are.
    Local(PathBuf),
    /// On another.
    Remote {
        /// Name or address.
        host: String,
        /// The port.
        port: u16,
        /// Certificates that are trusted, instead of the system's.
        trusted: Option<PathBuf>,
    },
}

/// How we prove who we are.
#[derive(Clone)]
pub(crate) enum Proof {
    /// The socket does.
    Peer,
    /// User and password: RFC 7617.
    Password(String, String),
    /// A token: RFC 6750.
    Token(String),
    /// A ticket of the user's for this service: RFC 4559.
    Ticket(String),
}

/// A daemon.
pub(crate) struct Client {
    target: Target,
    proof: Proof,
    quiet: bool,
}

/// Something that bytes go over.
pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Client {
    pub(crate) fn new(target: Target, proof: Proof, quiet: bool) -> Self {
        Client { target, proof, quiet }
    }

    fn connect(&self) -> Result<Box<dyn Stream>, Failure> {
        match &self.target {
            Target::Local(path) => {
                let failed = |error: std::io::Error| {
                    let advice = "does pmd run? `pmd enable` as root starts it, for good";
                    Failure::system(
                        &format!("cannot connect to {} ({advice})", path.display()),
                        &error,
                    )
                };
                let stream = UnixStream::connect(path).map_err(failed)?;
                stream.set_read_timeout(Some(ANSWER)).map_err(failed)?;
                Ok(Box::new(stream))
            }
            Target::Remote { host, port, trusted } => {
                let failed = |error: std::io::Error| {
                    Failure::system(&format!("cannot connect to {host} port {port}"), &error)
                };
                let stream = reach(host, *port).map_err(failed)?;
                stream.set_read_timeout(Some(ANSWER)).map_err(failed)?;
                tls::wrap(stream, host, trusted.as_deref())
            }
        }
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<http::Answer, Failure> {
        let send = |authorization| self.send(method, path, body, authorization);
        match &self.proof {
            Proof::Peer => send(None),
            Proof::Password(user, password) => send(Some(format!(
                "Basic {}",
                STANDARD.encode(format!("{user}:{password}"))
            ))),
            Proof::Token(token) => send(Some(format!("Bearer {token}"))),
            Proof::Ticket(service) => {
                let library = Gssapi::load().map_err(|error| kerberos(&error))?;
                let ticket = library
                    .initiate(service, None)
                    .map_err(|error| kerberos(&error))?;
                let answer = send(Some(format!("Negotiate {}", STANDARD.encode(ticket.token()))))?;
                confirm(ticket, &answer)?;
                Ok(answer)
            }
        }
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        authorization: Option<String>,
    ) -> Result<http::Answer, Failure> {
        let host = match &self.target {
            Target::Local(_) => "localhost".to_owned(),
            Target::Remote { host, port, .. } => format!("{}:{port}", bracketed(host)),
        };
        let request = http::Request {
            method,
            path,
            host: &host,
            authorization,
            body,
        };
        request.send(self.connect()?)
    }

    /// An answer as JSON, or as text where it is none.
    fn value(answer: http::Answer) -> Result<(u16, Value), Failure> {
        let (status, media) = (answer.status, answer.media.clone());
        let bytes = answer.bytes()?;
        if !(200..300).contains(&status) {
            return Err(Failure::answer(status, &bytes));
        }
        let value = match media.starts_with("application/json") {
            true => serde_json::from_slice(&bytes)
                .map_err(|error| Failure::strange(format!("the answer is no JSON: {error}")))?,
            false => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        };
        Ok((status, value))
    }

    /// Follows a job until it ends; what came of it.
    fn follow(&self, begun: &Value) -> Result<Value, Failure> {
        let id = begun
            .get("id")
            .and_then(Value::as_str)
            .ok_or_else(|| Failure::missing("id", begun))?;
        let answer = self.request("GET", &format!("{BASE}/jobs/{id}/events"), None)?;
        if answer.status != 200 {
            return Err(Failure::answer(answer.status, &answer.bytes()?));
        }
        let mut progress = job::Progress::new(self.quiet);
        let mut events = job::Events::default();
        for line in BufReader::new(answer.body).lines() {
            let line = line.map_err(|error| {
                Failure::system(
                    &format!("the job {id} goes on, but the connection has ended"),
                    &error,
                )
            })?;
            if let Some(outcome) = events.line(&line, &mut progress) {
                return outcome;
            }
        }
        Err(Failure::strange(format!(
            "the job {id} goes on, but nothing more is said; `pmd-cli daemon job --id {id}` asks"
        )))
    }
}

/// What Kerberos says, by the number of errno of who has no right.
fn kerberos(error: &gssapi::Error) -> Failure {
    Failure::system(
        &error.to_string(),
        &std::io::Error::from(std::io::ErrorKind::PermissionDenied),
    )
}

/// That the host is the one that the ticket is for: only that one can make the reply (RFC 4559, section 5). A refusal has
/// none.
fn confirm(ticket: Initiated<'_>, answer: &http::Answer) -> Result<(), Failure> {
    let Some(reply) = &answer.ticket else {
        return Ok(());
    };
    let reply = STANDARD
        .decode(reply)
        .map_err(|_| Failure::strange("the host's reply of Kerberos is no base64"))?;
    ticket.finish(&reply).map_err(|error| kerberos(&error))
}

/// The first address that answers.
fn reach(host: &str, port: u16) -> std::io::Result<TcpStream> {
    use std::net::ToSocketAddrs as _;
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "it has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

impl Api for Client {
    fn call(&mut self, operation: &str, arguments: Value) -> Result<Value, Failure> {
        let operation = pmd_api::find(operation)
            .ok_or_else(|| Failure::misuse(format!("there is no operation {operation}")))?;
        let (path, body) = place(operation, arguments)?;
        let (status, value) = Self::value(self.request(operation.method.name(), &path, body.as_ref())?)?;
        match status {
            202 => self.follow(&value),
            _ => Ok(value),
        }
    }

    fn ask(&mut self, question: &str) -> bool {
        if !std::io::stdin().is_terminal() {
            return false;
        }
        let _ = write!(std::io::stderr(), "{question} [y/N]: ");
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        read.is_ok() && ["y", "yes"].contains(&line.trim().to_ascii_lowercase().as_str())
    }
}

/// Where arguments go: into the path, the query string or the body, as the table says.
fn place(operation: &Operation, arguments: Value) -> Result<(String, Option<Value>), Failure> {
    let Value::Object(mut arguments) = arguments else {
        return Err(Failure::misuse("arguments are an object"));
    };
    arguments.retain(|_, value| !value.is_null());
    let mut path = format!("{BASE}{}", operation.path);
    for name in operation.path_names() {
        let value = arguments
            .remove(name)
            .ok_or_else(|| Failure::misuse(format!("{} needs {name}", operation.id)))?;
        path = path.replace(&format!("{{{name}}}"), &encoded(&text(&value)));
    }
    if operation.method.has_body() {
        return Ok((path, Some(Value::Object(arguments))));
    }
    debug_assert!(
        operation.method == Method::Get || operation.fields().iter().all(|field| field.place != Place::Body)
    );
    let query = query(arguments);
    Ok((
        if query.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        },
        None,
    ))
}

/// A list is its name several times.
fn query(arguments: Map<String, Value>) -> String {
    let mut pairs = Vec::new();
    for (name, value) in arguments {
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        pairs.extend(
            values
                .iter()
                .map(|value| format!("{}={}", encoded(&name), encoded(&text(value)))),
        );
    }
    pairs.join("&")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// RFC 3986, section 2.1: everything but what is unreserved.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arguments_go_where_the_table_says() {
        let find = |id| pmd_api::find(id).unwrap();
        let (path, body) = place(find("users.get"), json!({"name": "../a b"})).unwrap();
        assert_eq!((path.as_str(), body), ("/api/v2/users/..%2Fa%20b", None));
        let (path, body) = place(
            find("users.set"),
            json!({"name": "a", "locked": true, "shell": null}),
        )
        .unwrap();
        assert_eq!(
            (path.as_str(), body),
            ("/api/v2/users/a", Some(json!({"locked": true})))
        );
        let (path, _) = place(
            find("packages.list"),
            json!({"names": ["a", "b&c"], "filter": "all"}),
        )
        .unwrap();
        assert_eq!(path, "/api/v2/packages?filter=all&names=a&names=b%26c");
        assert!(place(find("users.get"), json!({})).is_err());
    }
}
