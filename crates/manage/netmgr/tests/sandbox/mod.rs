//! Namespaces in which systemd's services run: nothing of the machine is seen or changed.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::Command;

/// What runs beside the script.
#[derive(Clone, Copy, PartialEq)]
pub enum Sandbox {
    /// A bus alone.
    Bus,
    /// A bus that passes nothing on to networkd, and networkd.
    Refusing,
    /// A bus, networkd and hostnamed.
    Services,
}

/// The services need users to be; all are the one that the sandbox has.
const HEAD: &str = r#"set -eu
for user in root:x:0 systemd-network:x:998; do
    echo "$user:${user##*:}::/:/bin/sh" >> /etc/passwd; echo "$user:" >> /etc/group
done
echo 0123456789abcdef0123456789abcdef > /etc/machine-id # networkd makes the DUID from it
mkdir -p /run/dbus /run/systemd/netif/links /run/systemd/netif/leases /etc/systemd/network
policy() {
    cat <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>$1</policy></busconfig>
END
}
start_bus() {
    command -v dbus-daemon >/dev/null || { echo "install the package dbus-daemon" >&2; exit 1; }
    policy "$1" > /run/bus.conf; dbus-daemon --config-file=/run/bus.conf --fork 2>/run/bus.log
}
export SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=info SYSTEMD_LOG_COLOR=0
until_known() {
    left=1500
    until busctl status "$1" >/dev/null 2>&1; do
        left=$((left - 1)); [ $left -gt 0 ] || { cat /run/*.log; exit 1; }; sleep 0.02
    done
}
start() {
    /lib/systemd/systemd-$1 2>/run/$1.log &
    until_known org.freedesktop.$2
}
# A DHCP server keeps no leases, here as on the image: one that was kept would decide what the next case is given.
mkdir -p /etc/systemd/networkd.conf.d
cp "$conf" /etc/systemd/networkd.conf.d/
# A host of its own on the other end of veth0, with networkd on the file that is there for it.
router() {
    mkfifo /run/moved
    unshare --net --mount sh -c '
        mkdir -p /run/other/network /run/other/run
        cp /run/router.network /run/other/network/
        mount --bind /run/other/network /etc/systemd/network
        exec 3</run/moved
        mkdir -p /run/other/run/systemd/netif/links /run/other/run/systemd/netif/leases
        mount --bind /run/other/run /run
        read -r _ <&3
        exec /lib/systemd/systemd-networkd 2>/run/router.log' &
    peer=$!
    exec 4>/run/moved
    ip link set veth1 netns $peer
    echo go >&4
}
inner() { "$test" --quiet --ignored --exact "$1" >/run/inner.log 2>&1 || { cat /run/*.log >&2; exit 1; }; }
"#;

/// Runs a script: the command is $netmgr, a test of the calling file is `inner NAME`.
pub fn script(sandbox: Sandbox, text: &str) -> String {
    let start = match sandbox {
        Sandbox::Bus => "start_bus ''",
        Sandbox::Refusing => {
            "start_bus '<deny send_destination=\"org.freedesktop.network1\" \
             send_interface=\"org.freedesktop.network1.Manager\"/>'\nstart networkd network1"
        }
        Sandbox::Services => "start_bus ''\nstart networkd network1\nstart hostnamed hostname1",
    };
    run(&format!("{HEAD}{start}\n{text}"), text)
}

fn run(whole: &str, text: &str) -> String {
    let test = std::env::current_exe().unwrap();
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../distro/policy/network/usr/lib/systemd");
    let output = Command::new("timeout")
        .args(["120", "bwrap"])
        .args(["--unshare-user", "--unshare-pid", "--die-with-parent"])
        .args(["--uid", "998", "--gid", "998", "--cap-add", "ALL"])
        .args(["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"])
        .args(["--tmpfs", "/etc", "--tmpfs", "/run", "--tmpfs", "/var/lib"])
        // Made here, these namespaces belong to the user that has all rights in the sandbox.
        .args(["unshare", "--net", "--mount", "--uts", "sh", "-c", whole])
        .env("netmgr", env!("CARGO_BIN_EXE_netmgr"))
        .env("nmctl", env!("CARGO_BIN_EXE_nmctl"))
        .env("test", test)
        .env("policy", policy.join("network/80-dhcp.network"))
        .env("conf", policy.join("networkd.conf.d/10-lumen.conf"))
        .output()
        .expect("cannot run timeout: install the package coreutils");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(output.status.success(), "{text}\n{out}{err}");
    out
}
