//! Messages between the daemon and its helpers, on the helper's side: JSON behind its length.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a message of at most `longest` bytes; none when the other side has nothing more to say.
pub(crate) fn read<T: DeserializeOwned>(from: &mut impl Read, longest: usize) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = usize::try_from(u32::from_be_bytes(head)).map_err(io::Error::other)?;
    if length > longest {
        return Err(invalid(format!(
            "a message of {length} bytes; {longest} are allowed"
        )));
    }
    let mut body = Vec::new();
    from.take(length as u64).read_to_end(&mut body)?;
    serde_json::from_slice(&body).map(Some).map_err(invalid)
}

/// Writes a message.
pub(crate) fn write(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    to.write_all(&frame(message)?)
}

/// A message as bytes.
pub(crate) fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - 4).map_err(invalid)?;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    Ok(bytes)
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bytes = frame(&"hello").unwrap();
        assert_eq!(read::<String>(&mut &bytes[..], 100).unwrap().unwrap(), "hello");
        assert!(read::<String>(&mut &b""[..], 100).unwrap().is_none());
    }

    #[test]
    fn long_and_cut_messages_are_refused() {
        assert!(read::<String>(&mut &[255, 255, 255, 255][..], 100).is_err());
        let bytes = frame(&"hello").unwrap();
        assert!(read::<String>(&mut &bytes[..7], 100).is_err());
    }
}
