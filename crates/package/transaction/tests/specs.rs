//! Packages built by real rpmbuild from the files in `tests/specs`, and taken through what the comments at their head
//! say by real rpm and by us: same tree, same rows, same calls of scripts after every step.
//!
//! | comment | what is done |
//! |---|---|
//! | `# install 1 NAME..` | the packages of version 1, or those whose files begin so, by `rpm -U` |
//! | `# upgrade 2`, `# downgrade 1` | the same with `--oldpackage --replacepkgs` |
//! | `# erase NAME..` | these packages, or all that are there |
//! | `# run COMMAND` | a user changes something in the root |
//! | `# as-root` | skipped for others: owners and capabilities cannot be set |

#![allow(clippy::unwrap_used)] // also outside of #[test] functions

mod lab;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::{Lab, Pair};
use rpmfile::Package;
use transaction::{Silent, Transaction};

struct Case {
    lab: Lab,
    pair: Pair,
    spec: PathBuf,
}

impl Case {
    fn new(spec: &Path) -> Self {
        let lab = Lab::new();
        let pair = lab.pair("pair");
        let spec = spec.to_owned();
        Self { lab, pair, spec }
    }

    /// The packages of a version, those first that were built first.
    fn packages(&self, version: &str) -> Vec<PathBuf> {
        let folder = self.lab.path(version);
        if !folder.exists() {
            self.build(version, &folder);
        }
        let entries = fs::read_dir(folder.join("noarch")).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn build(&self, version: &str, folder: &Path) {
        let macros = [
            format!("v {version}"),
            format!("_topdir {}", self.lab.path("build").display()),
            format!("_rpmdir {}", folder.display()),
            "__os_install_post %{nil}".to_owned(),
            "_buildhost localhost".to_owned(),
        ];
        let output = Command::new("rpmbuild")
            .arg("-bb")
            .args(macros.iter().flat_map(|text| ["--define", text]))
            .arg(&self.spec)
            .env("HOME", self.lab.path("home"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {text}", self.spec.display());
    }

    fn step(&self, what: &str, arguments: &str) {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let upgrade = match what {
            "run" => return self.pair.edit(|root| shell(root, arguments)),
            "erase" => {
                self.erase(&words);
                false
            }
            _ => {
                let (version, prefixes) = words.split_first().unwrap();
                self.upgrade(version, prefixes);
                true
            }
        };
        let step = format!("{}: {what} {arguments}", self.spec.display());
        let (ours, rpms) = self.pair.logs();
        let rpms = lab::calls::in_our_order(&rpms, upgrade);
        assert_eq!(ours, rpms, "{step}\nours:\n{ours}\nrpm's:\n{rpms}");
        assert_eq!(lab::tree(&self.pair.ours), lab::tree(&self.pair.rpm), "{step}");
        assert_eq!(lab::rows(&self.pair.ours), lab::rows(&self.pair.rpm), "{step}");
        self.pair.edit(|root| drop(fs::remove_file(root.join("log"))));
    }

    fn upgrade(&self, version: &str, prefixes: &[&str]) {
        let mut files = self.packages(version);
        let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
        let wanted = |file: &PathBuf| prefixes.iter().any(|prefix| name(file).starts_with(prefix));
        files.retain(|file| prefixes.is_empty() || wanted(file));
        let texts: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
        let how = ["-U", "--nodeps", "--oldpackage", "--replacepkgs"];
        lab::rpm(&self.pair.rpm, &[&how[..], &texts].concat());
        let mut transaction = Transaction::new(&self.pair.ours, lab::options());
        for file in &files {
            transaction.replace(file, &replaced(&self.pair.ours, file));
        }
        transaction.run(&Silent).unwrap();
    }

    fn erase(&self, names: &[&str]) {
        let all = lab::rpm(&self.pair.rpm, &["-qa", "--qf", "%{NAME}\\n"]);
        let names = match names.is_empty() {
            true => all.lines().collect(),
            false => names.to_vec(),
        };
        self.pair.erase(&names);
    }
}

fn shell(root: &Path, command: &str) {
    let status = Command::new("sh")
        .args(["-ec", command])
        .current_dir(root)
        .status();
    assert!(status.unwrap().success(), "{command}");
}

/// The rows that a package takes the place of: of its name, and what it obsoletes. That is tdnf's part.
fn replaced(root: &Path, file: &Path) -> Vec<u32> {
    if !root.join(lab::DATABASE).join("rpmdb.sqlite").exists() {
        return Vec::new();
    }
    let header = Package::open(file).unwrap().header;
    let database = rpmdb::RpmDb::open(root, rpmdb::Mode::Read).unwrap();
    let obsoletes = header.obsoletes();
    let names = obsoletes.iter().map(|obsolete| obsolete.name.as_str());
    std::iter::once(header.name())
        .chain(names)
        .flat_map(|name| database.find_by_name(name).unwrap())
        .map(|row| row.hnum)
        .collect()
}

fn run(spec: &Path) {
    let text = fs::read_to_string(spec).unwrap();
    let steps: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
    if steps.contains(&"as-root") && !rustix::process::geteuid().is_root() {
        return;
    }
    let case = Case::new(spec);
    for step in steps.into_iter().filter(|step| *step != "as-root") {
        let (what, arguments) = step.split_once(' ').unwrap_or((step, ""));
        case.step(what, arguments);
    }
}

#[test]
fn every_spec_file_installed_upgraded_downgraded_and_erased() {
    let found = Command::new("rpmbuild").arg("--version").output();
    assert!(found.is_ok(), "rpmbuild is missing: install the package rpm");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs");
    let mut specs: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    specs.retain(|spec| spec.extension().is_some_and(|extension| extension == "spec"));
    let chosen = std::env::var("SPEC").ok();
    specs.retain(|spec| {
        chosen.is_none() || spec.file_stem().and_then(|name| name.to_str()) == chosen.as_deref()
    });
    specs.sort();
    assert!(!specs.is_empty());
    specs.iter().for_each(|spec| run(spec));
}

#[test]
fn and_by_rpm_of_debian_13() {
    lab::debian::repeat_all_but("and_by_rpm_of_debian_13");
}
