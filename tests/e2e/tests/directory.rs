//! Users of an Active Directory on the booted image: the host joins, they log in by ssh with and without a domain controller.
//!
//! The domain controller runs in a lab of namespaces. QEMU's user network leads the guest into the network of the process that
//! runs it, so this program runs itself once more inside the lab's network: there the guest reaches 10.99.0.1, and nothing else.

use anyhow::{Context as _, ensure};
use e2e::{Boot, Check, Guest, Server, build_dir, run_suite};
use servers::{Lab, Samba};
use std::cell::OnceCell;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// Names the lab to the program that runs inside it: the first process, whose namespaces they are.
const INSIDE: &str = "LUMEN_TEST_LAB";

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
            let server = Server::start(&build_dir().join("repo/x86_64"))?;
            let mut guest = Guest::boot("minimal", Boot::DirectKernel, &[])?;
            guest.succeed("systemctl is-system-running --wait || true")?;
            guest.succeed(&format!(
                "tdnf -y {} --nogpgcheck install lumen-directory sudo",
                server.options("")
            ))?;
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

fn join(guest: &mut Guest) -> anyhow::Result<()> {
    set_clock(guest)?;
    guest.succeed("cd /etc && find . -type f -exec sha256sum {} + | sort -k2 > /root/before")?;
    let said = guest.succeed(&format!(
        "printf '%s\\n' '{}' | lumen-directory join ad lumen.test --user Administrator --password-file - \
         --ssh ops --sudo admins-outer --role admin=ops",
        Samba::PASSWORD
    ))?;
    ensure!(
        said.contains("This host is in the Active Directory lumen.test."),
        "{said}"
    );
    guest.succeed("lumen-directory test alice").map(drop)
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
    let output = with_password(guest, "alice", "Passw0rd-alice", "id -Gn; pwd")?;
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
fn ssh_offline(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("nft 'add table inet away; add chain inet away out { type filter hook output priority -10; }; add rule inet away out ip daddr 10.99.0.1 reject'")?;
    guest.succeed("sss_cache -E")?;
    let outcome = expect_alice(guest);
    guest.succeed("nft delete table inet away")?;
    outcome
}

fn leave(guest: &mut Guest) -> anyhow::Result<()> {
    set_clock(guest)?;
    guest.succeed(&format!(
        "printf '%s\\n' '{}' | lumen-directory leave --user Administrator --password-file -",
        Samba::PASSWORD
    ))?;
    guest.succeed("cd /etc && find . -type f -exec sha256sum {} + | sort -k2 > /root/after")?;
    guest.succeed("diff /root/before /root/after")?;
    guest.fail("getent passwd alice").map(drop)
}
