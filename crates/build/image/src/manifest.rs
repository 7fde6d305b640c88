//! What an image is made of, for programs: the file manifest.json beside it.

use crate::installed::PackageRecord;
use serde::{Deserialize, Serialize};

/// Raised when a field changes its meaning.
pub const FORMAT: u32 = 1;

/// The content of manifest.json.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Name of the image.
    pub name: String,
    /// What it is for.
    pub summary: String,
    /// Architecture, such as x86_64.
    pub architecture: String,
    /// The time all files are clamped to, seconds since 1970.
    pub time: u64,
    /// Kernel version.
    pub kernel: String,
    /// Kernel command line.
    pub cmdline: String,
    /// Length of the disk in bytes.
    pub disk_size: u64,
    /// GUID of the disk.
    pub disk_uuid: String,
    /// Its partitions.
    pub partitions: Vec<PartitionRecord>,
    /// Its packages, by name.
    pub packages: Vec<PackageRecord>,
}

/// A partition of the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionRecord {
    /// Partition label.
    pub label: String,
    /// Type GUID.
    #[serde(rename = "type")]
    pub type_guid: String,
    /// Unique GUID.
    pub uuid: String,
    /// First byte.
    pub start: u64,
    /// Length in bytes.
    pub size: u64,
    /// File system.
    pub filesystem: String,
}
