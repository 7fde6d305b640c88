//! Find a domain's servers: SRV records (RFC 2782) of the host's DNS servers.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE};

use crate::error::Error;
use crate::host::Host;
use crate::names;

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// After a request on the plain port (RFC 4511, 4.14).
    StartTls,
    /// At once.
    Ldaps,
}

impl Transport {
    fn port(self) -> u16 {
        match self {
            Self::StartTls => 389,
            Self::Ldaps => 636,
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::StartTls => "ldap",
            Self::Ldaps => "ldaps",
        }
    }
}

/// A server and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How TLS begins; none when that is not known yet.
    pub transport: Option<Transport>,
}

impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let transport = self.transport.unwrap_or(Transport::StartTls);
        match self.port == transport.port() {
            true => write!(f, "{}://{}", transport.scheme(), self.host),
            false => write!(f, "{}://{}:{}", transport.scheme(), self.host, self.port),
        }
    }
}

impl Server {
    /// `dc.example.org`, `ldap://host:port` (StartTLS) or `ldaps://host:port`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (transport, rest) = match text.split_once("://") {
            Some(("ldap", rest)) => (Some(Transport::StartTls), rest),
            Some(("ldaps", rest)) => (Some(Transport::Ldaps), rest),
            Some(_) => return Err(not_a_server(text)),
            None => (None, text),
        };
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| not_a_server(text))?)),
            None => (rest, None),
        };
        let standard = transport.unwrap_or(Transport::StartTls).port();
        Ok(Self {
            host: names::host("server", host)?,
            port: port.unwrap_or(standard),
            transport,
        })
    }

    /// The ways to try: the one that was named, or first TLS at once and then StartTLS.
    pub(crate) fn ways(&self) -> Vec<Self> {
        let with = |transport: Transport| Self {
            host: self.host.clone(),
            port: transport.port(),
            transport: Some(transport),
        };
        match self.transport {
            Some(_) => vec![self.clone()],
            None => vec![with(Transport::Ldaps), with(Transport::StartTls)],
        }
    }
}

fn not_a_server(text: &str) -> Error {
    Error::Word {
        what: "server",
        value: text.chars().take(80).collect(),
        why: "give a host name, ldap://HOST[:PORT] or ldaps://HOST[:PORT]",
    }
}

/// For one answer of a server of the DNS.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often a server is asked that does not answer: UDP loses packets (resolv.conf(5), `attempts`).
const ATTEMPTS: u8 = 2;

/// LDAP servers of a domain, best first.
pub(crate) fn servers(host: &Host, domain: &str) -> Result<Vec<Server>, Error> {
    let mut found = srv(host, domain, "_ldaps._tcp", Some(Transport::Ldaps)).unwrap_or_default();
    match srv(host, domain, "_ldap._tcp", Some(Transport::StartTls)) {
        Ok(servers) => found.extend(servers),
        Err(error) if found.is_empty() => return Err(error),
        Err(_) => {}
    }
    Ok(found)
}

/// Domain controllers of an Active Directory, best first (MS-ADTS, 6.3.2.3).
pub(crate) fn controllers(host: &Host, domain: &str) -> Result<Vec<Server>, Error> {
    srv(host, domain, "_ldap._tcp.dc._msdcs", None)
}

fn srv(host: &Host, domain: &str, service: &str, transport: Option<Transport>) -> Result<Vec<Server>, Error> {
    let name = format!("{service}.{domain}");
    let failed = |why: String| Error::Discovery {
        domain: domain.to_owned(),
        why: format!("{name}: {why}"),
    };
    let mut why = "there is no DNS server in /etc/resolv.conf".to_owned();
    for server in name_servers(host)? {
        match ask(server, &name) {
            Ok(records) => return listed(records, transport).map_err(failed),
            Err(reason) => why = format!("{server}: {reason}"),
        }
    }
    Err(failed(why))
}

/// By priority, then by weight: the heaviest first, since we want one that works and not a fair share of load.
fn listed(mut records: Vec<Record>, transport: Option<Transport>) -> Result<Vec<Server>, String> {
    // "." says that the service is decidedly not offered (RFC 2782).
    records.retain(|record| !record.target.is_empty());
    records.sort_by_key(|record| (record.priority, std::cmp::Reverse(record.weight)));
    let server = |record: Record| Server {
        host: record.target,
        port: record.port,
        transport,
    };
    match records.is_empty() {
        true => Err("there is no such record".to_owned()),
        false => Ok(records.into_iter().map(server).collect()),
    }
}

/// resolv.conf(5).
fn name_servers(host: &Host) -> Result<Vec<IpAddr>, Error> {
    let text = host.read("/etc/resolv.conf")?.unwrap_or_default();
    let address = |line: &str| line.strip_prefix("nameserver")?.trim().parse().ok();
    Ok(text.lines().filter_map(address).take(3).collect())
}

#[derive(Debug)]
struct Record {
    priority: u16,
    weight: u16,
    port: u16,
    target: String,
}

fn ask(server: IpAddr, name: &str) -> Result<Vec<Record>, String> {
    let id = u16::from_ne_bytes([rand(), rand()]);
    let mut query = Packet::new_query(id);
    query.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).map_err(|error| error.to_string())?;
    query
        .questions
        .push(Question::new(name, TYPE::SRV.into(), CLASS::IN.into(), false));
    let query = query.build_bytes_vec().map_err(|error| error.to_string())?;
    let server = SocketAddr::new(server, 53);
    let answer = over_udp(server, &query).map_err(said)?;
    match read(&answer, id)? {
        Some(records) => Ok(records),
        // Truncated: once more over TCP (RFC 7766, 5).
        None => {
            let answer = over_tcp(server, &query).map_err(said)?;
            read(&answer, id)?.ok_or_else(|| "the answer is cut off".to_owned())
        }
    }
}

/// A byte that others cannot guess: hash maps are seeded from the system's random source.
fn rand() -> u8 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish() as u8
}

fn over_udp(server: SocketAddr, query: &[u8]) -> std::io::Result<Vec<u8>> {
    let socket = UdpSocket::bind(if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" })?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut answer = vec![0; 65_535];
    let mut received = Err(std::io::ErrorKind::TimedOut.into());
    for _ in 0..ATTEMPTS {
        socket.send(query)?;
        received = socket.recv(&mut answer);
        if !received.as_ref().is_err_and(is_silence) {
            break;
        }
    }
    answer.truncate(received?);
    Ok(answer)
}

/// What a read says when its time is over (std, `set_read_timeout`).
fn is_silence(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut)
}

fn said(error: std::io::Error) -> String {
    match is_silence(&error) {
        true => "it does not answer".to_owned(),
        false => error.to_string(),
    }
}

fn over_tcp(server: SocketAddr, query: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = u16::try_from(query.len()).unwrap_or(u16::MAX).to_be_bytes();
    stream.write_all(&[&length, query].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

/// Reads an answer to its end, whatever it is.
pub(crate) fn read_answer(bytes: &[u8]) {
    let id = bytes.get(..2).map_or(0, |id| u16::from_be_bytes([id[0], id[1]]));
    if let Ok(Some(records)) = read(bytes, id) {
        let _ = listed(records, None);
    }
}

/// The records of an answer; none if it is truncated.
fn read(answer: &[u8], id: u16) -> Result<Option<Vec<Record>>, String> {
    let packet = Packet::parse(answer).map_err(|error| format!("the answer cannot be read: {error}"))?;
    if packet.id() != id {
        return Err("the answer is not to our question".to_owned());
    }
    if packet.has_flags(PacketFlag::TRUNCATION) {
        return Ok(None);
    }
    match packet.rcode() {
        RCODE::NoError => {}
        RCODE::NameError => return Err("there is no such name".to_owned()),
        other => return Err(format!("the DNS server answers {other:?}")),
    }
    let record = |data: &RData<'_>| match data {
        RData::SRV(srv) => Some(Record {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            // A target that is no host name is nothing to connect to.
            target: names::host("server", &srv.target.to_string()).ok()?,
        }),
        _ => None,
    };
    Ok(Some(
        packet
            .answers
            .iter()
            .filter_map(|answer| record(&answer.rdata))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::SRV;

    fn answer(id: u16, records: &[(u16, u16, &'static str)]) -> Vec<u8> {
        let mut packet = Packet::new_reply(id);
        for (priority, weight, target) in records {
            let data = RData::SRV(SRV {
                priority: *priority,
                weight: *weight,
                port: 389,
                target: Name::new_unchecked(target),
            });
            let name = Name::new_unchecked("_ldap._tcp.lumen.test");
            packet
                .answers
                .push(ResourceRecord::new(name, CLASS::IN, 60, data));
        }
        packet.build_bytes_vec().unwrap()
    }

    #[test]
    fn the_best_server_is_first() {
        let bytes = answer(
            7,
            &[
                (20, 0, "c.lumen.test"),
                (10, 1, "b.lumen.test"),
                (10, 5, "a.lumen.test"),
            ],
        );
        let servers = listed(read(&bytes, 7).unwrap().unwrap(), None).unwrap();
        let hosts: Vec<_> = servers.iter().map(|server| server.host.as_str()).collect();
        assert_eq!(hosts, ["a.lumen.test", "b.lumen.test", "c.lumen.test"]);
    }

    #[test]
    fn a_server_that_lost_the_first_question_is_asked_again() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let answering = std::thread::spawn(move || {
            let mut question = [0; 512];
            let lost = server.recv_from(&mut question).unwrap();
            let (length, client) = server.recv_from(&mut question).unwrap();
            server.send_to(&question[..length], client).unwrap();
            assert_eq!(lost, (length, client));
        });
        assert_eq!(over_udp(address, b"who?").unwrap(), b"who?");
        answering.join().unwrap();
    }

    #[test]
    fn answers_that_lie_are_not_believed() {
        assert!(read(&answer(8, &[(1, 1, "a.lumen.test")]), 7).is_err());
        assert!(read(&[], 7).is_err());
        let names = answer(7, &[(1, 1, "a b.lumen.test")]);
        assert!(listed(read(&names, 7).unwrap().unwrap(), None).is_err());
    }

    #[test]
    fn a_server_is_a_name_or_an_address_with_a_scheme() {
        let shown = |text: &str| Server::parse(text).map(|server| server.to_string());
        assert_eq!(shown("DC.lumen.test").unwrap(), "ldap://dc.lumen.test");
        assert_eq!(shown("ldaps://a.test").unwrap(), "ldaps://a.test");
        assert_eq!(shown("ldaps://a.test:1636/").unwrap(), "ldaps://a.test:1636");
        for bad in [
            "",
            "http://a",
            "ldap://",
            "a:b",
            "ldap://a b",
            "ldaps://a\nldap_tls_reqcert=never",
        ] {
            assert!(shown(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn without_a_dns_server_the_error_says_so() {
        let root = tempfile::tempdir().unwrap();
        let error = servers(&Host::at(root.path()), "lumen.test")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("no DNS server") && error.contains("--server"),
            "{error}"
        );
    }
}
