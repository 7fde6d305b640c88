//! Looking into a finished image: partitions, packages, privileges, services, ports.
//!
//! Everything is read from the image itself, not from what the build says about it: the partition table as the boot
//! reads it, the root file system by a reader of our own process (nothing is mounted), the package database in it.

mod medium;
mod ports;
mod report;
mod root_view;
mod units;

pub use ports::Port;
pub use report::{OsRecord, PartitionReport, Privileged, Report};

use crate::error::Error;
use crate::installed;
use medium::Medium;
use root_view::RootView;
use std::path::Path;

/// Reads an image: raw, or what `qemu-img` can convert to it.
pub fn inspect(file: &Path) -> Result<Report, Error> {
    let medium = Medium::open(file)?;
    let partitions = medium.partitions()?;
    let root = medium.root_partition(&partitions)?;
    let view = RootView::open(medium.slice(root), file)?;
    let tree = view.extract_database()?;
    let headers = installed::headers(tree.path())?;
    let units = units::enabled(&view)?;
    Ok(Report {
        file: file.into(),
        format: medium.format.into(),
        disk_size: medium.size,
        partitions,
        os: OsRecord::read(&view)?,
        kernels: view.names("/usr/lib/modules")?,
        packages: headers.iter().map(installed::PackageRecord::new).collect(),
        privileged: view.privileged(&headers)?,
        ports: ports::listening(&view, &units)?,
        enabled_units: units.into_iter().collect(),
        root_files: view.total_size()?,
    })
}
