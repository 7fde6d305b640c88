//! The configuration of our kernels, as their fragments ask for it.

#![allow(clippy::unwrap_used, clippy::panic)] // tests, and the functions they share

mod hardening;

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

/// What the fragments came to with the sources of the recipe: the file that `distro/kernel/configure` compares every build
/// with.
fn resolved(flavour: &str) -> BTreeMap<String, String> {
    let path = project().join(format!("distro/kernel/resolved/{flavour}.resolved"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let set = text
        .lines()
        .filter_map(|line| line.strip_prefix("CONFIG_")?.split_once('='));
    set.map(|(option, value)| (option.to_owned(), value.to_owned()))
        .collect()
}

/// A list of options that somebody asks for, and the flavours that are held to it; without a list, all of them.
struct Required {
    flavours: Option<Vec<String>>,
    built_in: bool,
    options: Vec<String>,
}

fn required() -> BTreeMap<String, Required> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernel/required.toml");
    let tables: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let strings = |value: &toml::Value| -> Vec<String> {
        let list = value.as_array().unwrap().iter();
        list.map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let read = |table: &toml::Value| Required {
        flavours: table.get("flavours").map(strings),
        built_in: table
            .get("built-in")
            .is_some_and(|value| value.as_bool().unwrap()),
        options: strings(&table["options"]),
    };
    tables
        .iter()
        .map(|(name, table)| (name.clone(), read(table)))
        .collect()
}

#[test]
fn every_flavour_is_there() {
    let names: Vec<String> = flavours().into_keys().collect();
    assert_eq!(names, ["linux", "linux-esx", "linux-rt", "linux-secure"]);
}

/// The sources granted every wish, and nobody has changed a wish since without asking them again.
#[test]
fn what_the_fragments_ask_for_is_what_they_came_to() {
    for (flavour, fragments) in flavours() {
        let resolved = resolved(&flavour);
        for (option, wish) in wishes(&fragments) {
            let got = resolved.get(&option).map_or("n", String::as_str);
            assert_eq!(
                got, wish,
                "{flavour}: CONFIG_{option}; `lumen package build --prep {flavour}` says what the sources make of it"
            );
        }
    }
}

/// The configuration is that of the sources that are built.
#[test]
fn what_the_fragments_came_to_is_of_the_version_that_is_built() {
    let spec = fs::read_to_string(project().join("distro/kernel/kernel.spec")).unwrap();
    let version = spec
        .lines()
        .find_map(|line| line.strip_prefix("Version:"))
        .unwrap()
        .trim();
    for flavour in flavours().into_keys() {
        let path = project().join(format!("distro/kernel/resolved/{flavour}.resolved"));
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(
            text.lines().next(),
            Some(&*format!("# Linux/x86 {version} Kernel Configuration"))
        );
    }
}

#[test]
fn every_flavour_has_what_is_required_of_it() {
    for flavour in flavours().into_keys() {
        let resolved = resolved(&flavour);
        for (table, required) in required() {
            if required.flavours.is_some_and(|names| !names.contains(&flavour)) {
                continue;
            }
            for option in required.options {
                let value = resolved.get(&option).map_or("n", String::as_str);
                let enough = value == "y" || value == "m" && !required.built_in;
                let excused = DOES_WITHOUT
                    .iter()
                    .any(|(who, what, _)| *who == flavour && *what == option);
                assert!(
                    enough || excused,
                    "{flavour}: CONFIG_{option} of the table {table} is {value}"
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
