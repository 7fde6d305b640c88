//! The module as Python sees it: from what is built here, and from a wheel.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The package as a wheel would install it.
fn installed(directory: &Path) {
    let package = directory.join("netmgr");
    fs::create_dir(&package).unwrap();
    for file in ["__init__.py", "__init__.pyi", "py.typed"] {
        fs::copy(here().join("python/netmgr").join(file), package.join(file)).unwrap();
    }
    let test = std::env::current_exe().unwrap();
    let library = test.parent().unwrap().join("libnetmgr_python.so");
    fs::copy(library, package.join("_netmgr.abi3.so")).unwrap();
}

fn good(command: &mut Command, install: &str) -> String {
    let output = command.output().unwrap_or_else(|error| missing(install, &error));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "{command:?}\n{}{said}",
        String::from_utf8_lossy(&output.stdout)
    );
    said
}

#[allow(clippy::panic, reason = "a test fails by panicking")]
fn missing(install: &str, error: &std::io::Error) -> ! {
    panic!("install the package {install}: {error}")
}

#[test]
fn every_function_on_a_tree() {
    let directory = tempfile::tempdir().unwrap();
    installed(directory.path());
    let said = good(
        Command::new("python3")
            .args(["-B", "-m", "unittest", "test_netmgr"])
            .env("PYTHONPATH", directory.path())
            .current_dir(here().join("tests")),
        "python3",
    );
    assert!(said.contains("OK"), "{said}");
}

#[test]
fn on_a_running_system() {
    let directory = tempfile::tempdir().unwrap();
    installed(directory.path());
    let script = "set -eu
        for place in /etc /run /var/lib; do mount -t tmpfs tmpfs $place; done
        exec python3 -B -m unittest test_netmgr.Live";
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--net", "--mount", "--uts", "sh", "-c", script])
        .env("PYTHONPATH", directory.path())
        .env("NETMGR_LIVE", "1")
        .current_dir(here().join("tests"));
    let said = good(&mut command, "util-linux");
    assert!(said.contains("OK") && !said.contains("skipped"), "{said}");
}

/// The tools come from the Python Package Index, and the library is compiled once more.
#[test]
fn a_wheel_installs_and_works() {
    if std::env::var_os("TEST_LONG").is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (tools, fresh, wheels) = (
        directory.path().join("tools"),
        directory.path().join("fresh"),
        directory.path().join("wheels"),
    );
    for environment in [&tools, &fresh] {
        good(
            Command::new("python3").args(["-m", "venv"]).arg(environment),
            "python3-venv",
        );
    }
    let pip = |environment: &Path, what: &Path| {
        good(
            Command::new(environment.join("bin/pip"))
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .arg(what),
            "python3-venv",
        )
    };
    pip(&tools, Path::new("maturin>=1.9,<2"));
    pip(&tools, Path::new("mypy"));
    good(
        Command::new(tools.join("bin/maturin"))
            .args(["build", "--release", "--locked", "--quiet", "--out"])
            .arg(&wheels)
            .current_dir(here()),
        "python3-venv",
    );
    let wheel = fs::read_dir(&wheels).unwrap().next().unwrap().unwrap().path();
    let name = wheel.file_name().unwrap().to_string_lossy().into_owned();
    assert!(
        name.starts_with("netmgr-") && name.contains("-cp310-abi3-"),
        "{name}"
    );
    pip(&fresh, &wheel);
    let suite = here().join("tests/test_netmgr.py");
    let said = good(
        Command::new(fresh.join("bin/python")).arg("-B").arg(&suite),
        "python3",
    );
    assert!(said.contains("OK"), "{said}");
    // The suite passes two values of wrong types on purpose.
    let mut check = Command::new(tools.join("bin/mypy"));
    check
        .args(["--strict", "-c", TYPED, "--python-executable"])
        .arg(fresh.join("bin/python"));
    good(check.current_dir(&directory), "python3-venv");
}

/// Uses of the module that are right only if the stubs are.
const TYPED: &str = "
import netmgr
mode, address, gateway = netmgr.get_ipv4_addr_gateway('eth0')
number: int = mode
text: str = address or 'none'
for link in netmgr.get_link_info():
    name: str = link['name']
try:
    netmgr.set_dns_servers(netmgr.STATIC_DNS, ['1.1.1.1'])
except netmgr.NetmgrError as error:
    code: int = error.code
";
