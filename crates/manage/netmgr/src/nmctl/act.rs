//! What is done to the running system.

use super::request::Request;
use super::table::Act;
use crate::error::Error;

/// Brings a link up or down.
pub(super) fn link_state(request: &Request) -> Result<Act, Error> {
    Ok(Act::Link(
        request.device()?.to_owned(),
        request.need("state")? == "up",
    ))
}

/// Has networkd read its files again.
pub(super) fn reload(_request: &Request) -> Result<Act, Error> {
    Ok(Act::Reload)
}

/// Has networkd configure an interface anew.
pub(super) fn reconfigure(request: &Request) -> Result<Act, Error> {
    let interface = request.device()?;
    let valid = networkd::FileKind::NetDev.check("NetDev", "Name", interface);
    valid.map_err(|invalid| Error::Interface(invalid.source.to_string()))?;
    Ok(Act::Reconfigure(interface.to_owned()))
}
