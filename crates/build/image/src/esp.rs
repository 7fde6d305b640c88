//! The EFI system partition: FAT32 with systemd-boot and the unified kernel image.

use crate::error::Error;
use crate::partition_table::SECTOR;
use crate::tools::{DiskFile, MTOOLS_FILE, Tools, WORK};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A file of the partition: its path there, and its bytes.
pub(crate) type EspFile<'a> = (String, &'a [u8]);

/// Below the work directory; removed with it.
const STAGE: &str = "esp";
/// Our names are ASCII. That is the one code page the C library converts without tables of a further package; glibc
/// calls it CP367.
const MTOOLS_CONF: &str = "default_codepage=367\n";

/// Makes the partition and copies the files into it.
pub(crate) fn make(target: &DiskFile<'_>, label: &str, files: &[EspFile<'_>]) -> Result<(), Error> {
    format(target, label)?;
    let tools = target.tools;
    let settings = tools.work.join(MTOOLS_FILE);
    fs::write(&settings, MTOOLS_CONF).map_err(Error::write("settings of mtools", &settings))?;
    let image = format!("{}@@{}", target.path(), target.layout.esp_start);
    // The order of names decides the layout, so it must not be the order of the host's directory.
    let folders: BTreeSet<String> = files.iter().flat_map(|(path, _)| parents(path)).collect();
    let mut arguments = vec!["-i".to_owned(), image.clone()];
    arguments.extend(folders.iter().map(|folder| format!("::/{folder}")));
    tools.run("mmd", &arguments, None)?;
    for (index, (path, bytes)) in files.iter().enumerate() {
        let staged = stage(tools, index, bytes)?;
        let arguments = ["-i", &image, "-m", &staged, &format!("::/{path}")].map(String::from);
        tools.run("mcopy", &arguments, None)?;
    }
    Ok(())
}

fn format(target: &DiskFile<'_>, label: &str) -> Result<(), Error> {
    let layout = target.layout;
    let label = label.to_ascii_uppercase();
    let options = [
        ("-F", "32".to_owned()),
        ("-n", label[..label.len().min(11)].to_owned()),
        ("-i", format!("{:08x}", target.identity.serial("esp"))),
        ("-s", sectors_per_cluster(layout.esp_size).to_string()),
        ("--offset", (layout.esp_start / SECTOR).to_string()),
    ];
    let mut arguments = vec!["--invariant".to_owned()];
    arguments.extend(
        options
            .into_iter()
            .flat_map(|(flag, value)| [flag.to_owned(), value]),
    );
    arguments.extend([target.path(), (layout.esp_size >> 10).to_string()]);
    target.tools.run("mkfs.fat", &arguments, None)
}

/// The largest clusters with which this still is FAT32: a volume with fewer than 65525 is FAT16 by definition
/// (Microsoft's FAT specification 1.03, section 3.5), whatever mkfs.fat is told, and readers differ on what to make of it.
fn sectors_per_cluster(size: u64) -> u64 {
    // Two tables of four bytes for each cluster take a little of the space.
    let fits = |cluster: &u64| size / (cluster * SECTOR + 8) >= 65525 + 64;
    [64, 32, 16, 8, 4, 2].into_iter().find(fits).unwrap_or(1)
}

/// Every folder above a path, the outermost first.
fn parents(path: &str) -> Vec<String> {
    path.match_indices('/')
        .map(|(at, _)| path[..at].to_owned())
        .collect()
}

/// Writes the bytes where the tools see them, with the time they get in the partition.
fn stage(tools: &Tools<'_>, index: usize, bytes: &[u8]) -> Result<String, Error> {
    let folder = tools.work.join(STAGE);
    fs::create_dir_all(&folder).map_err(Error::write("staging folder", &folder))?;
    let path = folder.join(index.to_string());
    write_at_time(&path, bytes, tools.epoch).map_err(Error::write("staged file", &path))?;
    Ok(format!("{WORK}/{STAGE}/{index}"))
}

fn write_at_time(path: &Path, bytes: &[u8], epoch: u64) -> std::io::Result<()> {
    fs::write(path, bytes)?;
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(epoch);
    fs::File::options().write(true).open(path)?.set_modified(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_always_enough_clusters_for_fat32() {
        for mib in 34_u64..=2048 {
            let (sectors, cluster) = ((mib << 20) / SECTOR, sectors_per_cluster(mib << 20));
            // Reserved sectors as mkfs.fat makes them, then two tables of whole sectors.
            let tables = 2 * (sectors / cluster * 4).div_ceil(SECTOR);
            let clusters = (sectors - 32 - tables) / cluster;
            assert!(
                clusters >= 65525,
                "{mib} MiB: {clusters} clusters of {cluster} sectors"
            );
        }
        assert_eq!(
            sectors_per_cluster(260 << 20),
            8,
            "larger clusters where they fit"
        );
    }

    #[test]
    fn folders_come_outermost_first() {
        assert_eq!(parents("EFI/Linux/lumen.efi"), ["EFI", "EFI/Linux"]);
        assert!(parents("x").is_empty());
    }
}
