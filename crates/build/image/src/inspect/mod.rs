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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Identity, Uuid};
    use crate::partition_table::{self, Partition};
    use std::fs::{self, File};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;
    use std::process::Command;

    const START: u64 = 1 << 20;
    const SIZE: u64 = 16 << 20;

    fn write(tree: &Path, path: &str, text: &str, mode: u32) {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn link(tree: &Path, path: &str, target: &str) {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    fn fill(tree: &Path) {
        rpmdb::RpmDb::open(tree, rpmdb::Mode::Write)
            .unwrap()
            .close()
            .unwrap();
        write(
            tree,
            "usr/lib/os-release",
            "ID=lumen\nPRETTY_NAME=\"Lumen OS\"\nVERSION_ID=1.0\n",
            0o644,
        );
        link(tree, "etc/os-release", "../usr/lib/os-release");
        write(tree, "usr/lib/modules/6.12.1/vmlinuz", "kernel", 0o644);
        write(tree, "usr/bin/su", "x", 0o4755);
        write(tree, "usr/bin/write", "x", 0o2755);
        write(tree, "usr/bin/ls", "x", 0o755);
        write(tree, "etc/passwd", "root:x:0:0::/:/bin/sh\n", 0o644);
        let units = "usr/lib/systemd/system";
        write(
            tree,
            &format!("{units}/web.socket"),
            "[Socket]\nListenStream=80\nListenStream=/run/x\n",
            0o644,
        );
        write(
            tree,
            &format!("{units}/idle.socket"),
            "[Socket]\nListenStream=81\n",
            0o644,
        );
        write(
            tree,
            "etc/systemd/system/web.socket.d/a.conf",
            "[Socket]\nListenDatagram=127.0.0.1:90\n",
            0o644,
        );
        link(
            tree,
            "etc/systemd/system/sockets.target.wants/web.socket",
            &format!("/{units}/web.socket"),
        );
        link(
            tree,
            "etc/systemd/system/sockets.target.wants/masked.socket",
            &format!("/{units}/masked.socket"),
        );
        link(tree, "etc/systemd/system/masked.socket", "/dev/null");
        write(tree, "etc/ssh/sshd_config", "#Port 23\nPort 2222\n", 0o600);
        link(
            tree,
            "etc/systemd/system/multi-user.target.wants/sshd.service",
            "/x",
        );
    }

    fn image() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (tree, disk) = (folder.path().join("tree"), folder.path().join("disk.raw"));
        fs::create_dir(&tree).unwrap();
        fill(&tree);
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&disk)
            .unwrap();
        file.set_len(START + SIZE + START).unwrap();
        let identity = Identity::new([&b"t"[..]]);
        let type_guid = Uuid::parse(early_init::root_spec::ROOT_TYPE).unwrap();
        let uuid = identity.uuid("root");
        let root = Partition {
            type_guid,
            uuid,
            label: "root".into(),
            start: START,
            size: SIZE,
        };
        partition_table::write(&file, START + SIZE + START, uuid, &[root]).unwrap();
        let mut mke2fs = Command::new("mke2fs");
        mke2fs
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .args(["-q", "-F", "-t", "ext4", "-L", "root", "-d"]);
        mke2fs
            .arg(&tree)
            .arg("-E")
            .arg(format!("offset={START}"))
            .arg(&disk)
            .arg(format!("{}k", SIZE >> 10));
        let status = mke2fs
            .status()
            .expect("mke2fs is missing: apt-get install e2fsprogs");
        assert!(status.success());
        (folder, disk)
    }

    #[test]
    fn everything_is_read_from_the_image_itself() {
        let (_folder, disk) = image();
        let report = inspect(&disk).unwrap();
        assert_eq!(
            (report.os.id.as_str(), report.os.name.as_str()),
            ("lumen", "Lumen OS")
        );
        assert_eq!(report.kernels, ["6.12.1"]);
        assert_eq!(
            (
                report.partitions[0].start,
                report.partitions[0].filesystem.as_str()
            ),
            (START, "ext4")
        );
        let programs: Vec<(&str, &str)> = report
            .privileged
            .iter()
            .map(|file| (file.path.as_str(), file.mode.as_str()))
            .collect();
        assert_eq!(programs, [("/usr/bin/su", "4755"), ("/usr/bin/write", "2755")]);
        assert_eq!(report.enabled_units, ["sshd.service", "web.socket"]);
        let ports: Vec<(&str, u16)> = report
            .ports
            .iter()
            .map(|port| (port.address.as_str(), port.port))
            .collect();
        assert_eq!(ports, [("*", 80), ("*", 2222), ("127.0.0.1", 90)]);
        // The owner is who runs this test, whose tree mke2fs has copied.
        let owner = match rustix::process::getuid() {
            user if user.is_root() => "root".to_owned(),
            user => user.to_string(),
        };
        let text = report.to_string();
        assert!(
            text.contains(&format!("4755 {owner}:")) && text.contains("tcp *:2222  sshd.service"),
            "{text}"
        );
    }

    #[test]
    fn qcow2_says_the_same() {
        let (folder, disk) = image();
        let qcow2 = folder.path().join("disk.qcow2");
        let arguments = ["convert", "-O", "qcow2"].map(PathBuf::from);
        let arguments: Vec<PathBuf> = arguments
            .into_iter()
            .chain([disk.clone(), qcow2.clone()])
            .collect();
        crate::tools::run_on_host("qemu-img", "qemu-utils", &arguments).unwrap();
        let (raw, converted) = (inspect(&disk).unwrap(), inspect(&qcow2).unwrap());
        assert_eq!(converted.format, "qcow2");
        assert_eq!(converted.privileged, raw.privileged);
        assert_eq!(converted.disk_size, raw.disk_size);
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, "text").unwrap();
        let error = inspect(&path).unwrap_err().to_string();
        assert!(error.contains("no GUID partition table"), "{error}");
        let error = inspect(&folder.path().join("none")).unwrap_err().to_string();
        assert!(error.contains("cannot read the disk image"), "{error}");
    }

    #[test]
    fn a_damaged_file_system_is_an_error_not_a_panic() {
        let (_folder, disk) = image();
        use std::os::unix::fs::FileExt;
        let file = File::options().write(true).open(&disk).unwrap();
        // All but the superblock, which says what the file system is.
        file.write_all_at(&vec![0xff; 4 << 20], START + (2 << 10))
            .unwrap();
        let error = inspect(&disk).unwrap_err().to_string();
        assert!(
            error.contains("cannot inspect") && error.contains("disk.raw"),
            "{error}"
        );
    }
}
