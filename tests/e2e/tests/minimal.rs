//! The minimal image is a running, closed, manageable container host.

use anyhow::{Context as _, ensure};
use e2e::{
    Boot, Check, Guest, Server, build_dir, container_archive, image_under_test, kernel_under_test, run_suite,
};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

const PUBLISHED: u16 = 8080;

fn main() -> ExitCode {
    run_suite(
        || {
            let mut guest = Guest::boot(&image_under_test("minimal"), Boot::DirectKernel, &[PUBLISHED])?;
            // Waits for the last job of the boot, so that no check depends on how fast it was.
            guest.succeed("systemctl is-system-running --wait || true")?;
            Ok(guest)
        },
        &[
            Check {
                name: "is running, with no failed unit",
                run: running,
            },
            Check {
                name: "logged no error while booting",
                run: no_errors,
            },
            Check {
                name: "listens on nothing but ssh",
                run: listeners,
            },
            Check {
                name: "lets root in by key, not by password",
                run: ssh_login,
            },
            Check {
                name: "has exactly the documented setuid programs",
                run: setuid_programs,
            },
            Check {
                name: "carries no perl, python, debconf, dpkg or apt",
                run: no_debian_tools,
            },
            Check {
                name: "has at most 90 packages",
                run: package_count,
            },
            Check {
                name: "lists its packages",
                run: list_installed,
            },
            Check {
                name: "loads and runs a container",
                run: run_container,
            },
            Check {
                name: "answers on a container's published port",
                run: published_port,
            },
            Check {
                name: "installs and removes a package over http",
                run: install_and_remove,
            },
            Check {
                name: "logs the execution of a setuid program",
                run: audit_log,
            },
        ],
    )
}

fn running(guest: &mut Guest) -> anyhow::Result<()> {
    let failed = guest.succeed("systemctl --failed --no-legend --plain")?;
    ensure!(failed.is_empty(), "failed units:\n{failed}");
    let state = guest.succeed("systemctl is-system-running")?;
    ensure!(state == "running", "the system is {state}");
    Ok(())
}

fn no_errors(guest: &mut Guest) -> anyhow::Result<()> {
    let errors = guest.succeed("journalctl -b -p err --no-pager -q")?;
    ensure!(errors.is_empty(), "{errors}");
    Ok(())
}

fn listeners(guest: &mut Guest) -> anyhow::Result<()> {
    let sockets = guest.succeed("ss -H -tln")?;
    let open: Vec<&str> = sockets
        .lines()
        .filter_map(|line| line.split_whitespace().nth(3))
        .collect();
    let outside = |address: &&&str| !address.starts_with("127.") && !address.starts_with("[::1]");
    let other: Vec<_> = open
        .iter()
        .filter(outside)
        .filter(|address| !address.ends_with(":22"))
        .collect();
    ensure!(other.is_empty(), "open beside ssh: {other:?}");
    ensure!(
        open.iter().any(|address| address.ends_with(":22")),
        "nobody listens on port 22: {open:?}"
    );
    Ok(())
}

fn ssh_login(guest: &mut Guest) -> anyhow::Result<()> {
    let output = guest
        .ssh()
        .arg("id -u")
        .output()
        .context("cannot run ssh; install openssh-client")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        text.trim() == "0",
        "no login by key: {text} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let settings = guest.succeed("sshd -T")?;
    for wanted in ["passwordauthentication no", "permitrootlogin without-password"] {
        ensure!(
            settings.lines().any(|line| line == wanted),
            "sshd -T does not say `{wanted}`"
        );
    }
    Ok(())
}

fn setuid_programs(guest: &mut Guest) -> anyhow::Result<()> {
    let found = guest.succeed("find / -xdev -perm /6000 -type f | sort")?;
    let path = build_dir().join("../distro/policy/setuid.toml");
    let policy: toml::Table = std::fs::read_to_string(path)?.parse()?;
    let allowed = policy
        .get("allowed")
        .and_then(|value| value.as_array())
        .context("no list `allowed`")?;
    let allowed: Vec<&str> = allowed.iter().filter_map(|entry| entry.as_str()).collect();
    let found: Vec<&str> = found.lines().collect();
    ensure!(found == allowed, "found {found:?}\ndocumented {allowed:?}");
    Ok(())
}

fn no_debian_tools(guest: &mut Guest) -> anyhow::Result<()> {
    let found = guest.succeed(
        "find / -xdev \\( -name 'perl*' -o -name 'python*' -o -name 'debconf*' -o -name 'dpkg*' -o -name apt \
         -o -name apt-get \\) -not -path '/proc/*' | head -20",
    )?;
    ensure!(found.is_empty(), "{found}");
    Ok(())
}

fn package_count(guest: &mut Guest) -> anyhow::Result<()> {
    let count: usize = guest.succeed("tdnf -q list installed | wc -l")?.trim().parse()?;
    ensure!((1..=90).contains(&count), "{count} packages");
    Ok(())
}

fn list_installed(guest: &mut Guest) -> anyhow::Result<()> {
    let list = guest.succeed("tdnf list installed")?;
    for package in [
        "systemd",
        "docker-engine",
        "containerd",
        "runc",
        "openssh-server",
        "tdnf",
    ] {
        ensure!(
            list.lines().any(|line| line.starts_with(&format!("{package}."))),
            "{package} is not in:\n{list}"
        );
    }
    Ok(())
}

fn run_container(guest: &mut Guest) -> anyhow::Result<()> {
    load_image(guest)?;
    let output = guest.succeed("docker run --rm hello")?;
    ensure!(output.contains("hello from the container"), "{output}");
    Ok(())
}

fn load_image(guest: &mut Guest) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    guest.upload(&container_archive(directory.path())?, "/tmp/hello.tar")?;
    guest.succeed("docker load -i /tmp/hello.tar")?;
    Ok(())
}

fn published_port(guest: &mut Guest) -> anyhow::Result<()> {
    load_image(guest)?;
    guest.succeed(&format!(
        "docker run -d --rm --name web -p {PUBLISHED}:8000 hello serve"
    ))?;
    let mut stream = TcpStream::connect(("127.0.0.1", guest.host_port(PUBLISHED)?))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    guest.succeed("docker stop -t 1 web")?;
    read?;
    ensure!(answer.ends_with("served"), "{answer}");
    Ok(())
}

fn install_and_remove(guest: &mut Guest) -> anyhow::Result<()> {
    // The package database and the history are where a removal is meant to be seen.
    let everything = "{ tdnf -q list installed; find / -xdev -not -path '/usr/lib/sysimage/*' -not -path '/var/log/*' \
         -not -path '/var/lib/tdnf/*' -not -path '/tmp/*' -not -path '/var/tmp/*'; } | sort";
    let server = Server::start(&build_dir().join("repo"))?;
    let repository = server.options("x86_64");
    guest.succeed(&format!("{everything} >/tmp/before"))?;
    guest.succeed(&format!("tdnf -y {repository} install strace"))?;
    let version = guest.succeed("strace -V")?;
    ensure!(version.starts_with("strace -- version"), "{version}");
    let trace = "{ strace -o /tmp/trace true && grep -q execve /tmp/trace; }";
    match kernel_under_test().as_deref() {
        // kernel.yama.ptrace_scope = 3: nobody traces anybody.
        Some("linux-secure") => {
            let said = guest.fail(&format!("{trace} 2>&1"))?;
            ensure!(said.contains("PTRACE_TRACEME"), "{said}");
        }
        _ => drop(guest.succeed(trace)?),
    }
    guest.succeed("tdnf -y remove strace")?;
    guest.succeed(&format!("tdnf {repository} clean all"))?;
    guest.fail("test -e /usr/bin/strace")?;
    let traces = guest.succeed(&format!("{everything} | comm -3 /tmp/before -"))?;
    ensure!(traces.is_empty(), "strace left traces:\n{traces}");
    Ok(())
}

fn audit_log(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("auditctl -l | grep -q setuid")?;
    guest.succeed("auditctl -s | grep -q '^enabled [12]'")?;
    Ok(())
}
