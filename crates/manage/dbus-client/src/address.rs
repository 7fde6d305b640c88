//! Where the bus is: section "Server Addresses".

use std::path::PathBuf;

use crate::error::Error;

/// The well-known place, on every system with systemd.
const SYSTEM: &str = "unix:path=/run/dbus/system_bus_socket";

/// The address of the system bus, which a variable may change.
pub(crate) fn system() -> String {
    std::env::var("DBUS_SYSTEM_BUS_ADDRESS").unwrap_or_else(|_| SYSTEM.to_owned())
}

/// The socket of the first address in a list that has one.
pub(crate) fn socket(addresses: &str) -> Result<PathBuf, Error> {
    addresses
        .split(';')
        .find_map(path)
        .ok_or_else(|| Error::Address(addresses.to_owned()))
}

fn path(address: &str) -> Option<PathBuf> {
    let pairs = address.strip_prefix("unix:")?;
    let path = pairs.split(',').find_map(|pair| pair.strip_prefix("path="))?;
    unescape(path).map(PathBuf::from)
}

/// Bytes may be written as %XX.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = tail.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_first_unix_socket_of_a_list() {
        let found = socket("tcp:host=x;unix:guid=1,path=/run/a%20b").unwrap();
        assert_eq!(found, PathBuf::from("/run/a b"));
        for bad in ["", "unix:abstract=/x", "unix:path=%", "unix:path=%zz", "tcp:"] {
            assert!(socket(bad).is_err(), "{bad}");
        }
    }
}
