//! The Python module `netmgr`: the functions that Photon documents, over the same library as the command and libnetmgr.
//!
//! Nothing is implemented here: each function reads its arguments, calls the crate `netmgr` and gives what Python
//! expects. While something is waited for or written, other threads of Python run.

// What pyo3's attributes expand to.
#![allow(
    unsafe_code,
    reason = "the attributes of pyo3 make functions that Python calls"
)]

mod address;
mod dhcp;
mod dns;
mod host;
mod link;
mod ntp;
mod route;
mod system;

use pyo3::prelude::*;

/// The native half; `netmgr/__init__.py` gives it to the world.
#[pymodule]
fn _netmgr(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("NetmgrError", module.py().get_type::<host::NetmgrError>())?;
    host::register(module)?;
    link::register(module)?;
    dhcp::register(module)?;
    address::register(module)?;
    route::register(module)?;
    dns::register(module)?;
    ntp::register(module)?;
    system::register(module)
}
