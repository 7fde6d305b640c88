//! Units, with a real systemd: a manager of the test's own in namespaces and a control group of its own. The machine's
//! is not spoken to. It needs the right to make control groups, so it is for root.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use services::{Bus, Error, UnitName, Verb};

/// $test is this program; `inner NAME` runs one of its tests. The control group goes when its last process has ended.
const HEAD: &str = r#"set -eu
mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system /run/cg /run/user /run/home/.config/systemd/user
mount -t cgroup2 none /run/cg; mkdir -p "/run/cg/$group"; echo $$ > "/run/cg/$group/cgroup.procs"
exec unshare --cgroup sh -euc '
umount /run/cg; mount -t cgroup2 none /sys/fs/cgroup
export XDG_RUNTIME_DIR=/run/user HOME=/run/home DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/bus
export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
cd /run/home/.config/systemd/user
unit() { printf "%s\n" "[Unit]" "Description=The unit $1" "[Service]" "$2" "[Install]" "WantedBy=default.target" > "$1.service"; }
unit lasting "ExecStart=sleep infinity"
unit failing "ExecStart=false
Type=oneshot"
unit reloading "ExecStart=sleep infinity
ExecReload=touch /run/reloaded"
dbus-daemon --session --address=$DBUS_SESSION_BUS_ADDRESS --fork
/lib/systemd/systemd --user --log-target=console 2>/run/systemd.log &
left=1500; until busctl --user status org.freedesktop.systemd1 >/dev/null 2>&1; do
    left=$((left - 1)); [ $left -gt 0 ] || { cat /run/systemd.log; exit 1; }; sleep 0.02
done
"$test" --exact --ignored inside
'
"#;

#[test]
fn units_are_read_and_changed() {
    if std::fs::metadata("/proc/self").is_ok_and(|found| std::os::unix::fs::MetadataExt::uid(&found) != 0) {
        println!("only root may make control groups; the end-to-end tests have the same in an image");
        return;
    }
    let group = format!("lumen-test-services-{}", std::process::id());
    let output = Command::new("timeout")
        .args([
            "60",
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            HEAD,
        ])
        .env("test", std::env::current_exe().unwrap())
        .env("group", &group)
        .output()
        .expect("cannot run timeout: install the package coreutils");
    remove(&group);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
}

/// Removes the group and what systemd has made in it; everything in it has ended with the namespace.
fn remove(group: &str) {
    let script = "mount -t cgroup2 none /mnt && find \"/mnt/$0\" -depth -type d -exec rmdir {} +";
    let removed = Command::new("unshare")
        .args(["--mount", "sh", "-c", script, group])
        .output()
        .unwrap();
    assert!(
        removed.status.success(),
        "{}",
        String::from_utf8_lossy(&removed.stderr)
    );
}

fn name(text: &str) -> UnitName {
    UnitName::new(text).unwrap()
}

#[test]
#[ignore = "run by the test above"]
fn inside() {
    let mut bus = Bus::connect().unwrap();
    let lasting = name("lasting");
    let before = bus.status(&lasting).unwrap();
    assert_eq!(
        (
            before.unit.active.as_str(),
            before.enabled.as_str(),
            before.main_pid
        ),
        ("inactive", "disabled", None)
    );
    assert_eq!(before.unit.description, "The unit lasting");

    bus.start(&lasting).unwrap();
    let running = bus.status(&lasting).unwrap();
    assert_eq!(
        (running.unit.active.as_str(), running.unit.sub.as_str()),
        ("active", "running")
    );
    assert!(running.since > 0);
    let first = running.main_pid.unwrap();
    bus.act(Verb::Restart, &lasting).unwrap();
    let second = bus.status(&lasting).unwrap().main_pid.unwrap();
    assert_ne!(first, second);
    assert!(
        bus.units()
            .unwrap()
            .iter()
            .any(|unit| unit.name == "lasting.service" && unit.active == "active")
    );
    let properties = bus.unit_properties(&lasting).unwrap();
    assert_eq!(properties["MainPID"], serde_json::json!(second));
    assert!(properties["Environment"].is_array() && properties["Id"] == "lasting.service");
    bus.kill(&lasting, 15).unwrap();
    bus.stop(&lasting).unwrap();
    assert_ne!(bus.status(&lasting).unwrap().unit.active, "active");

    // What a unit cannot do, and how it ends.
    let failed = bus.start(&name("failing")).unwrap_err();
    assert!(
        matches!(&failed, Error::Job { result, .. } if result == "failed"),
        "{failed}"
    );
    bus.start(&name("reloading")).unwrap();
    bus.act(Verb::Reload, &name("reloading")).unwrap();
    assert!(std::fs::exists("/run/reloaded").unwrap());
    assert!(bus.act(Verb::Reload, &lasting).is_err(), "it does not run");

    // What is at boot.
    bus.enable(&lasting, true).unwrap();
    assert_eq!(bus.status(&lasting).unwrap().enabled, "enabled");
    bus.enable(&lasting, true).unwrap();
    bus.enable(&lasting, false).unwrap();
    assert_eq!(bus.status(&lasting).unwrap().enabled, "disabled");
    let masked = name("somebody-elses");
    bus.mask(&masked, true).unwrap();
    assert_eq!(bus.status(&masked).unwrap().unit.load, "masked");
    assert!(bus.start(&masked).is_err());
    bus.mask(&masked, false).unwrap();

    let nothing = name("nothing-of-the-kind");
    assert!(matches!(bus.status(&nothing), Err(Error::NotFound(_))));
    assert!(
        matches!(bus.start(&nothing), Err(Error::NotFound(_))),
        "{:?}",
        bus.start(&nothing)
    );
    assert!(
        matches!(bus.enable(&nothing, true), Err(Error::NotFound(_))),
        "{:?}",
        bus.enable(&nothing, true)
    );
    assert!(bus.manager_properties().unwrap()["Version"].is_string());
}
