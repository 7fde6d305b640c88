//! What to tell whoever looks at a console on which no root appeared.

use crate::cmdline::Options;
use crate::disks::{Devices, Disk, Partition, Table};
use crate::filesystem::FileSystem;
use crate::modalias::undriven_storage;
use crate::modules::Modules;
use std::fmt::Write;

/// What was looked for, what there is, and what to do.
pub fn not_found(options: &Options, devices: &Devices, modules: &Modules) -> String {
    let seconds = options.wait.as_secs();
    let mut text = format!(
        "cannot find the root file system: {} did not appear in {seconds} s\n",
        options.root
    );
    disks(&mut text, &devices.disks(true));
    drivers(&mut text, devices, modules);
    text.push_str("check root= on the kernel command line and that the disk is attached");
    text
}

fn disks(text: &mut String, disks: &[Disk]) {
    if disks.is_empty() {
        text.push_str("no disk was found\n");
        return;
    }
    text.push_str("disks and partitions found:\n");
    for disk in disks {
        let _ = writeln!(
            text,
            "  /dev/{} {}{}",
            disk.name,
            describe(disk),
            contents(disk.filesystem.as_ref())
        );
        disk.partitions.iter().for_each(|part| partition(text, part));
    }
}

fn describe(disk: &Disk) -> String {
    let table = match disk.table {
        Table::Gpt => "GPT",
        Table::Mbr => "DOS partition table",
        Table::None => "no partition table",
    };
    format!("{}, {table}", size(disk.size))
}

fn partition(text: &mut String, part: &Partition) {
    let _ = write!(
        text,
        "    /dev/{} {} PARTUUID={}",
        part.name,
        size(part.size),
        part.uuid
    );
    if !part.label.is_empty() {
        let _ = write!(text, " PARTLABEL={}", part.label);
    }
    let _ = writeln!(text, "{}", contents(part.filesystem.as_ref()));
}

fn contents(filesystem: Option<&FileSystem>) -> String {
    let Some(FileSystem { kind, uuid, label }) = filesystem else {
        return String::new();
    };
    let mut text = format!(" {kind}");
    for (key, value) in [("UUID", uuid), ("LABEL", label)]
        .iter()
        .filter(|(_, value)| !value.is_empty())
    {
        let _ = write!(text, " {key}={value}");
    }
    text
}

fn drivers(text: &mut String, devices: &Devices, modules: &Modules) {
    let loaded: Vec<&str> = modules.loaded().collect();
    if !loaded.is_empty() {
        let _ = writeln!(text, "drivers loaded: {}", loaded.join(" "));
    }
    for alias in undriven_storage(&devices.sys) {
        let _ = writeln!(
            text,
            "no driver in this initramfs for the storage controller {alias}"
        );
    }
}

fn size(bytes: u64) -> String {
    let (unit, name) = if bytes >= 1 << 30 {
        (1_u64 << 30, "GiB")
    } else {
        (1 << 20, "MiB")
    };
    format!("{:.1} {name}", bytes as f64 / unit as f64)
}
