//! The kernel command line: `ip=`, `ifname=`, `nameserver=`, `rd.route=`, `vlan=`, `bond=`, `bridge=` and `rd.peerdns=`
//! as dracut.cmdline(7) has them.

use networkd::FileKind;

use super::draft::Draft;
use crate::error::Error;

const NETWORK: FileKind = FileKind::Network;

/// Reads a command line. Words that are not about the network are for others.
pub(super) fn read(line: &str) -> Result<Vec<Draft>, Error> {
    let mut plan = Plan::default();
    for word in line.split_ascii_whitespace() {
        let Some((name, value)) = word.split_once('=') else {
            continue;
        };
        let done = match name {
            "ip" => plan.ip(value),
            "ifname" => plan.ifname(value),
            "nameserver" => plan.server(value),
            "rd.route" => plan.route(value),
            "vlan" => plan.vlan(value),
            "bond" => plan.group(value, "bond", "Bond"),
            "bridge" => plan.group(value, "bridge", "Bridge"),
            "rd.peerdns" => plan.peer_dns(value),
            _ => Ok(()),
        };
        done.map_err(|what| Error::Form {
            place: "the kernel command line".to_owned(),
            key: word.to_owned(),
            what,
        })?;
    }
    plan.finish()
}

/// What is wrong with a word.
type Done = Result<(), String>;

#[derive(Default)]
struct Plan {
    drafts: Vec<Draft>,
    servers: Vec<String>,
    routes: Vec<(String, Option<String>, Option<String>)>,
    hostname: Option<String>,
    no_peer_dns: bool,
}

/// The file for all interfaces that nothing else is said of: real Ethernet cards, not those that containers have.
const ALL: &str = "";

impl Plan {
    fn of(&mut self, name: &str) -> Result<&mut Draft, String> {
        let at = match self.drafts.iter().position(|draft| draft.name == name) {
            Some(at) => at,
            None => {
                self.drafts.push(new(name)?);
                self.drafts.len() - 1
            }
        };
        Ok(&mut self.drafts[at])
    }

    /// `ip=METHOD`, `ip=DEVICE:METHOD[:MTU[:MAC]]` or
    /// `ip=CLIENT:[PEER]:GATEWAY:NETMASK:HOSTNAME:DEVICE:METHOD[:MTU[:MAC]|:DNS1[:DNS2]]`.
    fn ip(&mut self, value: &str) -> Done {
        let parts = split(value);
        match parts.as_slice() {
            [method] => self.method(ALL, method),
            [device, method, rest @ ..] if is_method(method) => {
                self.method(device, method)?;
                self.hardware(device, rest)
            }
            [client, peer, gateway, mask, host, device, rest @ ..] => {
                let method = rest.first().copied().unwrap_or("none");
                let device = if device.is_empty() { ALL } else { device };
                self.method(device, method)?;
                self.address(device, client, peer, mask)?;
                if !gateway.is_empty() {
                    self.add(device, "Gateway", gateway)?;
                }
                if !host.is_empty() {
                    valid(NETWORK, "DHCPv4", "Hostname", host)?;
                    self.hostname = Some((*host).to_owned());
                }
                self.hardware(device, rest.get(1..).unwrap_or_default())
            }
            _ => Err(
                "it is none of METHOD, DEVICE:METHOD and CLIENT:PEER:GATEWAY:NETMASK:HOST:DEVICE:METHOD"
                    .to_owned(),
            ),
        }
    }

    fn add(&mut self, device: &str, key: &'static str, value: &str) -> Done {
        let draft = self.of(device)?;
        draft
            .add(NETWORK, "Network", key, value)
            .map_err(|error| error.to_string())
    }

    fn set(&mut self, device: &str, section: &'static str, key: &'static str, value: &str) -> Done {
        let draft = self.of(device)?;
        draft
            .set(NETWORK, section, key, value)
            .map_err(|error| error.to_string())
    }

    fn method(&mut self, device: &str, method: &str) -> Done {
        let (dhcp, ra, link_local) = match method {
            "dhcp" | "on" | "single-dhcp" => ("ipv4", None, None),
            "any" => ("yes", None, None),
            "dhcp6" => ("ipv6", None, None),
            "auto6" | "link6" => ("no", Some("yes"), None),
            "either6" => ("ipv6", Some("yes"), None),
            "link-local" => ("no", Some("no"), Some("yes")),
            "none" | "off" | "" => ("no", None, None),
            other => return Err(format!("{other:?} is not a method")),
        };
        self.set(device, "Network", "DHCP", dhcp)?;
        if let Some(ra) = ra {
            self.set(device, "Network", "IPv6AcceptRA", ra)?;
        }
        match link_local {
            Some(value) => self.set(device, "Network", "LinkLocalAddressing", value),
            None => Ok(()),
        }
    }

    fn address(&mut self, device: &str, client: &str, peer: &str, mask: &str) -> Done {
        if client.is_empty() {
            return Ok(());
        }
        let length = length(client, mask)?;
        let address = format!("{client}/{length}");
        if peer.is_empty() {
            return self.add(device, "Address", &address);
        }
        let settings = vec![("Address", address), ("Peer", format!("{peer}/{length}"))];
        self.of(device)?
            .block("Address", settings)
            .map_err(|error| error.to_string())
    }

    /// What follows the method: MTU and MAC address, or DNS servers.
    fn hardware(&mut self, device: &str, rest: &[&str]) -> Done {
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        match rest {
            [] | [""] => Ok(()),
            [mtu] if is_number(mtu) => self.set(device, "Link", "MTUBytes", mtu),
            [mtu, mac @ ..] if (mtu.is_empty() || is_number(mtu)) && mac.len() == 6 => {
                if !mtu.is_empty() {
                    self.set(device, "Link", "MTUBytes", mtu)?;
                }
                self.set(device, "Link", "MACAddress", &mac.join(":"))
            }
            servers => servers
                .iter()
                .filter(|server| !server.is_empty())
                .try_for_each(|server| self.add(device, "DNS", server)),
        }
    }

    /// `nameserver=ADDRESS`.
    fn server(&mut self, value: &str) -> Done {
        let server = bare(value);
        valid(NETWORK, "Network", "DNS", server)?;
        self.servers.push(server.to_owned());
        Ok(())
    }

    /// `rd.peerdns=0`: the DHCP server's DNS servers are not wanted.
    fn peer_dns(&mut self, value: &str) -> Done {
        self.no_peer_dns = value == "0";
        Ok(())
    }

    /// `ifname=NAME:MAC`.
    fn ifname(&mut self, value: &str) -> Done {
        let (name, mac) = value.split_once(':').ok_or("it is not NAME:MAC")?;
        let mac = mac.to_ascii_lowercase();
        let draft = self.of(name)?;
        let done = draft
            .set(FileKind::Link, "Match", "PermanentMACAddress", &mac)
            .and_then(|()| draft.set(FileKind::Link, "Link", "Name", name));
        done.map_err(|error| error.to_string())
    }

    /// `rd.route=NETWORK:GATEWAY[:DEVICE]`.
    fn route(&mut self, value: &str) -> Done {
        let parts = split(value);
        let part = |at: usize| parts.get(at).copied().filter(|part| !part.is_empty());
        let network = part(0).ok_or("it is not NETWORK:GATEWAY[:DEVICE]")?;
        valid(NETWORK, "Route", "Destination", network)?;
        if let Some(gateway) = part(1) {
            valid(NETWORK, "Route", "Gateway", gateway)?;
        }
        self.routes.push((
            network.to_owned(),
            part(1).map(str::to_owned),
            part(2).map(str::to_owned),
        ));
        Ok(())
    }

    /// `vlan=NAME:DEVICE`; the number is in the name.
    fn vlan(&mut self, value: &str) -> Done {
        let (name, below) = value.split_once(':').ok_or("it is not NAME:DEVICE")?;
        let digits: String = name
            .chars()
            .rev()
            .take_while(char::is_ascii_digit)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let number = digits.trim_start_matches('0');
        let number = if number.is_empty() && !digits.is_empty() {
            "0"
        } else {
            number
        };
        self.make(name, "vlan")?;
        self.of(name)?
            .set(FileKind::NetDev, "VLAN", "Id", number)
            .map_err(|_| format!("{name} does not end in the number of a VLAN"))?;
        self.add(below, "VLAN", name)
    }

    fn make(&mut self, name: &str, kind: &str) -> Done {
        let draft = self.of(name)?;
        let done = draft
            .set(FileKind::NetDev, "NetDev", "Name", name)
            .and_then(|()| draft.set(FileKind::NetDev, "NetDev", "Kind", kind));
        done.map_err(|error| error.to_string())
    }

    /// `bond=NAME[:MEMBER,...[:OPTION=VALUE,...[:MTU]]]` and `bridge=NAME:MEMBER,...`.
    fn group(&mut self, value: &str, kind: &str, key: &'static str) -> Done {
        let parts = split(value);
        let name = parts.first().copied().unwrap_or_default();
        let members = parts.get(1).copied().unwrap_or(match kind {
            "bond" => "eth0,eth1",
            _ => "eth0",
        });
        self.make(name, kind)?;
        for member in members.split(',') {
            self.set(member, "Network", key, name)?;
        }
        for option in parts.get(2).copied().unwrap_or_default().split(',') {
            self.bond_option(name, option)?;
        }
        match parts.get(3) {
            Some(mtu) => self.set(name, "Link", "MTUBytes", mtu),
            None => Ok(()),
        }
    }

    /// The options of the kernel's bonding driver, as far as dracut's users have them.
    fn bond_option(&mut self, name: &str, option: &str) -> Done {
        if option.is_empty() {
            return Ok(());
        }
        let (word, value) = option
            .split_once('=')
            .ok_or(format!("{option:?} is not OPTION=VALUE"))?;
        let (key, value) = match word {
            "mode" => ("Mode", mode(value).to_owned()),
            "miimon" => ("MIIMonitorSec", format!("{value}ms")),
            "updelay" => ("UpDelaySec", format!("{value}ms")),
            "downdelay" => ("DownDelaySec", format!("{value}ms")),
            "lacp_rate" => ("LACPTransmitRate", value.to_owned()),
            "xmit_hash_policy" => ("TransmitHashPolicy", value.to_owned()),
            "fail_over_mac" => ("FailOverMACPolicy", value.to_owned()),
            "primary" => {
                return self.set(value, "Network", "PrimarySlave", "yes");
            }
            _ => return Err(format!("{word} is not an option of bonds that is known here")),
        };
        self.of(name)?
            .set(FileKind::NetDev, "Bond", key, &value)
            .map_err(|error| error.to_string())
    }

    /// What is said of the system goes to the interfaces: servers to all, routes to theirs or to the first.
    fn finish(mut self) -> Result<Vec<Draft>, Error> {
        if self.drafts.is_empty() && (!self.servers.is_empty() || !self.routes.is_empty()) {
            // dracut takes DHCP for granted when something else is said of the network.
            self.method(ALL, "dhcp").map_err(Error::Parameter)?;
        }
        let first = self
            .drafts
            .first()
            .map(|draft| draft.name.clone())
            .unwrap_or_default();
        for (network, gateway, device) in std::mem::take(&mut self.routes) {
            let device = device.unwrap_or_else(|| first.clone());
            let mut settings = vec![("Destination", network)];
            settings.extend(gateway.map(|gateway| ("Gateway", gateway)));
            self.of(&device)
                .map_err(Error::Parameter)?
                .block("Route", settings)?;
        }
        for draft in &mut self.drafts {
            let asks = draft.value(NETWORK, "Network", "DHCP").is_some();
            for server in self.servers.iter().filter(|_| asks) {
                draft.add(NETWORK, "Network", "DNS", server)?;
            }
            if self.no_peer_dns && asks {
                draft.set(NETWORK, "DHCPv4", "UseDNS", "no")?;
                draft.set(NETWORK, "DHCPv6", "UseDNS", "no")?;
            }
            if let (Some(host), true) = (&self.hostname, asks) {
                draft.set(NETWORK, "DHCPv4", "Hostname", host)?;
            }
        }
        Ok(self.drafts)
    }
}

fn new(name: &str) -> Result<Draft, String> {
    if name != ALL {
        valid(FileKind::NetDev, "NetDev", "Name", name)?;
        return Ok(Draft::named(name));
    }
    let mut draft = Draft::new(ALL);
    draft.file = Some("90-default".to_owned());
    let done = draft
        .set(NETWORK, "Match", "Type", "ether")
        .and_then(|()| draft.set(NETWORK, "Match", "Kind", "!*"));
    done.map_err(|error| error.to_string())?;
    Ok(draft)
}

fn valid(kind: FileKind, section: &str, key: &str, value: &str) -> Done {
    kind.check(section, key, value)
        .map_err(|error| error.source.to_string())
}

fn is_method(word: &str) -> bool {
    const METHODS: [&str; 11] = [
        "dhcp",
        "on",
        "any",
        "dhcp6",
        "auto6",
        "either6",
        "link6",
        "link-local",
        "single-dhcp",
        "none",
        "off",
    ];
    METHODS.contains(&word)
}

/// Parts at colons; an IPv6 address stands in brackets.
fn split(value: &str) -> Vec<&str> {
    let mut depth = 0;
    let at_colon = |c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        c == ':' && depth == 0
    };
    value.split(at_colon).map(bare).collect()
}

fn bare(part: &str) -> &str {
    match part.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, "")) => inner,
        _ => part,
    }
}

/// The length of a prefix, which may be given as such or as a mask.
fn length(client: &str, mask: &str) -> Result<u8, String> {
    let whole = if client.contains(':') { 128 } else { 32 };
    if mask.is_empty() {
        return Ok(whole);
    }
    if let Ok(length) = mask.parse::<u8>() {
        return Ok(length);
    }
    let mask: std::net::Ipv4Addr = mask
        .parse()
        .map_err(|_| format!("{mask:?} is not a network mask"))?;
    let bits = mask.to_bits();
    match bits.leading_ones() == bits.count_ones() {
        true => Ok(u8::try_from(bits.count_ones()).unwrap_or(32)),
        false => Err(format!("{mask} is not a network mask")),
    }
}

/// The kernel takes the modes of bonds as numbers too.
fn mode(value: &str) -> &str {
    const MODES: [&str; 7] = [
        "balance-rr",
        "active-backup",
        "balance-xor",
        "broadcast",
        "802.3ad",
        "balance-tlb",
        "balance-alb",
    ];
    value
        .parse()
        .ok()
        .and_then(|number: usize| MODES.get(number).copied())
        .unwrap_or(value)
}
