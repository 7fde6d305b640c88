//! IAID and DUID.

use netmgr::objects::dhcp_id;
use pyo3::prelude::*;

use crate::host::{change, look};

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(get_link_iaid, module)?)?;
    module.add_function(wrap_pyfunction!(set_link_iaid, module)?)?;
    module.add_function(wrap_pyfunction!(get_dhcp_duid, module)?)?;
    module.add_function(wrap_pyfunction!(set_dhcp_duid, module)?)
}

/// The IAID that is configured.
#[pyfunction]
fn get_link_iaid(py: Python<'_>, ifname: &str) -> PyResult<u32> {
    look(py, |session| dhcp_id::iaid(session, ifname))
}

/// Sets the IAID; 0 leaves it to networkd.
#[pyfunction]
fn set_link_iaid(py: Python<'_>, ifname: &str, iaid: u32) -> PyResult<u32> {
    change(py, |session| dhcp_id::set_iaid(session, ifname, iaid))
}

/// The DUID that is configured, of an interface or of the system.
#[pyfunction]
#[pyo3(signature = (ifname=None))]
fn get_dhcp_duid(py: Python<'_>, ifname: Option<&str>) -> PyResult<String> {
    look(py, |session| dhcp_id::duid(session, ifname))
}

/// Sets the DUID, of an interface or of the system; an empty one leaves it to networkd.
#[pyfunction]
#[pyo3(signature = (duid, ifname=None))]
fn set_dhcp_duid(py: Python<'_>, duid: &str, ifname: Option<&str>) -> PyResult<u32> {
    change(py, |session| dhcp_id::set_duid(session, ifname, duid))
}
