//! DNS servers and domains, of an interface or of the system.

use netmgr::Error;
use netmgr::objects::dns;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::host::{borrowed, change, look, raised};

const STATIC_DNS: u32 = 1;
const DHCP_DNS: u32 = 2;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("STATIC_DNS", STATIC_DNS)?;
    module.add("DHCP_DNS", DHCP_DNS)?;
    module.add_function(wrap_pyfunction!(get_dns_servers, module)?)?;
    module.add_function(wrap_pyfunction!(set_dns_servers, module)?)?;
    module.add_function(wrap_pyfunction!(add_dns_server, module)?)?;
    module.add_function(wrap_pyfunction!(delete_dns_server, module)?)?;
    module.add_function(wrap_pyfunction!(get_dns_domains, module)?)?;
    module.add_function(wrap_pyfunction!(set_dns_domains, module)?)?;
    module.add_function(wrap_pyfunction!(add_dns_domain, module)?)?;
    module.add_function(wrap_pyfunction!(delete_dns_domain, module)?)
}

/// The servers, and whether those of a DHCP server are used too.
#[pyfunction]
#[pyo3(signature = (ifname=None))]
fn get_dns_servers(py: Python<'_>, ifname: Option<&str>) -> PyResult<Py<PyDict>> {
    let found = look(py, |session| dns::servers(session, ifname))?;
    let dict = PyDict::new(py);
    dict.set_item("mode", mode_number(found.mode))?;
    dict.set_item("servers", found.servers)?;
    Ok(dict.unbind())
}

pub(crate) fn mode_number(mode: dns::Mode) -> u32 {
    match mode {
        dns::Mode::Static => STATIC_DNS,
        dns::Mode::Dhcp => DHCP_DNS,
    }
}

/// Sets the servers, and whether those of a DHCP server are used too.
#[pyfunction]
#[pyo3(signature = (dns_mode, servers=Vec::new(), ifname=None))]
fn set_dns_servers(
    py: Python<'_>,
    dns_mode: u32,
    servers: Vec<String>,
    ifname: Option<&str>,
) -> PyResult<u32> {
    let mode = match dns_mode {
        STATIC_DNS => dns::Mode::Static,
        DHCP_DNS => dns::Mode::Dhcp,
        other => {
            return Err(raised(
                py,
                &Error::Mode(format!("{other} is no mode of DNS servers")),
            ));
        }
    };
    change(py, |session| {
        dns::set_servers(session, ifname, mode, &borrowed(&servers))
    })
}

/// Adds a server.
#[pyfunction]
#[pyo3(signature = (server, ifname=None))]
fn add_dns_server(py: Python<'_>, server: &str, ifname: Option<&str>) -> PyResult<u32> {
    change(py, |session| dns::add_servers(session, ifname, &[server]))
}

/// Removes a server.
#[pyfunction]
#[pyo3(signature = (server, ifname=None))]
fn delete_dns_server(py: Python<'_>, server: &str, ifname: Option<&str>) -> PyResult<u32> {
    change(py, |session| dns::delete_servers(session, ifname, &[server]))
}

/// The domains.
#[pyfunction]
#[pyo3(signature = (ifname=None))]
fn get_dns_domains(py: Python<'_>, ifname: Option<&str>) -> PyResult<Vec<String>> {
    look(py, |session| dns::domains(session, ifname))
}

/// Sets the domains.
#[pyfunction]
#[pyo3(signature = (domains, ifname=None))]
fn set_dns_domains(py: Python<'_>, domains: Vec<String>, ifname: Option<&str>) -> PyResult<u32> {
    change(py, |session| {
        dns::set_domains(session, ifname, &borrowed(&domains))
    })
}

/// Adds a domain.
#[pyfunction]
#[pyo3(signature = (domain, ifname=None))]
fn add_dns_domain(py: Python<'_>, domain: &str, ifname: Option<&str>) -> PyResult<u32> {
    change(py, |session| dns::add_domains(session, ifname, &[domain]))
}

/// Removes a domain.
#[pyfunction]
#[pyo3(signature = (domain, ifname=None))]
fn delete_dns_domain(py: Python<'_>, domain: &str, ifname: Option<&str>) -> PyResult<u32> {
    change(py, |session| dns::delete_domains(session, ifname, &[domain]))
}
