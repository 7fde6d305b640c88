//! Completions and manual pages in the repository are those the tables make, and shells accept them.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::Lab;

const FILES: [(&str, &str); 5] = [
    (
        "bash",
        "distro/packages/tdnf/files/usr/share/bash-completion/completions/tdnf",
    ),
    (
        "zsh",
        "distro/packages/tdnf/files/usr/share/zsh/site-functions/_tdnf",
    ),
    (
        "fish",
        "distro/packages/tdnf/files/usr/share/fish/vendor_completions.d/tdnf.fish",
    ),
    ("tdnf.8", "docs/man/tdnf.8"),
    ("tdnf.conf.5", "docs/man/tdnf.conf.5"),
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// With `UPDATE=1` in the environment it writes them.
#[test]
fn the_files_are_in_step_with_the_tables() {
    let lab = Lab::new();
    for (what, path) in FILES {
        let made = lab.tdnf(&format!("generate {what}")).out;
        let path = repository().join(path);
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &made).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == made,
            "{} is not what tdnf generate {what} prints: UPDATE=1 writes it",
            path.display()
        );
    }
    assert_eq!(lab.tdnf("generate nothing").status, 902 & 0xff);
}

fn accepts(shell: &str, package: &str, flag: &str, file: usize) {
    let output = Command::new(shell)
        .arg(flag)
        .arg(repository().join(FILES[file].1))
        .output()
        .unwrap_or_else(|_| panic!("{shell} is missing: install the package {package}"));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && text.is_empty(), "{shell}: {text}");
}

#[test]
fn shells_accept_their_scripts() {
    accepts("bash", "bash", "-n", 0);
    accepts("zsh", "zsh", "-n", 1);
    accepts("fish", "fish", "--no-execute", 2);
}

/// What bash offers at the end of a line.
fn offered(line: &str) -> Vec<String> {
    let script = format!(
        "PATH={tdnf}:$PATH; source {file}; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _tdnf; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        tdnf = Path::new(env!("CARGO_BIN_EXE_tdnf")).parent().unwrap().display(),
        file = repository().join(FILES[0].1).display(),
    );
    let output = Command::new("bash")
        .args(["--norc", "-c", &script])
        .output()
        .unwrap();
    let mut found: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    found.sort();
    found
}

#[test]
fn bash_offers_what_fits() {
    assert_eq!(offered("tdnf reins"), ["reinstall"]);
    assert_eq!(offered("tdnf -y history und"), ["undo"]);
    assert_eq!(offered("tdnf reposync --new"), ["--newest-only"]);
    assert!(offered("tdnf install --new").iter().all(String::is_empty));
    assert_eq!(offered("tdnf --installroot /us"), ["/usr"]);
    assert!(offered("tdnf --assum").contains(&"--assumeyes".to_owned()));
}

#[test]
fn the_manual_tells_every_command_and_option() {
    let page = Lab::new().tdnf("generate tdnf.8").out;
    for text in [
        "\\fBreposync\\fR",
        "\\fB\\-\\-newest\\-only\\fR",
        "\\fB\\-c\\fR, \\fB\\-\\-config\\fR \\fIFILE\\fR",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("generate\\fR"), "hidden commands stay hidden");
    let page = Lab::new().tdnf("generate tdnf.conf.5").out;
    assert!(page.contains("\\fBinstallonly_limit\\fR (2)"), "{page}");
}
