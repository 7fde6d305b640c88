//! systemd-networkd: org.freedesktop.network1(5).

use dbus_client::Value;

use super::{Object, Services};
use crate::error::Error;

const MANAGER: Object<'static> = Object {
    service: "org.freedesktop.network1",
    path: "/org/freedesktop/network1",
    interface: "org.freedesktop.network1.Manager",
};

/// What networkd says about a link: networkctl(1) tells what the words mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkState {
    /// `configured`, `configuring`, `unmanaged`, `pending`, `failed`, `linger`.
    pub administrative: String,
    /// `routable`, `degraded`, `carrier`, `no-carrier`, `dormant`, `off` ...
    pub operational: String,
    /// `carrier`, `degraded-carrier`, `no-carrier`, `off` ...
    pub carrier: String,
    /// `routable`, `degraded`, `off`.
    pub address: String,
    /// `online`, `partial`, `offline`; empty where it is not required for being online.
    pub online: String,
}

/// What networkd says about all links together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkState {
    /// `routable`, `degraded`, `carrier`, `off` ...
    pub operational: String,
    /// `carrier`, `degraded-carrier`, `off` ...
    pub carrier: String,
    /// `routable`, `degraded`, `off`.
    pub address: String,
    /// The same, of IPv4 addresses.
    pub ipv4_address: String,
    /// The same, of IPv6 addresses.
    pub ipv6_address: String,
    /// `online`, `partial`, `offline`; empty where nothing is required for being online.
    pub online: String,
}

impl Services {
    /// How far networkd is with all links together.
    pub fn network_state(&mut self) -> Result<NetworkState, Error> {
        let mut text = |name: &str| self.text(MANAGER, name);
        Ok(NetworkState {
            operational: text("OperationalState")?,
            carrier: text("CarrierState")?,
            address: text("AddressState")?,
            ipv4_address: text("IPv4AddressState")?,
            ipv6_address: text("IPv6AddressState")?,
            online: text("OnlineState")?,
        })
    }

    /// Reads all files anew, and configures the links whose files have changed.
    pub fn reload_networkd(&mut self) -> Result<(), Error> {
        self.call(MANAGER, "Reload", &[]).map(|_| ())
    }

    /// Configures a link anew.
    pub fn reconfigure(&mut self, link: u32) -> Result<(), Error> {
        self.call(MANAGER, "ReconfigureLink", &[index(link)?]).map(|_| ())
    }

    /// Asks the DHCP server for a renewal of the lease.
    pub fn renew(&mut self, link: u32) -> Result<(), Error> {
        self.call(MANAGER, "RenewLink", &[index(link)?]).map(|_| ())
    }

    /// Has the clients of our DHCP server renew their leases.
    pub fn force_renew(&mut self, link: u32) -> Result<(), Error> {
        self.call(MANAGER, "ForceRenewLink", &[index(link)?]).map(|_| ())
    }

    /// How far networkd is with a link.
    pub fn link_state(&mut self, link: u32) -> Result<LinkState, Error> {
        let path = self.link_path(link)?;
        let object = link_object(&path);
        let mut text = |name: &str| self.text(object, name);
        Ok(LinkState {
            administrative: text("AdministrativeState")?,
            operational: text("OperationalState")?,
            carrier: text("CarrierState")?,
            address: text("AddressState")?,
            online: text("OnlineState")?,
        })
    }

    /// Everything that networkd knows about a link: `networkctl --json=short status`.
    pub fn describe_link(&mut self, link: u32) -> Result<serde_json::Value, Error> {
        let path = self.link_path(link)?;
        let found = self.call(link_object(&path), "Describe", &[])?;
        json(&found)
    }

    /// Everything that networkd knows.
    pub fn describe_network(&mut self) -> Result<serde_json::Value, Error> {
        let found = self.call(MANAGER, "Describe", &[])?;
        json(&found)
    }

    /// Whether networkd runs.
    pub fn has_networkd(&mut self) -> Result<bool, Error> {
        self.bus.has(MANAGER.service).map_err(super::failed)
    }

    fn link_path(&mut self, link: u32) -> Result<String, Error> {
        let found = self.call(MANAGER, "GetLinkByIndex", &[index(link)?])?;
        let path = found.get(1).and_then(Value::as_text);
        path.map(str::to_owned)
            .ok_or_else(|| Error::Interface(format!("networkd does not know link {link}")))
    }
}

fn link_object(path: &str) -> Object<'_> {
    Object {
        path,
        interface: "org.freedesktop.network1.Link",
        ..MANAGER
    }
}

/// Links have signed numbers on the bus.
pub(super) fn index(link: u32) -> Result<Value, Error> {
    let number = i32::try_from(link).map_err(|_| Error::Interface(format!("there is no link {link}")))?;
    Ok(Value::I32(number))
}

fn json(found: &[Value]) -> Result<serde_json::Value, Error> {
    let text = found.first().and_then(Value::as_text).unwrap_or_default();
    serde_json::from_str(text)
        .map_err(|error| Error::NotSupported(format!("networkd describes itself in no JSON: {error}")))
}
