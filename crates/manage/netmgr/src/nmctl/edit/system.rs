//! The system: its name, and configuration in other forms.

use std::path::PathBuf;

use super::super::request::Request;
use crate::error::Error;
use crate::forms;
use crate::session::Session;
use crate::unit;

const DEBUG: &str = "/etc/systemd/system/systemd-networkd.service.d/10-debug.conf";

/// The name of this host.
pub(in super::super) fn hostname(session: &mut Session, request: &Request) -> Result<(), Error> {
    crate::objects::hostname::set(session, request.need("name")?)
}

/// Has networkd log everything, by a drop-in for its service.
pub(in super::super) fn debug(session: &mut Session, request: &Request) -> Result<(), Error> {
    let path = session.layout().path(DEBUG);
    if request.switch("debug")? == Some(true) {
        let file = session.file(&path)?;
        return file
            .set("Service", "Environment", "SYSTEMD_LOG_LEVEL=debug")
            .map_err(|source| unit::edit(&path, source));
    }
    match session.exists(&path)? {
        true => session.remove(&path),
        false => Ok(()),
    }
}

/// Writes what YAML files say.
pub(in super::super) fn apply_file(session: &mut Session, request: &Request) -> Result<(), Error> {
    let mut files = Vec::new();
    for file in request.rest() {
        let path = PathBuf::from(file);
        let text = forms::text(&path)?;
        files.push((path, text));
    }
    forms::apply_yaml(session, &files)
}

/// Writes what the YAML files of the system say.
pub(in super::super) fn apply(session: &mut Session, _request: &Request) -> Result<(), Error> {
    forms::apply_folder(session)
}

/// Writes what a kernel command line says.
pub(in super::super) fn apply_cmdline(session: &mut Session, request: &Request) -> Result<(), Error> {
    let line = match request.rest() {
        words if words.is_empty() => forms::text(&session.layout().path("/proc/cmdline"))?,
        words => words.join(" "),
    };
    forms::apply_cmdline(session, &line)
}
