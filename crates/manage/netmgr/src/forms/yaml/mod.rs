//! The YAML form: that of netplan(5), with the additions of Photon's network-config-manager.

mod common;
mod devices;
mod table;
mod tunnels;

use std::path::PathBuf;

use networkd::FileKind;

use super::draft::Draft;
use super::tree::{self, Entry, Node, Wrong};
use crate::error::Error;

/// All interfaces that were read so far.
#[derive(Debug, Default)]
pub(super) struct Plan {
    drafts: Vec<Draft>,
}

impl Plan {
    /// The files of an interface, made if nothing was said of it yet.
    pub(super) fn of(&mut self, name: &str) -> &mut Draft {
        let at = match self.drafts.iter().position(|draft| draft.name == name) {
            Some(at) => at,
            None => {
                self.drafts.push(Draft::named(name));
                self.drafts.len() - 1
            }
        };
        &mut self.drafts[at]
    }
}

/// Kinds of interfaces, in the order in which they are read: those that others lie upon come first.
const KINDS: [(&str, Reader); 11] = [
    ("ethernets", devices::ethernet),
    ("dummy-devices", devices::dummy),
    ("vlans", devices::vlan),
    ("macvlans", devices::macvlan),
    ("bonds", devices::bond),
    ("bridges", devices::bridge),
    ("tunnels", tunnels::tunnel),
    ("vxlans", tunnels::vxlan),
    ("wireguard", tunnels::wireguard),
    ("wireguards", tunnels::wireguard),
    ("vrfs", devices::vrf),
];

type Reader = fn(&mut Plan, &str, &Node) -> Result<(), Wrong>;

/// What netplan understands and we do not, and why.
const REFUSED: [(&str, &str); 4] = [
    (
        "wifis",
        "wireless networks need a supplicant, which is not part of this system",
    ),
    (
        "modems",
        "modems need a manager of their own, which is not part of this system",
    ),
    ("nm-devices", "they are for NetworkManager"),
    ("openvswitch", "Open vSwitch is not part of this system"),
];

/// Reads files, which together are one configuration.
pub(super) fn read(files: &[(PathBuf, String)]) -> Result<Vec<Draft>, Error> {
    let mut plan = Plan::default();
    let mut parsed = Vec::new();
    for (path, text) in files {
        let file = path.display().to_string();
        let top = tree::parse(text).map_err(|wrong| wrong.of(&file))?;
        let networks = networks(&top).map_err(|wrong| wrong.of(&file))?;
        parsed.push((file, networks));
    }
    for (kind, reader) in KINDS {
        for (file, entries) in &parsed {
            for entry in entries.iter().filter(|entry| entry.key == kind) {
                interfaces(&mut plan, entry, reader).map_err(|wrong| wrong.of(file))?;
            }
        }
    }
    Ok(plan.drafts)
}

/// What stands below `network:`.
fn networks(top: &Node) -> Result<Vec<Entry>, Wrong> {
    let mut found = Vec::new();
    for entry in top.entries("the file")? {
        if entry.key != "network" {
            return Err(unknown(entry, &["network"]));
        }
        found.extend(entry.value.entries("network")?.iter().cloned());
    }
    for entry in &found {
        check_top(entry)?;
    }
    Ok(found)
}

fn check_top(entry: &Entry) -> Result<(), Wrong> {
    if let Some((_, why)) = REFUSED.iter().find(|(name, _)| *name == entry.key) {
        return Err(Wrong::new(entry.line, &entry.key, *why));
    }
    match entry.key.as_str() {
        "version" if entry.value.text("version")? != "2" => Err(Wrong::new(
            entry.value.line,
            "version",
            "only version 2 is understood",
        )),
        "renderer" if entry.value.text("renderer")? != "networkd" => Err(Wrong::new(
            entry.value.line,
            "renderer",
            "only networkd is understood",
        )),
        "version" | "renderer" => Ok(()),
        key if KINDS.iter().any(|(kind, _)| *kind == key) => Ok(()),
        _ => {
            let mut known: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
            known.extend(["version", "renderer"]);
            Err(unknown(entry, &known))
        }
    }
}

fn interfaces(plan: &mut Plan, kind: &Entry, reader: Reader) -> Result<(), Wrong> {
    for entry in kind.value.entries(&kind.key)? {
        let valid = FileKind::NetDev.check("NetDev", "Name", &entry.key);
        match (valid, kind.key.as_str()) {
            // What is found by its match may be called anything that can be the name of a file.
            (Err(_), "ethernets") if is_label(&entry.key) => {}
            (Err(error), _) => return Err(Wrong::new(entry.line, &entry.key, error.source.to_string())),
            (Ok(()), _) => {}
        }
        reader(plan, &entry.key, &entry.value)?;
    }
    Ok(())
}

/// Letters, digits and a few signs: no slash, so that it is no way out of the folder.
fn is_label(text: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:@".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(is_good)
}

/// A key that means nothing here.
pub(super) fn unknown(entry: &Entry, known: &[&str]) -> Wrong {
    let mut known = known.to_vec();
    known.sort_unstable();
    known.dedup();
    let text = format!("there is no such key here; there are {}", known.join(", "));
    Wrong::new(entry.line, &entry.key, text)
}

/// Ties what a setting says to the line it comes from.
pub(super) fn at(line: usize, key: &str) -> impl Fn(Error) -> Wrong + '_ {
    move |error| Wrong::new(line, key, error.to_string())
}
