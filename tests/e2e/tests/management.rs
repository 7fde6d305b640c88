//! The management daemon on the booted image: installed, turned on by one command, asked from the host over TLS.
//!
//! What each helper may do is decided by the sandbox of its unit, and only a host with systemd can tell whether that is right.

use anyhow::{Context as _, ensure};
use e2e::{
    Caller, Check, Guest, MANAGEMENT_PORT, Manager, Server, Wish, build_dir, image_under_test, run_suite,
};
use serde_json::{Value, json};
use std::cell::OnceCell;
use std::process::ExitCode;

/// In `pmd-admin`.
const ANNA: Caller<'_> = Caller {
    user: "anna",
    password: "correct horse",
};
/// In no group that has a role.
const OTTO: Caller<'_> = Caller {
    user: "otto",
    password: "battery staple",
};

fn main() -> ExitCode {
    // Listing needs no guest.
    let listing = std::env::args().any(|argument| argument == "--list");
    if std::env::var_os("TEST_LONG").is_none() && !listing {
        println!("\nrunning 0 tests; TEST_LONG=1 boots the image and installs pmd in it\n");
        return ExitCode::SUCCESS;
    }
    let Ok(folder) = tempfile::tempdir() else {
        println!("there is no room for a disk");
        return ExitCode::FAILURE;
    };
    let serving = OnceCell::new();
    run_suite(
        || {
            let server = Server::start(&build_dir().join("repo"))?;
            let disk = folder.path().join("disk.qcow2");
            let mut guest = Guest::boot_kept(&image_under_test("minimal"), &disk, &[MANAGEMENT_PORT])?;
            guest.succeed("systemctl is-system-running --wait || true")?;
            guest.use_repository(&server)?;
            guest.succeed("tdnf -y install pmd pmd-cli")?;
            let _ = serving.set(server);
            Ok(guest)
        },
        CHECKS,
    )
}

const CHECKS: &[Check] = &[
    Check {
        name: "is off when it is installed",
        run: off,
    },
    Check {
        name: "is turned on by one command",
        run: on,
    },
    Check {
        name: "has an exposure of at most 2.0",
        run: exposure,
    },
    Check {
        name: "knows root, and who else is who, on its socket",
        run: by_socket,
    },
    Check {
        name: "tells nobody anything over TLS but that it is there",
        run: nobody,
    },
    Check {
        name: "lets an administrator change packages, firewall and users by REST",
        run: by_rest,
    },
    Check {
        name: "lets an administrator do so by pmd-cli",
        run: by_cli,
    },
    Check {
        name: "lets an administrator do so from Python",
        run: by_python,
    },
    Check {
        name: "sets name, clock and kernel of the host",
        run: system,
    },
    Check {
        name: "configures the network",
        run: network,
    },
    Check {
        name: "starts and stops services and reads their logs",
        run: services,
    },
    Check {
        name: "restores a configuration that was backed up",
        run: backup,
    },
    Check {
        name: "refuses who is in no mapped group, by each of the three ways",
        run: outsider,
    },
    Check {
        name: "has written all of it into an audit log that is whole",
        run: audited,
    },
    Check {
        name: "has no failed unit, and logged no error",
        run: no_errors,
    },
    Check {
        name: "is there after a restart, with the rules, in 20 MB of memory",
        run: restarted,
    },
    Check {
        name: "is turned off by one command",
        run: off_again,
    },
];

fn off(guest: &mut Guest) -> anyhow::Result<()> {
    let active = guest.succeed("systemctl list-units --no-legend --plain 'pmd*'")?;
    ensure!(active.is_empty(), "{active}");
    let listening = guest.succeed("ss -Hltn")?;
    ensure!(!listening.contains(":2081"), "{listening}");
    Ok(())
}

fn on(guest: &mut Guest) -> anyhow::Result<()> {
    let said = guest.succeed("pmd enable")?;
    ensure!(said.contains("pmd is on"), "{said}");
    guest.succeed("systemctl is-active pmd.service")?;
    let sockets = guest.succeed("systemctl list-units --no-legend --plain 'pmd-helper@*.socket'")?;
    let listening = sockets
        .lines()
        .filter(|line| line.contains(" active listening "))
        .count();
    ensure!(listening == 12, "{sockets}");
    // As the guide says.
    guest.succeed(
        "echo 'tcp dport 2081 accept' >/etc/nftables/input.d/pmd.nft && systemctl reload nftables",
    )?;
    let (status, health) = Manager::of(guest)?.request(None, "GET", "/health", None)?;
    ensure!(status == 200, "{health}");
    let time = guest.succeed("systemctl show --value -p CPUUsageNSec pmd.service")?;
    println!("    CPU time from start to ready, 2 ns an instruction: {time} ns");
    Ok(())
}

fn exposure(guest: &mut Guest) -> anyhow::Result<()> {
    let said = guest.succeed("systemd-analyze security --no-pager pmd.service | tail -1")?;
    let words = said.split_whitespace();
    let level: f64 = words
        .skip_while(|word| !word.starts_with("pmd.service"))
        .nth(1)
        .with_context(|| said.clone())?
        .parse()?;
    println!("    {level}");
    ensure!(level <= 2.0, "{said}");
    Ok(())
}

fn by_socket(guest: &mut Guest) -> anyhow::Result<()> {
    for (caller, groups) in [(ANNA, "--groups pmd-admin"), (OTTO, "")] {
        let (user, password) = (caller.user, caller.password);
        guest.succeed(&format!(
            "echo '{password}' >/root/{user} && pmd-cli users add --name {user} {groups} --password-file /root/{user}"
        ))?;
        let home = guest.succeed(&format!("stat -c '%U %a' /home/{user}"))?;
        ensure!(home.starts_with(&format!("{user} 7")), "{home}");
        let whoami = guest.succeed(&format!(
            "setpriv --reuid={user} --regid={user} --init-groups pmd-cli --json daemon whoami"
        ))?;
        let whoami: Value = serde_json::from_str(&whoami)?;
        ensure!(whoami["user"] == user, "{whoami}");
    }
    let refused =
        guest.fail("setpriv --reuid=otto --regid=otto --init-groups pmd-cli usr useradd mallory")?;
    ensure!(refused.contains("otto"), "{refused}");
    Ok(())
}

fn nobody(guest: &mut Guest) -> anyhow::Result<()> {
    let manager = Manager::of(guest)?;
    let wrong = Caller {
        password: "wrong",
        ..ANNA
    };
    for caller in [None, Some(wrong)] {
        let (status, answer) = manager.request(caller, "GET", "/system/info", None)?;
        ensure!(status == 401, "{status} {answer}");
    }
    let (status, document) = manager.request(None, "GET", "/openapi.json", None)?;
    ensure!(status == 200 && document["openapi"] == "3.1.0", "{document}");
    Ok(())
}

fn by_rest(guest: &mut Guest) -> anyhow::Result<()> {
    let wish = Wish {
        package: "strace",
        port: 8441,
        user: "rest",
    };
    wish.by_rest(&Manager::of(guest)?, ANNA)?;
    wish.came_true(guest)?;
    guest.succeed("strace -V").map(drop)
}

fn by_cli(guest: &mut Guest) -> anyhow::Result<()> {
    let wish = Wish {
        package: "lsof",
        port: 8442,
        user: "cli",
    };
    wish.by_cli(&Manager::of(guest)?, ANNA)?;
    wish.came_true(guest)
}

fn by_python(guest: &mut Guest) -> anyhow::Result<()> {
    let wish = Wish {
        package: "ethtool",
        port: 8443,
        user: "python",
    };
    wish.by_python(&Manager::of(guest)?, ANNA)?;
    wish.came_true(guest)
}

fn system(guest: &mut Guest) -> anyhow::Result<()> {
    let manager = Manager::of(guest)?;
    let put = |path: &str, body: Value| manager.rest(ANNA, "PUT", path, Some(&body));
    put("/system/hostname", json!({ "name": "managed" }))?;
    let name = guest.succeed("cat /etc/hostname; uname -n")?;
    ensure!(name == "managed\nmanaged", "{name}");
    put(
        "/system/sysctl/vm.swappiness",
        json!({ "value": "33", "persistent": true }),
    )?;
    put("/system/sysctl/net.ipv4.tcp_retries2", json!({ "value": "9" }))?;
    let values = guest.succeed("cat /proc/sys/vm/swappiness /proc/sys/net/ipv4/tcp_retries2")?;
    ensure!(values == "33\n9", "{values}");
    let body = json!({ "timezone": "Europe/Berlin", "ntp": false });
    let time = manager.rest(ANNA, "PATCH", "/system/time", Some(&body))?;
    ensure!(
        time["timezone"] == "Europe/Berlin" && time["ntp"] == false,
        "{time}"
    );
    let info = manager.rest(ANNA, "GET", "/system/info", None)?;
    ensure!(
        info["os_id"] == "lumen" && info["processes"].as_u64() > Some(20),
        "{info}"
    );
    let metrics = manager.cli(ANNA, &["system", "metrics"])?.good()?;
    ensure!(metrics.contains("node_network_receive_bytes_total"), "{metrics}");
    let sessions = manager.rest(ANNA, "GET", "/system/sessions", None)?;
    ensure!(sessions[0]["user"] == "root", "{sessions}");
    Ok(())
}

fn network(guest: &mut Guest) -> anyhow::Result<()> {
    let manager = Manager::of(guest)?;
    let links = manager.rest(ANNA, "GET", "/network/links", None)?;
    let links = links.as_array().context("no list")?;
    let link = links
        .iter()
        .find(|link| link["name"] != "lo")
        .context("no link")?;
    let name = link["name"].as_str().unwrap_or_default();
    ensure!(
        link["addresses"][0]
            .as_str()
            .is_some_and(|one| one.starts_with("10.0.2.")),
        "{link}"
    );
    let body = json!({ "mtu": 1400 });
    manager.rest(ANNA, "PATCH", &format!("/network/links/{name}"), Some(&body))?;
    guest.succeed(&format!(
        "timeout 60 sh -c 'until test $(cat /sys/class/net/{name}/mtu) = 1400; do sleep 0.2; done'"
    ))?;
    manager
        .cli(
            ANNA,
            &["net", "ntp_servers", "--set", "--servers", "ntp.example.org"],
        )?
        .good()?;
    guest.succeed("grep -rq ntp.example.org /etc/systemd")?;
    let undone = manager.rest(ANNA, "POST", "/network/undo", Some(&json!({})))?;
    guest
        .fail("grep -rq ntp.example.org /etc/systemd")
        .with_context(|| undone.to_string())
        .map(drop)
}

fn services(guest: &mut Guest) -> anyhow::Result<()> {
    let manager = Manager::of(guest)?;
    let unit = "/services/fstrim.timer";
    for (active, enabled, words) in [
        (false, false, "inactive\ndisabled"),
        (true, true, "active\nenabled"),
    ] {
        let body = json!({ "active": active, "enabled": enabled });
        manager.rest(ANNA, "PATCH", unit, Some(&body))?;
        let state =
            guest.succeed("systemctl is-active fstrim.timer; systemctl is-enabled fstrim.timer; true")?;
        ensure!(state == words, "{state}");
    }
    let body = json!({ "verb": "restart" });
    manager.rest(
        ANNA,
        "POST",
        "/services/systemd-resolved.service/actions",
        Some(&body),
    )?;
    let logs = manager.rest(ANNA, "GET", "/logs?unit=systemd-resolved.service&lines=20", None)?;
    let text = logs.to_string();
    ensure!(text.contains("Started systemd-resolved.service"), "{text}");
    let own = json!({ "active": false });
    let (status, answer) = manager.request(Some(ANNA), "PATCH", "/services/pmd.service", Some(&own))?;
    ensure!(status == 409, "{status} {answer}");
    Ok(())
}

fn backup(guest: &mut Guest) -> anyhow::Result<()> {
    let manager = Manager::of(guest)?;
    let archive = manager.rest(ANNA, "GET", "/backup", None)?;
    guest.succeed("chmod u+w /etc/hosts; echo 192.0.2.1 gone >>/etc/hosts; rm /etc/sysctl.d/90-pmd.conf")?;
    let restored = manager.rest(
        ANNA,
        "POST",
        "/backup/restore",
        Some(&json!({ "archive": archive })),
    )?;
    ensure!(
        restored["changed"] == json!(["/etc/hosts"])
            && restored["added"] == json!(["/etc/sysctl.d/90-pmd.conf"]),
        "{restored}"
    );
    guest.fail("grep gone /etc/hosts")?;
    guest
        .succeed("grep 'vm.swappiness = 33' /etc/sysctl.d/90-pmd.conf")
        .map(drop)
}

fn outsider(guest: &mut Guest) -> anyhow::Result<()> {
    let wish = Wish {
        package: "htop",
        port: 8444,
        user: "mallory",
    };
    let manager = Manager::of(guest)?;
    wish.refused(guest, &manager, OTTO)
}

fn audited(guest: &mut Guest) -> anyhow::Result<()> {
    let operations = ["users.add", "packages.change", "firewall.add-rule"];
    let done = operations.map(|operation| ("anna", operation, "done"));
    let refused = operations.map(|operation| ("otto", operation, "refused"));
    Manager::audited(guest, &[done, refused].concat())?;
    for secret in [ANNA.password, OTTO.password] {
        guest.fail(&format!("grep -F '{secret}' /var/log/pmd/audit.jsonl"))?;
        guest.fail(&format!("journalctl -b --no-pager | grep -F '{secret}'"))?;
    }
    // The kernel's own log has what shadow's programs did.
    guest.succeed("journalctl -b --no-pager _TRANSPORT=audit | grep ADD_USER | grep -q 'acct=\"rest\"'")?;
    // Not even root changes it in passing; the journal has it too.
    guest.fail("echo >/var/log/pmd/audit.jsonl")?;
    guest
        .succeed("journalctl -b -u pmd --no-pager | grep -q users.add")
        .map(drop)
}

fn no_errors(guest: &mut Guest) -> anyhow::Result<()> {
    let failed = guest.succeed("systemctl --failed --no-legend --plain")?;
    ensure!(failed.is_empty(), "failed units:\n{failed}");
    let errors = guest.succeed("journalctl -b -p err --no-pager -q")?;
    ensure!(errors.is_empty(), "{errors}");
    let warnings = guest.succeed("journalctl -b -p warning -u pmd -u 'pmd-helper@*' --no-pager -q")?;
    println!("    warnings of its units: {}", warnings.lines().count());
    Ok(())
}

fn restarted(guest: &mut Guest) -> anyhow::Result<()> {
    guest.restart()?;
    guest.succeed("systemctl is-system-running --wait || true")?;
    let memory = guest.succeed(
        "cat $(pgrep -f '^/usr/(bin/pmd|libexec/pmd/pmd-helper)' | sed 's,.*,/proc/&/smaps_rollup,')",
    )?;
    let kib: u64 = memory
        .lines()
        .filter_map(|line| {
            line.strip_prefix("Pss:")?
                .split_whitespace()
                .next()?
                .parse::<u64>()
                .ok()
        })
        .sum();
    println!("    memory of all processes when idle: {kib} KiB");
    ensure!((1..=20 << 10).contains(&kib), "{kib} KiB\n{memory}");
    let rules = Manager::of(guest)?.rest(ANNA, "GET", "/firewall/rules", None)?;
    let rules: Vec<&str> = rules
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|rule| rule["rule"].as_str())
        .collect();
    for port in ["8441", "8442", "8443"] {
        let kept = rules.iter().filter(|rule| rule.contains(port)).count();
        ensure!(kept == 1, "{rules:?}");
    }
    let swappiness = guest.succeed("cat /proc/sys/vm/swappiness")?;
    ensure!(swappiness == "33", "{swappiness}");
    no_errors(guest)
}

fn off_again(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("pmd disable")?;
    // Helpers finish what they do, and end when nobody asks any more.
    guest.succeed(
        "timeout 60 sh -c 'while systemctl is-active --quiet \"pmd-helper@*.service\"; do sleep 1; done'",
    )?;
    off(guest)?;
    guest.fail("ls /etc/systemd/system/*.wants | grep pmd").map(drop)
}
