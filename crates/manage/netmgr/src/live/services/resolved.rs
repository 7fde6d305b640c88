//! systemd-resolved: org.freedesktop.resolve1(5).

use std::net::IpAddr;

use dbus_client::Value;

use super::{Object, Services, networkd};
use crate::error::Error;

const MANAGER: Object<'static> = Object {
    service: "org.freedesktop.resolve1",
    path: "/org/freedesktop/resolve1",
    interface: "org.freedesktop.resolve1.Manager",
};

/// A DNS server in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The link that it is used on; none for all.
    pub link: Option<u32>,
    /// Its address.
    pub address: IpAddr,
}

/// A domain in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The link that it belongs to; none for all.
    pub link: Option<u32>,
    /// Its name.
    pub name: String,
    /// Whether it says only which queries go to this link's servers, and is not appended to names.
    pub route_only: bool,
}

impl Services {
    /// The servers that resolved asks.
    pub fn dns_servers(&mut self) -> Result<Vec<Server>, Error> {
        let found = self.property(MANAGER, "DNS")?;
        Ok(found.items().iter().filter_map(server).collect())
    }

    /// The domains that resolved searches or routes by.
    pub fn dns_domains(&mut self) -> Result<Vec<Domain>, Error> {
        let found = self.property(MANAGER, "Domains")?;
        Ok(found.items().iter().filter_map(domain).collect())
    }

    /// Forgets servers and domains that were set at run time for a link.
    pub fn revert_link(&mut self, link: u32) -> Result<(), Error> {
        let index = networkd::index(link)?;
        self.call(MANAGER, "RevertLink", &[index]).map(|_| ())
    }

    /// Forgets the answers of servers.
    pub fn flush_dns(&mut self) -> Result<(), Error> {
        self.call(MANAGER, "FlushCaches", &[]).map(|_| ())
    }
}

/// Index (0 is none), family and address.
fn server(value: &Value) -> Option<Server> {
    let [link, _family, address] = value.items() else {
        return None;
    };
    let bytes = address.as_bytes()?;
    let address = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
    };
    Some(Server {
        link: of_link(link),
        address,
    })
}

/// Index (0 is none), name, and whether it only routes.
fn domain(value: &Value) -> Option<Domain> {
    let [link, name, route_only] = value.items() else {
        return None;
    };
    Some(Domain {
        link: of_link(link),
        name: name.as_text()?.to_owned(),
        route_only: route_only.as_bool()?,
    })
}

fn of_link(value: &Value) -> Option<u32> {
    let number = value.as_number().and_then(|number| u32::try_from(number).ok());
    number.filter(|number| *number != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_a_link_and_of_all() {
        let bytes =
            |bytes: &[u8]| Value::Array("y".to_owned(), bytes.iter().map(|b| Value::Byte(*b)).collect());
        let of = |link, address| Value::Struct(vec![Value::I32(link), Value::I32(2), address]);
        let found = server(&of(2, bytes(&[10, 0, 0, 1])));
        assert_eq!(
            found.map(|found| (found.link, found.address.to_string())),
            Some((Some(2), "10.0.0.1".to_owned()))
        );
        let found = server(&of(0, bytes(&[0xfe; 16])));
        assert_eq!(found.map(|found| found.link), Some(None));
        assert_eq!(server(&of(0, bytes(&[1, 2, 3]))), None);
    }
}
