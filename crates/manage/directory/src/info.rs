//! What the host is a member of.

use std::collections::BTreeMap;

use crate::change::Record;
use crate::error::Error;
use crate::host::Host;
use crate::membership::Membership;

/// The membership, if there is one.
///
/// # Errors
/// When the record cannot be read.
pub fn info(host: &Host) -> Result<Option<Membership>, Error> {
    Ok(Record::load(host)?.map(|record| record.membership))
}

/// Directory groups by role: what pmd adds to the groups of its own configuration.
///
/// # Errors
/// When the record cannot be read; then nobody of the directory has a role.
pub fn granted_roles(host: &Host) -> Result<BTreeMap<String, Vec<String>>, Error> {
    Ok(info(host)?.map(|membership| membership.roles).unwrap_or_default())
}
