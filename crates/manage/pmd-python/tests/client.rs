//! The Python client: as it is here, as a wheel, and beside the API's table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::path::PathBuf;
use std::process::Command;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn good(command: &mut Command) -> String {
    let output = command
        .output()
        .expect("cannot run python3: install the packages python3 and python3-venv");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{command:?}\n{out}{err}");
    format!("{out}{err}")
}

/// The API, its document and this client cannot drift apart: what is in the repository is what the table makes.
#[test]
fn the_operations_are_those_of_the_table() {
    let path = here().join("python/pmd/_operations.py");
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    let made = pmd_python::operations_module();
    assert!(
        present == made,
        "make it anew: cargo run --release -p pmd-python > {}",
        path.display()
    );
    for operation in pmd_api::operations() {
        assert!(
            made.contains(&format!(
                "\"{}\", \"{}\"",
                operation.method.name(),
                operation.path
            )),
            "{operation:?}"
        );
    }
}

#[test]
fn the_client_against_a_server() {
    let mut python = Command::new("python3");
    python
        .args(["-B", "-m", "unittest", "test_pmd"])
        .current_dir(here().join("tests"));
    let said = good(python.env("PYTHONPATH", here().join("python")));
    assert!(said.contains("\nOK"), "{said}");
}

/// The workspace's tests build the daemon before any of them runs; alone, this one needs it to be there.
#[test]
fn the_client_against_the_daemon() {
    let test = std::env::current_exe().unwrap();
    let programs = test.parent().and_then(std::path::Path::parent).unwrap();
    let there = programs.join("pmd").exists() && programs.join("pmd-helper").exists();
    assert!(there, "build the daemon first: cargo build --release -p pmd");
    let mut python = Command::new("python3");
    python
        .args(["-B", "-m", "unittest", "against_the_daemon"])
        .current_dir(here().join("tests"));
    let said = good(
        python
            .env("PYTHONPATH", here().join("python"))
            .env("PMD", programs),
    );
    assert!(said.contains("\nOK"), "{said}");
}

/// As users get it: a wheel, installed into an environment of its own. No package is fetched but what pip has itself.
#[test]
fn a_wheel_can_be_installed() {
    if std::env::var_os("TEST_LONG").is_none() {
        println!("set TEST_LONG to build a wheel and to check the types: it fetches setuptools and mypy");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let source = at("source");
    good(Command::new("cp").arg("-r").arg(here()).arg(&source));
    good(Command::new("python3").args(["-m", "venv"]).arg(at("env")));
    let pip = at("env/bin/pip");
    good(
        Command::new(&pip)
            .args(["wheel", "--quiet", "--no-deps", "--wheel-dir"])
            .arg(at("wheels"))
            .arg(&source),
    );
    let wheel = std::fs::read_dir(at("wheels"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    good(
        Command::new(&pip)
            .args(["install", "--quiet", "mypy"])
            .arg(&wheel),
    );
    let python = at("env/bin/python");
    good(
        Command::new(&python)
            .args(["-B", "-m", "unittest", "test_pmd"])
            .current_dir(here().join("tests")),
    );
    good(
        Command::new(&python)
            .args(["-m", "mypy", "--strict", "--no-incremental", "-p", "pmd"])
            .current_dir(directory.path()),
    );
}
