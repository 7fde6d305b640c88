//! What was found in an image, for people and for programs.

use crate::byte_size::ByteSize;
use crate::error::Error;
use crate::inspect::ports::Port;
use crate::inspect::root_view::RootView;
use crate::installed::{Origin, PackageRecord};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// How many packages the text names by size.
const LARGEST: usize = 15;

/// Everything about an image.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The file.
    pub file: PathBuf,
    /// Its format.
    pub format: String,
    /// Length of the disk in bytes.
    pub disk_size: u64,
    /// Its partitions.
    pub partitions: Vec<PartitionReport>,
    /// What the system calls itself.
    pub os: OsRecord,
    /// Versions of the kernels.
    pub kernels: Vec<String>,
    /// Installed packages, by name.
    pub packages: Vec<PackageRecord>,
    /// Programs with the set-user-id or set-group-id bit, or with file capabilities.
    pub privileged: Vec<Privileged>,
    /// Units that start by themselves.
    pub enabled_units: Vec<String>,
    /// Ports that are listened on.
    pub ports: Vec<Port>,
    /// Bytes of all files of the root.
    pub root_files: u64,
}

/// A partition.
#[derive(Debug, Clone, Serialize)]
pub struct PartitionReport {
    /// Number from 1.
    pub number: u32,
    /// Partition label.
    pub label: String,
    /// What its type means, if known.
    pub kind: String,
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
    /// Its UUID.
    pub filesystem_uuid: String,
    /// Its label.
    pub filesystem_label: String,
}

/// From /etc/os-release.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OsRecord {
    /// ID.
    pub id: String,
    /// NAME for people.
    pub name: String,
    /// VERSION_ID.
    pub version: String,
}

/// A program that gives rights to whoever starts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Privileged {
    /// Where it is.
    pub path: String,
    /// Permissions in octal.
    pub mode: String,
    /// User and group.
    pub owner: String,
    /// File capabilities.
    pub capabilities: Option<String>,
}

impl OsRecord {
    pub(crate) fn read(view: &RootView) -> Result<Self, Error> {
        let text = view
            .text("/etc/os-release")
            .or_else(|| view.text("/usr/lib/os-release"))
            .unwrap_or_default();
        let value = |key: &str| {
            let found = text
                .lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| *name == key);
            found
                .map(|(_, value)| value.trim_matches('"').to_owned())
                .unwrap_or_default()
        };
        Ok(Self {
            id: value("ID"),
            name: value("PRETTY_NAME"),
            version: value("VERSION_ID"),
        })
    }
}

impl Report {
    /// Bytes of the packages built from source, and of all packages.
    pub fn built_share(&self) -> (u64, u64) {
        let sum = |built: bool| {
            let wanted = self
                .packages
                .iter()
                .filter(|package| !built || package.origin == Origin::Built);
            wanted.map(|package| package.size).sum()
        };
        (sum(true), sum(false))
    }

    fn by_size(&self) -> Vec<&PackageRecord> {
        let mut packages: Vec<&PackageRecord> = self.packages.iter().collect();
        packages.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.name.cmp(&b.name)));
        packages
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} ({}, {})",
            self.file.display(),
            self.format,
            ByteSize(self.disk_size)
        )?;
        writeln!(
            f,
            "System: {} {}; kernel {}",
            self.os.name,
            self.os.version,
            self.kernels.join(", ")
        )?;
        self.show_partitions(f)?;
        self.show_packages(f)?;
        self.show_privileged(f)?;
        self.show_ports(f)?;
        writeln!(
            f,
            "\nUnits that start by themselves: {}",
            self.enabled_units.len()
        )?;
        self.enabled_units
            .iter()
            .try_for_each(|unit| writeln!(f, "  {unit}"))
    }
}

impl Report {
    fn show_partitions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nPartitions:")?;
        for part in &self.partitions {
            let PartitionReport {
                number,
                label,
                kind,
                uuid,
                size,
                filesystem,
                ..
            } = part;
            let size = ByteSize(*size).to_string();
            writeln!(
                f,
                "  {number}  {label:10} {size:>12}  {filesystem:6} {uuid}  {kind}"
            )?;
        }
        Ok(())
    }

    fn show_packages(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (built, all) = self.built_share();
        let percent = if all == 0 {
            0.0
        } else {
            built as f64 * 100.0 / all as f64
        };
        let count = self.packages.len();
        writeln!(
            f,
            "\nPackages: {count} with {} ({percent:.1} % built from source)",
            ByteSize(all)
        )?;
        writeln!(f, "Files of the root file system: {}", ByteSize(self.root_files))?;
        for PackageRecord {
            name, version, size, ..
        } in self.by_size().into_iter().take(LARGEST)
        {
            writeln!(f, "  {:>12}  {name} {version}", ByteSize(*size).to_string())?;
        }
        match count.saturating_sub(LARGEST) {
            0 => Ok(()),
            more => writeln!(f, "  and {more} smaller ones (--json names all)"),
        }
    }

    fn show_privileged(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nPrograms with set-user-id, set-group-id or capabilities: {}",
            self.privileged.len()
        )?;
        for Privileged {
            path,
            mode,
            owner,
            capabilities,
        } in &self.privileged
        {
            writeln!(
                f,
                "  {mode} {owner:16} {path} {}",
                capabilities.as_deref().unwrap_or_default()
            )?;
        }
        Ok(())
    }

    fn show_ports(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nPorts (before the firewall):")?;
        for Port {
            protocol,
            port,
            address,
            unit,
        } in &self.ports
        {
            writeln!(f, "  {protocol} {address}:{port}  {unit}")?;
        }
        Ok(())
    }
}
