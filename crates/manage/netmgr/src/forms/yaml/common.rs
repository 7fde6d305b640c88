//! What all interfaces understand.

use networkd::FileKind;

use super::super::draft::{Draft, Settings};
use super::super::tree::{Entry, Node, Value, Wrong};
use super::table::{self, Row, Turn};
use super::{at, unknown};
use crate::objects::link;

/// Takes a key that is a setting; whether it was one.
pub(super) fn setting(draft: &mut Draft, kind: FileKind, rows: &[Row], entry: &Entry) -> Result<bool, Wrong> {
    let Some((_, turn, section, key)) = rows.iter().find(|row| row.0 == entry.key) else {
        return Ok(false);
    };
    let wrong = at(entry.value.line, &entry.key);
    if *turn == Turn::Lines {
        for value in entry.value.texts(&entry.key)? {
            draft.add(kind, section, key, value).map_err(&wrong)?;
        }
        return Ok(true);
    }
    let value = turned(*turn, &entry.key, &entry.value)?;
    draft.set(kind, section, key, &value).map_err(&wrong)?;
    if *key == "IPForward" {
        for (key, value) in link::forwarding(&value) {
            value
                .map_or(Ok(()), |value| draft.set(kind, section, key, value))
                .map_err(&wrong)?;
        }
    }
    Ok(true)
}

/// Takes a map of which every key is a setting.
pub(super) fn settings(draft: &mut Draft, kind: FileKind, rows: &[Row], map: &Entry) -> Result<(), Wrong> {
    for entry in map.value.entries(&map.key)? {
        if !setting(draft, kind, rows, entry)? {
            return Err(unknown(entry, &names(rows)));
        }
    }
    Ok(())
}

pub(super) fn names(rows: &[Row]) -> Vec<&'static str> {
    rows.iter().map(|row| row.0).collect()
}

fn turned(turn: Turn, key: &str, value: &Node) -> Result<String, Wrong> {
    let truth = |on| if on { "yes" } else { "no" }.to_owned();
    Ok(match turn {
        Turn::Plain | Turn::Lines => value.text(key)?.to_owned(),
        Turn::Truth => truth(value.truth(key)?),
        Turn::TruthOr => match value.truth(key) {
            Ok(on) => truth(on),
            Err(_) => value.text(key)?.to_owned(),
        },
        Turn::Words => value.texts(key)?.join(" "),
        Turn::Milliseconds => match value.text(key)? {
            number if number.bytes().all(|b| b.is_ascii_digit()) => format!("{number}ms"),
            text => text.to_owned(),
        },
    })
}

/// Takes a key that every interface understands; whether it was one.
pub(super) fn common(draft: &mut Draft, entry: &Entry) -> Result<bool, Wrong> {
    let kind = FileKind::Network;
    if setting(draft, kind, table::COMMON, entry)? {
        return Ok(true);
    }
    match entry.key.as_str() {
        "dhcp4" | "dhcp6" | "dhcp" => dhcp(draft, entry)?,
        "optional" => {
            let needed = if entry.value.truth("optional")? {
                "no"
            } else {
                "yes"
            };
            draft
                .set(kind, "Link", "RequiredForOnline", needed)
                .map_err(at(entry.line, "optional"))?;
        }
        "activation-mode" => {
            let policy = match entry.value.text("activation-mode")? {
                "off" => "always-down",
                other => other,
            };
            let wrong = at(entry.value.line, &entry.key);
            draft
                .set(kind, "Link", "ActivationPolicy", policy)
                .map_err(&wrong)?;
            // Nobody waits at boot for what somebody brings up later.
            let waits = !matches!(policy, "manual" | "always-down" | "down");
            if !waits && draft.value(kind, "Link", "RequiredForOnline").is_none() {
                draft
                    .set(kind, "Link", "RequiredForOnline", "no")
                    .map_err(wrong)?;
            }
        }
        "link-local" => link_local(draft, entry)?,
        "addresses" => entry
            .value
            .items()
            .into_iter()
            .try_for_each(|item| address(draft, item))?,
        "nameservers" => settings(draft, kind, table::NAMESERVERS, entry)?,
        "dhcp4-overrides" => settings(draft, kind, table::DHCP4, entry)?,
        "dhcp6-overrides" => settings(draft, kind, table::DHCP6, entry)?,
        "ra-overrides" => settings(draft, kind, table::RA, entry)?,
        "dhcp4-server" => server(draft, entry)?,
        "routes" => blocks(draft, "Route", table::ROUTE, entry, route)?,
        "routing-policy" => blocks(draft, "RoutingPolicyRule", table::RULE, entry, Ok)?,
        "sriovs" | "sriov-vfs" => blocks(draft, "SR-IOV", table::SR_IOV, entry, Ok)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// The keys of [`common`] that are not in a table.
const SPECIAL: [&str; 15] = [
    "dhcp4",
    "dhcp6",
    "dhcp",
    "optional",
    "activation-mode",
    "link-local",
    "addresses",
    "nameservers",
    "dhcp4-overrides",
    "dhcp6-overrides",
    "ra-overrides",
    "dhcp4-server",
    "routes",
    "routing-policy",
    "sriovs",
];

/// The keys that every interface understands, and some more.
pub(super) fn known(more: &[&'static str]) -> Vec<&'static str> {
    let mut known = names(table::COMMON);
    known.extend(SPECIAL);
    known.extend(more);
    known
}

/// `dhcp4` and `dhcp6` are one setting.
fn dhcp(draft: &mut Draft, entry: &Entry) -> Result<(), Wrong> {
    let old = draft
        .value(FileKind::Network, "Network", "DHCP")
        .unwrap_or("no")
        .to_owned();
    let (mut v4, mut v6) = (matches!(&*old, "yes" | "ipv4"), matches!(&*old, "yes" | "ipv6"));
    match (entry.key.as_str(), entry.value.text(&entry.key)?) {
        ("dhcp", word @ ("ipv4" | "ipv6")) => (v4, v6) = (word == "ipv4", word == "ipv6"),
        ("dhcp", _) => {
            v4 = entry.value.truth("dhcp")?;
            v6 = v4;
        }
        ("dhcp4", _) => v4 = entry.value.truth("dhcp4")?,
        _ => v6 = entry.value.truth("dhcp6")?,
    }
    let value = match (v4, v6) {
        (true, true) => "yes",
        (true, false) => "ipv4",
        (false, true) => "ipv6",
        (false, false) => "no",
    };
    draft
        .set(FileKind::Network, "Network", "DHCP", value)
        .map_err(at(entry.value.line, &entry.key))
}

fn link_local(draft: &mut Draft, entry: &Entry) -> Result<(), Wrong> {
    let words = entry.value.texts("link-local")?;
    let has = |word: &str| words.contains(&word);
    let value = match (has("ipv4"), has("ipv6")) {
        (true, true) => "yes",
        (true, false) => "ipv4",
        (false, true) => "ipv6",
        (false, false) => match words.as_slice() {
            [] => "no",
            [word] => word,
            _ => {
                let text = "it is a list of ipv4 and ipv6";
                return Err(Wrong::new(entry.value.line, "link-local", text));
            }
        },
    };
    draft
        .set(FileKind::Network, "Network", "LinkLocalAddressing", value)
        .map_err(at(entry.value.line, "link-local"))
}

/// An address alone, or with settings of its own.
fn address(draft: &mut Draft, item: &Node) -> Result<(), Wrong> {
    let Value::Map(entries) = &item.value else {
        let value = item.text("addresses")?;
        return draft
            .add(FileKind::Network, "Network", "Address", value)
            .map_err(at(item.line, "addresses"));
    };
    for entry in entries {
        let mut settings: Settings = vec![("Address", entry.key.clone())];
        for option in entry.value.entries(&entry.key)? {
            let value = option.value.text(&option.key)?.to_owned();
            match option.key.as_str() {
                "label" => settings.push(("Label", value)),
                "lifetime" => settings.push(("PreferredLifetime", value)),
                "peer" => settings.push(("Peer", value)),
                _ => return Err(unknown(option, &["label", "lifetime", "peer"])),
            }
        }
        draft
            .block("Address", settings)
            .map_err(at(entry.line, &entry.key))?;
    }
    Ok(())
}

/// A list of which every item is a section.
pub(super) fn blocks(
    draft: &mut Draft,
    section: &'static str,
    rows: &[Row],
    list: &Entry,
    finish: impl Fn(Settings) -> Result<Settings, String>,
) -> Result<(), Wrong> {
    for item in list.value.items() {
        let mut found = Settings::new();
        for entry in item.entries(&list.key)? {
            let Some((_, turn, _, key)) = rows.iter().find(|row| row.0 == entry.key) else {
                return Err(unknown(entry, &names(rows)));
            };
            let value = turned(*turn, &entry.key, &entry.value)?;
            let value = value_of(key, value);
            if let Err(error) = FileKind::Network.check(section, key, &value) {
                return Err(Wrong::new(entry.value.line, &entry.key, error.to_string()));
            }
            found.push((key, value));
        }
        let found = finish(found).map_err(|text| Wrong::new(item.line, &list.key, text))?;
        draft.block(section, found).map_err(at(item.line, &list.key))?;
    }
    Ok(())
}

/// The words of netplan that networkd has in another way.
fn value_of(key: &str, value: String) -> String {
    match (key, value.as_str()) {
        ("Destination", "default") => "0.0.0.0/0".to_owned(),
        // Examples have leases with a mask, which a lease has not.
        ("Address", lease) => lease.split('/').next().unwrap_or_default().to_owned(),
        _ => value,
    }
}

/// `to: default` is of the family of the gateway; networkd takes a route without a destination for that.
fn route(mut settings: Settings) -> Result<Settings, String> {
    let value = |wanted: &str| {
        settings
            .iter()
            .find(|(key, _)| *key == wanted)
            .map(|(_, v)| v.clone())
    };
    let (destination, gateway) = (value("Destination"), value("Gateway"));
    let kind = value("Type").unwrap_or_default();
    if destination.is_none() {
        return Err("a route needs to".to_owned());
    }
    let bare = matches!(kind.as_str(), "blackhole" | "unreachable" | "prohibit" | "throw");
    if gateway.is_none() && value("Scope").is_none() && !bare {
        return Err("a route needs via, or scope link or host".to_owned());
    }
    if destination.as_deref() == Some("0.0.0.0/0") && gateway.is_some_and(|via| via.contains(':')) {
        for (key, value) in &mut settings {
            if *key == "Destination" {
                *value = "::/0".to_owned();
            }
        }
    }
    Ok(settings)
}

/// A DHCPv4 server; to describe one is to want it.
fn server(draft: &mut Draft, map: &Entry) -> Result<(), Wrong> {
    let kind = FileKind::Network;
    if draft.value(kind, "Network", "DHCPServer").is_none() {
        draft
            .set(kind, "Network", "DHCPServer", "yes")
            .map_err(at(map.line, &map.key))?;
    }
    for entry in map.value.entries(&map.key)? {
        if entry.key == "static-leases" {
            blocks(draft, "DHCPServerStaticLease", table::LEASE, entry, lease)?;
        } else if !setting(draft, kind, table::SERVER, entry)? {
            let mut known = names(table::SERVER);
            known.push("static-leases");
            return Err(unknown(entry, &known));
        }
    }
    Ok(())
}

fn lease(settings: Settings) -> Result<Settings, String> {
    match settings.len() {
        2 => Ok(settings),
        _ => Err("a lease needs macaddress and address".to_owned()),
    }
}
