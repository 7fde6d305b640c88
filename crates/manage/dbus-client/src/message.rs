//! Messages: section "Message Format".

use crate::error::Error;
use crate::value::Value;
use crate::wire::{Reader, Writer};

/// The longest message that is taken. The specification allows 128 MiB; what system services say is far below this.
const LONGEST: usize = 16 << 20;
/// What is read before the length of a message is known.
pub(crate) const HEAD: usize = 16;

/// Codes of header fields.
const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const ERROR_NAME: u8 = 4;
const REPLY_SERIAL: u8 = 5;
const DESTINATION: u8 = 6;
const SIGNATURE: u8 = 8;

/// The kinds of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Call,
    Return,
    Error,
    Signal,
}

/// A message that has arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// To which call it is the answer.
    pub reply_to: Option<u32>,
    /// The object that a signal is from.
    pub path: Option<String>,
    /// The interface of a signal.
    pub interface: Option<String>,
    /// The name of a signal.
    pub member: Option<String>,
    /// The name of an error.
    pub error: Option<String>,
    /// Its values.
    pub body: Vec<Value>,
}

impl Message {
    /// Reads a message. Nothing in it can do harm.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let head = bytes.get(..HEAD).ok_or(Error::Malformed("it has no header"))?;
        let (length, body_at) = lengths(head)?;
        if bytes.len() != length {
            return Err(Error::Malformed("it is not as long as it says"));
        }
        let big = head.first() == Some(&b'B');
        let kind = kind(head)?;
        let fields = Fields::read(bytes, big)?;
        let body = bytes.get(body_at..).unwrap_or_default();
        let body = Reader::new(body, big).values(fields.text(SIGNATURE).unwrap_or_default(), 0)?;
        let text = |code| fields.text(code).map(str::to_owned);
        Ok(Message {
            kind,
            reply_to: fields.number(REPLY_SERIAL),
            path: text(PATH),
            interface: text(INTERFACE),
            member: text(MEMBER),
            error: text(ERROR_NAME),
            body,
        })
    }
}

fn kind(head: &[u8]) -> Result<Kind, Error> {
    match head.get(1) {
        Some(1) => Ok(Kind::Call),
        Some(2) => Ok(Kind::Return),
        Some(3) => Ok(Kind::Error),
        Some(4) => Ok(Kind::Signal),
        _ => Err(Error::Malformed("it is of no known kind")),
    }
}

/// How long a message is as a whole, and where its body begins, from its first 16 bytes.
pub(crate) fn lengths(head: &[u8]) -> Result<(usize, usize), Error> {
    let big = match (head.first(), head.get(3)) {
        (Some(b'l'), Some(1)) => false,
        (Some(b'B'), Some(1)) => true,
        _ => return Err(Error::Malformed("it does not begin as a message does")),
    };
    let mut reader = Reader::new(head.get(4..).unwrap_or_default(), big);
    let (body, _serial, fields) = (reader.u32()? as usize, reader.u32()?, reader.u32()? as usize);
    let body_at = HEAD + fields.next_multiple_of(8);
    match body.saturating_add(body_at) {
        length if length <= LONGEST => Ok((length, body_at)),
        _ => Err(Error::Malformed("it is too long")),
    }
}

struct Fields(Vec<(u8, Value)>);

impl Fields {
    /// The fields are an array in the middle of the header, whose alignment counts from the start of the message.
    fn read(bytes: &[u8], big: bool) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, big);
        let header = reader.values("yyyyuua(yv)", 0)?;
        let pair = |field: &Value| match field.items() {
            [Value::Byte(code), value] => Some((*code, value.bare().clone())),
            _ => None,
        };
        let fields = header.last().map(Value::items).unwrap_or_default();
        Ok(Fields(fields.iter().filter_map(pair).collect()))
    }

    fn get(&self, code: u8) -> Option<&Value> {
        self.0.iter().find(|field| field.0 == code).map(|field| &field.1)
    }

    fn text(&self, code: u8) -> Option<&str> {
        self.get(code)?.as_text()
    }

    fn number(&self, code: u8) -> Option<u32> {
        self.get(code)?.as_number()?.try_into().ok()
    }
}

/// A method call to be sent.
pub(crate) struct Outgoing<'a> {
    pub(crate) serial: u32,
    pub(crate) destination: &'a str,
    pub(crate) path: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) member: &'a str,
    pub(crate) arguments: &'a [Value],
    /// Whether the bus may start the service.
    pub(crate) start: bool,
}

impl Outgoing<'_> {
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        let mut body = Writer::default();
        self.arguments.iter().try_for_each(|value| body.value(value))?;
        let body_length =
            u32::try_from(body.bytes.len()).map_err(|_| Error::Malformed("the call is too long"))?;
        let mut writer = Writer::default();
        // Little endian, a method call, NO_AUTO_START or nothing, protocol version 1.
        writer.put([b'l']);
        writer.put([1]);
        writer.put([if self.start { 0 } else { 2 }]);
        writer.put([1]);
        writer.put(body_length.to_le_bytes());
        writer.put(self.serial.to_le_bytes());
        writer.value(&Value::Array("(yv)".to_owned(), self.fields()))?;
        writer.align(8);
        writer.bytes.extend_from_slice(&body.bytes);
        Ok(writer.bytes)
    }

    fn fields(&self) -> Vec<Value> {
        let field = |code, value| Value::Struct(vec![Value::Byte(code), Value::Variant(Box::new(value))]);
        let mut fields = vec![
            field(PATH, Value::Path(self.path.to_owned())),
            field(DESTINATION, Value::text(self.destination)),
            field(INTERFACE, Value::text(self.interface)),
            field(MEMBER, Value::text(self.member)),
        ];
        let signature: String = self.arguments.iter().map(Value::signature).collect();
        if !signature.is_empty() {
            fields.push(field(SIGNATURE, Value::Signature(signature)));
        }
        fields
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn call() -> Vec<u8> {
        let arguments = [Value::text("eth0"), Value::I32(7)];
        Outgoing {
            serial: 9,
            destination: "org.example.Bus",
            path: "/org/example",
            interface: "org.example.Face",
            member: "Do",
            arguments: &arguments,
            start: false,
        }
        .bytes()
        .unwrap()
    }

    #[test]
    fn a_call_is_a_message() {
        let message = Message::parse(&call()).unwrap();
        assert_eq!(message.kind, Kind::Call);
        assert_eq!(message.member.as_deref(), Some("Do"));
        assert_eq!(message.path.as_deref(), Some("/org/example"));
        assert_eq!(message.body, [Value::text("eth0"), Value::I32(7)]);
    }

    #[test]
    fn a_message_that_is_cut_or_damaged_does_no_harm() {
        let whole = call();
        for length in 0..whole.len() {
            assert!(Message::parse(&whole[..length]).is_err(), "{length}");
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                let _ = Message::parse(&damaged);
            }
        }
    }
}
