//! What commands do to files beyond giving settings their values.

mod address;
mod dhcp;
mod link;
mod names;
mod system;

pub(super) use address::{
    add_address, add_route, gateway, gateways, remove_address, remove_gateway, remove_route, remove_rule,
    replace_address, source_routing,
};
pub(super) use dhcp::{
    add_dhcp_server, add_router, client_identifier, dhcp, duid, families, iaid, identifier,
    remove_dhcp_server, remove_lease, remove_router,
};
pub(super) use link::{enable_ipv6, forwarding, link, masquerade, probes, required_family};
pub(super) use names::{add_dns, add_domains, dns, domains, ntp, remove_ntp, revert_names};
pub(super) use system::{apply, apply_cmdline, apply_file, debug, hostname};

use networkd::{FileKind, Repeat};

use super::request::{Given, Request, pairs};
use crate::error::Error;
use crate::session::Session;
use crate::unit::Unit;

/// Gives the settings of the words their values.
pub(super) fn set(session: &mut Session, request: &Request) -> Result<(), Error> {
    let given = some(request)?;
    write(session, request.device()?, &given)?;
    overrule_policies(session, request.device()?, &given)
}

/// What a policy makes goes before the name and the address in the same file: systemd.link(5), Name= and MACAddress=. Who
/// gives one and no policy means it to be taken.
fn overrule_policies(session: &mut Session, interface: &str, given: &[Given]) -> Result<(), Error> {
    let is_given = |key| {
        given
            .iter()
            .any(|given| given.kind == FileKind::Link && given.key == key)
    };
    for (key, policy) in [("Name", "NamePolicy"), ("MACAddress", "MACAddressPolicy")] {
        if is_given(key) && !is_given(policy) {
            Unit::own_link(session, interface)?.remove(session, "Link", policy, |_| true)?;
        }
    }
    Ok(())
}

/// Adds a section made of the words.
pub(super) fn add(session: &mut Session, request: &Request) -> Result<(), Error> {
    let given = some(request)?;
    let Some(first) = given.first() else {
        return Ok(());
    };
    let unit = unit(session, first.kind, request.device()?)?;
    // A virtual function and a client have one section each; a rule is told from others by all it says.
    if matches!(first.section, "SR-IOV" | "DHCPServerStaticLease") {
        let same = |(key, value): &(String, String)| key == first.key && *value == first.value;
        let present = unit.blocks(session, first.section)?;
        if present.iter().any(|settings| settings.iter().any(same)) {
            let text = format!(
                "there is a [{}] with {}={} already",
                first.section, first.key, first.value
            );
            return Err(Error::Exists(text));
        }
    }
    unit.add_new_block(session, first.section, &pairs(&given))
}

/// The settings that were given, at least one.
fn some(request: &Request) -> Result<Vec<Given>, Error> {
    let given = request.settings();
    if given.is_empty() {
        let words: Vec<&str> = request
            .command
            .words
            .iter()
            .filter(|word| !word.needed)
            .map(super::table::Word::name)
            .collect();
        return Err(request.misuse(&format!("needs at least one of {}", words.join(", "))));
    }
    Ok(given)
}

/// Writes settings to an interface's files.
pub(super) fn write(session: &mut Session, interface: &str, given: &[Given]) -> Result<(), Error> {
    given.iter().try_for_each(|given| {
        let unit = unit(session, given.kind, interface)?;
        put(&unit, session, given)
    })
}

fn unit(session: &mut Session, kind: FileKind, interface: &str) -> Result<Unit, Error> {
    match kind {
        FileKind::Link => Unit::own_link(session, interface),
        _ => Unit::own(session, interface),
    }
}

/// Writes one setting.
pub(super) fn put(unit: &Unit, session: &mut Session, given: &Given) -> Result<(), Error> {
    let repeat = given
        .kind
        .key(given.section, given.key)
        .map_or(Repeat::Once, |key| key.repeat);
    match repeat {
        Repeat::Words => {
            let words: Vec<&str> = given.value.split(' ').collect();
            unit.set_words(session, given.section, given.key, &words)
        }
        _ => unit.set(session, given.section, given.key, &given.value),
    }
}
