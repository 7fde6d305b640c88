//! Links.

use std::ffi::c_char;

use netmgr::objects::link::{self, Mode, Settings};
use netmgr::{Error, live};

use crate::answer::{answer, bad, change, host, look};
use crate::memory::{copy, optional, out, out_pointer, release, single, structure, text};
use crate::types::*;

/// Makes sure that an interface has a file of its own, and tells its path.
#[unsafe(no_mangle)]
pub extern "C" fn nm_touch_network_conf_file(
    pszInterfaceName: *const c_char,
    ppszFilename: *mut *mut c_char,
) -> u32 {
    answer(|| {
        let file = out_pointer(ppszFilename)?;
        let name = text(pszInterfaceName)?;
        let mut path = None;
        change(|session| {
            path = Some(link::own_file(session, &name)?);
            Ok(())
        })?;
        file.put(copy(&path.unwrap_or_default().to_string_lossy())?);
        Ok(())
    })
}

/// Sets the MAC address.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_link_mac_addr(pszInterfaceName: *const c_char, pszMacAddress: *const c_char) -> u32 {
    set(pszInterfaceName, || {
        Ok(Settings {
            mac: Some(text(pszMacAddress)?),
            ..Settings::default()
        })
    })
}

/// The MAC address: of a running system the one in use.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_link_mac_addr(
    pszInterfaceName: *const c_char,
    ppszMacAddress: *mut *mut c_char,
) -> u32 {
    answer(|| {
        let mac = out_pointer(ppszMacAddress)?;
        mac.put(copy(&mac_of(&text(pszInterfaceName)?)?)?);
        Ok(())
    })
}

/// Sets whether networkd manages the link.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_link_mode(pszInterfaceName: *const c_char, mode: NET_LINK_MODE) -> u32 {
    set(pszInterfaceName, || {
        let mode = match mode {
            LINK_AUTO => Mode::Auto,
            LINK_MANUAL => Mode::Manual,
            other => return Err(bad("mode of a link", other)),
        };
        Ok(Settings {
            mode: Some(mode),
            ..Settings::default()
        })
    })
}

/// Whether networkd manages the link.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_link_mode(pszInterfaceName: *const c_char, pMode: *mut NET_LINK_MODE) -> u32 {
    answer(|| {
        let mode = out(pMode, LINK_MODE_UNKNOWN)?;
        mode.put(mode_of(&text(pszInterfaceName)?)?);
        Ok(())
    })
}

/// Sets the MTU.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_link_mtu(pszInterfaceName: *const c_char, mtu: u32) -> u32 {
    set(pszInterfaceName, || {
        Ok(Settings {
            mtu: Some(mtu.to_string()),
            ..Settings::default()
        })
    })
}

/// The MTU: of a running system the one in use.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_link_mtu(pszInterfaceName: *const c_char, pMtu: *mut u32) -> u32 {
    answer(|| {
        let mtu = out(pMtu, 0)?;
        let name = text(pszInterfaceName)?;
        mtu.put(match host().is_live() {
            true => live::link(&name)?.mtu,
            false => configured(&name, |settings| settings.mtu)?.parse().unwrap_or(0),
        });
        Ok(())
    })
}

/// Brings a link of the running system up or down.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_link_state(pszInterfaceName: *const c_char, state: NET_LINK_STATE) -> u32 {
    answer(|| {
        let name = text(pszInterfaceName)?;
        host().need_live("the state of a link")?;
        match state {
            LINK_UP => live::set_up(&name, true),
            LINK_DOWN => live::set_up(&name, false),
            other => Err(bad("state of a link", other)),
        }
    })
}

/// Whether a link of the running system is up.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_link_state(pszInterfaceName: *const c_char, pState: *mut NET_LINK_STATE) -> u32 {
    answer(|| {
        let state = out(pState, LINK_STATE_UNKNOWN)?;
        let name = text(pszInterfaceName)?;
        host().need_live("the state of a link")?;
        state.put(state_of(&live::link(&name)?));
        Ok(())
    })
}

/// Brings a link of the running system up.
#[unsafe(no_mangle)]
pub extern "C" fn nm_ifup(pszInterfaceName: *const c_char) -> u32 {
    nm_set_link_state(pszInterfaceName, LINK_UP)
}

/// Brings a link of the running system down.
#[unsafe(no_mangle)]
pub extern "C" fn nm_ifdown(pszInterfaceName: *const c_char) -> u32 {
    nm_set_link_state(pszInterfaceName, LINK_DOWN)
}

/// A list with one link of the running system, or with all if the name is NULL; to be freed by nm_free_link_info.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_link_info(
    pszInterfaceName: *const c_char,
    ppLinkInfo: *mut *mut NET_LINK_INFO,
) -> u32 {
    answer(|| {
        let list = out_pointer(ppLinkInfo)?;
        host().need_live("a list of links")?;
        let links = match optional(pszInterfaceName)? {
            Some(name) => vec![live::link(&name)?],
            None => live::links()?,
        };
        let mut first = std::ptr::null_mut();
        for link in links.iter().rev() {
            first = single(info(link, first)?)?;
        }
        list.put(first);
        Ok(())
    })
}

/// Frees a list of links; NULL is none.
#[unsafe(no_mangle)]
pub extern "C" fn nm_free_link_info(pNetLinkInfo: *mut NET_LINK_INFO) {
    let mut next = pNetLinkInfo;
    while let Ok(info) = structure(next) {
        let this = next;
        release(info.pszInterfaceName);
        release(info.pszMacAddress);
        next = info.pNext;
        release(this);
    }
}

fn info(link: &live::Link, next: *mut NET_LINK_INFO) -> Result<NET_LINK_INFO, Error> {
    Ok(NET_LINK_INFO {
        pNext: next,
        pszInterfaceName: copy(&link.name)?,
        pszMacAddress: copy(&link.mac)?,
        mtu: link.mtu,
        mode: mode_of(&link.name).unwrap_or(LINK_MODE_UNKNOWN),
        state: state_of(link),
    })
}

fn state_of(link: &live::Link) -> NET_LINK_STATE {
    if link.up { LINK_UP } else { LINK_DOWN }
}

fn mode_of(name: &str) -> Result<NET_LINK_MODE, Error> {
    Ok(match look(|session| link::mode(session, name))? {
        Mode::Auto => LINK_AUTO,
        Mode::Manual => LINK_MANUAL,
    })
}

fn mac_of(name: &str) -> Result<String, Error> {
    match host().is_live() {
        true => Ok(live::link(name)?.mac),
        false => configured(name, |settings| settings.mac),
    }
}

fn configured(name: &str, part: impl Fn(Settings) -> Option<String>) -> Result<String, Error> {
    let settings = look(|session| link::configured(session, name))?;
    part(settings).ok_or_else(|| Error::NotFound(format!("it is not configured for {name}")))
}

fn set(name: *const c_char, settings: impl FnOnce() -> Result<Settings, Error>) -> u32 {
    answer(|| {
        let (name, settings) = (text(name)?, settings()?);
        change(|session| link::set(session, &name, &settings))
    })
}
