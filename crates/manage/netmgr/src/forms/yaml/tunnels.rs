//! Tunnels.

use networkd::FileKind;

use super::super::draft::Draft;
use super::super::tree::{Entry, Node, Value, Wrong};
use super::common::{known, names, setting};
use super::devices::{lies_upon, made, make};
use super::table::{self, Row};
use super::{Plan, at, unknown};

const NETDEV: FileKind = FileKind::NetDev;

/// What `mode` says, what networkd calls it, and in which section the mode of an IPv6 tunnel stands.
const MODES: [(&str, &str, Option<&str>); 11] = [
    ("ipip", "ipip", None),
    ("sit", "sit", None),
    ("gre", "gre", None),
    ("gretap", "gretap", None),
    ("vti", "vti", None),
    ("vti6", "vti6", None),
    ("ip6gre", "ip6gre", None),
    ("ip6gretap", "ip6gretap", None),
    ("ipip6", "ip6tnl", Some("ipip6")),
    ("ip6ip6", "ip6tnl", Some("ip6ip6")),
    ("isatap", "sit", None),
];

/// A tunnel of the kind that its mode says.
pub(super) fn tunnel(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    let entries = node.entries(name)?;
    let mode = entries.iter().find(|entry| entry.key == "mode");
    let mode = mode.ok_or_else(|| Wrong::new(node.line, name, "it needs mode"))?;
    match mode.value.text("mode")? {
        "wireguard" => wireguard(plan, name, node),
        "vxlan" => vxlan(plan, name, node),
        word => match MODES.iter().find(|(known, ..)| *known == word) {
            Some((_, kind, inner)) => point_to_point(plan, name, node, kind, *inner, word),
            None => {
                let known: Vec<&str> = MODES.iter().map(|(known, ..)| *known).collect();
                let text = format!("{word:?} is not one of {}, vxlan, wireguard", known.join(", "));
                Err(Wrong::new(mode.value.line, "mode", text))
            }
        },
    }
}

fn point_to_point(
    plan: &mut Plan,
    name: &str,
    node: &Node,
    kind: &str,
    inner: Option<&str>,
    word: &str,
) -> Result<(), Wrong> {
    let draft = make(plan, name, kind, node.line)?;
    let wrong = at(node.line, name);
    if let Some(inner) = inner {
        draft.set(NETDEV, "Tunnel", "Mode", inner).map_err(&wrong)?;
    }
    if word == "isatap" {
        draft.set(NETDEV, "Tunnel", "ISATAP", "yes").map_err(&wrong)?;
    }
    for entry in node.entries(name)? {
        match entry.key.as_str() {
            "mode" | "link" => {}
            "key" | "keys" => keys(draft, entry)?,
            _ if made(draft, table::TUNNEL, entry)? => {}
            _ => return Err(stranger(entry, table::TUNNEL, &["mode", "link", "key", "keys"])),
        }
    }
    if draft.value(NETDEV, "Tunnel", "Remote").is_none() {
        return Err(Wrong::new(node.line, name, "it needs remote"));
    }
    stand(plan, name, node, "Tunnel", "Tunnel")
}

fn stranger(entry: &Entry, rows: &[Row], more: &[&'static str]) -> Wrong {
    let mut own = names(rows);
    own.extend(more);
    own.extend(["mtu", "macaddress"]);
    unknown(entry, &known(&own))
}

/// Keys that tell one tunnel between the same hosts from another.
fn keys(draft: &mut Draft, entry: &Entry) -> Result<(), Wrong> {
    if let Value::Text(key) = &entry.value.value {
        return draft
            .set(NETDEV, "Tunnel", "Key", key)
            .map_err(at(entry.value.line, &entry.key));
    }
    for part in entry.value.entries(&entry.key)? {
        let key = match part.key.as_str() {
            "input" => "InputKey",
            "output" => "OutputKey",
            _ => return Err(unknown(part, &["input", "output"])),
        };
        draft
            .set(NETDEV, "Tunnel", key, part.value.text(&part.key)?)
            .map_err(at(part.value.line, &part.key))?;
    }
    Ok(())
}

/// Upon the interface that `link` names, or upon none.
fn stand(
    plan: &mut Plan,
    name: &str,
    node: &Node,
    section: &'static str,
    reference: &'static str,
) -> Result<(), Wrong> {
    match node.entries(name)?.iter().find(|entry| entry.key == "link") {
        Some(link) => lies_upon(plan, link, reference, name),
        None => plan
            .of(name)
            .set(NETDEV, section, "Independent", "yes")
            .map_err(at(node.line, name)),
    }
}

pub(super) fn vxlan(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    let draft = make(plan, name, "vxlan", node.line)?;
    for entry in node.entries(name)? {
        let known = matches!(entry.key.as_str(), "mode" | "link");
        if !known && !made(draft, table::VXLAN, entry)? {
            return Err(stranger(entry, table::VXLAN, &["mode", "link"]));
        }
    }
    if draft.value(NETDEV, "VXLAN", "VNI").is_none() {
        return Err(Wrong::new(node.line, name, "it needs id"));
    }
    stand(plan, name, node, "VXLAN", "VXLAN")
}

/// Keys stand in files of their own, which only root and networkd may read.
pub(super) fn wireguard(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    let draft = make(plan, name, "wireguard", node.line)?;
    for entry in node.entries(name)? {
        match entry.key.as_str() {
            "mode" | "peers" => {}
            "key" | "private-key" | "private-key-file" => private_key(draft, name, entry)?,
            "keys" => {
                for part in entry.value.entries("keys")? {
                    match part.key.as_str() {
                        "private" => private_key(draft, name, part)?,
                        _ => return Err(unknown(part, &["private"])),
                    }
                }
            }
            _ if made(draft, table::WIREGUARD, entry)? => {}
            _ => {
                return Err(stranger(
                    entry,
                    table::WIREGUARD,
                    &["mode", "key", "keys", "peers"],
                ));
            }
        }
    }
    if draft.value(NETDEV, "WireGuard", "PrivateKeyFile").is_none() {
        return Err(Wrong::new(node.line, name, "it needs key"));
    }
    for entry in node.entries(name)?.iter().filter(|entry| entry.key == "peers") {
        for (number, item) in entry.value.items().into_iter().enumerate() {
            peer(draft, &format!("{name}-peer{}", number + 1), item)?;
        }
    }
    Ok(())
}

fn private_key(draft: &mut Draft, name: &str, entry: &Entry) -> Result<(), Wrong> {
    let path = file_of(draft, name, entry)?;
    draft
        .set(NETDEV, "WireGuard", "PrivateKeyFile", &path)
        .map_err(at(entry.value.line, &entry.key))
}

/// The file that a key is in: the one that is named, or one that is made for it.
fn file_of(draft: &mut Draft, name: &str, entry: &Entry) -> Result<String, Wrong> {
    let key = entry.value.text(&entry.key)?;
    if key.starts_with('/') {
        return Ok(key.to_owned());
    }
    match NETDEV.check("WireGuard", "PrivateKey", key) {
        Ok(()) => Ok(draft.key_file(name, key)),
        // The key is not repeated in the message, which may end up in a log.
        Err(_) => Err(Wrong::new(
            entry.value.line,
            &entry.key,
            "it is not 32 bytes in base64, or the path of a file with them",
        )),
    }
}

const PEER: &[Row] = &[
    ("endpoint", table::Turn::Plain, "WireGuardPeer", "Endpoint"),
    (
        "keepalive",
        table::Turn::Plain,
        "WireGuardPeer",
        "PersistentKeepalive",
    ),
];

fn peer(draft: &mut Draft, name: &str, item: &Node) -> Result<(), Wrong> {
    let mut side = Draft::new(name);
    for entry in item.entries("peers")? {
        match entry.key.as_str() {
            "keys" => {
                for part in entry.value.entries("keys")? {
                    peer_key(draft, &mut side, name, part)?;
                }
            }
            "allowed-ips" => {
                let networks = entry.value.texts("allowed-ips")?.join(",");
                side.set(NETDEV, "WireGuardPeer", "AllowedIPs", &networks)
                    .map_err(at(entry.value.line, "allowed-ips"))?;
            }
            _ if setting(&mut side, NETDEV, PEER, entry)? => {}
            _ => return Err(unknown(entry, &["keys", "allowed-ips", "endpoint", "keepalive"])),
        }
    }
    if side.value(NETDEV, "WireGuardPeer", "PublicKey").is_none() {
        return Err(Wrong::new(item.line, "peers", "each needs keys: public"));
    }
    draft.take_peer(side);
    Ok(())
}

fn peer_key(draft: &mut Draft, side: &mut Draft, name: &str, part: &Entry) -> Result<(), Wrong> {
    let wrong = at(part.value.line, &part.key);
    match part.key.as_str() {
        "public" => side
            .set(NETDEV, "WireGuardPeer", "PublicKey", part.value.text("public")?)
            .map_err(wrong),
        "shared" => {
            let path = file_of(draft, name, part)?;
            side.set(NETDEV, "WireGuardPeer", "PresharedKeyFile", &path)
                .map_err(wrong)
        }
        _ => Err(unknown(part, &["public", "shared"])),
    }
}
