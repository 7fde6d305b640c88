//! schemathesis (PyPI) makes requests out of the served document and looks at the answers: none may be a 5xx that is not
//! in the document's words, none may break its schema.

use std::path::Path;
use std::process::Command;

use crate::host::{Host, PASSWORD};

/// Long: it installs schemathesis into an environment of the test's own and runs for ten minutes.
#[test]
fn the_daemon_keeps_to_its_document() {
    if std::env::var_os("TEST_LONG").is_none() {
        return;
    }
    let host = Host::start(
        &[
            "system", "network", "packages", "updates", "users", "logs", "roles", "backup",
        ],
        "[limits]\nper_second = 100000\nburst = 100000\n",
    );
    let venv = host.path("venv");
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", "schemathesis"]));
    let st = venv.join("bin/st");
    run(&mut command(&st, &host));
}

fn command(st: &Path, host: &Host) -> Command {
    let mut command = Command::new(st);
    command
        .args([
            "run",
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance",
        ])
        .args([
            "--checks",
            "response_schema_conformance",
            "--phases",
            "examples,coverage,fuzzing",
        ])
        .args([
            "--max-time",
            "600",
            "--continue-on-failure",
            "--auth",
            &format!("adam:{PASSWORD}"),
        ])
        .arg("--tls-verify")
        .arg(host.path("state/server.crt"))
        .arg(host.url("/openapi.json"));
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&text)
    );
}
