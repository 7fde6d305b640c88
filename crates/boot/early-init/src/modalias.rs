//! Which modules the devices that are present ask for.

use crate::disks::entries;
use crate::glob;
use std::collections::BTreeSet;
use std::path::Path;

/// The patterns of `modules.alias`.
#[derive(Debug, Default)]
pub struct AliasTable {
    patterns: Vec<(String, String)>,
}

impl AliasTable {
    /// Reads lines `alias PATTERN MODULE` (modules.alias of depmod(8)); other lines are ignored.
    pub fn parse(text: &str) -> Self {
        let patterns = text.lines().filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            match (words.next()?, words.next()?, words.next()?) {
                ("alias", pattern, module) => Some((pattern.to_owned(), module.to_owned())),
                _ => None,
            }
        });
        Self {
            patterns: patterns.collect(),
        }
    }

    /// Modules for a device, in the order of the table and each once.
    pub fn modules_for<'a>(&'a self, alias: &str) -> Vec<&'a str> {
        let mut found: Vec<&str> = Vec::new();
        for (pattern, module) in &self.patterns {
            if !found.contains(&module.as_str()) && glob::matches(pattern, alias) {
                found.push(module);
            }
        }
        found
    }

    /// Buses some pattern speaks of: `pci` of `pci:v*d*`, `acpi` of `acpi*:VMBUS:*`. No other bus needs a look.
    fn buses(&self) -> BTreeSet<&str> {
        self.patterns
            .iter()
            .filter_map(|(pattern, _)| Some(pattern.split_once(':')?.0.trim_end_matches('*')))
            .collect()
    }

    /// Aliases of all present devices that some module of the table could drive, sorted.
    pub fn present(&self, sys: &Path) -> BTreeSet<String> {
        self.buses()
            .iter()
            .flat_map(|bus| bus_aliases(sys, bus))
            .collect()
    }
}

fn bus_aliases(sys: &Path, bus: &str) -> Vec<String> {
    let folder = sys.join("bus").join(bus).join("devices");
    let read = |name: &String| std::fs::read_to_string(folder.join(name).join("modalias")).ok();
    entries(&folder)
        .iter()
        .filter_map(read)
        .map(|text| text.trim_end().to_owned())
        .collect()
}

/// Storage controllers (PCI base class 01) that no driver has taken: named when the root cannot be found.
pub fn undriven_storage(sys: &Path) -> Vec<String> {
    let folder = sys.join("bus/pci/devices");
    let undriven = |name: &String| !folder.join(name).join("driver").exists();
    let alias = |name: &String| std::fs::read_to_string(folder.join(name).join("modalias")).ok();
    let devices = entries(&folder);
    let aliases = devices.iter().filter(|name| undriven(name)).filter_map(alias);
    aliases
        .filter(|alias| alias.contains("bc01"))
        .map(|alias| alias.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const TABLE: &str = "# Aliases\nalias virtio:d00000002v* virtio_blk\nalias fs-xfs xfs\n\
                         alias scsi:t-0x00* sd_mod\nalias scsi:t-0x* sg\nalias broken\nalias acpi*:VMBUS:* hv_vmbus\n";

    #[test]
    fn devices_find_their_modules() {
        let table = AliasTable::parse(TABLE);
        assert_eq!(table.modules_for("virtio:d00000002v00001AF4"), ["virtio_blk"]);
        assert_eq!(table.modules_for("scsi:t-0x00"), ["sd_mod", "sg"]);
        assert!(table.modules_for("pci:v00008086").is_empty());
    }

    #[test]
    fn only_buses_of_the_table_are_read() {
        let sys = tempfile::tempdir().unwrap();
        for (bus, alias) in [
            ("virtio", "virtio:d00000002v1"),
            ("acpi", "acpi:VMBUS:"),
            ("pci", "pci:v1"),
        ] {
            let device = sys.path().join("bus").join(bus).join("devices/d0");
            fs::create_dir_all(&device).unwrap();
            fs::write(device.join("modalias"), format!("{alias}\n")).unwrap();
        }
        let present = AliasTable::parse(TABLE).present(sys.path());
        assert_eq!(
            present.into_iter().collect::<Vec<_>>(),
            ["acpi:VMBUS:", "virtio:d00000002v1"]
        );
    }

    #[test]
    fn a_controller_without_driver_is_named() {
        let sys = tempfile::tempdir().unwrap();
        for (name, alias) in [
            ("0", "pci:v1bc01sc00"),
            ("1", "pci:v1bc02sc00"),
            ("2", "pci:v3bc01sc00"),
        ] {
            let device = sys.path().join("bus/pci/devices").join(name);
            fs::create_dir_all(&device).unwrap();
            fs::write(device.join("modalias"), alias).unwrap();
        }
        fs::create_dir(sys.path().join("bus/pci/devices/2/driver")).unwrap();
        assert_eq!(undriven_storage(sys.path()), ["pci:v1bc01sc00"]);
    }
}
