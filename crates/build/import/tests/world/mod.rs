//! A small Debian mirror on the disk, signed by a real gpg, and an import that uses it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use download::{Cache, Client, Options};
use import::{Arch, Converter, Event, Import, ImportError, MirrorSettings, Mode, PackageRecipe, Summary};
use rpmfile::{Builder, Dependency, Evr, FileEntry};
use sha2::{Digest, Sha256};

pub(crate) struct World {
    dir: tempfile::TempDir,
    /// (suite, package) to (version, depends).
    packages: BTreeMap<(String, String), (String, String)>,
    date: u64,
    pub(crate) archive_mirror: Option<String>,
    pub(crate) converted: Mutex<Vec<String>>,
    pub(crate) notices: Mutex<Vec<String>>,
}

pub(crate) fn run(program: &str, package: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot run {program}: {error}; install the Debian package {package}")
    });
    assert!(
        output.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What stands for the bytes of a package.
fn body(name: &str, version: &str) -> Vec<u8> {
    format!("{name} {version}\n").repeat(100).into_bytes()
}

fn package(recipe: &PackageRecipe, bytes: Vec<u8>) -> Builder {
    let mut rpm = Builder::new(&recipe.name, Evr::new(0, "1", "1"), "noarch");
    (rpm.summary, rpm.description, rpm.license) = ("s".into(), "d".into(), "MIT".into());
    let required = recipe.requires.iter();
    rpm.requires = required.filter_map(|text| Dependency::parse(text)).collect();
    rpm.file(FileEntry::regular(format!("/usr/share/{}", recipe.name), bytes));
    rpm
}

impl World {
    /// A world with `bash` 5.2 in the suite, 5.3 in security, and `zlib1g` in the suite only.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let world = Self {
            dir,
            packages: BTreeMap::new(),
            date: 1_789_199_741,
            archive_mirror: None,
            converted: Mutex::default(),
            notices: Mutex::default(),
        };
        for made in [
            "mirror/debian",
            "mirror/debian-security",
            "recipes/keys",
            "gpg",
            "cache",
        ] {
            fs::create_dir_all(world.path(made)).unwrap();
        }
        world.make_key("gpg", "recipes/keys/archive.asc");
        world.start()
    }

    fn start(mut self) -> Self {
        self.put("trixie", "bash", "5.2-1");
        self.put("trixie-security", "bash", "5.3-1");
        self.put("trixie", "zlib1g", "1:1.3-1");
        self.publish();
        self.recipe("bash", &["bash"]);
        self.recipe("zlib", &["zlib1g"]);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn make_key(&self, home: &str, public: &str) {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir_all(self.path(home)).unwrap();
        fs::set_permissions(self.path(home), fs::Permissions::from_mode(0o700)).unwrap();
        let home = self.text(home);
        let quiet = ["--homedir", &home, "--batch", "--quiet", "--passphrase", ""];
        run(
            "gpg",
            "gnupg",
            &[
                &quiet[..],
                &[
                    "--quick-generate-key",
                    "Test <t@example.org>",
                    "ed25519",
                    "sign",
                    "never",
                ],
            ]
            .concat(),
        );
        run(
            "gpg",
            "gnupg",
            &[
                &quiet[..],
                &["--armor", "--output", &self.text(public), "--export"],
            ]
            .concat(),
        );
    }

    /// Puts a package into a suite of the next [`World::publish`], and its file into the pool.
    pub(crate) fn put(&mut self, suite: &str, name: &str, version: &str) {
        self.put_depending(suite, name, version, "");
    }

    pub(crate) fn put_depending(&mut self, suite: &str, name: &str, version: &str, depends: &str) {
        self.packages
            .insert((suite.into(), name.into()), (version.into(), depends.into()));
        let file = self.pool_file(suite, name, version);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, body(name, version)).unwrap();
    }

    pub(crate) fn pool_file(&self, suite: &str, name: &str, version: &str) -> PathBuf {
        self.archive(suite).join(pool_path(name, version))
    }

    fn archive(&self, suite: &str) -> PathBuf {
        self.path(if suite.ends_with("-security") {
            "mirror/debian-security"
        } else {
            "mirror/debian"
        })
    }

    /// Writes and signs the indexes, a day later than the last time.
    pub(crate) fn publish(&mut self) {
        self.date += 86_400;
        for suite in ["trixie", "trixie-security"] {
            self.publish_suite(suite, suite, "gpg");
        }
    }

    pub(crate) fn publish_suite(&self, suite: &str, codename: &str, gpg: &str) {
        let binary = self
            .archive(suite)
            .join(format!("dists/{suite}/main/binary-amd64"));
        fs::create_dir_all(&binary).unwrap();
        fs::write(binary.join("Packages"), self.index(suite)).unwrap();
        run(
            "xz",
            "xz-utils",
            &["--force", "--quiet", binary.join("Packages").to_str().unwrap()],
        );
        let packages = fs::read(binary.join("Packages.xz")).unwrap();
        let (digest, size) = (sha256(&packages), packages.len());
        let date = rfc_date(self.date);
        let text = format!(
            "Codename: {codename}\nDate: {}\nSHA256:\n {digest} {size} main/binary-amd64/Packages.xz\n",
            date.trim()
        );
        let release = self.archive(suite).join(format!("dists/{suite}/Release"));
        let signed = self.archive(suite).join(format!("dists/{suite}/InRelease"));
        fs::write(&release, text).unwrap();
        let (home, release, signed) = (
            self.text(gpg),
            release.to_str().unwrap(),
            signed.to_str().unwrap(),
        );
        let quiet = ["--homedir", &home, "--batch", "--quiet", "--yes"];
        run(
            "gpg",
            "gnupg",
            &[&quiet[..], &["--output", signed, "--clearsign", release]].concat(),
        );
    }

    /// A second key nobody trusts.
    pub(crate) fn make_foreign_key(&self) {
        self.make_key("foreign", "foreign.asc");
    }

    fn index(&self, suite: &str) -> String {
        let mut text = String::new();
        for ((_, name), (version, depends)) in self.packages.iter().filter(|((of, _), _)| of == suite) {
            let bytes = body(name, version);
            text += &format!(
                "Package: {name}\nVersion: {version}\nArchitecture: amd64\nDepends: {depends}\nFilename: {}\nSize: {}\nSHA256: {}\n\n",
                pool_path(name, version),
                bytes.len(),
                sha256(&bytes)
            );
        }
        text
    }

    pub(crate) fn recipe(&self, name: &str, from: &[&str]) {
        let text = format!("[[package]]\nname = \"{name}\"\nfrom = {from:?}\n");
        fs::write(self.path(&format!("recipes/{name}.toml")), text).unwrap();
    }

    pub(crate) fn lock(&self) -> String {
        fs::read_to_string(self.path("lumen.lock")).unwrap_or_default()
    }

    pub(crate) fn take_converted(&self) -> Vec<String> {
        let mut names = std::mem::take(&mut *self.converted.lock().unwrap());
        names.sort();
        names
    }

    pub(crate) fn take_notices(&self) -> String {
        std::mem::take(&mut *self.notices.lock().unwrap()).join("\n")
    }

    /// Runs an import whose converter puts the packages into one file of an RPM.
    pub(crate) fn import(&self, mode: Mode) -> Result<Summary, ImportError> {
        let convert = |recipe: &PackageRecipe, debs: &[PathBuf], _date: u64, out: &Path| {
            if recipe.name == "broken" {
                return Err("a reason".into());
            }
            if recipe.name.starts_with("huge") {
                return Err(std::io::Error::from(std::io::ErrorKind::StorageFull).into());
            }
            self.converted.lock().unwrap().push(recipe.name.clone());
            let bytes: Vec<u8> = debs.iter().flat_map(|deb| fs::read(deb).unwrap()).collect();
            let rpm = out.join(format!("{}-{}.rpm", recipe.name, &sha256(&bytes)[..8]));
            package(recipe, bytes).build(&rpm, None)?;
            Ok(vec![rpm])
        };
        let listen = |event: Event<'_>| {
            if let Event::Notice(text) = event {
                self.notices.lock().unwrap().push(text.to_owned());
            }
        };
        let converter = Converter {
            identity: "1".into(),
            convert: &convert,
        };
        self.settings(mode).run(&converter, &listen)
    }

    fn settings(&self, mode: Mode) -> Import {
        let pause = Duration::from_millis(1);
        let options = Options {
            parallel: 4,
            retries: 1,
            pause,
            timeout: Duration::from_secs(5),
            ..Options::default()
        };
        Import {
            arch: Arch::from_rpm("x86_64").unwrap(),
            mode,
            recipes: self.path("recipes"),
            keys: self.path("recipes/keys"),
            lock: self.path("lumen.lock"),
            out: self.path("rpms"),
            mirrors: MirrorSettings {
                mirror: Some(format!("file://{}", self.text("mirror/debian"))),
                security_mirror: None,
                archive_mirror: self.archive_mirror.clone(),
            },
            apt: self.path("no-apt"),
            elsewhere: vec!["filesystem".into()],
            cache: Cache::new(self.path("cache")),
            client: Client::new(options),
        }
    }
}

fn rfc_date(seconds: u64) -> String {
    let mut date = Command::new("date");
    date.args(["-ud", &format!("@{seconds}"), "+%a, %d %b %Y %T UTC"])
        .env("LC_ALL", "C");
    String::from_utf8(date.output().unwrap().stdout).unwrap()
}

fn pool_path(name: &str, version: &str) -> String {
    format!("pool/main/{name}_{}.deb", version.replace(':', "%3a"))
}
