//! DNS servers and domains, of an interface or of the system, for which the name is NULL.

use std::ffi::c_char;

use netmgr::Error;
use netmgr::objects::dns;

use crate::answer::{answer, borrowed, change, look};
use crate::memory::{optional, out, out_pointer, put_texts, text, texts};
use crate::types::*;

/// Sets the servers, and whether those of a DHCP server are used too.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_dns_servers(
    pszInterfaceName: *const c_char,
    mode: NET_DNS_MODE,
    count: usize,
    ppszDnsServers: *const *const c_char,
) -> u32 {
    answer(|| {
        let (name, servers) = (optional(pszInterfaceName)?, texts(count, ppszDnsServers)?);
        let mode = match mode {
            STATIC_DNS => dns::Mode::Static,
            DHCP_DNS => dns::Mode::Dhcp,
            other => return Err(Error::Mode(format!("{other} is no mode of DNS servers"))),
        };
        change(|session| dns::set_servers(session, name.as_deref(), mode, &borrowed(&servers)))
    })
}

/// Adds a server.
#[unsafe(no_mangle)]
pub extern "C" fn nm_add_dns_server(pszInterfaceName: *const c_char, pszDnsServer: *const c_char) -> u32 {
    one(pszInterfaceName, pszDnsServer, |session, name, server| {
        dns::add_servers(session, name, &[server])
    })
}

/// Removes a server.
#[unsafe(no_mangle)]
pub extern "C" fn nm_delete_dns_server(pszInterfaceName: *const c_char, pszDnsServer: *const c_char) -> u32 {
    one(pszInterfaceName, pszDnsServer, |session, name, server| {
        dns::delete_servers(session, name, &[server])
    })
}

/// The servers, and whether those of a DHCP server are used too.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_dns_servers(
    pszInterfaceName: *const c_char,
    pMode: *mut NET_DNS_MODE,
    pCount: *mut usize,
    pppszDnsServers: *mut *mut *mut c_char,
) -> u32 {
    answer(|| {
        let (mode, count) = (out(pMode, DNS_MODE_UNKNOWN)?, out(pCount, 0)?);
        let list = out_pointer(pppszDnsServers)?;
        let name = optional(pszInterfaceName)?;
        let found = look(|session| dns::servers(session, name.as_deref()))?;
        put_texts(&count, &list, &found.servers)?;
        mode.put(match found.mode {
            dns::Mode::Static => STATIC_DNS,
            dns::Mode::Dhcp => DHCP_DNS,
        });
        Ok(())
    })
}

/// Sets the domains.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_dns_domains(
    pszInterfaceName: *const c_char,
    count: usize,
    ppszDnsDomains: *const *const c_char,
) -> u32 {
    answer(|| {
        let (name, domains) = (optional(pszInterfaceName)?, texts(count, ppszDnsDomains)?);
        change(|session| dns::set_domains(session, name.as_deref(), &borrowed(&domains)))
    })
}

/// Adds a domain.
#[unsafe(no_mangle)]
pub extern "C" fn nm_add_dns_domain(pszInterfaceName: *const c_char, pszDnsDomain: *const c_char) -> u32 {
    one(pszInterfaceName, pszDnsDomain, |session, name, domain| {
        dns::add_domains(session, name, &[domain])
    })
}

/// Removes a domain.
#[unsafe(no_mangle)]
pub extern "C" fn nm_delete_dns_domain(pszInterfaceName: *const c_char, pszDnsDomain: *const c_char) -> u32 {
    one(pszInterfaceName, pszDnsDomain, |session, name, domain| {
        dns::delete_domains(session, name, &[domain])
    })
}

/// The domains.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_dns_domains(
    pszInterfaceName: *const c_char,
    pCount: *mut usize,
    pppszDnsDomains: *mut *mut *mut c_char,
) -> u32 {
    answer(|| {
        let (count, list) = (out(pCount, 0)?, out_pointer(pppszDnsDomains)?);
        let name = optional(pszInterfaceName)?;
        let found = look(|session| dns::domains(session, name.as_deref()))?;
        put_texts(&count, &list, &found)
    })
}

fn one(
    name: *const c_char,
    word: *const c_char,
    edit: impl FnOnce(&mut netmgr::Session, Option<&str>, &str) -> Result<(), Error>,
) -> u32 {
    answer(|| {
        let (name, word) = (optional(name)?, text(word)?);
        change(|session| edit(session, name.as_deref(), &word))
    })
}
