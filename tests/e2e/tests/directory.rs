//! Users of an Active Directory on the booted image: the host joins, they manage it, and they log in by ssh, with and without a
//! domain controller.
//!
//! The domain controller runs in a lab of namespaces. QEMU's user network leads the guest into the network of the process that
//! runs it, so this program runs itself once more inside the lab's network: there the guest reaches 10.99.0.1, and nothing else.

use anyhow::{Context as _, ensure};
use e2e::{Boot, Caller, Check, Guest, MANAGEMENT_PORT, Manager, Server, Wish, build_dir, run_suite};
use servers::{Lab, Samba};
use std::cell::OnceCell;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// Names the lab to the program that runs inside it: the first process, whose namespaces they are.
const INSIDE: &str = "LUMEN_TEST_LAB";

/// In `ops`, which is mapped to the role `admin`.
const ALICE: Caller<'_> = Caller {
    user: "alice",
    password: "Passw0rd-alice",
};
/// In no mapped group.
const BOB: Caller<'_> = Caller {
    user: "bob",
    password: "Passw0rd-bob",
};

fn main() -> ExitCode {
    // Listing needs no lab, and a boot takes minutes.
    if std::env::args().any(|argument| argument == "--list") || std::env::var_os("TEST_LONG").is_none() {
        println!("\nrunning 0 tests; TEST_LONG=1 boots the image beside a domain controller\n");
        return ExitCode::SUCCESS;
    }
    match std::env::var_os(INSIDE) {
        None => outside(),
        Some(_) => inside(),
    }
}

/// Makes the directory, and runs this program in its network.
fn outside() -> ExitCode {
    let lab = Lab::new();
    let _running = Samba::new(&lab);
    let this = std::env::current_exe();
    let status = this.and_then(|this| {
        Command::new("nsenter")
            .arg(format!("--net=/proc/{}/ns/net", lab.first_process()))
            .arg(this)
            .args(std::env::args().skip(1))
            .env(INSIDE, lab.first_process().to_string())
            .status()
    });
    ExitCode::from(u8::from(!status.is_ok_and(|status| status.success())))
}

fn inside() -> ExitCode {
    let serving = OnceCell::new();
    run_suite(
        || {
            let server = Server::start(&build_dir().join("repo"))?;
            let mut guest = Guest::boot("minimal", Boot::DirectKernel, &[MANAGEMENT_PORT])?;
            guest.succeed("systemctl is-system-running --wait || true")?;
            guest.use_repository(&server)?;
            guest.succeed("tdnf -y install lumen-directory sudo pmd pmd-cli")?;
            guest.succeed("pmd enable")?;
            guest.succeed(
                "echo 'tcp dport 2081 accept' >/etc/nftables/input.d/pmd.nft && systemctl reload nftables",
            )?;
            guest.succeed("resolvectl dns $(ls /sys/class/net | grep -v lo | head -1) 10.99.0.1")?;
            guest.succeed("resolvectl domain $(ls /sys/class/net | grep -v lo | head -1) '~.'")?;
            let _ = serving.set(server);
            Ok(guest)
        },
        &[
            Check {
                name: "joins an Active Directory",
                run: join,
            },
            Check {
                name: "lets a user of a mapped group change packages, firewall and users by REST, pmd-cli and Python",
                run: manage,
            },
            Check {
                name: "refuses a user of no mapped group, by each of the three ways",
                run: outsider,
            },
            Check {
                name: "has both in its audit log",
                run: audited,
            },
            Check {
                name: "lets a user of a mapped group in by ssh with the password, and lets sudo know it",
                run: ssh,
            },
            Check {
                name: "lets nobody else in with a password",
                run: nobody_else,
            },
            Check {
                name: "lets the user in while no domain controller can be reached",
                run: ssh_offline,
            },
            Check {
                name: "lets the user manage it while no domain controller can be reached",
                run: manage_offline,
            },
            Check {
                name: "has no failed unit",
                run: no_failed_unit,
            },
            Check {
                name: "leaves, and is as it was",
                run: leave,
            },
        ],
    )
}

/// The guest's clock is its own, so that a busy host does not matter to its units; Kerberos compares it with the server's.
fn set_clock(guest: &mut Guest) -> anyhow::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    guest.succeed(&format!("date -s @{now}")).map(drop)
}

/// The configuration, but for what changes when somebody manages the host.
fn note_configuration(guest: &mut Guest, name: &str) -> anyhow::Result<()> {
    guest
        .succeed(&format!(
            "cd /etc && find . -type f -not -path './nftables/*' -not -name '*passwd*' -not -name '*group*' \
             -not -name '*shadow*' -not -name 'sub[ug]id*' -not -name .pwd.lock -not -name ld.so.cache -exec sha256sum {{}} + | sort > /root/{name}"
        ))
        .map(drop)
}

fn join(guest: &mut Guest) -> anyhow::Result<()> {
    set_clock(guest)?;
    note_configuration(guest, "before")?;
    guest.succeed(&format!("echo '{}' > /root/password", Samba::PASSWORD))?;
    let said = guest.succeed(
        "pmd-cli --json directory join --kind ad --domain lumen.test --user Administrator --password-file /root/password \
         --roles '{\"admin\": [\"ops\"]}' --sudo admins-outer --ssh ops",
    )?;
    ensure!(said.contains("\"joined\":true"), "{said}");
    guest.succeed("lumen-directory test alice")?;
    // sssd warns of sudo's rules in the directory whatever is configured; nobody reads them here (sudo_provider = none).
    let errors =
        guest.succeed("journalctl -b -p err --no-pager -q | grep -v ldap_sudo_search_base || true")?;
    ensure!(errors.is_empty(), "{errors}");
    no_failed_unit(guest)
}

fn manage(guest: &mut Guest) -> anyhow::Result<()> {
    set_clock(guest)?;
    let manager = Manager::of(guest)?;
    let wish = |package, port, user| Wish { package, port, user };
    let by_rest = wish("strace", 8441, "rest");
    by_rest.by_rest(&manager, ALICE)?;
    by_rest.came_true(guest)?;
    let by_cli = wish("lsof", 8442, "cli");
    by_cli.by_cli(&manager, ALICE)?;
    by_cli.came_true(guest)?;
    let by_python = wish("ethtool", 8443, "python");
    by_python.by_python(&manager, ALICE)?;
    by_python.came_true(guest)
}

fn outsider(guest: &mut Guest) -> anyhow::Result<()> {
    set_clock(guest)?;
    let wish = Wish {
        package: "htop",
        port: 8444,
        user: "mallory",
    };
    let manager = Manager::of(guest)?;
    wish.refused(guest, &manager, BOB)
}

fn audited(guest: &mut Guest) -> anyhow::Result<()> {
    let operations = ["users.add", "packages.change", "firewall.add-rule"];
    let done = operations.map(|operation| ("alice", operation, "done"));
    let refused = operations.map(|operation| ("bob", operation, "refused"));
    Manager::audited(guest, &[done, refused].concat())
}

/// Logs in by ssh with a password and runs a command.
fn with_password(
    guest: &Guest,
    user: &str,
    password: &str,
    command: &str,
) -> anyhow::Result<std::process::Output> {
    let folder = tempfile::tempdir()?;
    let answer = folder.path().join("answer");
    std::fs::write(&answer, format!("#!/bin/sh\necho '{password}'\n"))?;
    std::fs::set_permissions(&answer, std::fs::Permissions::from_mode(0o700))?;
    Command::new("ssh")
        .args([
            "-p",
            &guest.host_port(22)?.to_string(),
            "-o",
            "StrictHostKeyChecking=no",
        ])
        .args([
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            "PreferredAuthentications=password",
        ])
        .args(["-o", "NumberOfPasswordPrompts=1"])
        .arg(format!("{user}@127.0.0.1"))
        .arg(command)
        .env("SSH_ASKPASS", &answer)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .stdin(Stdio::null())
        .output()
        .context("cannot run ssh; install the package openssh-client")
}

fn expect_alice(guest: &Guest) -> anyhow::Result<()> {
    let output = with_password(guest, ALICE.user, ALICE.password, "id -Gn; pwd")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && text.contains("admins-outer") && text.contains("/home/alice"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn ssh(guest: &mut Guest) -> anyhow::Result<()> {
    set_clock(guest)?;
    expect_alice(guest)?;
    let rules = guest.succeed("sudo -l -U alice")?;
    ensure!(rules.contains("(ALL : ALL) ALL"), "{rules}");
    Ok(())
}

fn nobody_else(guest: &mut Guest) -> anyhow::Result<()> {
    set_clock(guest)?;
    for (user, password) in [
        ("alice", "wrong"),
        ("bob", "Passw0rd-bob"),
        ("disabled", "Passw0rd-disabled"),
        ("expired", "Passw0rd-expired"),
        ("root", "only-for-this-test"),
    ] {
        let output = with_password(guest, user, password, "id")?;
        ensure!(!output.status.success(), "{user} was let in with {password}");
    }
    Ok(())
}

/// The firewall of the guest is the wall between: to it, that is the same as a server that is down.
fn without_controller(
    guest: &mut Guest,
    what: impl FnOnce(&mut Guest) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    guest.succeed("nft 'add table inet away; add chain inet away out { type filter hook output priority -10; }; add rule inet away out ip daddr 10.99.0.1 reject'")?;
    guest.succeed("sss_cache -E")?;
    let outcome = what(guest);
    guest.succeed("nft delete table inet away")?;
    outcome
}

fn ssh_offline(guest: &mut Guest) -> anyhow::Result<()> {
    without_controller(guest, |guest| expect_alice(guest))
}

fn manage_offline(guest: &mut Guest) -> anyhow::Result<()> {
    // A new daemon remembers nobody.
    guest.succeed("systemctl restart pmd")?;
    without_controller(guest, |guest| {
        let manager = Manager::of(guest)?;
        let whoami = manager.rest(ALICE, "GET", "/whoami", None)?;
        ensure!(whoami["user"] == "alice", "{whoami}");
        let (status, answer) = manager.request(Some(BOB), "GET", "/system/info", None)?;
        ensure!(status == 403, "{status} {answer}");
        Ok(())
    })
}

fn no_failed_unit(guest: &mut Guest) -> anyhow::Result<()> {
    let failed = guest.succeed("systemctl --failed --no-legend --plain")?;
    ensure!(failed.is_empty(), "failed units:\n{failed}");
    Ok(())
}

fn leave(guest: &mut Guest) -> anyhow::Result<()> {
    set_clock(guest)?;
    guest.succeed("pmd-cli directory leave --user Administrator --password-file /root/password")?;
    // What the user of the directory has installed is none of its.
    guest.succeed("tdnf -y erase ethtool")?;
    note_configuration(guest, "after")?;
    let differs = guest.succeed("comm -3 /root/before /root/after")?;
    ensure!(differs.is_empty(), "{differs}");
    guest.fail("getent passwd alice").map(drop)
}
