//! kernel-hardening-checker, the program of the Kernel Self Protection Project's list, on every flavour: its configuration, the
//! command line of an image with it, and what sysctl.d sets there. Whatever it calls a FAIL stands in `hardening.toml` with a
//! reason, and what stands there is a FAIL.

use super::{flavours, project};
use download::{Cache, Client, Options, Request};
use import::{MirrorSettings, Mirrors};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is accepted, and the checker that the list is about.
struct Accepted {
    checker: Request,
    /// Check and flavour, with the reason.
    reasons: BTreeMap<(String, String), String>,
}

fn accepted() -> Accepted {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernel/hardening.toml");
    let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let text = |value: &toml::Value, key: &str| value[key].as_str().unwrap().to_owned();
    let list = |value: &toml::Value, key: &str| -> Vec<String> {
        let list = value[key].as_array().unwrap().iter();
        list.map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let mut reasons = BTreeMap::new();
    for group in table["accept"].as_array().unwrap() {
        let reason = text(group, "reason");
        assert!(!reason.is_empty());
        for flavour in list(group, "flavours") {
            for check in list(group, "checks") {
                let twice = reasons.insert((check.clone(), flavour.clone()), reason.clone());
                assert!(twice.is_none(), "{check} of {flavour} is accepted twice");
            }
        }
    }
    let checker = &table["checker"];
    Accepted {
        checker: Request {
            name: "kernel-hardening-checker".into(),
            urls: urls(&text(checker, "path")),
            digest: text(checker, "sha256"),
            size: checker["size"].as_integer().unwrap().try_into().unwrap(),
        },
        reasons,
    }
}

/// Where the checker may be: the mirrors that `make image` fetches from.
fn urls(path: &str) -> Vec<String> {
    let given = |name: &str| std::env::var(name).ok();
    let settings = MirrorSettings {
        mirror: given("LUMEN_MIRROR"),
        security_mirror: given("LUMEN_SECURITY_MIRROR"),
        archive_mirror: given("LUMEN_ARCHIVE_MIRROR"),
    };
    Mirrors::discover(&settings, Path::new("/etc/apt"))
        .unwrap()
        .urls(path, false)
}

/// Debian's package of it, unpacked: modules of Python, which need nothing but Python.
fn unpacked(checker: &Request, into: &Path) -> PathBuf {
    let client = Client::new(Options::default());
    let package = client.fetch(&Cache::of_user(), checker, &|_| ()).unwrap_or_else(|error| {
        panic!(
            "{error}; when Debian has dropped this version, set LUMEN_ARCHIVE_MIRROR to an archive of what it drops, or pin \
             the one there is in tests/kernel/hardening.toml"
        )
    });
    let unpack = format!(
        "ar p '{}' data.tar.xz | tar -xJ -C '{}'",
        package.display(),
        into.display()
    );
    assert!(
        Command::new("bash")
            .args(["-o", "pipefail", "-c", &unpack])
            .status()
            .unwrap()
            .success()
    );
    into.join("usr/lib/python3/dist-packages")
}

/// One flavour as the checker is to see it.
struct Subject {
    config: PathBuf,
    cmdline: String,
    sysctl: String,
}

fn subject(flavour: &str) -> Subject {
    Subject {
        config: project().join(format!("distro/kernel/resolved/{flavour}.resolved")),
        cmdline: cmdline(flavour),
        sysctl: sysctl(flavour),
    }
}

/// The command line of the image minimal with that kernel, as `lumen image build --kernel` puts it together.
fn cmdline(flavour: &str) -> String {
    let image = fs::read_to_string(project().join("distro/images/minimal.toml")).unwrap();
    let image: toml::Table = image.parse().unwrap();
    let own = fs::read_to_string(project().join("distro/kernel/cmdline").join(flavour)).unwrap_or_default();
    let own = own
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join(" ");
    format!("{} {own}", image["kernel"]["cmdline"].as_str().unwrap())
}

/// `KEY = VALUE`, what comes last wins. Of what no file sets the kernel's own value counts, which nobody here knows: the checker
/// calls it a FAIL.
fn sysctl(flavour: &str) -> String {
    let mut files = vec![project().join("distro/policy/kernel/usr/lib/sysctl.d/60-lumen-hardening.conf")];
    let own = format!("distro/packages/{flavour}-policy/files/usr/lib/sysctl.d/61-{flavour}.conf");
    files.push(project().join(own));
    let mut values = BTreeMap::new();
    for text in files.iter().filter_map(|file| fs::read_to_string(file).ok()) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((key, value)) = line.trim_start_matches('-').split_once('=') {
                values.insert(key.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
    values
        .iter()
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect()
}

/// The names of all checks, and of those that fail.
fn check(modules: &Path, subject: &Subject, scratch: &Path) -> (usize, BTreeSet<String>) {
    let (cmdline, sysctl) = (scratch.join("cmdline"), scratch.join("sysctl"));
    fs::write(&cmdline, &subject.cmdline).unwrap();
    fs::write(&sysctl, &subject.sysctl).unwrap();
    let output = Command::new("python3")
        .env("PYTHONPATH", modules)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args([
            "-c",
            "import kernel_hardening_checker as c; c.main()",
            "-m",
            "json",
            "-c",
        ])
        .arg(&subject.config)
        .arg("-l")
        .arg(cmdline)
        .arg("-s")
        .arg(sysctl)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8(output.stdout).unwrap();
    let start = said.find('[').unwrap();
    let checks: serde_json::Value = serde_json::from_str(&said[start..]).unwrap();
    let checks = checks.as_array().unwrap();
    let failed = checks.iter().filter(|check| check["check_result_bool"] == false);
    let names = failed.map(|check| check["option_name"].as_str().unwrap().to_owned());
    (checks.len(), names.collect())
}

#[test]
fn whatever_the_checker_says_has_a_reason() {
    let accepted = accepted();
    let scratch = tempfile::tempdir().unwrap();
    let modules = unpacked(&accepted.checker, scratch.path());
    for flavour in flavours().into_keys() {
        let (checks, failed) = check(&modules, &subject(&flavour), scratch.path());
        assert!(checks > 340, "the checker made only {checks} checks of {flavour}");
        let known = accepted.reasons.keys().filter(|(_, who)| *who == flavour);
        let known: BTreeSet<String> = known.map(|(check, _)| check.clone()).collect();
        let unexplained: Vec<_> = failed.difference(&known).collect();
        assert!(
            unexplained.is_empty(),
            "{flavour}: nobody says why these FAIL: {unexplained:?}"
        );
        let outdated: Vec<_> = known.difference(&failed).collect();
        assert!(
            outdated.is_empty(),
            "{flavour}: these are OK by now, take them out: {outdated:?}"
        );
        println!(
            "{flavour}: {} OK, {} FAIL, each with a reason",
            checks - failed.len(),
            failed.len()
        );
    }
}

#[test]
fn a_kernel_that_is_weaker_is_found_out() {
    let accepted = accepted();
    let scratch = tempfile::tempdir().unwrap();
    let modules = unpacked(&accepted.checker, scratch.path());
    let strong = subject("linux-secure");
    let weak = scratch.path().join("weak");
    let config = fs::read_to_string(&strong.config).unwrap();
    fs::write(&weak, config.replace("CONFIG_STACKPROTECTOR_STRONG=y\n", "")).unwrap();
    let subject = Subject {
        config: weak,
        cmdline: strong.cmdline.replace("slab_nomerge", ""),
        sysctl: strong.sysctl.replace("kernel.kptr_restrict = 2\n", ""),
    };
    let (_, failed) = check(&modules, &subject, scratch.path());
    for name in ["CONFIG_STACKPROTECTOR_STRONG", "kernel.kptr_restrict"] {
        assert!(failed.contains(name), "{name}: {failed:?}");
    }
}
