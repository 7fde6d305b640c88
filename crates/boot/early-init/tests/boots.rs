//! The program as PID 1 of a real kernel, with the initramfs of the minimal image on disks of several kinds.
//!
//! `init=` names a program that does not exist: then the way ends just behind the switch to the root, with a message.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const NO_INIT: &str = "init=/no/such/init";

fn image(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../build/image/minimal")
        .join(name);
    assert!(
        path.exists(),
        "{} is missing: run `make image` first",
        path.display()
    );
    path
}

/// The label the image's root has, and its PARTUUID as the command line says it.
fn part_uuid() -> String {
    let text = fs::read_to_string(image("cmdline")).unwrap();
    let root = text
        .split_whitespace()
        .find_map(|word| word.strip_prefix("root=PARTUUID="));
    root.unwrap().to_owned()
}

/// QEMU with the kernel, and with the disk as the drive `disk`.
fn machine(devices: &[&str], cmdline: &str) -> Command {
    let disk = format!(
        "file={},if=none,id=disk,format=raw,snapshot=on",
        image("minimal.raw").display()
    );
    let append = format!("console=ttyS0 no_timer_check quiet {cmdline}");
    let mut qemu = Command::new("timeout");
    // Emulation even where KVM works, so that the processor is the same everywhere. QEMU 7.2 emulates cmpxchg16b and
    // five-level paging in a way that kernel 6.12 does not survive.
    qemu.args([
        "120",
        "qemu-system-x86_64",
        "-machine",
        "q35,accel=tcg",
        "-cpu",
        "max,-cx16,la57=off",
    ]);
    qemu.args([
        "-m",
        "512",
        "-nographic",
        "-no-reboot",
        "-nic",
        "none",
        "-append",
        &append,
        "-drive",
        &disk,
    ]);
    qemu.arg("-kernel")
        .arg(image("vmlinuz"))
        .arg("-initrd")
        .arg(image("initrd"));
    devices.iter().for_each(|device| {
        qemu.args(["-device", device]);
    });
    qemu.stdin(Stdio::null());
    qemu
}

/// Starts the kernel and returns what it writes to the console until it restarts.
fn boot(devices: &[&str], cmdline: &str) -> String {
    let output = machine(devices, &format!("panic=-1 {cmdline}")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "apt-get install qemu-system-x86? {problem}\n{text}"
    );
    text
}

fn assert_has(console: &str, parts: &[&str]) {
    for part in parts {
        assert!(console.contains(part), "\"{part}\" is not in:\n{console}");
    }
}

#[test]
fn a_virtio_disk_by_partition_uuid() {
    let console = boot(
        &["virtio-blk-pci,drive=disk"],
        &format!("root=PARTUUID={} rw {NO_INIT}", part_uuid()),
    );
    assert_has(
        &console,
        &[
            "no init can be started",
            "/no/such/init (No such file or directory",
        ],
    );
}

#[test]
fn a_scsi_disk_that_appears_late_by_label() {
    let devices = ["virtio-scsi-pci", "scsi-hd,drive=disk"];
    let console = boot(
        &devices,
        &format!("root=LABEL=root ro rootflags=noatime {NO_INIT}"),
    );
    assert_has(&console, &["no init can be started"]);
}

#[test]
fn an_nvme_disk_by_the_type_of_its_partition() {
    let console = boot(&["nvme,drive=disk,serial=1"], NO_INIT);
    assert_has(&console, &["no init can be started"]);
}

#[test]
fn a_root_that_is_not_there_is_explained() {
    let console = boot(&["virtio-blk-pci,drive=disk"], "root=UUID=0-1 rootdelay=1");
    assert_has(
        &console,
        &[
            "cannot find the root file system: UUID=0-1 did not appear in 1 s",
            "/dev/vda2",
            &format!("PARTUUID={}", part_uuid()),
            "ext4 UUID=",
            "drivers loaded: ",
            "check root= on the kernel command line",
            "Restarting system",
        ],
    );
}

#[test]
fn a_controller_without_driver_is_named() {
    let console = boot(&["megasas", "scsi-hd,drive=disk"], "root=LABEL=root rootdelay=1");
    assert_has(
        &console,
        &[
            "no disk was found",
            "no driver in this initramfs for the storage controller pci:v00001000",
        ],
    );
}

/// Reads the console up to a text.
fn wait_for(console: &mut impl BufRead, text: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(text) {
        let mut line = Vec::new();
        assert!(
            console.read_until(b'\n', &mut line).unwrap() > 0,
            "\"{text}\" is not in:\n{seen}"
        );
        seen.push_str(&String::from_utf8_lossy(&line));
    }
    seen
}

#[test]
fn without_a_restart_to_come_a_disk_attached_later_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("monitor");
    let mut qemu = machine(
        &["virtio-scsi-pci"],
        &format!("root=LABEL=root rootdelay=1 {NO_INIT}"),
    );
    qemu.arg("-monitor")
        .arg(format!("unix:{},server,nowait", socket.display()))
        .stdout(Stdio::piped());
    let mut child = qemu.spawn().unwrap();
    let mut console = BufReader::new(child.stdout.take().unwrap());
    wait_for(&mut console, "going on as soon as it appears");
    let mut monitor = UnixStream::connect(&socket).unwrap();
    monitor.write_all(b"device_add scsi-hd,drive=disk\n").unwrap();
    wait_for(&mut console, "no init can be started");
    monitor.write_all(b"quit\n").unwrap();
    child.wait().unwrap();
}

#[test]
fn a_partition_of_another_kind_is_explained() {
    let console = boot(&["virtio-blk-pci,drive=disk"], "root=PARTLABEL=esp");
    assert_has(
        &console,
        &[
            "cannot mount the root file system /dev/vda1 as vfat",
            "no driver for that type",
        ],
    );
}
