//! schemathesis (PyPI) makes requests out of the served document and looks at the answers: none may be a 5xx, none may be
//! something that the document does not say.
//!
//! It asks for everything that there is, as an administrator. The whole test runs in mounts and a network of its own,
//! beside what keeps the helpers of a tree off the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::host::{Host, PASSWORD, as_root};

const VERSION: &str = "schemathesis==4.32.5";
/// Where schemathesis is, for the part of the test that runs inside.
const INSIDE: &str = "PMD_SCHEMA_INSIDE";
/// `PMD_SCHEMA_SECONDS` sets another time, for who looks for one thing.
const SECONDS: &str = "600";

/// Long: it fetches schemathesis into an environment of the test's own and runs for ten minutes.
#[test]
fn the_daemon_keeps_to_its_document() {
    if let Some(program) = std::env::var_os(INSIDE) {
        return inside(Path::new(&program));
    }
    if std::env::var_os("TEST_LONG").is_none() {
        println!("set TEST_LONG to have schemathesis ask everything for ten minutes");
        return;
    }
    let mut command = as_root(Command::new("unshare"));
    command.args([
        "--mount",
        "--net",
        "sh",
        "-ec",
        "ip link set lo up; exec \"$@\"",
        "sh",
    ]);
    command.arg(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "schema::the_daemon_keeps_to_its_document",
        "--nocapture",
    ]);
    run(command.env(INSIDE, program()));
}

/// The environment stays beside the test's programs, so that it is made once.
fn program() -> PathBuf {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", VERSION]));
    venv.join("bin/st")
}

fn inside(program: &Path) {
    let domains = pmd_api::Domain::ALL.into_iter().map(pmd_api::Domain::name);
    let domains: Vec<&str> = domains.filter(|domain| *domain != "daemon").collect();
    let host = Host::start(&domains, "[limits]\nper_second = 100000\nburst = 100000\n");
    crate::roles::install(&host);
    let seconds = std::env::var("PMD_SCHEMA_SECONDS").unwrap_or_else(|_| SECONDS.to_owned());
    let mut command = Command::new(program);
    command.args(["run", "--phases", "examples,coverage,fuzzing", "--checks"]);
    command.arg(
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    );
    command.args([
        "--max-time",
        &seconds,
        "--continue-on-failure",
        "--warnings",
        "off",
    ]);
    command.args(["--auth", &format!("adam:{PASSWORD}"), "--tls-verify"]);
    command.arg(host.path("state/server.crt"));
    // Where it is started, it leaves what it has learned.
    command.current_dir(host.dir.path());
    run(command.arg(host.url("/openapi.json")));
    host.local("GET", "/health", None, &[]).expect(200);
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    println!("{text}");
    assert!(output.status.success(), "{command:?}: {text}");
}
