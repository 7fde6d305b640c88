//! NTP servers of the system.

use netmgr::objects::ntp;
use pyo3::prelude::*;

use crate::host::{borrowed, change, look};

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(get_ntp_servers, module)?)?;
    module.add_function(wrap_pyfunction!(set_ntp_servers, module)?)?;
    module.add_function(wrap_pyfunction!(add_ntp_servers, module)?)?;
    module.add_function(wrap_pyfunction!(del_ntp_servers, module)?)
}

/// The servers that are configured.
#[pyfunction]
fn get_ntp_servers(py: Python<'_>) -> PyResult<Vec<String>> {
    look(py, ntp::get)
}

/// Sets the servers.
#[pyfunction]
fn set_ntp_servers(py: Python<'_>, ntpservers: Vec<String>) -> PyResult<u32> {
    change(py, |session| ntp::set(session, &borrowed(&ntpservers)))
}

/// Adds servers.
#[pyfunction]
fn add_ntp_servers(py: Python<'_>, ntpservers: Vec<String>) -> PyResult<u32> {
    change(py, |session| ntp::add(session, &borrowed(&ntpservers)))
}

/// Removes servers.
#[pyfunction]
fn del_ntp_servers(py: Python<'_>, ntpservers: Vec<String>) -> PyResult<u32> {
    change(py, |session| ntp::delete(session, &borrowed(&ntpservers)))
}
