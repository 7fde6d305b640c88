//! The host name, any setting, and everything at once.

use netmgr::objects::{dhcp_id, dns, hostname, ntp, param};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::dns::mode_number;
use crate::host::{change, host, look};
use crate::link::get_link_info;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(get_hostname, module)?)?;
    module.add_function(wrap_pyfunction!(set_hostname, module)?)?;
    module.add_function(wrap_pyfunction!(get_network_param, module)?)?;
    module.add_function(wrap_pyfunction!(set_network_param, module)?)?;
    module.add_function(wrap_pyfunction!(get_system_network_info, module)?)
}

/// The host name that is configured.
#[pyfunction]
fn get_hostname(py: Python<'_>) -> PyResult<String> {
    look(py, hostname::get)
}

/// Sets the host name.
#[pyfunction]
fn set_hostname(py: Python<'_>, hostname: &str) -> PyResult<u32> {
    change(py, |session| hostname::set(session, hostname))
}

/// The values of Section_Key of an interface or of a file, with spaces between them.
#[pyfunction]
fn get_network_param(py: Python<'_>, object: &str, paramname: &str) -> PyResult<String> {
    Ok(look(py, |session| param::get(session, object, paramname))?.join(" "))
}

/// Sets Section_Key of an interface or of a file; + before it adds a value, - removes one, and an empty one removes it.
#[pyfunction]
#[pyo3(signature = (object, paramname, paramvalue=""))]
fn set_network_param(py: Python<'_>, object: &str, paramname: &str, paramvalue: &str) -> PyResult<u32> {
    change(py, |session| param::set(session, object, paramname, paramvalue))
}

/// What is configured for the system, and the links if it runs.
#[pyfunction]
fn get_system_network_info(py: Python<'_>) -> PyResult<Py<PyDict>> {
    let dict = PyDict::new(py);
    let servers = look(py, |session| dns::servers(session, None))?;
    dict.set_item("hostname", look(py, hostname::get).ok())?;
    dict.set_item("duid", look(py, |session| dhcp_id::duid(session, None)).ok())?;
    dict.set_item("dns_mode", mode_number(servers.mode))?;
    dict.set_item("dns_servers", servers.servers)?;
    dict.set_item("dns_domains", look(py, |session| dns::domains(session, None))?)?;
    dict.set_item("ntp_servers", look(py, ntp::get)?)?;
    let links = if host().is_live() {
        get_link_info(py, None)?
    } else {
        Vec::new()
    };
    dict.set_item("links", links)?;
    Ok(dict.unbind())
}
