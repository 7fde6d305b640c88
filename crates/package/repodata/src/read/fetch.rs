//! Getting metadata files from where the repository is.

use std::path::Path;

use download::Client;

use super::digest;
use crate::error::Error;
use crate::repomd::Record;

/// `repomd.xml` is a few kilobytes; more than this is something else.
pub(crate) const REPOMD_LIMIT: u64 = 16 << 20;
/// For files that do not state their size.
const FILE_LIMIT: u64 = 2 << 30;

/// Whether a base address is a directory on this machine, to be read in place.
pub(crate) fn is_local(base: &str) -> bool {
    base.starts_with("file:") || Path::new(base).is_absolute()
}

/// The address of a location.
pub(crate) fn join(base: &str, location: &str) -> String {
    format!("{}/{location}", base.trim_end_matches('/'))
}

/// Fetches a file that `repomd.xml` names from the first address that has it as described.
pub(crate) fn fetch(client: &Client, id: &str, bases: &[String], record: &Record) -> Result<Vec<u8>, Error> {
    let mut reasons = Vec::new();
    for patient in [false, true] {
        if !patient && bases.len() < 2 {
            continue;
        }
        reasons.clear();
        for base in client.by_health(bases) {
            let url = join(base, &record.location);
            match fetch_from(client, &url, record, patient) {
                Ok(bytes) => return Ok(bytes),
                Err(reason) => reasons.push(reason),
            }
        }
    }
    Err(Error::FetchMetadata {
        id: id.to_owned(),
        reason: reasons.join("; "),
    })
}

/// Once, or as often as the client's settings say.
pub(crate) fn get(client: &Client, url: &str, limit: u64, patient: bool) -> Result<Vec<u8>, download::Error> {
    match patient {
        true => client.get_bytes(url, limit),
        false => client.get_bytes_once(url, limit),
    }
}

fn fetch_from(client: &Client, url: &str, record: &Record, patient: bool) -> Result<Vec<u8>, String> {
    let limit = record.size.unwrap_or(FILE_LIMIT);
    let bytes = get(client, url, limit, patient).map_err(|error| error.to_string())?;
    let url = download::without_credentials(url);
    check(&bytes, record).map_err(|reason| format!("{url} is not the file it should be: {reason}"))?;
    Ok(bytes)
}

/// Checks a file against its description.
pub(crate) fn check(bytes: &[u8], record: &Record) -> Result<(), String> {
    if let Some(size) = record.size.filter(|size| *size != bytes.len() as u64) {
        return Err(format!("it has {} bytes, expected {size}", bytes.len()));
    }
    digest::check(bytes, &record.checksum_type, &record.checksum)
}
