//! Seen from a neighbour on the same network, the minimal image answers on port 22 and nowhere else.
//!
//! The neighbour is this process in a network namespace of its own, so every port can be tried without
//! touching the machine's network.

use anyhow::{Context as _, bail, ensure};
use e2e::{Check, Guest, run_suite};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const INSIDE: &str = "LUMEN_TEST_INSIDE_NAMESPACE";
const DEVICE: &str = "tap0";
const NETWORK: &str =
    "[Match]\nType=ether\n[Network]\nAddress=192.0.2.2/24\nAddress=2001:db8::2/64\nIPv6AcceptRA=no\n";
/// How long a port is waited for: when all are tried, and when one must answer.
const QUICK: Duration = Duration::from_millis(500);
const PATIENT: Duration = Duration::from_secs(60);
const ADDRESSES: [&str; 2] = ["192.0.2.2", "2001:db8::2"];

fn main() -> ExitCode {
    if std::env::var_os(INSIDE).is_none() {
        return enter_namespace();
    }
    run_suite(
        || {
            make_link()?;
            let mut guest = Guest::boot_beside("minimal", DEVICE, NETWORK)?;
            guest.succeed("systemctl is-system-running --wait || true")?;
            Ok(guest)
        },
        &[
            Check {
                name: "answers to its neighbour on port 22 only",
                run: only_ssh,
            },
            Check {
                name: "answers to ping",
                run: ping,
            },
        ],
    )
}

fn enter_namespace() -> ExitCode {
    let Ok(program) = std::env::current_exe() else {
        return ExitCode::FAILURE;
    };
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--net", "--"])
        .arg(program)
        .args(std::env::args_os().skip(1));
    let error = command.env(INSIDE, "1").exec();
    println!("cannot run unshare (package util-linux): {error}");
    ExitCode::FAILURE
}

fn make_link() -> anyhow::Result<()> {
    let script = format!(
        "set -e; ip link set lo up; ip tuntap add dev {DEVICE} mode tap; ip link set {DEVICE} up; \
         ip address add 192.0.2.1/24 dev {DEVICE}; ip address add 2001:db8::1/64 dev {DEVICE} nodad"
    );
    let status = Command::new("sh")
        .args(["-c", &script])
        .status()
        .context("run sh")?;
    ensure!(
        status.success(),
        "no tap device in a new network namespace; is iproute2 installed?"
    );
    Ok(())
}

fn only_ssh(_guest: &mut Guest) -> anyhow::Result<()> {
    for address in ADDRESSES {
        // On a busy machine even what is open may take longer than the scan waits.
        let ssh = SocketAddr::new(address.parse().context("parse the address")?, 22);
        ensure!(answers(ssh, PATIENT)?, "port 22 of {address} does not answer");
        let others: Vec<u16> = open_ports(address)?
            .into_iter()
            .filter(|port| *port != 22)
            .collect();
        ensure!(others.is_empty(), "open on {address} beside 22: {others:?}");
    }
    Ok(())
}

/// Try every port: what is filtered stays silent, so many are tried at a time, but fewer than the 1024
/// files a process may usually open.
fn open_ports(address: &str) -> anyhow::Result<Vec<u16>> {
    let next = AtomicU32::new(1);
    let open = Mutex::new(Vec::new());
    let ip = address.parse().context("parse the address")?;
    let try_all = || -> anyhow::Result<()> {
        while let Ok(port) = u16::try_from(next.fetch_add(1, Ordering::Relaxed)) {
            if answers(SocketAddr::new(ip, port), QUICK)? {
                open.lock().unwrap_or_else(PoisonError::into_inner).push(port);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..800).map(|_| scope.spawn(try_all)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a scan panicked")))
    })?;
    Ok(open.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Silence and refusal are closed; any other failure says nothing about the port and is an error. A guest that is too
/// busy to tell its hardware address counts as unreachable after a while (arp(7)), and is asked again.
fn answers(address: SocketAddr, patience: Duration) -> anyhow::Result<bool> {
    let mut unreachable = 0;
    loop {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(_) => return Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::ConnectionRefused) => {
                return Ok(false);
            }
            Err(error) if error.kind() == ErrorKind::HostUnreachable && unreachable < 20 => unreachable += 1,
            Err(error) => return Err(error).with_context(|| format!("try {address}")),
        }
    }
}

fn ping(_guest: &mut Guest) -> anyhow::Result<()> {
    for address in ADDRESSES {
        let output = Command::new("ping")
            .args(["-c", "1", "-W", "10", address])
            .output();
        let output = output.context("cannot run ping; install the package iputils-ping")?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
    Ok(())
}
