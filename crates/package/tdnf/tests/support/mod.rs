//! A repository of small packages made for a test, and a root to install into.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used
)]

pub mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use keyring::{Keyring, PackageSigner, SigningKey};
use repodata::{WriteOptions, write_repo};
use rpmfile::{Builder, Dependency, Evr, FileEntry};
use tdnf::{InstallOptions, RepoConfig};

pub const TIME: u32 = 1_700_000_000;

/// One package of a test repository.
pub struct TestPackage {
    builder: Builder,
    signed: bool,
}

impl TestPackage {
    /// `name`, `version-release`; with one file that tells name and version.
    pub fn new(name: &str, evr: &str) -> Self {
        let mut builder = Builder::new(name, Evr::parse(evr), "noarch");
        builder.summary = format!("Test package {name}");
        builder.description = format!("The package {name} of a test.\nIt does nothing.");
        builder.license = "MIT".to_owned();
        builder.build_time = TIME;
        let content = format!("{name} {evr}\n").into_bytes();
        builder.file(FileEntry::regular(format!("/usr/share/test/{name}"), content));
        Self {
            builder,
            signed: true,
        }
    }

    pub fn requires(mut self, text: &str) -> Self {
        self.builder
            .requires
            .push(Dependency::parse(text).expect("a dependency"));
        self
    }

    pub fn recommends(mut self, text: &str) -> Self {
        self.builder
            .recommends
            .push(Dependency::parse(text).expect("a dependency"));
        self
    }

    pub fn provides(mut self, text: &str) -> Self {
        self.builder
            .provides
            .push(Dependency::parse(text).expect("a dependency"));
        self
    }

    pub fn conflicts(mut self, text: &str) -> Self {
        self.builder
            .conflicts
            .push(Dependency::parse(text).expect("a dependency"));
        self
    }

    pub fn obsoletes(mut self, text: &str) -> Self {
        self.builder
            .obsoletes
            .push(Dependency::parse(text).expect("a dependency"));
        self
    }

    pub fn file(mut self, path: &str, content: &str) -> Self {
        self.builder
            .file(FileEntry::regular(path, content.as_bytes().to_vec()));
        self
    }

    /// The source package it was built from.
    pub fn source(mut self, file: &str) -> Self {
        self.builder.source_rpm = Some(file.to_owned());
        self
    }

    /// Changes anything else about it.
    pub fn with(mut self, change: impl FnOnce(&mut Builder)) -> Self {
        change(&mut self.builder);
        self
    }

    pub fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }
}

/// A repository, a root and a cache, all in one temporary directory.
pub struct Lab {
    pub dir: tempfile::TempDir,
    pub key: SigningKey,
}

impl Lab {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        for name in ["repo", "root", "cache"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        let key = SigningKey::generate("Test <test@example.org>", TIME).expect("a key");
        fs::write(dir.path().join("key.asc"), key.public_armored().unwrap()).unwrap();
        Self { dir, key }
    }

    pub fn with(packages: Vec<TestPackage>) -> Self {
        let lab = Self::new();
        lab.publish(packages);
        lab
    }

    /// Adds packages to the repository and writes its metadata anew.
    pub fn publish(&self, packages: Vec<TestPackage>) {
        for package in packages {
            self.build(&self.repo(), &package);
        }
        self.write_metadata(TIME);
    }

    pub fn write_metadata(&self, time: u32) {
        self.write_metadata_with(time, &[]);
    }

    pub fn write_metadata_with(&self, time: u32, advisories: &[repodata::Advisory]) {
        let options = WriteOptions {
            signer: Some(&self.key),
            advisories,
            ..WriteOptions::new(time)
        };
        write_repo(&self.repo(), &options).expect("metadata");
    }

    pub fn build(&self, dir: &Path, package: &TestPackage) -> PathBuf {
        let path = dir.join(package.builder.nevra.file_name());
        let signer = PackageSigner {
            key: &self.key,
            time: TIME,
        };
        let signer: Option<&dyn rpmfile::Signer> = if package.signed { Some(&signer) } else { None };
        package.builder.build(&path, signer).expect("a package");
        path
    }

    /// Adds an (unsigned) source package made by rpmbuild.
    pub fn build_source(&self, name: &str, evr: &str) {
        let (version, release) = evr.split_once('-').unwrap();
        let spec = self.dir.path().join(format!("{name}.spec"));
        let text = format!(
            "Name: {name}\nVersion: {version}\nRelease: {release}\nSummary: s\nLicense: MIT\nBuildArch: noarch\n\
             %description\nd\n%files\n"
        );
        fs::write(&spec, text).unwrap();
        let output = Command::new("rpmbuild")
            .args(["-bs", "--define"])
            .arg(format!("_srcrpmdir {}", self.repo().display()))
            .arg("--define")
            .arg(format!("_topdir {}", self.dir.path().join("build").display()))
            .arg(&spec)
            .output()
            .expect("rpmbuild is missing: install the package rpm");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    pub fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    pub fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    pub fn key_file(&self) -> PathBuf {
        self.dir.path().join("key.asc")
    }

    pub fn keyring(&self) -> Keyring {
        Keyring::from_files(&[self.key_file()]).expect("the key")
    }

    pub fn repo_config(&self) -> RepoConfig {
        let mut config = RepoConfig::new("test", &self.repo().display().to_string());
        config.gpgkey = vec![self.key_file().display().to_string()];
        config.repo_gpgcheck = true;
        config
    }

    pub fn options(&self) -> InstallOptions<'static> {
        InstallOptions::image(self.keyring(), self.cache(), TIME)
    }

    pub fn install(&self, specs: &[&str]) -> Result<tdnf::Report, tdnf::Error> {
        tdnf::install_into(&self.root(), &[self.repo_config()], specs, &self.options())
    }

    /// `rpm -qa --root`, sorted.
    pub fn rpm_qa(&self) -> Vec<String> {
        let output = Command::new("rpm")
            .args(["--dbpath", "/usr/lib/sysimage/rpm", "-qa", "--root"])
            .arg(self.root())
            .output()
            .expect("rpm is missing: install the package rpm");
        let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    }
}

/// What a run of the command came to.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: &std::process::Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Lab {
    /// Runs `tdnf` over the root with the test repository configured in it.
    pub fn tdnf(&self, line: &str) -> Ran {
        self.write_config();
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        self.tdnf_words(&words)
    }

    pub fn tdnf_words(&self, words: &[&str]) -> Ran {
        self.tdnf_in(self.dir.path(), words)
    }

    /// The same in a directory.
    pub fn tdnf_in(&self, dir: &Path, words: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_tdnf"))
            .current_dir(dir)
            .arg("--installroot")
            .arg(self.root())
            .args(words)
            .stdin(std::process::Stdio::null())
            .output()
            .expect("the tdnf command");
        Ran::of(&output)
    }

    /// The root's own configuration, unless the test wrote one.
    pub fn write_config(&self) {
        let repos = self.root().join("etc/yum.repos.d");
        if repos.exists() {
            return;
        }
        fs::create_dir_all(&repos).unwrap();
        fs::create_dir_all(self.root().join("etc/tdnf")).unwrap();
        fs::write(self.root().join("etc/tdnf/tdnf.conf"), "[main]\ngpgcheck=1\n").unwrap();
        let (repo, key) = (self.repo(), self.key_file());
        let text = format!(
            "[test]\nname=Test packages\nenabled=1\nbaseurl=file://{}\ngpgkey=file://{}\nrepo_gpgcheck=1\n",
            repo.display(),
            key.display()
        );
        fs::write(repos.join("test.repo"), text).unwrap();
    }
}

/// One line of a table of commands: what it prints and with which status it ends.
pub struct Case {
    pub line: &'static str,
    pub status: i32,
    /// Texts on stdout; `=` before the first means that it is everything, `!` that it is not there.
    pub out: &'static [&'static str],
    /// Texts on stderr.
    pub err: &'static [&'static str],
}

/// A case that ends well.
pub const fn good(line: &'static str, out: &'static [&'static str]) -> Case {
    Case {
        line,
        status: 0,
        out,
        err: &[],
    }
}

/// A case that ends with an error of the original's number; nothing is on stdout.
pub const fn bad(line: &'static str, number: i32, err: &'static [&'static str]) -> Case {
    Case {
        line,
        status: number & 0xff,
        out: &["="],
        err,
    }
}

impl Case {
    /// What is wrong with a run, if anything.
    fn fault(&self, ran: &Ran) -> Option<String> {
        if ran.status != self.status {
            return Some(format!("status {} instead of {}", ran.status, self.status));
        }
        let missing = |text: &&&str| match text.split_at_checked(1) {
            Some(("=", whole)) => ran.out != whole,
            Some(("!", absent)) => ran.out.contains(absent),
            _ => !ran.out.contains(**text),
        };
        let out = self
            .out
            .iter()
            .find(missing)
            .map(|text| format!("stdout: {text:?}"));
        let err = self.err.iter().find(|text| !ran.err.contains(**text));
        out.or_else(|| err.map(|text| format!("stderr: {text:?}")))
    }
}

/// Runs all cases, and tells of all that fail.
pub fn run_cases<'c>(cases: impl IntoIterator<Item = &'c Case>, run: impl Fn(&str) -> Ran) {
    let mut faults = String::new();
    for case in cases {
        let ran = run(case.line);
        if let Some(fault) = case.fault(&ran) {
            faults.push_str(&format!(
                "\ntdnf {}\n  {fault}\n  out: {:?}\n  err: {:?}\n",
                case.line, ran.out, ran.err
            ));
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// Runs one of the programs beside `tdnf`: the same binary under another name, linked into `dir`.
pub fn face(dir: &Path, name: &str, words: &[&str]) -> Ran {
    let link = dir.join(name);
    match std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tdnf"), &link) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => panic!("{error}"),
        _ => {}
    }
    let output = Command::new(link)
        .args(words)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the program");
    Ran::of(&output)
}
