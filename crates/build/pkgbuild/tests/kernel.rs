//! The configuration of our kernels, as their fragments ask for it.

#![allow(clippy::unwrap_used, clippy::panic)] // tests, and the functions they share

use pkgbuild::catalog::Catalog;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Options that a flavour does without, although a table asks for them, and why.
const DOES_WITHOUT: [(&str, &str, &str); 0] = [];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The fragments of every flavour, in their order.
fn flavours() -> BTreeMap<String, Vec<String>> {
    let catalog = Catalog::load(&project().join("distro/packages")).unwrap();
    let fragments = |define: &BTreeMap<String, String>| -> Option<Vec<String>> {
        Some(
            define
                .get("fragments")?
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
        )
    };
    catalog
        .iter()
        .filter_map(|one| {
            Some((
                one.recipe.name.clone(),
                fragments(&one.recipe.spec.as_ref()?.define)?,
            ))
        })
        .collect()
}

fn fragment(name: &str) -> String {
    let path = project().join(format!("distro/kernel/{name}.config"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the fragments come to: the last wish for an option counts.
fn wishes(fragments: &[String]) -> BTreeMap<String, String> {
    let mut wishes = BTreeMap::new();
    for name in fragments {
        for line in fragment(name).lines() {
            if let Some((option, value)) = line.strip_prefix("CONFIG_").and_then(|rest| rest.split_once('='))
            {
                wishes.insert(option.to_owned(), value.to_owned());
            }
        }
    }
    wishes
}

fn tables() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernel_tables.toml");
    let tables: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let options = |table: &toml::Value| -> Vec<String> {
        let list = table["options"].as_array().unwrap();
        list.iter()
            .map(|option| option.as_str().unwrap().to_owned())
            .collect()
    };
    tables
        .iter()
        .map(|(name, table)| (name.clone(), options(table)))
        .collect()
}

#[test]
fn every_flavour_has_what_containers_and_this_system_need() {
    let flavours = flavours();
    assert!(flavours.contains_key("linux-esx"));
    for (flavour, fragments) in &flavours {
        let wishes = wishes(fragments);
        for (table, options) in tables() {
            for option in options {
                let wanted = wishes
                    .get(&option)
                    .is_some_and(|value| value == "y" || value == "m");
                let excused = DOES_WITHOUT
                    .iter()
                    .any(|(who, what, _)| who == flavour && *what == option);
                assert!(
                    wanted || excused,
                    "{flavour} lacks CONFIG_{option} of the table {table}"
                );
            }
        }
    }
}

/// No initramfs: what is between the firmware and the root file system.
#[test]
fn esx_starts_from_its_disks_without_modules() {
    let wishes = wishes(&flavours()["linux-esx"]);
    for option in [
        "VMWARE_PVSCSI",
        "VMXNET3",
        "VIRTIO_PCI",
        "VIRTIO_BLK",
        "SCSI_VIRTIO",
        "VIRTIO_NET",
        "BLK_DEV_NVME",
        "SATA_AHCI",
        "BLK_DEV_SD",
        "EXT4_FS",
        "EROFS_FS",
        "DM_VERITY",
        "OVERLAY_FS",
        "VFAT_FS",
        "EFI_PARTITION",
        "SERIAL_8250_CONSOLE",
    ] {
        assert_eq!(wishes.get(option).map(String::as_str), Some("y"), "{option}");
    }
    for option in ["FTRACE", "KPROBES"] {
        assert_eq!(wishes.get(option).map(String::as_str), Some("n"), "{option}");
    }
    assert_eq!(wishes["E1000"], "m");
}

/// A group of options is what stands together between empty lines; the first of its lines says why it is there, or the
/// head of the fragment does.
#[test]
fn every_group_of_options_says_why() {
    for entry in fs::read_dir(project().join("distro/kernel")).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|ending| ending != "config") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("# "),
            "{} does not say what it is",
            path.display()
        );
        for (number, group) in text.split("\n\n").enumerate() {
            // The first group may be explained by the head, which is a paragraph of its own.
            let explained =
                number <= 1 || group.starts_with("# ") || group.starts_with("CONFIG_LOCALVERSION");
            assert!(explained, "{}: nobody says why\n{group}", path.display());
        }
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let well_formed = line.starts_with("CONFIG_") && line.contains('=');
            assert!(well_formed, "{}: {line}", path.display());
        }
    }
}
