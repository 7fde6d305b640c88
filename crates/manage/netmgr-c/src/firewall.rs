//! The packet filter's script.

use std::ffi::c_char;

use netmgr::objects::firewall;
use netmgr::{Error, Session};

use crate::answer::{answer, change, look};
use crate::memory::{copy, out, out_pointer, put_array, single, structure, text};
use crate::types::NET_FW_RULE;

/// Sets what happens to packets that no rule of a chain is for.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_firewall_policy(
    pszTable: *const c_char,
    pszChain: *const c_char,
    pszPolicy: *const c_char,
) -> u32 {
    answer(|| {
        let (table, chain, policy) = (text(pszTable)?, text(pszChain)?, text(pszPolicy)?);
        change(|session| firewall::set_policy(session, &table, &chain, &policy))
    })
}

/// What happens to packets that no rule of a chain is for.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_firewall_policy(
    pszTable: *const c_char,
    pszChain: *const c_char,
    ppszPolicy: *mut *mut c_char,
) -> u32 {
    answer(|| {
        let policy = out_pointer(ppszPolicy)?;
        let (table, chain) = (text(pszTable)?, text(pszChain)?);
        policy.put(copy(&look(|session| firewall::policy(session, &table, &chain))?)?);
        Ok(())
    })
}

/// Adds a rule.
#[unsafe(no_mangle)]
pub extern "C" fn nm_add_firewall_rule(pNetFwRule: *const NET_FW_RULE) -> u32 {
    with(pNetFwRule, firewall::add)
}

/// Removes a rule.
#[unsafe(no_mangle)]
pub extern "C" fn nm_delete_firewall_rule(pNetFwRule: *const NET_FW_RULE) -> u32 {
    with(pNetFwRule, firewall::delete)
}

/// The rules.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_firewall_rules(
    pCount: *mut usize,
    pppNetFwRules: *mut *mut *mut NET_FW_RULE,
) -> u32 {
    answer(|| {
        let (count, list) = (out(pCount, 0)?, out_pointer(pppNetFwRules)?);
        let rules = look(firewall::get)?;
        let rule = |rule: &String| {
            single(NET_FW_RULE {
                ipVersion: 4,
                pszRawFwRule: copy(rule)?,
            })
        };
        put_array(&count, &list, rules.iter().map(rule))
    })
}

fn with(rule: *const NET_FW_RULE, edit: impl FnOnce(&mut Session, &str) -> Result<(), Error>) -> u32 {
    answer(|| {
        let rule = structure(rule)?;
        if rule.ipVersion != 4 {
            let text = format!("the script has rules for IPv4 only, not {}", rule.ipVersion);
            return Err(Error::NotSupported(text));
        }
        let rule = text(rule.pszRawFwRule)?;
        change(|session| edit(session, &rule))
    })
}
