//! The header, and a program in C that calls every function.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Functions of the original interface: 63, of which one frees.
const FUNCTIONS: usize = 63;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The header, where it lies in the package's tree.
fn header() -> PathBuf {
    here().join("files/usr/include/netmgmt/netmgr.h")
}

/// Where the libraries that belong to this test are.
fn built() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().to_owned()
}

#[test]
fn the_header_is_what_cbindgen_makes() {
    let config = cbindgen::Config::from_file(here().join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(here().join("src/lib.rs"))
        .generate()
        .unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    let path = header();
    if std::env::var_os("LUMEN_WRITE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept.as_bytes() == text,
        "netmgr.h is not up to date: LUMEN_WRITE=1 cargo test -p netmgr-c writes it"
    );
}

/// The words of a text that look like functions of ours.
fn functions(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("nm_")).collect()
}

#[test]
fn the_program_calls_every_function() {
    let text = fs::read_to_string(header()).unwrap();
    let program = fs::read_to_string(here().join("tests/functions.c")).unwrap();
    let known = functions(&text);
    assert_eq!(known.len(), FUNCTIONS + 1, "nm_set_root is ours");
    assert_eq!(known, functions(&program));
}

/// Compiles the program against a library that is installed in a directory as it is in a package.
fn compile(directory: &Path, link: &[&str]) -> PathBuf {
    let program = directory.join("functions");
    let output = Command::new("gcc")
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-o"])
        .arg(&program)
        .arg(here().join("tests/functions.c"))
        .arg("-I")
        .arg(here().join("files/usr/include/netmgmt"))
        .args(link)
        .output()
        .expect("cannot run gcc: install the package gcc");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    program
}

fn shared(directory: &Path) -> PathBuf {
    fs::copy(built().join("libnetmgr_c.so"), directory.join("libnetmgr.so.1")).unwrap();
    std::os::unix::fs::symlink("libnetmgr.so.1", directory.join("libnetmgr.so")).unwrap();
    let path = directory.to_str().unwrap();
    compile(
        directory,
        &["-L", path, "-lnetmgr", &format!("-Wl,-rpath,{path}")],
    )
}

fn valgrind(program: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args([
            "--quiet",
            "--leak-check=full",
            "--show-leak-kinds=all",
            "--error-exitcode=9",
        ])
        .args(["--errors-for-leak-kinds=definite,indirect,possible"])
        .arg(program);
    command
}

fn good(output: std::io::Result<Output>, install: &str) {
    let output = output.unwrap_or_else(|_| panic_with(install));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
}

#[allow(clippy::panic, reason = "a test fails by panicking")]
fn panic_with(install: &str) -> ! {
    panic!("install the package {install}")
}

#[test]
fn on_a_tree() {
    let directory = tempfile::tempdir().unwrap();
    let program = shared(directory.path());
    let root = directory.path().join("root");
    fs::create_dir(&root).unwrap();
    good(valgrind(&program).arg(&root).output(), "valgrind");
    let written = fs::read_to_string(root.join("etc/systemd/network/00-eth0.network")).unwrap();
    assert!(written.contains("MACAddress=00:11:22:33:44:55"), "{written}");
}

/// The static library needs no more than the C library.
#[test]
fn linked_statically() {
    let directory = tempfile::tempdir().unwrap();
    let library = built().join("libnetmgr_c.a");
    let program = compile(
        directory.path(),
        &[library.to_str().unwrap(), "-lm", "-lpthread", "-ldl", "-lgcc_s"],
    );
    let root = directory.path().join("root");
    fs::create_dir(&root).unwrap();
    good(Command::new(&program).arg(&root).output(), "gcc");
}

#[test]
fn in_a_namespace() {
    let directory = tempfile::tempdir().unwrap();
    let program = shared(directory.path());
    let script = "set -eu
        for place in /etc /run /var/lib; do mount -t tmpfs tmpfs $place; done
        valgrind --quiet --leak-check=full --error-exitcode=9 \"$0\" live
        test \"$(uname -n)\" = from-c";
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "--uts", "sh", "-c", script])
        .arg(&program)
        .output();
    good(output, "util-linux");
}

/// What a package's pkg-config file leads to.
#[test]
fn the_library_has_its_name_and_nothing_but_its_functions() {
    let library = built().join("libnetmgr_c.so");
    let tell = |arguments: &[&str]| {
        let output = Command::new(arguments[0])
            .args(&arguments[1..])
            .arg(&library)
            .output();
        String::from_utf8(output.expect("install the package binutils").stdout).unwrap()
    };
    assert!(tell(&["objdump", "-p"]).contains("SONAME               libnetmgr.so.1\n"));
    let exported = tell(&["nm", "-D", "--defined-only"]);
    let text = fs::read_to_string(header()).unwrap();
    let names: BTreeSet<&str> = exported
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    assert_eq!(names, functions(&text));
}
