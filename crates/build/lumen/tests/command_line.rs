//! The command as people meet it: exit status, messages, manual and completions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop at the first surprise

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn lumen(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lumen"));
    for variable in [
        "LUMEN_PROJECT",
        "LUMEN_KEYS",
        "LUMEN_MIRROR",
        "LUMEN_SECURITY_MIRROR",
        "LUMEN_ARCHIVE_MIRROR",
    ] {
        command.env_remove(variable);
    }
    let home = dir.join("home");
    command
        .current_dir(dir)
        .args(args)
        .env("HOME", &home)
        .env("XDG_CACHE_HOME", home.join("cache"));
    command
        .env("XDG_CONFIG_HOME", home.join("config"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A project with one recipe and a mirror that does not exist.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let import = dir.path().join("distro/import");
    fs::create_dir_all(import.join("keys")).unwrap();
    let key = "keys/debian-archive-trixie.asc";
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../distro/import");
    fs::copy(ours.join(key), import.join(key)).unwrap();
    fs::write(
        import.join("base.toml"),
        "[[package]]\nname = \"bash\"\nfrom = [\"bash\"]\n",
    )
    .unwrap();
    dir
}

#[test]
fn wrong_usage_ends_with_2_and_failure_with_1() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(lumen(dir.path(), &["imprt"]).status.code(), Some(2));
    assert_eq!(
        lumen(dir.path(), &["import", "--update", "--locked"])
            .status
            .code(),
        Some(2)
    );
    let outside = lumen(dir.path(), &["import"]);
    assert_eq!(outside.status.code(), Some(1));
    assert!(
        text(&outside.stderr).contains("--project"),
        "{}",
        text(&outside.stderr)
    );
    assert_eq!(lumen(dir.path(), &["--help"]).status.code(), Some(0));
}

#[test]
fn a_locked_import_without_a_lock_says_what_is_missing() {
    let dir = project();
    let output = lumen(dir.path(), &["import", "--locked"]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.contains("lacks bash") && message.contains("without --locked"),
        "{message}"
    );
}

#[test]
fn the_mirror_is_taken_from_option_environment_and_configuration() {
    let dir = project();
    let config = dir.path().join("home/config/lumen");
    fs::create_dir_all(&config).unwrap();
    fs::write(
        config.join("config.toml"),
        "mirror = \"file:///from-config/debian\"\n",
    )
    .unwrap();
    let message = text(&lumen(dir.path(), &["import"]).stderr);
    assert!(
        message.contains("/from-config/debian/dists/trixie/InRelease"),
        "{message}"
    );
    let message = text(&lumen(dir.path(), &["import", "--mirror", "file:///from-option/debian"]).stderr);
    assert!(message.contains("/from-option/debian"), "{message}");
    fs::write(config.join("config.toml"), "miror = \"x\"\n").unwrap();
    let message = text(&lumen(dir.path(), &["import"]).stderr);
    assert!(
        message.contains("config.toml") && message.contains("miror"),
        "{message}"
    );
}

#[test]
fn an_unwritable_cache_is_named_with_the_way_out() {
    let dir = project();
    fs::create_dir_all(dir.path().join("home")).unwrap();
    fs::write(dir.path().join("home/cache"), "a file").unwrap();
    let digest = "ab".repeat(32);
    let lock = format!(
        "format = 1\n[suite.x86_64]\ntrixie = \"2026-01-01T00:00:00Z\"\n[deb.x86_64]\n\
         bash = {{ version = \"1\", size = 1, sha256 = \"{digest}\", path = \"pool/bash.deb\" }}\n"
    );
    fs::write(dir.path().join("distro/import/lumen.lock"), lock).unwrap();
    let output = lumen(
        dir.path(),
        &["import", "--arch", "x86_64", "--mirror", "file:///nowhere/debian"],
    );
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.contains("home/cache/lumen") && message.contains("XDG_CACHE_HOME"),
        "{message}"
    );
}

#[test]
fn building_without_a_lock_says_to_import_first() {
    let dir = project();
    let output = lumen(dir.path(), &["repo", "build"]);
    assert!(
        text(&output.stderr).contains("lumen import"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn manual_pages_and_completions_know_every_command() {
    let dir = tempfile::tempdir().unwrap();
    let pages = dir.path().join("man");
    let output = lumen(dir.path(), &["manual", "--out", pages.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for page in [
        "lumen.1",
        "lumen-import.1",
        "lumen-package-build.1",
        "lumen-repo-serve.1",
    ] {
        assert!(pages.join(page).exists(), "{page}");
    }
    let import = fs::read_to_string(pages.join("lumen-import.1")).unwrap();
    assert!(import.contains("archive\\-mirror"), "{import}");
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            text(&lumen(dir.path(), &["completions", shell]).stdout).contains("security-mirror"),
            "{shell}"
        );
    }
}

#[test]
fn packages_are_listed_for_people_and_for_programs() {
    let dir = project();
    let package = dir.path().join("distro/packages/probe");
    fs::create_dir_all(&package).unwrap();
    let recipe = "name = \"probe\"\nversion = \"1\"\nrelease = \"1\"\nkind = \"tree\"\nsummary = \"A probe\"\n\
        description = \"d\"\nlicense = \"MIT\"\n";
    fs::write(package.join("package.toml"), recipe).unwrap();
    let plain = lumen(dir.path(), &["package", "list"]);
    assert_eq!(text(&plain.stdout), "probe  A probe\n", "{}", text(&plain.stderr));
    let json: serde_json::Value =
        serde_json::from_slice(&lumen(dir.path(), &["package", "list", "--json"]).stdout).unwrap();
    assert_eq!(json[0]["name"], "probe");
}

#[test]
fn images_that_are_not_there_are_explained() {
    let dir = project();
    let message = text(&lumen(dir.path(), &["image", "run", "minimal"]).stderr);
    assert!(message.contains("lumen image build minimal"), "{message}");
    let message = text(&lumen(dir.path(), &["image", "run", "some/where.raw"]).stderr);
    assert!(message.contains("some/where.raw"), "{message}");
    let images = dir.path().join("distro/images");
    fs::create_dir_all(&images).unwrap();
    fs::write(images.join("minimal.toml"), "").unwrap();
    let message = text(&lumen(dir.path(), &["image", "build", "minmal"]).stderr);
    assert!(message.contains("minimal"), "the nearest name: {message}");
}

#[test]
fn nonsense_for_an_image_is_wrong_usage() {
    let dir = project();
    for arguments in [
        ["image", "run", "minimal", "--port", "22"],
        ["image", "run", "minimal", "--memory", "1"],
        ["image", "run", "minimal", "--firmware", "coreboot"],
        ["image", "build", "minimal", "--format", "vdi"],
    ] {
        let output = lumen(dir.path(), &arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
    }
}
