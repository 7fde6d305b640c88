//! A program in C, compiled with what the packages libnetmgr and libnetmgr-devel install, by the distribution's compiler
//! and beside its C library. `make image` has built the packages and the tools root before.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use confine::Confine;

/// Where the installed packages and the program are seen in the tools root: a mount point that pkgbuild has made there.
const PLACE: &str = "/target";

fn project() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    root.canonicalize().unwrap()
}

/// The file of a package of ours.
fn package(name: &str) -> PathBuf {
    let folder = project().join("build/rpms").join(std::env::consts::ARCH);
    let start = format!("{name}-{}-", env!("CARGO_PKG_VERSION"));
    let files = fs::read_dir(&folder).expect("there are no packages; make image makes them");
    let mut paths = files.map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(&start);
    paths
        .find(is_it)
        .expect("the package is missing; make image makes it")
}

fn said(command: &mut Command, install: &str) -> String {
    let output = command.output().expect(install);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{command:?}: {out}{err}");
    out.into_owned()
}

fn rpm(arguments: &[&str]) -> String {
    said(
        superuser::command("rpm").args(arguments),
        "install the package rpm",
    )
}

fn installed() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let packages = ["libnetmgr", "libnetmgr-devel"].map(package);
    let mut arguments = vec![
        "-i",
        "--nodeps",
        "--nosignature",
        "--root",
        root.path().to_str().unwrap(),
    ];
    arguments.extend(packages.iter().map(|path| path.to_str().unwrap()));
    rpm(&arguments);
    root
}

/// What pkg-config says of the installed library, for who sees it below [`PLACE`].
fn flags(root: &Path) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command
        .args(["--cflags", "--libs", "netmgr"])
        .env("PKG_CONFIG_LIBDIR", root.join("usr/lib/pkgconfig"))
        .env("PKG_CONFIG_SYSROOT_DIR", PLACE);
    let text = said(&mut command, "install the package pkgconf");
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_program_is_compiled_with_the_installed_library_and_runs() {
    let root = installed();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/functions.c");
    fs::copy(source, root.path().join("functions.c")).unwrap();
    fs::create_dir(root.path().join("tree")).unwrap();
    let sandbox = Confine::new(project().join("build/tools/root"))
        .read_only_root()
        .bind(root.path(), PLACE)
        .directory(PLACE)
        .env("LD_LIBRARY_PATH", format!("{PLACE}/usr/lib"));
    let mut compile: Vec<String> = [
        "-std=gnu11",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        "functions",
        "functions.c",
    ]
    .map(str::to_owned)
    .into();
    compile.extend(flags(root.path()));
    let bwrap = "install the package bubblewrap";
    said(&mut sandbox.command("/usr/bin/gcc-14", compile).unwrap(), bwrap);
    let tree = format!("{PLACE}/tree");
    said(
        &mut sandbox.command(format!("{PLACE}/functions"), [tree]).unwrap(),
        bwrap,
    );
    assert!(
        root.path()
            .join("tree/etc/systemd/network/00-eth0.network")
            .exists()
    );
}

#[test]
fn the_packages_offer_what_programs_ask_for() {
    let asked =
        |name: &str, what: &str| rpm(&["-qp", "--nosignature", what, package(name).to_str().unwrap()]);
    let library = asked("libnetmgr", "--provides");
    assert!(library.contains("libnetmgr.so.1()(64bit)\n"), "{library}");
    let version = env!("CARGO_PKG_VERSION");
    let devel = asked("libnetmgr-devel", "--provides");
    assert!(
        devel.contains(&format!("pkgconfig(netmgr) = {version}\n")),
        "{devel}"
    );
    let needs = asked("libnetmgr-devel", "--requires");
    assert!(needs.contains(&format!("libnetmgr = {version}\n")), "{needs}");
    // Nothing beside the C library.
    let needs = asked("libnetmgr", "--requires");
    let libraries = needs.lines().filter(|line| line.contains(".so"));
    let others: Vec<&str> = libraries
        .filter(|line| {
            !["libc.so.6", "libgcc_s.so.1", "ld-linux-"]
                .iter()
                .any(|known| line.starts_with(known))
        })
        .collect();
    assert_eq!(others, [""; 0]);
}
