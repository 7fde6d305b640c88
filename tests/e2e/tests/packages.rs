//! tdnf on the booted image: updates, goes back without a network, tells what an update fixes, and survives being
//! interrupted.

use anyhow::ensure;
use e2e::{Boot, Check, Guest, RepositoryWriter, Server, TIME, run_suite};
use repodata::{Advisory, AdvisoryPackage, Reference};
use rpmfile::{Builder, Evr, FileEntry, Scriptlet, ScriptletKind};
use std::cell::OnceCell;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Ok(folder) = tempfile::tempdir() else {
        return ExitCode::FAILURE;
    };
    // Serves for as long as the guest lives, and ends with this function: nothing drops what is static.
    let serving = OnceCell::new();
    run_suite(
        || {
            repositories(folder.path())?;
            let server = Server::start(folder.path())?;
            let mut guest = Guest::boot("minimal", Boot::DirectKernel, &[])?;
            guest.succeed("systemctl is-system-running --wait || true")?;
            for name in ["1", "2"] {
                let file = format!("/root/tdnf-{name}");
                let options = server.options(name);
                guest.succeed(&format!(
                    "printf '#!/bin/sh\\nexec tdnf -y {options} \"$@\"\\n' >{file}; chmod +x {file}"
                ))?;
            }
            let _ = serving.set(server);
            Ok(guest)
        },
        &[
            Check {
                name: "updates a package, and takes the update back without a network",
                run: update_and_undo,
            },
            Check {
                name: "says which advisories concern it",
                run: advisories,
            },
            Check {
                name: "forgets an installation that was killed before the decision",
                run: killed_before,
            },
            Check {
                name: "completes an installation that was killed after the decision",
                run: killed_after,
            },
            Check {
                name: "is not harmed by Ctrl-C before the decision",
                run: stopped_before,
            },
            Check {
                name: "is not harmed by Ctrl-C after the decision",
                run: stopped_after,
            },
        ],
    )
}

/// Version 1 of `small`, and packages to interrupt; version 2 of `small`, with an advisory.
fn repositories(folder: &Path) -> anyhow::Result<()> {
    let first = RepositoryWriter::new(&folder.join("1"))?;
    first.add(&package("small", "1-1"))?;
    for kind in [ScriptletKind::Pre, ScriptletKind::Post] {
        for reason in ["killed", "stopped"] {
            first.add(&waiting(reason, kind))?;
        }
    }
    first.finish(&[])?;
    let second = RepositoryWriter::new(&folder.join("2"))?;
    second.add(&package("small", "2-1"))?;
    second.finish(&[advisory()])
}

fn package(name: &str, evr: &str) -> Builder {
    let mut package = Builder::new(name, Evr::parse(evr), "noarch");
    package.license = "MIT".into();
    package.summary = "Something small".into();
    package.build_time = TIME;
    package.file(FileEntry::directory(format!("/opt/{name}")));
    package.file(FileEntry::regular(format!("/opt/{name}/version"), evr));
    package
}

/// A package with a scriptlet that says when it has begun, and waits to be told to go on.
fn waiting(reason: &str, kind: ScriptletKind) -> Builder {
    let mut package = package(&name(reason, kind), "1-1");
    let body = "[ -p /run/begun ] || exit 0\necho begun >/run/begun\nread -r answer </run/go";
    package.scriptlets.push(Scriptlet::shell(kind, body));
    package
}

fn name(reason: &str, kind: ScriptletKind) -> String {
    format!("{reason}-in-{}", kind.section().trim_start_matches('%'))
}

fn advisory() -> Advisory {
    Advisory {
        id: "LUMEN-TEST-1".into(),
        kind: "security".into(),
        severity: "Important".into(),
        title: "An update of small".into(),
        description: "small was too small".into(),
        from: "test@example.org".into(),
        status: "final".into(),
        issued: "2026-01-01 00:00:00".into(),
        references: vec![Reference {
            kind: "cve".into(),
            id: "CVE-2026-1".into(),
            ..Reference::default()
        }],
        packages: vec![AdvisoryPackage {
            name: "small".into(),
            epoch: "0".into(),
            version: "2".into(),
            release: "1".into(),
            arch: "noarch".into(),
            file_name: "small-2-1.noarch.rpm".into(),
            reboot_suggested: false,
        }],
        ..Advisory::default()
    }
}

/// Installed is what the package database and the files agree on.
fn installed(guest: &mut Guest, name: &str, evr: Option<&str>) -> anyhow::Result<()> {
    let listed = guest.succeed("tdnf -q list installed")?;
    let line = listed.lines().find(|line| line.starts_with(&format!("{name}.")));
    let on_disk = guest.succeed(&format!("cat /opt/{name}/version 2>/dev/null || true"))?;
    ensure!(
        on_disk == evr.unwrap_or_default(),
        "{name} on disk: {on_disk:?}, not {evr:?}"
    );
    ensure!(
        line.is_some_and(|line| line.contains(evr.unwrap_or_default())) == evr.is_some(),
        "{name} in the database: {line:?}, not {evr:?}"
    );
    guest.fail("test -e /var/lib/tdnf/transaction")?;
    let left = guest.succeed("find / -xdev -name '.tdnf-*' -o -xdev -name '*.tdnf-new'")?;
    ensure!(left.is_empty(), "left behind: {left}");
    Ok(())
}

fn update_and_undo(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("/root/tdnf-1 install small")?;
    installed(guest, "small", Some("1-1"))?;
    let said = guest.succeed("/root/tdnf-2 update")?;
    ensure!(said.contains("small"), "{said}");
    installed(guest, "small", Some("2-1"))?;
    // A network of its own, with nothing in it, and a cache with nothing in it.
    guest.succeed("tdnf clean all && unshare --net tdnf -y history undo last")?;
    installed(guest, "small", Some("1-1"))
}

fn advisories(guest: &mut Guest) -> anyhow::Result<()> {
    let summary = guest.succeed("/root/tdnf-2 updateinfo")?;
    ensure!(summary.contains("1 Security notice"), "{summary}");
    let list = guest.succeed("/root/tdnf-2 updateinfo list")?;
    ensure!(
        list.contains("LUMEN-TEST-1") && list.contains("small-2-1.noarch"),
        "{list}"
    );
    let info = guest.succeed("/root/tdnf-2 updateinfo info")?;
    ensure!(info.contains("small was too small"), "{info}");
    Ok(())
}

/// Start an installation in the background and wait until it is in its scriptlet.
fn begin(guest: &mut Guest, name: &str) -> anyhow::Result<()> {
    guest.succeed("rm -f /run/begun /run/go; mkfifo /run/begun /run/go")?;
    let install = format!("/root/tdnf-1 install {name} >/run/said 2>&1");
    guest.succeed(&format!("{install} & read -r begun </run/begun; echo $begun"))?;
    Ok(())
}

/// tdnf alone is killed. The scriptlet outlives it and is told to go on.
fn kill(guest: &mut Guest, name: &str) -> anyhow::Result<()> {
    begin(guest, name)?;
    guest.succeed("kill -KILL $!; wait $!; rm /run/begun; echo go >/run/go; rm /run/go")?;
    Ok(())
}

/// A terminal sends the signal to everyone in the foreground. Scriptlets are not among them: tdnf says what it is going to
/// do, and does it when the scriptlet has ended.
fn press_ctrl_c(guest: &mut Guest, name: &str) -> anyhow::Result<()> {
    begin(guest, name)?;
    guest.succeed(
        "kill -INT -- -$!; until grep -q 'the transaction is' /run/said; do sleep 0.1; done; \
         rm /run/begun; echo go >/run/go; wait $!; rm /run/go",
    )?;
    Ok(())
}

/// The next tdnf that changes something looks after what the last one left.
fn next(guest: &mut Guest) -> anyhow::Result<String> {
    guest.succeed("/root/tdnf-1 install small 2>&1")
}

fn killed_before(guest: &mut Guest) -> anyhow::Result<()> {
    kill(guest, "killed-in-pre")?;
    next(guest)?;
    installed(guest, "killed-in-pre", None)?;
    guest.succeed("/root/tdnf-1 install killed-in-pre")?;
    installed(guest, "killed-in-pre", Some("1-1"))
}

fn killed_after(guest: &mut Guest) -> anyhow::Result<()> {
    kill(guest, "killed-in-post")?;
    next(guest)?;
    installed(guest, "killed-in-post", Some("1-1"))?;
    let history = guest.succeed("tdnf history list")?;
    ensure!(history.contains("killed-in-post"), "{history}");
    guest.succeed("tdnf -y history undo last")?;
    installed(guest, "killed-in-post", None)
}

fn stopped_before(guest: &mut Guest) -> anyhow::Result<()> {
    press_ctrl_c(guest, "stopped-in-pre")?;
    next(guest)?;
    installed(guest, "stopped-in-pre", None)
}

fn stopped_after(guest: &mut Guest) -> anyhow::Result<()> {
    press_ctrl_c(guest, "stopped-in-post")?;
    next(guest)?;
    installed(guest, "stopped-in-post", Some("1-1"))
}
