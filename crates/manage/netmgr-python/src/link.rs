//! Links.

use std::time::Duration;

use netmgr::objects::link::{self, Mode, Settings};
use netmgr::{Error, live};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::host::{change, host, look, parameter, work};

const LINK_AUTO: u32 = 0;
const LINK_MANUAL: u32 = 1;
const LINK_DOWN: u32 = 0;
const LINK_UP: u32 = 1;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("LINK_AUTO", LINK_AUTO)?;
    module.add("LINK_MANUAL", LINK_MANUAL)?;
    module.add("LINK_DOWN", LINK_DOWN)?;
    module.add("LINK_UP", LINK_UP)?;
    module.add_function(wrap_pyfunction!(get_link_info, module)?)?;
    module.add_function(wrap_pyfunction!(get_link_macaddr, module)?)?;
    module.add_function(wrap_pyfunction!(set_link_macaddr, module)?)?;
    module.add_function(wrap_pyfunction!(get_link_mtu, module)?)?;
    module.add_function(wrap_pyfunction!(set_link_mtu, module)?)?;
    module.add_function(wrap_pyfunction!(get_link_mode, module)?)?;
    module.add_function(wrap_pyfunction!(set_link_mode, module)?)?;
    module.add_function(wrap_pyfunction!(get_link_state, module)?)?;
    module.add_function(wrap_pyfunction!(set_link_state, module)?)?;
    module.add_function(wrap_pyfunction!(set_link_up, module)?)?;
    module.add_function(wrap_pyfunction!(set_link_down, module)?)?;
    module.add_function(wrap_pyfunction!(wait_for_link_up, module)?)
}

/// A link of the running system, or all.
#[pyfunction]
#[pyo3(signature = (ifname=None))]
pub(crate) fn get_link_info(py: Python<'_>, ifname: Option<String>) -> PyResult<Vec<Py<PyDict>>> {
    let found = work(py, || {
        host().need_live("a list of links")?;
        let links = match &ifname {
            Some(name) => vec![live::link(name)?],
            None => live::links()?,
        };
        let mode = |link: &live::Link| host().look(|session| link::mode(session, &link.name));
        Ok(links
            .into_iter()
            .map(|link| (mode(&link).unwrap_or(Mode::Auto), link))
            .collect::<Vec<_>>())
    })?;
    found.iter().map(|(mode, link)| info(py, link, *mode)).collect()
}

fn info(py: Python<'_>, link: &live::Link, mode: Mode) -> PyResult<Py<PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", &link.name)?;
    dict.set_item("mac_address", &link.mac)?;
    dict.set_item("mtu", link.mtu)?;
    dict.set_item("mode", if mode == Mode::Auto { "auto" } else { "manual" })?;
    dict.set_item("state", if link.up { "up" } else { "down" })?;
    Ok(dict.unbind())
}

/// The MAC address: of a running system the one in use.
#[pyfunction]
fn get_link_macaddr(py: Python<'_>, ifname: &str) -> PyResult<String> {
    work(py, || match host().is_live() {
        true => Ok(live::link(ifname)?.mac),
        false => configured(ifname, |settings| settings.mac),
    })
}

/// Sets the MAC address.
#[pyfunction]
fn set_link_macaddr(py: Python<'_>, ifname: &str, macaddr: String) -> PyResult<u32> {
    set(
        py,
        ifname,
        Settings {
            mac: Some(macaddr),
            ..Settings::default()
        },
    )
}

/// The MTU: of a running system the one in use.
#[pyfunction]
fn get_link_mtu(py: Python<'_>, ifname: &str) -> PyResult<u32> {
    work(py, || match host().is_live() {
        true => Ok(live::link(ifname)?.mtu),
        false => Ok(configured(ifname, |settings| settings.mtu)?.parse().unwrap_or(0)),
    })
}

/// Sets the MTU.
#[pyfunction]
fn set_link_mtu(py: Python<'_>, ifname: &str, mtu: u32) -> PyResult<u32> {
    set(
        py,
        ifname,
        Settings {
            mtu: Some(mtu.to_string()),
            ..Settings::default()
        },
    )
}

/// Whether networkd manages a link: LINK_AUTO or LINK_MANUAL.
#[pyfunction]
fn get_link_mode(py: Python<'_>, ifname: &str) -> PyResult<u32> {
    let mode = look(py, |session| link::mode(session, ifname))?;
    Ok(if mode == Mode::Auto {
        LINK_AUTO
    } else {
        LINK_MANUAL
    })
}

/// Sets whether networkd manages a link.
#[pyfunction]
fn set_link_mode(py: Python<'_>, ifname: &str, link_mode: u32) -> PyResult<u32> {
    let mode = match link_mode {
        LINK_AUTO => Mode::Auto,
        LINK_MANUAL => Mode::Manual,
        other => return Err(parameter(py, format!("{other} is no mode of a link"))),
    };
    set(
        py,
        ifname,
        Settings {
            mode: Some(mode),
            ..Settings::default()
        },
    )
}

/// Whether a link of the running system is up: LINK_UP or LINK_DOWN.
#[pyfunction]
fn get_link_state(py: Python<'_>, ifname: &str) -> PyResult<u32> {
    work(py, || {
        host().need_live("the state of a link")?;
        Ok(if live::link(ifname)?.up {
            LINK_UP
        } else {
            LINK_DOWN
        })
    })
}

/// Brings a link of the running system up or down.
#[pyfunction]
fn set_link_state(py: Python<'_>, ifname: &str, link_state: u32) -> PyResult<u32> {
    let up = match link_state {
        LINK_UP => true,
        LINK_DOWN => false,
        other => return Err(parameter(py, format!("{other} is no state of a link"))),
    };
    work(py, || {
        host().need_live("the state of a link")?;
        live::set_up(ifname, up)
    })?;
    Ok(0)
}

/// Brings a link of the running system up.
#[pyfunction]
fn set_link_up(py: Python<'_>, ifname: &str) -> PyResult<u32> {
    set_link_state(py, ifname, LINK_UP)
}

/// Brings a link of the running system down.
#[pyfunction]
fn set_link_down(py: Python<'_>, ifname: &str) -> PyResult<u32> {
    set_link_state(py, ifname, LINK_DOWN)
}

/// Waits until a link of the running system is up; a timeout of 0 is for ever.
#[pyfunction]
#[pyo3(signature = (ifname, timeout=0))]
fn wait_for_link_up(py: Python<'_>, ifname: &str, timeout: u32) -> PyResult<u32> {
    work(py, || {
        host().need_live("waiting for a link")?;
        live::wait_for_link(ifname, seconds(timeout))
    })?;
    Ok(0)
}

pub(crate) fn seconds(timeout: u32) -> Option<Duration> {
    (timeout != 0).then(|| Duration::from_secs(timeout.into()))
}

fn configured(name: &str, part: impl Fn(Settings) -> Option<String>) -> Result<String, Error> {
    let settings = host().look(|session| link::configured(session, name))?;
    part(settings).ok_or_else(|| Error::NotFound(format!("it is not configured for {name}")))
}

fn set(py: Python<'_>, name: &str, settings: Settings) -> PyResult<u32> {
    change(py, |session| link::set(session, name, &settings))
}
