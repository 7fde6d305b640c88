//! Tables and superblocks as the real tools write them.

#![allow(clippy::unwrap_used, clippy::panic)]

use early_init::disks::{Devices, Partition, Table};
use early_init::root_spec::RootSpec;
use early_init::search::find;
use early_init::{filesystem, gpt, mbr};
use proptest::prelude::*;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

const ROOT: &str = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
const UUID: &str = "0fc63daf-8483-4772-8e79-3d69d8477de4";
const LAYOUT: &str = "label: gpt\nstart=2048, size=2048, type=U, name=esp\n\
    start=6144, size=8192, type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709, \
    uuid=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name=\"r\u{f6}ot\"\n";

/// Runs a program and says which package has it when it is missing.
fn run(program: &str, package: &str, arguments: &[&str], input: &str) {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let mut child = command
        .spawn()
        .unwrap_or_else(|_| panic!("{program} is missing: apt-get install {package}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{program} {arguments:?} failed");
}

fn blank(folder: &TempDir, mib: u64) -> PathBuf {
    let path = folder.path().join("disk");
    File::create(&path).unwrap().set_len(mib << 20).unwrap();
    path
}

fn sfdisk(path: &Path, layout: &str) {
    run("sfdisk", "fdisk", &["-q", path.to_str().unwrap()], layout);
}

fn gpt_disk() -> &'static [u8] {
    static DISK: OnceLock<Vec<u8>> = OnceLock::new();
    DISK.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let path = blank(&folder, 10);
        sfdisk(&path, LAYOUT);
        fs::read(path).unwrap()
    })
}

#[test]
fn sfdisk_gpt() {
    let disk = gpt_disk();
    let found = gpt::read(disk, disk.len() as u64, 512).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].number, found[0].name.as_str()), (1, "esp"));
    assert_eq!(found[0].type_guid, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
    assert_eq!((found[1].unique_guid.as_str(), found[1].size), (UUID, 8192 * 512));
    assert_eq!(
        (found[1].name.as_str(), found[1].type_guid.as_str()),
        ("r\u{f6}ot", ROOT)
    );
}

#[test]
fn a_damaged_primary_table_is_read_from_the_backup() {
    let mut disk = gpt_disk().to_vec();
    let whole = gpt::read(&disk[..], disk.len() as u64, 512).unwrap();
    disk[1024 + 128 + 20] ^= 1;
    assert_eq!(gpt::read(&disk[..], disk.len() as u64, 512).unwrap(), whole);
    disk[512..1024].fill(0);
    assert_eq!(gpt::read(&disk[..], disk.len() as u64, 512).unwrap(), whole);
    let last = disk.len() - 512;
    disk[last..].fill(0);
    assert_eq!(gpt::read(&disk[..], disk.len() as u64, 512), None);
}

/// Addresses in the table count sectors, so the same bytes are a valid table of larger sectors when moved.
#[test]
fn gpt_with_4k_sectors() {
    let small = gpt_disk();
    let mut disk = vec![0; 80 << 20];
    disk[4096..4096 + 512].copy_from_slice(&small[512..1024]);
    disk[2 * 4096..2 * 4096 + 128 * 128].copy_from_slice(&small[1024..1024 + 128 * 128]);
    let found = gpt::read(&disk[..], disk.len() as u64, 4096).unwrap();
    assert_eq!(
        (found[1].unique_guid.as_str(), found[1].size),
        (UUID, 8192 * 4096)
    );
    assert_eq!(gpt::read(&disk[..], disk.len() as u64, 512), None);
}

#[test]
fn a_gap_in_the_numbers_of_partitions() {
    let folder = TempDir::new().unwrap();
    let path = blank(&folder, 10);
    sfdisk(
        &path,
        &format!(
            "label: gpt\n{}3 : start=2048, size=2048, uuid={UUID}, name=root\n",
            path.display()
        ),
    );
    let disk = fs::read(path).unwrap();
    let found = gpt::read(&disk[..], disk.len() as u64, 512).unwrap();
    assert_eq!(
        (found.len(), found[0].number, found[0].unique_guid.as_str()),
        (1, 3, UUID)
    );
}

#[test]
fn sfdisk_dos_with_logical_partitions() {
    let folder = TempDir::new().unwrap();
    let path = blank(&folder, 16);
    let layout = "label: dos\nlabel-id: 0x1234abcd\nstart=2048,size=2048,type=83\n\
                  start=4096,size=20480,type=5\nstart=6144,size=2048,type=83\nstart=12288,size=4096,type=83\n";
    sfdisk(&path, layout);
    let disk = fs::read(&path).unwrap();
    let found = mbr::read(&disk[..], 512).unwrap();
    let ids: Vec<&str> = found.iter().map(|part| part.part_uuid.as_str()).collect();
    assert_eq!(ids, ["1234abcd-01", "1234abcd-02", "1234abcd-05", "1234abcd-06"]);
    assert_eq!(found[3].size, 4096 * 512);
    assert!(
        mbr::read(gpt_disk(), 512).is_none(),
        "a protective table is no DOS table"
    );
}

#[test]
fn a_looping_chain_of_logical_partitions_ends() {
    let mut disk = vec![0_u8; 4096];
    for sector in [0, 1] {
        let entry = sector * 512 + 446 + 16 * usize::from(sector == 1);
        disk[entry + 4] = 5;
        // The second link points back to itself: offset 0 from the start of the extended partition.
        disk[entry + 8] = u8::from(sector == 0);
        disk[entry + 12] = 1;
        disk[sector * 512 + 510..][..2].copy_from_slice(&[0x55, 0xaa]);
    }
    assert_eq!(mbr::read(&disk[..], 512).unwrap().len(), 1);
}

fn probe_made_by(program: &str, package: &str, mib: u64, arguments: &[&str]) -> filesystem::FileSystem {
    let folder = TempDir::new().unwrap();
    let path = blank(&folder, mib);
    let all: Vec<&str> = arguments
        .iter()
        .copied()
        .chain([path.to_str().unwrap()])
        .collect();
    run(program, package, &all, "");
    filesystem::probe(&File::open(path).unwrap()).unwrap()
}

#[test]
fn file_systems_of_the_real_tools() {
    let uuid = UUID.to_owned();
    let ext4 = probe_made_by(
        "mke2fs",
        "e2fsprogs",
        8,
        &["-q", "-t", "ext4", "-U", UUID, "-L", "root"],
    );
    assert_eq!(
        ext4,
        filesystem::FileSystem {
            kind: "ext4",
            uuid: uuid.clone(),
            label: "root".into()
        }
    );
    let swap = probe_made_by("mkswap", "util-linux", 8, &["-q", "-U", UUID, "-L", "s"]);
    assert_eq!(
        swap,
        filesystem::FileSystem {
            kind: "swap",
            uuid,
            label: "s".into()
        }
    );
}

#[test]
fn superblocks_written_by_other_tools() {
    let mut xfs = vec![0; 4096];
    xfs[..512].copy_from_slice(include_bytes!("superblocks/xfs"));
    let mut btrfs = vec![0; 65 << 10];
    btrfs[64 << 10..].copy_from_slice(include_bytes!("superblocks/btrfs"));
    for (kind, bytes) in [("xfs", xfs), ("btrfs", btrfs)] {
        let expected = filesystem::FileSystem {
            kind,
            uuid: UUID.into(),
            label: "root".into(),
        };
        assert_eq!(filesystem::probe(&bytes[..]), Some(expected));
    }
}

#[test]
fn fat_of_both_sizes() {
    for (mib, bits) in [(16, "16"), (40, "32")] {
        let fat = probe_made_by(
            "mkfs.fat",
            "dosfstools",
            mib,
            &["-F", bits, "-i", "1a2b3c4d", "-n", "ESP"],
        );
        assert_eq!(
            fat,
            filesystem::FileSystem {
                kind: "vfat",
                uuid: "1A2B-3C4D".into(),
                label: "ESP".into()
            }
        );
    }
}

/// A made-up /sys and /dev around one image file.
fn devices(folder: &TempDir, disk: &[u8]) -> Devices {
    let devices = Devices {
        sys: folder.path().join("sys"),
        dev: folder.path().join("dev"),
    };
    for number in [1, 2] {
        let part = devices.sys.join(format!("block/vda/vda{number}"));
        fs::create_dir_all(&part).unwrap();
        fs::write(part.join("partition"), format!("{number}\n")).unwrap();
    }
    fs::create_dir_all(devices.sys.join("block/loop0")).unwrap();
    fs::write(
        devices.sys.join("block/vda/size"),
        format!("{}\n", disk.len() / 512),
    )
    .unwrap();
    fs::create_dir_all(&devices.dev).unwrap();
    fs::write(devices.dev.join("vda"), disk).unwrap();
    fs::write(devices.dev.join("vda2"), &disk[6144 * 512..]).unwrap();
    devices
}

#[test]
fn every_way_to_name_the_root() {
    let folder = TempDir::new().unwrap();
    let part = blank(&folder, 4);
    run(
        "mke2fs",
        "e2fsprogs",
        &["-q", "-U", UUID, "-L", "rootfs", part.to_str().unwrap()],
        "",
    );
    let mut disk = gpt_disk().to_vec();
    let content = fs::read(&part).unwrap();
    disk[6144 * 512..][..content.len()].copy_from_slice(&content);
    let devices = devices(&folder, &disk);
    let disks = || devices.disks(true);
    assert_eq!((disks()[0].table, disks().len()), (Table::Gpt, 1));
    for spec in [
        "PARTUUID=0FC63DAF-8483-4772-8E79-3D69D8477DE4",
        "PARTLABEL=r\u{f6}ot",
        "LABEL=rootfs",
        "gpt-auto",
    ] {
        let found = find(&RootSpec::parse(spec), disks());
        assert_eq!(found.map(|root| root.device).as_deref(), Some("vda2"), "{spec}");
    }
    assert_eq!(
        find(&RootSpec::parse(&format!("UUID={UUID}")), disks())
            .unwrap()
            .filesystem
            .unwrap()
            .kind,
        "ext4"
    );
    assert_eq!(find(&RootSpec::parse("LABEL=other"), disks()), None);
    assert_eq!(find(&RootSpec::parse("PARTLABEL="), disks()), None);
}

#[test]
fn the_report_names_what_was_found() {
    let folder = TempDir::new().unwrap();
    let devices = devices(&folder, gpt_disk());
    let options = early_init::cmdline::Options::parse("root=LABEL=gone rootdelay=3");
    let text = early_init::report::not_found(&options, &devices, &early_init::modules::Modules::default());
    for part in [
        "LABEL=gone did not appear in 3 s",
        "/dev/vda 10.0 MiB, GPT",
        "/dev/vda2 4.0 MiB",
        UUID,
        "PARTLABEL=esp",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn a_table_entry_without_a_device_is_no_root() {
    let folder = TempDir::new().unwrap();
    let devices = devices(&folder, gpt_disk());
    fs::remove_dir_all(devices.sys.join("block/vda/vda2")).unwrap();
    let names: Vec<String> = devices.disks(false)[0]
        .partitions
        .iter()
        .map(|p: &Partition| p.name.clone())
        .collect();
    assert_eq!(names, ["vda1"]);
}

proptest! {
    #[test]
    fn any_change_of_a_table_is_survived(changes in proptest::collection::vec((0_usize..40 * 512, any::<u8>()), 1..20)) {
        let mut disk = gpt_disk()[..64 * 512].to_vec();
        for (at, byte) in changes {
            disk[at] = byte;
        }
        gpt::read(&disk[..], disk.len() as u64, 512);
        mbr::read(&disk[..], 512);
        filesystem::probe(&disk[..]);
    }

    #[test]
    fn any_sizes_are_survived(size in any::<u64>(), sector in any::<u64>()) {
        gpt::read(gpt_disk(), size, sector);
        mbr::read(gpt_disk(), sector);
    }

    #[test]
    fn any_first_page_is_survived(bytes in proptest::collection::vec(any::<u8>(), 4096)) {
        filesystem::probe(&bytes[..]);
        mbr::read(&bytes[..], 512);
    }
}
