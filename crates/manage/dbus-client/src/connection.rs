//! A connection to a bus: sections "Authentication Protocol" and "Message Bus".

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::address;
use crate::error::Error;
use crate::message::{HEAD, Kind, Message, Outgoing, lengths};
use crate::value::Value;

/// How long an answer may take: libdbus's default.
const PATIENCE: Duration = Duration::from_secs(25);
/// The bus's own name and place.
const BUS: &str = "org.freedesktop.DBus";

/// A method call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The name of the service on the bus.
    pub service: &'a str,
    /// The object.
    pub path: &'a str,
    /// The interface that has the method.
    pub interface: &'a str,
    /// The method.
    pub method: &'a str,
    /// Its arguments.
    pub arguments: &'a [Value],
    /// Whether the service may be started for this.
    pub start: bool,
}

/// A connection to a bus.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    serial: u32,
    /// Signals that arrived while an answer was waited for.
    signals: VecDeque<Message>,
}

impl Connection {
    /// Connects to the system bus: that of DBUS_SYSTEM_BUS_ADDRESS, or the one that is always in the same place.
    pub fn system() -> Result<Self, Error> {
        let address = address::system();
        let path = address::socket(&address)?;
        let connect = |source| Error::Connect {
            address: path.display().to_string(),
            source,
        };
        let mut stream = UnixStream::connect(&path).map_err(connect)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(connect)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(connect)?;
        authenticate(&mut stream, &address)?;
        let mut connection = Connection {
            stream,
            serial: 0,
            signals: VecDeque::new(),
        };
        connection.call_bus("Hello", &[])?;
        Ok(connection)
    }

    /// Calls a method and waits for its answer.
    pub fn call(&mut self, call: &Call<'_>) -> Result<Vec<Value>, Error> {
        self.serial = self.serial.wrapping_add(1).max(1);
        let message = Outgoing {
            serial: self.serial,
            destination: call.service,
            path: call.path,
            interface: call.interface,
            member: call.method,
            arguments: call.arguments,
            start: call.start,
        };
        let name = || format!("{}.{}", call.interface, call.method);
        let failed = |source| Error::Io { call: name(), source };
        self.stream.write_all(&message.bytes()?).map_err(failed)?;
        let end = Instant::now() + PATIENCE;
        loop {
            let message = self
                .next(end, &name())?
                .ok_or_else(|| failed(io::ErrorKind::TimedOut.into()))?;
            match message.kind {
                Kind::Signal => self.signals.push_back(message),
                Kind::Call => {}
                Kind::Return | Kind::Error if message.reply_to != Some(self.serial) => {}
                Kind::Return => return Ok(message.body),
                Kind::Error => return Err(remote(message, name())),
            }
        }
    }

    /// A property of an object.
    pub fn property(
        &mut self,
        service: &str,
        path: &str,
        interface: &str,
        name: &str,
    ) -> Result<Value, Error> {
        let arguments = [Value::text(interface), Value::text(name)];
        let found = self.call(&Call {
            service,
            path,
            interface: "org.freedesktop.DBus.Properties",
            method: "Get",
            arguments: &arguments,
            start: false,
        })?;
        found
            .first()
            .map(|value| value.bare().clone())
            .ok_or(Error::Malformed("a property has no value"))
    }

    /// Asks for the signals of an interface.
    pub fn subscribe(&mut self, service: &str, interface: &str, signal: &str) -> Result<(), Error> {
        let rule = format!("type='signal',sender='{service}',interface='{interface}',member='{signal}'");
        self.call_bus("AddMatch", &[Value::Text(rule)]).map(|_| ())
    }

    /// The next signal; nothing if none comes in time.
    pub fn next_signal(&mut self, timeout: Duration) -> Result<Option<Message>, Error> {
        let end = Instant::now() + timeout;
        if let Some(signal) = self.signals.pop_front() {
            return Ok(Some(signal));
        }
        while let Some(message) = self.next(end, "nothing but to wait for a signal")? {
            if message.kind == Kind::Signal {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// Whether a service runs.
    pub fn has(&mut self, service: &str) -> Result<bool, Error> {
        let found = self.call_bus("NameHasOwner", &[Value::text(service)])?;
        Ok(found.first().and_then(Value::as_bool).unwrap_or(false))
    }

    fn call_bus(&mut self, method: &str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
        self.call(&Call {
            service: BUS,
            path: "/org/freedesktop/DBus",
            interface: BUS,
            method,
            arguments,
            start: false,
        })
    }

    /// The next message; nothing if none begins in time.
    fn next(&mut self, end: Instant, call: &str) -> Result<Option<Message>, Error> {
        let failed = |source| Error::Io {
            call: call.to_owned(),
            source,
        };
        let mut bytes = vec![0; HEAD];
        match self.fill(&mut bytes, end) {
            Ok(()) => {}
            Err(error) if is_timeout(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let (length, _) = lengths(&bytes)?;
        bytes.resize(length, 0);
        let rest = bytes.get_mut(HEAD..).unwrap_or_default();
        // A message that has begun arrives as a whole.
        self.fill(rest, Instant::now() + PATIENCE).map_err(failed)?;
        Message::parse(&bytes).map(Some)
    }

    fn fill(&mut self, bytes: &mut [u8], end: Instant) -> io::Result<()> {
        let mut done = 0;
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(rest) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

fn remote(message: Message, call: String) -> Error {
    let text = message
        .body
        .first()
        .and_then(Value::as_text)
        .unwrap_or("it does not say why");
    Error::Remote {
        call,
        text: text.to_owned(),
        name: message.error.clone().unwrap_or_default(),
    }
}

/// The mechanism EXTERNAL without a name: we are who the kernel says, also where user ids are mapped.
fn authenticate(stream: &mut UnixStream, address: &str) -> Result<(), Error> {
    let failed = |source| Error::Connect {
        address: address.to_owned(),
        source,
    };
    stream.write_all(b"\0AUTH EXTERNAL\r\nDATA\r\n").map_err(failed)?;
    let first = line(stream).map_err(failed)?;
    let answer = match first.as_str() {
        "DATA" => line(stream).map_err(failed)?,
        _ => first,
    };
    if !answer.starts_with("OK") {
        return Err(Error::Refused {
            address: address.to_owned(),
            answer,
        });
    }
    stream.write_all(b"BEGIN\r\n").map_err(failed)
}

/// A line of the authentication, byte by byte, for messages follow.
fn line(stream: &mut UnixStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        bytes.extend_from_slice(&byte);
        if bytes.len() > 4096 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    bytes.truncate(bytes.len() - 2);
    String::from_utf8(bytes).map_err(io::Error::other)
}
