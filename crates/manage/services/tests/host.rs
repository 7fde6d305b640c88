//! The kernel's settings, and what the host says about itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use services::{Error, Host, Key, Sysctl};

/// A root directory with some settings.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, value) in [
        ("proc/sys/net/ipv4/ip_forward", "0\n"),
        ("proc/sys/net/ipv4/conf/eth0.7/forwarding", "1\n"),
        ("proc/sys/kernel/sysrq", "16\n"),
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value).unwrap();
    }
    fs::create_dir_all(root.path().join("etc/sysctl.d")).unwrap();
    root
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

#[test]
fn a_setting_is_read_changed_and_kept() {
    let root = root();
    let sysctl = Sysctl::below(root.path());
    let forward = key("net.ipv4.ip_forward");
    assert_eq!(sysctl.get(&forward).unwrap().value.as_deref(), Some("0"));
    sysctl.set(&forward, "1", false).unwrap();
    assert!(!root.path().join("etc/sysctl.d/90-pmd.conf").exists());
    let kept = sysctl.set(&forward, "1", true).unwrap();
    assert_eq!(
        (kept.value.as_deref(), kept.persistent.as_deref()),
        (Some("1"), Some("1"))
    );
    sysctl
        .set(&key("net/ipv4/conf/eth0.7/forwarding"), "0", true)
        .unwrap();
    let file = fs::read_to_string(root.path().join("etc/sysctl.d/90-pmd.conf")).unwrap();
    assert!(
        file.ends_with("\nnet.ipv4.conf.eth0/7.forwarding = 0\nnet.ipv4.ip_forward = 1\n"),
        "{file}"
    );

    fs::write(root.path().join("proc/sys/net/ipv4/ip_forward"), "0\n").unwrap();
    sysctl.load().unwrap();
    assert_eq!(sysctl.get(&forward).unwrap().value.as_deref(), Some("1"));
    let names: Vec<String> = sysctl
        .list("net")
        .unwrap()
        .into_iter()
        .map(|value| value.key)
        .collect();
    assert_eq!(names, ["net.ipv4.conf.eth0/7.forwarding", "net.ipv4.ip_forward"]);
    let vlan = sysctl.get(&key("net.ipv4.conf.eth0/7.forwarding")).unwrap();
    assert_eq!(
        (vlan.value.as_deref(), vlan.persistent.as_deref()),
        (Some("0"), Some("0"))
    );
    sysctl.forget(&forward).unwrap();
    assert_eq!(sysctl.get(&forward).unwrap().persistent, None);
    assert!(matches!(sysctl.forget(&forward), Err(Error::NotFound(_))));
    assert!(matches!(sysctl.get(&key("no.such")), Err(Error::NotFound(_))));
    assert!(matches!(sysctl.get(&key("net.ipv4")), Err(Error::NotFound(_))));
}

#[test]
fn a_setting_is_no_path_and_a_value_no_second_line() {
    for bad in [
        "../../etc/passwd",
        "net/../../../etc/passwd",
        "net..x",
        "/etc/passwd",
        "net",
        "",
        "net.ipv4.\n",
        "a b.c",
        "net/./x",
        "net.ipv4/../x",
    ] {
        assert!(Key::new(bad).is_err(), "{bad:?}");
    }
    let root = root();
    let sysctl = Sysctl::below(root.path());
    for bad in ["1\nkernel.core_pattern = |/tmp/x", "", "\0", &"1".repeat(2000)] {
        assert!(
            sysctl
                .set(&key("kernel.sysrq"), bad, true)
                .unwrap_err()
                .is_input(),
            "{bad:?}"
        );
    }
    assert_eq!(fs::read_dir(root.path().join("etc/sysctl.d")).unwrap().count(), 0);
}

/// The file cannot be written: the kernel's value stays as well.
#[test]
fn a_setting_is_not_half_set() {
    let root = root();
    fs::remove_dir(root.path().join("etc/sysctl.d")).unwrap();
    fs::write(root.path().join("etc/sysctl.d"), "in its place").unwrap();
    let sysctl = Sysctl::below(root.path());
    assert!(matches!(
        sysctl.set(&key("kernel.sysrq"), "1", true),
        Err(Error::Write(_) | Error::Read { .. })
    ));
    let value = fs::read_to_string(root.path().join("proc/sys/kernel/sysrq")).unwrap();
    assert_eq!(value, "16\n");
}

/// A tree with the kernel's own settings in it: they can be read there, and not be set. The value is the one that is there,
/// so that nothing changes should it be taken.
#[test]
fn a_tree_does_not_set_what_is_of_the_kernel() {
    let root = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/proc", root.path().join("proc")).unwrap();
    let (sysctl, name) = (Sysctl::below(root.path()), key("kernel.panic"));
    let now = sysctl.get(&name).unwrap().value.unwrap();
    let refused = sysctl.set(&name, &now, true).unwrap_err();
    assert!(matches!(refused, Error::Foreign(_)), "{refused}");
    assert!(!root.path().join("etc").exists());
}

/// The real kernel, read only.
#[test]
fn the_kernel_of_this_machine() {
    let sysctl = Sysctl::host();
    let release = sysctl.get(&key("kernel.osrelease")).unwrap().value.unwrap();
    let all = sysctl.list("kernel.").unwrap();
    assert!(all.len() > 20 && all.iter().any(|value| value.key == "kernel.osrelease"));
    let info = Host::running().info().unwrap();
    assert_eq!(info.kernel, release);
    assert!(info.memory.total > info.memory.available && info.memory.available > 0);
    assert!(info.processors as usize >= 1 && info.processes > 1 && info.uptime_seconds > 0);
    assert!(!info.machine.is_empty() && info.boot_id.len() == 36);
}

#[test]
fn a_host_without_anything_is_told_by_what_is_missing() {
    let error = Host::below(Path::new("/nonexistent")).info().unwrap_err();
    assert!(error.to_string().contains("/nonexistent/proc/meminfo"), "{error}");
}

/// The rules of OpenMetrics that a reader relies on: the end, one type for each family, before its samples, and each
/// sample once.
#[test]
fn metrics_are_openmetrics() {
    let text = Host::running().metrics().unwrap();
    assert!(text.ends_with("\n# EOF\n") && text.matches("# EOF").count() == 1);
    let (mut families, mut samples, mut family) = (HashSet::new(), HashSet::new(), String::new());
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap().to_owned();
            assert!(families.insert(family.clone()), "{family} twice");
        } else if !line.starts_with("# HELP ") {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            assert!(
                sample.starts_with(&family) && value.parse::<f64>().is_ok(),
                "{line}"
            );
            assert!(samples.insert(sample.to_owned()), "{sample} twice");
        }
    }
    assert!(
        samples
            .iter()
            .any(|sample| sample.starts_with("node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"}")),
        "{text}"
    );
    assert!(samples.contains("node_memory_MemTotal_bytes"));
}
