//! Interfaces that carry Ethernet frames.

use networkd::FileKind;

use super::super::tree::{Entry, Node, Wrong};
use super::common::{common, known, names, setting};
use super::table::{self, Row};
use super::{Plan, at, unknown};

const NETWORK: FileKind = FileKind::Network;

/// A card that is there, found by its name, address or driver.
pub(super) fn ethernet(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    let entries = node.entries(name)?;
    let find = |key: &str| entries.iter().find(|entry| entry.key == key);
    if find("match").is_some() {
        plan.drafts.push(super::Draft::new(name));
        plan.drafts.rotate_right(1);
    }
    if let (Some(entry), None) = (find("set-name"), find("match")) {
        let text = "it needs match, which says of which interface";
        return Err(Wrong::new(entry.line, "set-name", text));
    }
    let draft = plan.of(name);
    for entry in entries {
        match entry.key.as_str() {
            "match" => matches(draft, entry, find("set-name"))?,
            "set-name" => {}
            "mtu" => set(draft, entry, "Link", "MTUBytes")?,
            "macaddress" => set(draft, entry, "Link", "MACAddress")?,
            "link" => {
                for option in entry.value.entries("link")? {
                    if !hardware(draft, option)? {
                        return Err(unknown(option, &["the settings of systemd.link(5) with hyphens"]));
                    }
                }
            }
            _ if common(draft, entry)? || hardware(draft, entry)? => {}
            _ => {
                return Err(unknown(
                    entry,
                    &known(&["match", "set-name", "mtu", "macaddress", "link"]),
                ));
            }
        }
    }
    finish_link(draft, name, find("set-name"))
}

fn set(
    draft: &mut super::Draft,
    entry: &Entry,
    section: &'static str,
    key: &'static str,
) -> Result<(), Wrong> {
    draft
        .set(NETWORK, section, key, entry.value.text(&entry.key)?)
        .map_err(at(entry.value.line, &entry.key))
}

/// Which interface it is. One that is to be renamed has its new name when networkd looks at it.
fn matches(draft: &mut super::Draft, map: &Entry, renamed: Option<&Entry>) -> Result<(), Wrong> {
    for entry in map.value.entries("match")? {
        let words = entry.value.texts(&entry.key)?.join(" ");
        let (network, link) = match entry.key.as_str() {
            "name" => ("Name", "OriginalName"),
            "macaddress" => ("PermanentMACAddress", "PermanentMACAddress"),
            "driver" => ("Driver", "Driver"),
            _ => return Err(unknown(entry, &["name", "macaddress", "driver"])),
        };
        let wrong = at(entry.value.line, &entry.key);
        if renamed.is_none() || network != "Name" {
            draft.set(NETWORK, "Match", network, &words).map_err(&wrong)?;
        }
        if renamed.is_some() {
            draft.set(FileKind::Link, "Match", link, &words).map_err(wrong)?;
        }
    }
    if let Some(entry) = renamed {
        let name = entry.value.text("set-name")?;
        let wrong = at(entry.value.line, "set-name");
        draft.set(NETWORK, "Match", "Name", name).map_err(&wrong)?;
        draft.set(FileKind::Link, "Link", "Name", name).map_err(wrong)?;
    }
    Ok(())
}

/// A setting of the `.link` file: its name with hyphens, or without.
fn hardware(draft: &mut super::Draft, entry: &Entry) -> Result<bool, Wrong> {
    let plain = entry.key.replace('-', "").to_ascii_lowercase();
    let section = FileKind::Link.section("Link");
    let Some(key) = section.and_then(|section| {
        let mut keys = section.keys.iter();
        keys.find(|key| key.name.replace('-', "").to_ascii_lowercase() == plain)
    }) else {
        return Ok(false);
    };
    let value = match (entry.value.truth(&entry.key), key.name) {
        // netplan has a switch for the one packet that all cards understand.
        (Ok(on), "WakeOnLan") => if on { "magic" } else { "off" }.to_owned(),
        (Ok(on), _) if matches!(key.kind, networkd::Kind::Bool) => if on { "yes" } else { "no" }.to_owned(),
        _ => entry.value.texts(&entry.key)?.join(" "),
    };
    draft
        .set(FileKind::Link, "Link", key.name, &value)
        .map_err(at(entry.value.line, &entry.key))?;
    Ok(true)
}

/// udev takes one `.link` file only: the policies of 99-default.link would be missing.
fn finish_link(draft: &mut super::Draft, name: &str, renamed: Option<&Entry>) -> Result<(), Wrong> {
    if draft.files().iter().all(|(suffix, _)| *suffix != "link") {
        return Ok(());
    }
    let wrong = at(0, name);
    let has_match = ["OriginalName", "PermanentMACAddress", "Driver"]
        .iter()
        .any(|key| draft.value(FileKind::Link, "Match", key).is_some());
    if !has_match {
        for (key, own) in [
            ("Name", "OriginalName"),
            ("PermanentMACAddress", "PermanentMACAddress"),
            ("Driver", "Driver"),
        ] {
            if let Some(value) = draft.value(NETWORK, "Match", key).map(str::to_owned) {
                draft.set(FileKind::Link, "Match", own, &value).map_err(&wrong)?;
            }
        }
    }
    let has_name = ["Name", "NamePolicy"]
        .iter()
        .any(|key| draft.value(FileKind::Link, "Link", key).is_some());
    if renamed.is_none() && !has_name {
        let policy = "keep kernel database onboard slot path";
        draft
            .set(FileKind::Link, "Link", "NamePolicy", policy)
            .map_err(wrong)?;
    }
    Ok(())
}

/// Begins an interface that is to be made.
pub(super) fn make<'a>(
    plan: &'a mut Plan,
    name: &str,
    kind: &str,
    line: usize,
) -> Result<&'a mut super::Draft, Wrong> {
    let draft = plan.of(name);
    if draft.value(FileKind::NetDev, "NetDev", "Kind").is_some() {
        return Err(Wrong::new(line, name, "it is there twice"));
    }
    let wrong = at(line, name);
    draft
        .set(FileKind::NetDev, "NetDev", "Name", name)
        .map_err(&wrong)?;
    draft
        .set(FileKind::NetDev, "NetDev", "Kind", kind)
        .map_err(&wrong)?;
    Ok(draft)
}

/// Takes what every interface that is made understands; whether it was that.
pub(super) fn made(draft: &mut super::Draft, rows: &[Row], entry: &Entry) -> Result<bool, Wrong> {
    match entry.key.as_str() {
        "mtu" => set(draft, entry, "Link", "MTUBytes")?,
        "macaddress" => {
            let address = entry.value.text("macaddress")?;
            draft
                .set(FileKind::NetDev, "NetDev", "MACAddress", address)
                .map_err(at(entry.value.line, "macaddress"))?;
        }
        _ => return Ok(setting(draft, FileKind::NetDev, rows, entry)? || common(draft, entry)?),
    }
    Ok(true)
}

fn needs<'a>(entries: &'a [Entry], name: &str, line: usize, key: &str) -> Result<&'a Entry, Wrong> {
    entries
        .iter()
        .find(|entry| entry.key == key)
        .ok_or_else(|| Wrong::new(line, name, format!("it needs {key}")))
}

/// Names an interface in the file of the one below it.
pub(super) fn lies_upon(plan: &mut Plan, entry: &Entry, key: &'static str, name: &str) -> Result<(), Wrong> {
    let below = entry.value.text(&entry.key)?;
    plan.of(below)
        .add(NETWORK, "Network", key, name)
        .map_err(at(entry.value.line, &entry.key))
}

pub(super) fn dummy(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    let draft = make(plan, name, "dummy", node.line)?;
    for entry in node.entries(name)? {
        if !made(draft, &[], entry)? {
            return Err(unknown(entry, &known(&["mtu", "macaddress"])));
        }
    }
    Ok(())
}

pub(super) fn vlan(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    upon(plan, name, node, "vlan", table::VLAN, "id", "VLAN")
}

pub(super) fn macvlan(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    upon(plan, name, node, "macvlan", table::MACVLAN, "mode", "MACVLAN")
}

/// An interface upon another.
fn upon(
    plan: &mut Plan,
    name: &str,
    node: &Node,
    kind: &str,
    rows: &[Row],
    needed: &str,
    reference: &'static str,
) -> Result<(), Wrong> {
    let entries = node.entries(name)?;
    needs(entries, name, node.line, needed)?;
    let link = needs(entries, name, node.line, "link")?;
    let draft = make(plan, name, kind, node.line)?;
    for entry in entries {
        if entry.key != "link" && !made(draft, rows, entry)? {
            let mut own = names(rows);
            own.extend(["link", "mtu", "macaddress"]);
            return Err(unknown(entry, &known(&own)));
        }
    }
    lies_upon(plan, link, reference, name)
}

pub(super) fn bond(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    group(plan, name, node, "bond", &[])?;
    for entry in node
        .entries(name)?
        .iter()
        .filter(|entry| entry.key == "parameters")
    {
        for option in entry.value.entries("parameters")? {
            if option.key == "primary" {
                plan.of(option.value.text("primary")?)
                    .set(NETWORK, "Network", "PrimarySlave", "yes")
                    .map_err(at(option.value.line, "primary"))?;
            } else if !setting(plan.of(name), FileKind::NetDev, table::BOND, option)? {
                let mut own = names(table::BOND);
                own.push("primary");
                return Err(unknown(option, &own));
            }
        }
    }
    join(plan, name, node, "Bond")
}

pub(super) fn bridge(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    group(plan, name, node, "bridge", &[])?;
    // netplan's bridges do spanning tree unless they are told not to.
    plan.of(name)
        .set(FileKind::NetDev, "Bridge", "STP", "yes")
        .map_err(at(node.line, name))?;
    for entry in node
        .entries(name)?
        .iter()
        .filter(|entry| entry.key == "parameters")
    {
        for option in entry.value.entries("parameters")? {
            match option.key.as_str() {
                "path-cost" => ports(plan, option, "Cost")?,
                "port-priority" => ports(plan, option, "Priority")?,
                _ if setting(plan.of(name), FileKind::NetDev, table::BRIDGE, option)? => {}
                _ => {
                    let mut own = names(table::BRIDGE);
                    own.extend(["path-cost", "port-priority"]);
                    return Err(unknown(option, &own));
                }
            }
        }
    }
    join(plan, name, node, "Bridge")
}

/// A number for each member: a setting in its own file.
fn ports(plan: &mut Plan, map: &Entry, key: &'static str) -> Result<(), Wrong> {
    for entry in map.value.entries(&map.key)? {
        let number = entry.value.text(&entry.key)?;
        if number.parse::<u16>().is_err() {
            let text = format!("{number:?} is not a number from 0 to 65535");
            return Err(Wrong::new(entry.value.line, &entry.key, text));
        }
        plan.of(&entry.key)
            .set(NETWORK, "Bridge", key, number)
            .map_err(at(entry.value.line, &entry.key))?;
    }
    Ok(())
}

pub(super) fn vrf(plan: &mut Plan, name: &str, node: &Node) -> Result<(), Wrong> {
    needs(node.entries(name)?, name, node.line, "table")?;
    group(plan, name, node, "vrf", table::VRF)?;
    let table = plan
        .of(name)
        .value(FileKind::NetDev, "VRF", "Table")
        .map(str::to_owned);
    plan.of(name).fill_tables(table.as_deref().unwrap_or_default());
    join(plan, name, node, "VRF")
}

/// An interface that has members.
fn group(plan: &mut Plan, name: &str, node: &Node, kind: &str, rows: &[Row]) -> Result<(), Wrong> {
    let draft = make(plan, name, kind, node.line)?;
    for entry in node.entries(name)? {
        let later =
            matches!(entry.key.as_str(), "interfaces") || (entry.key == "parameters" && kind != "vrf");
        if !later && !made(draft, rows, entry)? {
            let mut own = names(rows);
            own.extend(["interfaces", "parameters", "mtu", "macaddress"]);
            return Err(unknown(entry, &known(&own)));
        }
    }
    Ok(())
}

/// Names a group in the files of its members. Each has one.
fn join(plan: &mut Plan, name: &str, node: &Node, key: &'static str) -> Result<(), Wrong> {
    for entry in node
        .entries(name)?
        .iter()
        .filter(|entry| entry.key == "interfaces")
    {
        for item in entry.value.items() {
            let member = plan.of(item.text("interfaces")?);
            for other in ["Bond", "Bridge", "VRF"] {
                if let Some(master) = member.value(NETWORK, "Network", other) {
                    let text = format!("{} is in {master} already", member.name);
                    return Err(Wrong::new(item.line, "interfaces", text));
                }
            }
            member
                .set(NETWORK, "Network", key, name)
                .map_err(at(item.line, "interfaces"))?;
        }
    }
    Ok(())
}
