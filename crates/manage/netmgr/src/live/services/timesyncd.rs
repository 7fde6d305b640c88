//! systemd-timesyncd: org.freedesktop.timesync1(5).

use super::{Object, Services, texts};
use crate::error::Error;

const MANAGER: Object<'static> = Object {
    service: "org.freedesktop.timesync1",
    path: "/org/freedesktop/timesync1",
    interface: "org.freedesktop.timesync1.Manager",
};

/// The NTP servers that timesyncd knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeServers {
    /// Those of its configuration.
    pub system: Vec<String>,
    /// Those of links: from DHCP, or from .network files.
    pub links: Vec<String>,
    /// Those that are asked if there are no others.
    pub fallback: Vec<String>,
    /// The one that is asked now; empty if none is.
    pub current: String,
}

impl Services {
    /// The servers that timesyncd knows.
    pub fn time_servers(&mut self) -> Result<TimeServers, Error> {
        let mut property = |name| self.property(MANAGER, name);
        Ok(TimeServers {
            system: texts(&property("SystemNTPServers")?),
            links: texts(&property("LinkNTPServers")?),
            fallback: texts(&property("FallbackNTPServers")?),
            current: property("ServerName")?.as_text().unwrap_or_default().to_owned(),
        })
    }
}
