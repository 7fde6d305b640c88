//! Is this an LDAP server, and the right one? Asked before anything is configured, so that what is wrong has one clear answer
//! instead of a line in one of sssd's logs.
//!
//! The name must resolve, the port must be open, a StartTLS request must be granted, and the certificate must be of a CA that is
//! trusted, valid now and for this name.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};

use crate::discover::{Server, Transport};
use crate::error::Error;

/// For connecting and for each answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// `ExtendedRequest` with the name 1.3.6.1.4.1.1466.20037 (RFC 4511, 4.14.1), as message 1.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// A search for the root DSE, the one entry that everybody may read (RFC 4512, 5.1), as message 2.
const ROOT_DSE: &[u8] =
    b"\x30\x25\x02\x01\x02\x63\x20\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass\x30\x00";

/// The same for `currentTime` alone.
const CURRENT_TIME: &[u8] =
    b"\x30\x32\x02\x01\x02\x63\x2d\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass\x30\x0d\x04\x0bcurrentTime";

/// Whom to trust.
#[derive(Debug, Clone)]
pub(crate) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// The CA certificates of a PEM text.
    pub(crate) fn of(pem: &str) -> Result<Self, Error> {
        let wrong = |why| Error::Word {
            what: "file of CA certificates",
            value: pem.lines().next().unwrap_or_default().chars().take(40).collect(),
            why,
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|_| wrong("a certificate in it cannot be read"))?;
            roots
                .add(certificate)
                .map_err(|_| wrong("a certificate in it cannot be used"))?;
        }
        if roots.is_empty() {
            return Err(wrong("it holds no certificate (PEM)"));
        }
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }
}

/// Connects, begins TLS, and asks for the root DSE. What is wrong is said for people.
pub(crate) fn probe(server: &Server, trust: &Trust) -> Result<(), String> {
    let mut stream = connect(&server.host, server.port)?;
    if server.transport != Some(Transport::Ldaps) {
        start_tls(&mut stream)?;
    }
    let name = ServerName::try_from(server.host.clone()).map_err(|error| error.to_string())?;
    let mut tls = ClientConnection::new(Arc::clone(&trust.0), name).map_err(|error| error.to_string())?;
    let mut stream = Stream::new(&mut tls, &mut stream);
    stream.write_all(ROOT_DSE).map_err(|error| explained(&error))?;
    let answer = message(&mut stream).map_err(|error| explained(&error))?;
    // SearchResultEntry, or at least SearchResultDone.
    match operation(&answer) {
        Some((0x64 | 0x65, _)) => Ok(()),
        _ => Err("what answers there does not speak LDAP".to_owned()),
    }
}

/// Resolves and connects; the first address that answers counts.
pub(crate) fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| format!("its name does not resolve: {error}"))?;
    let mut why = "its name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                let limit = |stream: &TcpStream| {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))
                };
                return limit(&stream).map(|()| stream).map_err(|error| error.to_string());
            }
            Err(error) => why = format!("{address}: {}", explained(&error)),
        }
    }
    Err(why)
}

/// What the server says the time is (`currentTime` of its root DSE), in seconds since 1970. Active Directory tells everybody.
pub(crate) fn time_of(host: &str, port: u16) -> Option<u64> {
    let mut stream = connect(host, port).ok()?;
    stream.write_all(CURRENT_TIME).ok()?;
    time_in(&message(&mut stream).ok()?)
}

fn time_in(answer: &[u8]) -> Option<u64> {
    let name = b"currentTime";
    let after = answer.windows(name.len()).position(|window| window == name)? + name.len();
    // A set of one octet string (tag 4) that is a GeneralizedTime: 20261128174530.0Z.
    let set = answer.get(after..)?;
    let string = set.iter().position(|byte| *byte == 4)?;
    let digits = set.get(string + 2..string + 16)?;
    seconds(std::str::from_utf8(digits).ok()?)
}

/// Of `YYYYMMDDhhmmss` in UTC (X.680, 46); days by the civil calendar's rule.
fn seconds(text: &str) -> Option<u64> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day last.
    let year = if month <= 2 { year - 1 } else { year };
    let months = (month + 9) % 12;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * months + 2) / 5 + day - 1;
    // 719,468 days from the first of March of the year 0 to 1970.
    Some((days.checked_sub(719_468)? * 24 + hour) * 3600 + minute * 60 + second)
}

fn start_tls(stream: &mut TcpStream) -> Result<(), String> {
    stream.write_all(START_TLS).map_err(|error| explained(&error))?;
    let answer = message(stream).map_err(|error| explained(&error))?;
    match operation(&answer) {
        // ExtendedResponse; resultCode is its first element, an ENUMERATED.
        Some((0x78, [0x0a, 1, 0, ..])) => Ok(()),
        Some((0x78, [0x0a, 1, code, ..])) => Err(format!("it does not offer StartTLS (LDAP result {code})")),
        _ => Err("what answers there does not speak LDAP".to_owned()),
    }
}

/// One message of BER (X.690, 8.1): its bytes after the outer header.
fn message(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let strange = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "what answers there does not speak LDAP",
        )
    };
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    if head[0] != 0x30 {
        return Err(strange());
    }
    let length = match head[1] {
        short @ 0..=0x7f => usize::from(short),
        long @ 0x81..=0x84 => {
            let mut bytes = vec![0; usize::from(long & 0x7f)];
            stream.read_exact(&mut bytes)?;
            bytes
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte))
        }
        _ => return Err(strange()),
    };
    if length > 1 << 20 {
        return Err(strange());
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content)?;
    Ok(content)
}

/// The tag of a message's operation, and what is in it.
fn operation(message: &[u8]) -> Option<(u8, &[u8])> {
    // The message's number, one byte long as ours was.
    let [0x02, 1, _, tag, rest @ ..] = message else {
        return None;
    };
    let (length, rest) = rest.split_first()?;
    let skip = if *length & 0x80 == 0 {
        0
    } else {
        usize::from(*length & 0x7f)
    };
    Some((*tag, rest.get(skip..)?))
}

/// Reads an answer to its end, whatever it is.
pub(crate) fn read_answer(bytes: &[u8]) {
    if let Ok(answer) = message(&mut &bytes[..]) {
        let _ = operation(&answer);
        let _ = time_in(&answer);
    }
}

/// In words that say what to look at.
fn explained(error: &io::Error) -> String {
    use rustls::CertificateError as Certificate;
    if let Some(rustls::Error::InvalidCertificate(problem)) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return match problem {
            // The second: of a CA with the same name and another key.
            Certificate::UnknownIssuer | Certificate::BadSignature => {
                "its certificate is of a CA that is not trusted; give the CA with --ca".to_owned()
            }
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "its certificate has expired, or this host's clock is ahead".to_owned()
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "its certificate is not valid yet; is this host's clock right?".to_owned()
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "its certificate is for another name".to_owned()
            }
            other => format!("its certificate is not accepted: {other}"),
        };
    }
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            format!("no answer within {} s", PATIENCE.as_secs())
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            "it closed the connection".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn the_requests_are_as_long_as_they_say() {
        for request in [START_TLS, ROOT_DSE, CURRENT_TIME] {
            assert_eq!(usize::from(request[1]) + 2, request.len());
            assert_eq!(message(&mut &request[..]).unwrap().len() + 2, request.len());
        }
        assert_eq!(operation(&message(&mut &ROOT_DSE[..]).unwrap()).unwrap().0, 0x63);
    }

    #[test]
    fn a_generalized_time_is_seconds_since_1970() {
        assert_eq!(seconds("19700101000000"), Some(0));
        assert_eq!(seconds("20000229235959"), Some(951_868_799));
        assert_eq!(seconds("20261128173232"), Some(1_795_887_152));
        assert!(seconds("20261328173232").is_none() && seconds("2026").is_none());
    }

    /// Listens, says this to whoever comes, and keeps the connection until he goes.
    fn saying(words: &'static [u8]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(words).unwrap();
            let _ = io::copy(&mut stream, &mut io::sink());
        });
        Server {
            host: "localhost".to_owned(),
            port,
            transport: Some(Transport::StartTls),
        }
    }

    fn trust() -> Trust {
        let output = std::process::Command::new("openssl")
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
            .args(["-keyout", "/dev/null", "-subj", "/CN=ca"])
            .output()
            .expect("install openssl");
        Trust::of(&String::from_utf8(output.stdout).unwrap()).unwrap()
    }

    #[test]
    fn what_does_not_speak_ldap_is_named_so() {
        for words in [
            &b"220 mail.lumen.test ESMTP\r\n"[..],
            b"\x30\x05hello",
            b"\x30\x84\xff\xff\xff\xff",
        ] {
            let error = probe(&saying(words), &trust()).unwrap_err();
            assert!(error.contains("does not speak LDAP"), "{error}");
        }
    }

    #[test]
    fn a_server_without_starttls_is_named_so() {
        // protocolError, as RFC 4511, 4.14.2 wants it.
        let refusal = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00";
        let error = probe(&saying(refusal), &trust()).unwrap_err();
        assert!(
            error.contains("does not offer StartTLS (LDAP result 2)"),
            "{error}"
        );
    }

    #[test]
    fn a_closed_port_and_a_name_that_is_none_are_told_apart() {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        assert!(connect("localhost", port).unwrap_err().contains("refused"));
        assert!(
            connect("no-such-host.invalid", 389)
                .unwrap_err()
                .contains("does not resolve")
        );
    }

    #[test]
    fn a_file_without_certificates_is_no_ca() {
        for pem in [
            "",
            "x",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(matches!(Trust::of(pem), Err(Error::Word { .. })), "{pem:?}");
        }
    }
}
