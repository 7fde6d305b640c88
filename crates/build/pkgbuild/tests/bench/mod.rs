//! A project of a few tiny recipes, built in the sandbox root of the real one.

use download::{Cache, Client};
use keyring::{Keyring, PackageSigner, SigningKey};
use pkgbuild::recipe::Source;
use pkgbuild::spec::{Builds, Options};
use pkgbuild::{Error, Ready, Workshop};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

const CLAMP_TIME: u32 = 1_700_000_000;

/// A program of one file; `$CFLAGS` and `$LDFLAGS` are what the macro file sets.
pub(crate) const HELLO: &str = r#"Name: hello
Version: 1.0
Release: 1
Summary: Says hello
License: MIT
%description
Says hello.
%prep
%setup -q -c -T
cat >hello.c <<'END'
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
    char text[64] = "hello, ";
    strcat(text, argc > 1 ? argv[1] : "world");
    return puts(text) < 0;
}
END
%build
gcc $CFLAGS $LDFLAGS hello.c -o hello
%install
install -D hello %{buildroot}/usr/bin/hello
%files
/usr/bin/hello
"#;

const LIBRARY: &str = r#"Name: library
Version: 1.0
Release: 1
Summary: Knows the answer
License: MIT
BuildArch: noarch
%description
Knows the answer.
%package devel
Summary: The answer
%description devel
The answer.
%prep
%build
%install
mkdir -p %{buildroot}/usr/include
echo '#define ANSWER 42' >%{buildroot}/usr/include/answer.h
%files devel
/usr/include/answer.h
"#;

const PROGRAM: &str = r#"Name: program
Version: 1.0
Release: 1
Summary: Prints the answer
License: MIT
BuildRequires: library-devel
%description
Prints the answer.
%prep
%setup -q -c -T
%build
printf '#include <answer.h>\n#include <stdio.h>\nint main(void) { return printf("%%%%d\\n", ANSWER) < 0; }\n' >program.c
gcc $CFLAGS $LDFLAGS program.c -o program
%install
install -D program %{buildroot}/usr/bin/program
%files
/usr/bin/program
"#;

/// The project, its results and its key.
pub(crate) struct Bench {
    directory: TempDir,
    key: &'static SigningKey,
}

/// One key for all: making one takes longer than a build.
fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate("Test <test@localhost>", 1_600_000_000).unwrap())
}

fn real_project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../..")
        .canonicalize()
        .unwrap()
}

impl Bench {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let build = directory.path().join("distro/build");
        fs::create_dir_all(&build).unwrap();
        fs::create_dir_all(directory.path().join("distro/packages")).unwrap();
        for name in ["macros", "root.toml"] {
            fs::copy(real_project().join("distro/build").join(name), build.join(name)).unwrap();
        }
        Self {
            directory,
            key: key(),
        }
    }

    /// One that has built something already.
    pub(crate) fn with_a_package() -> Self {
        let bench = Self::new();
        bench.recipe("notes", NOTES, "");
        bench.build(&["notes"]).unwrap();
        bench
    }

    pub(crate) fn project(&self) -> &Path {
        self.directory.path()
    }

    fn build_dir(&self) -> PathBuf {
        self.project().join("build")
    }

    /// Adds or replaces a recipe.
    pub(crate) fn recipe(&self, name: &str, spec: &str, table: &str) {
        let directory = self.project().join("distro/packages").join(name);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("{name}.spec")), spec).unwrap();
        let text = format!("name = \"{name}\"\nkind = \"spec\"\n[spec]\n{table}");
        fs::write(directory.join("package.toml"), text).unwrap();
    }

    pub(crate) fn library_and_program(&self) {
        self.recipe("library", LIBRARY, "");
        self.recipe("program", PROGRAM, "");
    }

    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.project().join(format!("distro/packages/{name}/{name}.spec"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Puts a file onto the mirror.
    pub(crate) fn publish_source(&self, path: &str, bytes: &[u8]) {
        let path = self.project().join("mirror").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn options(&self, check: bool) -> Options {
        Options {
            jobs: 2,
            processors: 2,
            check,
            resume: false,
            prepare: false,
        }
    }

    pub(crate) fn build(&self, names: &[&str]) -> Result<Vec<Ready>, Error> {
        self.build_with(names, self.options(false))
    }

    /// Adds the recipe of the tiny Go module.
    pub(crate) fn go_module(&self) {
        let directory = self.project().join("distro/packages/hello-go");
        fs::create_dir_all(&directory).unwrap();
        let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/go-module");
        run(
            "cp",
            &[
                "-r",
                module.to_str().unwrap(),
                directory.join("src").to_str().unwrap(),
            ],
        );
        let text = "name = \"hello-go\"\nkind = \"go\"\narch = \"native\"\nversion = \"1.0\"\nrelease = \"1\"\n\
            summary = \"s\"\ndescription = \"d\"\nlicense = \"MIT\"\n[go]\nmodule = \"src\"\n\
            bins = [{ name = \".\", path = \"/usr/bin/hello-go\" }]\n";
        fs::write(directory.join("package.toml"), text).unwrap();
        // A package of our own programs takes its version from a workspace.
        fs::write(
            self.project().join("Cargo.toml"),
            "[workspace.package]\nversion = \"1.0.0\"\n",
        )
        .unwrap();
    }

    pub(crate) fn forget_vendored(&self) {
        let module = self.project().join("distro/packages/hello-go/src");
        fs::remove_dir_all(module.join("vendor")).unwrap();
    }

    pub(crate) fn build_go(&self, name: &str) -> Result<Ready, Error> {
        let ready = self.with_builds(self.options(false), |builds| {
            builds.run_go(&[builds.catalog.find(name).unwrap()])
        });
        ready.map(|mut ready| ready.remove(0))
    }

    pub(crate) fn build_with(&self, names: &[&str], options: Options) -> Result<Vec<Ready>, Error> {
        self.with_builds(options, |builds| {
            let wanted: Vec<_> = names
                .iter()
                .map(|name| builds.catalog.find(name).unwrap())
                .collect();
            builds.run(&wanted)
        })
    }

    fn with_builds<T>(&self, options: Options, work: impl FnOnce(&Builds<'_>) -> T) -> T {
        let real = real_project();
        let repository = real.join("build/tools/repo");
        assert!(
            repository.join("repodata/repomd.xml").is_file(),
            "{} has no packages to build with; run `make image` first",
            repository.display()
        );
        let signer = PackageSigner {
            key: self.key,
            time: CLAMP_TIME,
        };
        let workshop = Workshop {
            project: self.project().into(),
            build: self.build_dir(),
            arch: "x86_64".into(),
            clamp_time: CLAMP_TIME,
            signer: &signer,
            public_key: self.key.public_armored().unwrap(),
            secret: [7; 32],
            zstd_level: 3,
        };
        let catalog = workshop.catalog().unwrap();
        let mirror = self.project().join("mirror");
        let urls = |source: &Source| Ok(vec![format!("file://{}", mirror.join(&source.path).display())]);
        work(&Builds {
            workshop: &workshop,
            catalog: &catalog,
            repository: &repository,
            trusted: &self.trusted(&real),
            metadata_cache: &shared("metadata"),
            roots: shared("roots"),
            cache: Cache::new(self.project().join("cache")),
            client: Client::new(download::Options::default()),
            urls: &urls,
            options,
            progress: &|_| (),
        })
    }

    /// The key of the imported packages, and ours.
    fn trusted(&self, real: &Path) -> Keyring {
        let path = std::env::var_os("LUMEN_KEYS").map_or_else(|| real.join("build/keys"), PathBuf::from);
        let imported = fs::read_to_string(path.join("RPM-GPG-KEY-lumen")).unwrap();
        let both = imported + "\n" + &self.key.public_armored().unwrap();
        Keyring::from_armored(both.as_bytes()).unwrap()
    }

    pub(crate) fn packages(&self) -> Vec<String> {
        let directory = self.build_dir().join("rpms/x86_64");
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn rpm(&self, name: &str) -> PathBuf {
        self.build_dir().join("rpms/x86_64").join(name)
    }

    /// Names and contents of all packages.
    pub(crate) fn state(&self) -> BTreeMap<String, Vec<u8>> {
        let read = |name: String| (name.clone(), fs::read(self.rpm(&name)).unwrap());
        self.packages().into_iter().map(read).collect()
    }

    fn log_path(&self, name: &str) -> PathBuf {
        self.build_dir().join(format!("pkgbuild/x86_64/log/{name}.log"))
    }

    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.log_path(name)).unwrap()
    }

    /// The error names the log, and it is there.
    pub(crate) fn assert_log_named(&self, name: &str, error: &str) {
        let path = self.log_path(name);
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert!(!fs::read_to_string(path).unwrap().is_empty());
    }

    pub(crate) fn record(&self, name: &str) -> serde_json::Value {
        let path = self.build_dir().join("provenance/x86_64").join(name);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    /// rpm checks digests and signatures against the key.
    pub(crate) fn assert_signed(&self, packages: &[PathBuf]) {
        let database = self.project().join("db");
        let database = database.to_str().unwrap();
        let public = self.project().join("key.asc");
        fs::write(&public, self.key.public_armored().unwrap()).unwrap();
        run(
            "rpm",
            &["--dbpath", database, "--import", public.to_str().unwrap()],
        );
        for package in packages {
            let said = run("rpm", &["--dbpath", database, "-K", package.to_str().unwrap()]);
            assert!(said.contains("digests signatures OK"), "{said}");
        }
    }

    /// The files of a package, below a directory.
    pub(crate) fn unpack(&self, package: &Path) -> PathBuf {
        let root = self.project().join("root").join(package.file_name().unwrap());
        fs::create_dir_all(&root).unwrap();
        let (root_text, package) = (root.to_str().unwrap(), package.to_str().unwrap());
        run(
            "rpm",
            &["-i", "--root", root_text, "--nodeps", "--nosignature", package],
        );
        root
    }

    /// Installs a package and runs a program of it.
    pub(crate) fn run_installed(&self, package: &Path, program: &str) -> String {
        let root = self.unpack(package);
        run(root.join(program).to_str().unwrap(), &[])
    }
}

/// Two lines of text, without a compiler.
const NOTES: &str = "Name: notes\nVersion: 1\nRelease: 1\nSummary: s\nLicense: MIT\nBuildArch: noarch\n%description\nd\n\
    %install\ninstall -d %{buildroot}/usr/share/notes\n%files\n/usr/share/notes\n";

/// A directory that all tests share, and that later runs find again.
fn shared(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pkgbuild").join(name);
    fs::create_dir_all(&path).unwrap();
    path
}

pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = superuser::command(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; install it with setup/install test"));
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
    text
}
