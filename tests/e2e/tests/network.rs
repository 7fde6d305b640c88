//! What netmgr and nmctl set on a booted image takes effect, survives a restart, and leaves containers alone.

#[path = "../../../crates/manage/netmgr/tests/case/mod.rs"]
mod case;

use anyhow::{Context as _, ensure};
use e2e::{Check, Guest, Server, build_dir, run_suite};
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let scratch = match tempfile::tempdir() {
        Ok(scratch) => scratch,
        Err(error) => {
            println!("no place for a disk: {error}");
            return ExitCode::FAILURE;
        }
    };
    let disk = scratch.path().join("disk.raw");
    let first = run_suite(|| boot(&disk, true), BEFORE);
    let again = run_suite(|| boot(&disk, false), AFTER);
    if first == ExitCode::SUCCESS { again } else { first }
}

/// What is set, and what came of it at once.
const BEFORE: &[Check] = &[
    Check {
        name: "takes a VLAN on a bond on a bridge",
        run: links,
    },
    Check {
        name: "takes addresses, routes and rules",
        run: addresses,
    },
    Check {
        name: "takes DNS servers of a link, NTP servers and a host name",
        run: names,
    },
    Check {
        name: "has all of it in force",
        run: in_force,
    },
    Check {
        name: "tells a DHCP server its DUID and IAID",
        run: dhcp_identifiers,
    },
    Check {
        name: "restarts timesyncd when its servers change",
        run: services,
    },
    Check {
        name: "takes a change back that cuts the connection and is not confirmed",
        run: rollback,
    },
    Check {
        name: "keeps what is confirmed, when the timer is over",
        run: confirmed,
    },
    Check {
        name: "makes each kind of device, and removes it",
        run: devices,
    },
    Check {
        name: "has its services do what each command says",
        run: effects_on_services,
    },
    Check {
        name: "has udev do what each command about cards says",
        run: cards,
    },
    Check {
        name: "leaves docker's links alone",
        run: docker,
    },
    Check {
        name: "writes what was set to the disk, and a change that nobody will confirm",
        run: sync,
    },
];

/// What is left of it after a restart.
const AFTER: &[Check] = &[
    Check {
        name: "has taken back, before the network came up, what nobody had confirmed",
        run: rolled_back_at_boot,
    },
    Check {
        name: "has all of it in force after a restart",
        run: in_force,
    },
    Check {
        name: "takes the last change back",
        run: undo,
    },
];

fn boot(disk: &Path, fresh: bool) -> anyhow::Result<Guest> {
    if fresh {
        let image = build_dir().join("image/minimal/minimal.qcow2");
        let mut convert = Command::new("qemu-img");
        convert.args(["convert", "-O", "raw"]).arg(&image).arg(disk);
        let status = convert
            .status()
            .context("run qemu-img: install the package qemu-utils")?;
        ensure!(status.success(), "cannot copy {}: {status}", image.display());
    }
    let mut guest = Guest::boot_disk("minimal", disk, None)?;
    guest.succeed("systemctl is-system-running --wait || true")?;
    Ok(guest)
}

/// Waits until a condition of the shell holds. networkd answers before it has done what it was told.
fn until(guest: &mut Guest, condition: &str) -> anyhow::Result<()> {
    let script = format!("timeout 120 sh -c 'until {condition}; do sleep 0.2; done' >/dev/null 2>&1");
    guest
        .succeed(&script)
        .map(drop)
        .with_context(|| format!("waited in vain for: {condition}"))
}

fn links(guest: &mut Guest) -> anyhow::Result<()> {
    for port in ["port0", "port1"] {
        let file =
            format!("netmgr net_info --set --object /etc/systemd/network/10-{port}.netdev --paramname");
        guest.succeed(&format!("{file} NetDev_Name --paramvalue {port}"))?;
        guest.succeed(&format!("{file} NetDev_Kind --paramvalue dummy"))?;
        until(guest, &format!("ip link show {port}"))?;
    }
    guest.succeed("nmctl create-bond bond7 dev port0,port1 mode active-backup")?;
    until(guest, "ip link show bond7")?;
    guest.succeed("nmctl create-vlan vlan7 dev bond7 id 7")?;
    until(guest, "ip link show vlan7")?;
    guest.succeed("nmctl create-bridge bridge7 dev vlan7")?;
    until(guest, "ip link show bridge7")
}

fn addresses(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("netmgr ip4_address --set --interface bridge7 --mode static --addr 10.70.0.5/24")?;
    guest.succeed("netmgr ip6_address --add --interface bridge7 --addrlist 2001:db8:70::5/64")?;
    guest.succeed(
        "netmgr ip_route --add --interface bridge7 --destination 10.71.0.0/16 --gateway 10.70.0.1 --metric 71",
    )?;
    guest.succeed("nmctl add-route dev bridge7 dest 10.72.0.0/16 gw 10.70.0.1 table 71")?;
    guest.succeed("nmctl add-rule dev bridge7 table 71 from 10.70.0.0/24 priority 710")?;
    guest
        .succeed("netmgr wait_for_ip --interface bridge7 --timeout 120 --addrtype static_ipv4,static_ipv6")?;
    Ok(())
}

fn names(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("netmgr dns_servers --set --mode static --servers 10.70.0.53 --interface bridge7")?;
    guest.succeed("netmgr dns_domains --set --domains seventy.example --interface bridge7")?;
    guest.succeed("netmgr ntp_servers --set --servers 10.70.0.123")?;
    guest.succeed("netmgr hostname --set --name seventy")?;
    Ok(())
}

/// What the kernel and the services say, not what the files do.
fn in_force(guest: &mut Guest) -> anyhow::Result<()> {
    for condition in [
        "ip -o link show port0 | grep -q \"master bond7\"",
        "ip -o link show port1 | grep -q \"master bond7\"",
        "ip -d -o link show vlan7 | grep -q \"vlan7@bond7.* master bridge7 .*vlan protocol 802.1Q id 7 \"",
        "ip -4 -o address show dev bridge7 | grep -q \" 10.70.0.5/24 \"",
        "ip -6 -o address show dev bridge7 | grep -q \" 2001:db8:70::5/64 \"",
        "ip route show 10.71.0.0/16 | grep -q \"via 10.70.0.1 dev bridge7 .*metric 71\"",
        "ip route show table 71 | grep -q \"10.72.0.0/16 via 10.70.0.1 dev bridge7\"",
        "ip rule | grep -q \"^710:.*from 10.70.0.0/24 lookup 71\"",
        "resolvectl dns bridge7 | grep -q \"10.70.0.53\"",
        "resolvectl domain bridge7 | grep -q \"seventy.example\"",
        "busctl get-property org.freedesktop.timesync1 /org/freedesktop/timesync1 \
         org.freedesktop.timesync1.Manager SystemNTPServers | grep -q 10.70.0.123",
        "test $(uname -n) = seventy",
    ] {
        until(guest, condition)?;
    }
    Ok(())
}

/// A host of its own on the other end of `client0`: networkd, with its own files, which keeps who asked on its disk.
const SERVER: &str = "set -e
ip netns add server
ip link add client0 address 02:00:00:00:00:70 type veth peer name served0 netns server
mkdir -p /run/server/network /run/server/var
cat > /run/server/network/10-served0.network <<END
[Match]
Name=served0
[Network]
Address=10.73.0.1/24
DHCPServer=yes
[DHCPServer]
PersistLeases=yes
END
cat > /run/server/start <<'END'
mount -o remount,bind,ro /sys
mount --bind /run/server/network /etc/systemd/network
mount --bind /run/server/var /var/lib/systemd/network
mount -t tmpfs tmpfs /run/systemd/netif
chown -R systemd-network: /run/systemd/netif /var/lib/systemd/network
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent SYSTEMD_NETWORK_PERSISTENT_STORAGE_READY=1
exec /usr/lib/systemd/systemd-networkd
END
mkdir -p /var/lib/systemd/network
systemd-run --quiet --unit=dhcp-server ip netns exec server sh /run/server/start";

/// The client identifier of RFC 4361: 255, the IAID, the DUID.
fn dhcp_identifiers(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed(SERVER)?;
    guest.succeed("netmgr if_iaid --set --interface client0 --iaid 16909060")?;
    guest.succeed("netmgr dhcp_duid --set --interface client0 --duid 00:03:00:01:02:aa:bb:cc:dd:ee")?;
    guest.succeed("netmgr ip4_address --set --interface client0 --mode dhcp")?;
    guest.succeed("netmgr wait_for_ip --interface client0 --timeout 120 --addrtype dhcp_ipv4")?;
    let wanted = "\"ClientId\":[255,1,2,3,4,0,3,0,1,2,170,187,204,221,238]";
    let lease = "/run/server/var/dhcp-server-lease/served0";
    until(
        guest,
        &format!("tr -d \" \\n\\t\" < {lease} | grep -qF '\\''{wanted}'\\''"),
    )
    .with_context(|| {
        guest
            .succeed(&format!("cat {lease}; journalctl -u dhcp-server -n 30"))
            .unwrap_or_default()
    })?;
    guest.succeed("systemctl stop dhcp-server; ip link delete client0; rm /etc/systemd/network/*client0*")?;
    Ok(())
}

/// The command that restarts timesyncd after a change of its file does it by a job of systemd's.
fn services(guest: &mut Guest) -> anyhow::Result<()> {
    let main = "systemctl show --value -p MainPID systemd-timesyncd";
    let before = guest.succeed(main)?;
    guest.succeed("netmgr ntp_servers --add --servers 10.70.0.124")?;
    let after = guest.succeed(main)?;
    ensure!(before != after, "timesyncd was not restarted: {before}");
    guest.succeed("netmgr ntp_servers --del --servers 10.70.0.124")?;
    Ok(())
}

const TIMERS: &str = "systemctl --no-legend list-units --type=timer";

/// The timer fires and finds nothing to do.
fn confirmed(guest: &mut Guest) -> anyhow::Result<()> {
    until(guest, &format!("! {TIMERS} | grep -q netmgr-rollback-"))?;
    guest.succeed("nmctl --confirm 2 set-mtu dev bridge7 mtu 1420 && nmctl confirm")?;
    until(guest, &format!("! {TIMERS} | grep -q netmgr-rollback-"))?;
    until(guest, "ip link show bridge7 | grep -q \"mtu 1420 \"")?;
    guest.succeed("nmctl undo").map(drop)
}

/// What differs from the namespaces that the cases' neighbours are run in.
const HERE: &str = "
limit=15
far() { ip link set live1 up; }
again() { udevadm control --reload; udevadm trigger --settle --action=add /sys/class/net/live0; }
asked() { journalctl -b -o cat SYSLOG_IDENTIFIER=systemd-udevd \
    + SYSLOG_IDENTIFIER='(udev-worker)' | grep -q \"live0.*$1\"; }
";

/// The guest counts the seconds by its instructions: on a busy machine one of its seconds lasts several of ours.
/// A command that hangs fails its case, not all that follow; the last commands are told.
const RUN_CASE: &str = "timeout --foreground -k 5 100 bash -x /run/case.sh 2> /run/case.log </dev/null ||
    { tail -n 12 /run/case.log; false; }";

/// An emulated machine takes minutes for the cases: `make test-long` runs them.
fn is_long() -> bool {
    std::env::var_os("TEST_LONG").is_some()
}

/// Runs the cases of a file, each in a shell of its own, and tells of all that fail.
fn effects(guest: &mut Guest, file: &str) -> anyhow::Result<()> {
    if !is_long() {
        return Ok(());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/manage/netmgr/tests/effects/guest");
    let text = std::fs::read_to_string(path.join(file))?;
    guest.succeed(&format!("cat > /run/head.sh <<'HEAD'\n{}{HERE}HEAD", case::HEAD))?;
    // live1, a host of its own elsewhere, is one of this machine here: it gives leases, which the firewall would not let in.
    guest.succeed("nft insert rule inet lumen input iifname \"live*\" accept")?;
    let mut failed = Vec::new();
    for case in case::read(&text) {
        guest.succeed(&format!(
            "cat > /run/case.sh <<'CASE'\n. /run/head.sh\n{}CASE",
            case.script
        ))?;
        if let Err(error) = guest.succeed(RUN_CASE) {
            failed.push(format!("{}: {error:#}", case.name));
        }
        // Without being told, udev looks for changed files every three seconds only, and would name the next case's link.
        guest.succeed("bash -c '. /run/head.sh; away; udevadm control --reload'")?;
    }
    ensure!(failed.is_empty(), "{}", failed.join("\n"));
    Ok(())
}

fn devices(guest: &mut Guest) -> anyhow::Result<()> {
    effects(guest, "10-devices.txt")
}

fn effects_on_services(guest: &mut Guest) -> anyhow::Result<()> {
    effects(guest, "20-services.txt")
}

/// With ethtool, which the image has not.
fn cards(guest: &mut Guest) -> anyhow::Result<()> {
    if !is_long() {
        return Ok(());
    }
    let server = Server::start(&build_dir().join("repo"))?;
    guest.succeed(&format!("tdnf -y {} install ethtool", server.options("x86_64")))?;
    effects(guest, "30-cards.txt")
}

/// 10.0.2.2 is the host on QEMU's network.
fn rollback(guest: &mut Guest) -> anyhow::Result<()> {
    let reach = "ping -c 1 -W 5 10.0.2.2";
    until(guest, reach)?;
    let uplink =
        guest.succeed("ip -4 route show default | sed \"s/.* dev \\([^ ]*\\) .*/\\1/\" | head -n 1")?;
    let uplink = uplink.trim();
    let change = format!("ip4_address --set --interface {uplink} --mode static --addr 192.0.2.5/24");
    guest.succeed(&format!("netmgr --confirm 30 {change}"))?;
    // The guardian is a timer of systemd's, which no session takes along when it ends.
    guest.succeed(&format!("{TIMERS} | grep -q netmgr-rollback-"))?;
    until(guest, &format!("! {reach}"))?;
    until(guest, reach)?;
    let mode = guest.succeed(&format!("netmgr ip4_address --get --interface {uplink}"))?;
    ensure!(mode.contains("Mode: dhcp"), "{mode}");
    Ok(())
}

fn docker(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("systemctl start docker && docker network create other >/dev/null")?;
    let before = guest.succeed("ip -o address show | grep -E \"docker0|br-\"")?;
    guest.succeed("netmgr link_info --set --interface bridge7 --mtu 1400")?;
    guest.succeed("nmctl reload && networkctl reconfigure bridge7")?;
    until(guest, "ip link show bridge7 | grep -q \"mtu 1400\"")?;
    let after = guest.succeed("ip -o address show | grep -E \"docker0|br-\"")?;
    ensure!(before == after, "docker's addresses changed:\n{before}{after}");
    let managed =
        guest.succeed("networkctl --no-legend list | grep -E \"docker0|br-\" | grep -v unmanaged || true")?;
    ensure!(managed.trim().is_empty(), "networkd manages {managed}");
    guest.succeed("docker network rm other && netmgr undo")?;
    Ok(())
}

const UNCONFIRMED: &str = "10.70.0.99";

fn sync(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed(&format!(
        "nmctl --confirm 3600 add-addr dev bridge7 a {UNCONFIRMED}/24"
    ))?;
    guest
        .succeed("systemctl stop docker.socket docker; sync")
        .map(drop)
}

/// The timer did not survive the restart; a unit did its work.
fn rolled_back_at_boot(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("journalctl -b -t netmgr NETMGR_ACTION=rollback -o cat | grep -q .")?;
    guest.succeed(&format!("! grep -rF {UNCONFIRMED} /etc/systemd/network"))?;
    guest
        .succeed(&format!("! ip address | grep -F {UNCONFIRMED}/"))
        .map(drop)
}

fn undo(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("netmgr hostname --set --name other && test $(uname -n) = other")?;
    guest
        .succeed("netmgr undo && test $(uname -n) = seventy")
        .map(drop)
}
