//! Packages made by dpkg-deb, converted, and looked at and installed by real rpm.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests are not in #[test] functions"
)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use import::{Arch, ConvertContext, ConvertError, PackageRecipe, convert};

const CLAMP_TIME: u64 = 1_700_000_000;

/// A directory to build Debian packages in and to convert them to.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// A package with the files that `fill` puts into its tree.
    fn deb(&self, name: &str, fields: &str, fill: impl FnOnce(&Path)) -> PathBuf {
        let tree = self.dir.path().join(name);
        std::fs::create_dir_all(tree.join("DEBIAN")).unwrap();
        let control = format!("Package: {name}\nMaintainer: nobody <n@example.org>\n{fields}\n");
        std::fs::write(tree.join("DEBIAN/control"), control).unwrap();
        fill(&tree);
        let deb = self.dir.path().join(format!("{name}.deb"));
        let status = Command::new("dpkg-deb")
            .args(["--root-owner-group", "--build"])
            .args([&tree, &deb])
            .stdout(std::process::Stdio::null())
            .status();
        assert!(status.expect("install the package `dpkg`").success());
        deb
    }

    fn convert(&self, recipe: &str, debs: &[PathBuf]) -> Result<PathBuf, ConvertError> {
        let arch = Arch::from_rpm("x86_64").unwrap();
        let recipe: PackageRecipe = toml::from_str(recipe).unwrap();
        let out_dir = self.dir.path().join("out");
        std::fs::create_dir_all(&out_dir).unwrap();
        let context = ConvertContext {
            arch: &arch,
            clamp_time: CLAMP_TIME,
            signer: None,
            out_dir: &out_dir,
            zstd_level: 1,
        };
        convert(&recipe, debs, &context).map(|mut rpms| rpms.remove(0))
    }
}

const FIELDS: &str = "Version: 1:2.0+dfsg-3+b1\nArchitecture: amd64\nHomepage: https://example.org/\nSource: tool-src\n\
                      Description: does things\n Long text.\n .\n More text.";

fn put(tree: &Path, path: &str, content: &str, mode: u32) {
    let path = tree.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
}

/// What rpm says about a package file.
fn rpm(arguments: &[&str], package: &Path) -> String {
    let output = Command::new("rpm")
        .arg("-qp")
        .args(arguments)
        .arg(package)
        .output();
    let output = output.expect("install the package `rpm`");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_header_comes_from_the_control_file() {
    let bench = Bench::new();
    let copyright = "Format: x\n\nFiles: *\nLicense: GPL-2+\n";
    let deb = bench.deb("tool", FIELDS, |tree| {
        put(tree, "usr/bin/tool", "#!/bin/sh\n", 0o755);
        put(tree, "usr/share/doc/tool/copyright", copyright, 0o644);
        put(tree, "usr/share/man/man1/tool.1", "x", 0o644);
    });
    let package = bench
        .convert("name='tool'\nfrom=['tool']\nrequires=['base >= 1']", &[deb])
        .unwrap();
    assert_eq!(package.file_name().unwrap(), "tool-2.0-0.s0.3+b1.x86_64.rpm");
    let format =
        "%{SUMMARY}|%{DESCRIPTION}|%{LICENSE}|%{URL}|%{SOURCERPM}|%{EPOCH}|%{BUILDTIME}|%{BUILDHOST}";
    let expected = "does things|Long text.\n\nMore text.|GPL-2.0-or-later|https://example.org/|\
                    tool-src-2.0-0.s0.3+b1.src.rpm|(none)|1700000000|localhost";
    assert_eq!(rpm(&["--qf", format], &package), expected);
    let requires = rpm(&["--requires"], &package);
    assert!(
        requires.contains("/bin/sh\n") && requires.contains("base >= 1\n"),
        "{requires}"
    );
    assert_eq!(
        rpm(&["-l"], &package),
        "/usr/bin/tool\n/usr/share/licenses\n/usr/share/licenses/tool\n/usr/share/licenses/tool/tool\n"
    );
    assert_eq!(rpm(&["--scripts"], &package), "");
}

#[test]
fn modes_links_times_and_configuration_survive() {
    let bench = Bench::new();
    let deb = bench.deb("tool", FIELDS, |tree| {
        put(tree, "etc/tool.conf", "a=1\n", 0o640);
        put(tree, "usr/lib/x86_64-linux-gnu/plug.so", "plug", 0o644);
        put(tree, "usr/bin/one", "same", 0o755);
        put(tree, "usr/bin/su", "x", 0o4755);
        std::fs::hard_link(tree.join("usr/bin/one"), tree.join("usr/bin/two")).unwrap();
        symlink("../lib/x86_64-linux-gnu/plug.so", tree.join("usr/bin/plug")).unwrap();
        put(tree, "DEBIAN/conffiles", "/etc/tool.conf\n", 0o644);
        std::fs::create_dir_all(tree.join("var/lib/tool")).unwrap();
    });
    let recipe =
        "name='tool'\nfrom=['tool']\nattrs=[{path='/usr/bin/su', mode='0755', caps='cap_setuid=ep'}]";
    let package = bench.convert(recipe, &[deb]).unwrap();
    let format =
        "[%{FILENAMES} %{FILEMODES:perms} %{FILEFLAGS:fflags} %{FILELINKTOS} %{FILENLINKS} %{FILECAPS}\n]";
    let files = rpm(&["--qf", format], &package);
    let files: Vec<&str> = files.lines().map(str::trim_end).collect();
    let expected = [
        "/etc/tool.conf -rw-r----- cn  1",
        "/usr/bin/one -rwxr-xr-x   2",
        "/usr/bin/plug lrwxrwxrwx  ../lib/plug.so 1",
        "/usr/bin/su -rwxr-xr-x   1 cap_setuid=ep",
        "/usr/bin/two -rwxr-xr-x   2",
        "/usr/lib/plug.so -rw-r--r--   1",
        "/var/lib/tool drwxr-xr-x   1",
    ];
    assert_eq!(files, expected);
    let times = rpm(&["--qf", "[%{FILEMTIMES}\n]"], &package);
    assert!(
        times
            .lines()
            .all(|time| time.parse::<u64>().unwrap() <= CLAMP_TIME),
        "{times}"
    );
}

#[test]
fn rpm_installs_and_verifies_the_result() {
    let bench = Bench::new();
    let deb = bench.deb("tool", FIELDS, |tree| {
        put(tree, "usr/bin/one", "same", 0o755);
        std::fs::hard_link(tree.join("usr/bin/one"), tree.join("usr/bin/two")).unwrap();
        put(tree, "usr/lib/data", "data", 0o644);
    });
    let package = bench
        .convert(
            "name='tool'\nfrom=['tool']\nlinks={'/usr/bin/three'='one'}",
            &[deb],
        )
        .unwrap();
    let root = bench.dir.path().join("root");
    std::fs::create_dir(&root).unwrap();
    // As the only user of a namespace: rpm insists on changing owners.
    let run = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "rpm", "--root"])
            .arg(&root);
        command.args([
            "--define",
            "_dbpath /usr/lib/sysimage/rpm",
            "--define",
            "__brp_x %{nil}",
        ]);
        command
            .args(arguments)
            .output()
            .expect("install the package `rpm`")
    };
    let path = package.to_str().unwrap();
    let installed = run(&["--install", "--nodeps", path]);
    assert!(
        installed.status.success(),
        "{}",
        String::from_utf8_lossy(&installed.stderr)
    );
    let verified = run(&["--verify", "--nodeps", "tool"]);
    assert_eq!(String::from_utf8_lossy(&verified.stdout), "");
    assert!(verified.status.success());
    assert_eq!(
        std::fs::read_to_string(root.join("usr/bin/three")).unwrap(),
        "same"
    );
}

#[test]
fn several_packages_become_one_and_one_becomes_several() {
    let bench = Bench::new();
    let a = bench.deb("a", FIELDS, |tree| put(tree, "usr/bin/a", "a", 0o755));
    let b = bench.deb("b", "Version: 9\nArchitecture: all\nDescription: b", |tree| {
        put(tree, "usr/bin/b", "b", 0o755);
        put(tree, "usr/bin/extra", "x", 0o755);
    });
    let both = [a, b.clone()];
    let merged = bench
        .convert("name='ab'\nfrom=['a','b']\ndrop=['/usr/bin/extra']", &both)
        .unwrap();
    assert_eq!(rpm(&["-l"], &merged), "/usr/bin/a\n/usr/bin/b\n");
    assert_eq!(rpm(&["--qf", "%{VERSION} %{ARCH}"], &merged), "2.0 x86_64");
    let extra = bench
        .convert("name='extra'\nfrom=['b']\nkeep=['/usr/bin/extra']", &[b])
        .unwrap();
    assert_eq!(rpm(&["-l"], &extra), "/usr/bin/extra\n");
    assert_eq!(rpm(&["--qf", "%{VERSION} %{ARCH}"], &extra), "9 noarch");
}

#[test]
fn packages_that_disagree_about_a_file_are_refused() {
    let bench = Bench::new();
    let a = bench.deb("a", FIELDS, |tree| put(tree, "lib/x", "a", 0o644));
    let b = bench.deb("b", FIELDS, |tree| {
        put(tree, "usr/lib/x86_64-linux-gnu/x", "b", 0o644)
    });
    let error = bench
        .convert("name='ab'\nfrom=['a','b']", &[a, b])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("b.deb brings /usr/lib/x: already there, different"),
        "{error}"
    );
}

#[test]
fn a_broken_package_is_named_and_leaves_nothing() {
    let bench = Bench::new();
    let deb = bench.deb("tool", FIELDS, |tree| {
        put(tree, "usr/bin/tool", &"x".repeat(100_000), 0o755)
    });
    let bytes = std::fs::read(&deb).unwrap();
    std::fs::write(&deb, &bytes[..bytes.len() - 40]).unwrap();
    let error = bench
        .convert("name='tool'\nfrom=['tool']", &[deb])
        .unwrap_err()
        .to_string();
    assert!(error.contains("tool.deb"), "{error}");
    assert_eq!(
        std::fs::read_dir(bench.dir.path().join("out")).unwrap().count(),
        0
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let bench = Bench::new();
    let deb = bench.deb("tool", FIELDS, |tree| put(tree, "usr/bin/tool", "x", 0o755));
    let recipe = "name='tool'\nfrom=['tool']\nusers=['g tool -']\ntriggers=[{on='transfiletriggerin', paths=['/usr/lib'], \
                  priority=5, script='true'}]";
    let make = || std::fs::read(bench.convert(recipe, std::slice::from_ref(&deb)).unwrap()).unwrap();
    assert_eq!(make(), make());
    let package = bench.convert(recipe, &[deb]).unwrap();
    let format = "[%{TRANSFILETRIGGERNAME} %{TRANSFILETRIGGERPRIORITIES} %{TRANSFILETRIGGERSCRIPTS}]";
    assert_eq!(rpm(&["--qf", format], &package), "/usr/lib 5 true");
}

#[test]
fn the_site_adds_its_own_certificate_authorities() {
    let root = tempfile::tempdir().unwrap();
    put(
        root.path(),
        "usr/share/ca-certificates/mozilla/A.crt",
        "A\n",
        0o644,
    );
    put(
        root.path(),
        "usr/local/share/ca-certificates/ours.crt",
        "ours",
        0o644,
    );
    put(root.path(), "usr/local/share/ca-certificates/readme", "no", 0o644);
    put(root.path(), "etc/ssl/certs/ca-certificates.crt", "old", 0o644);
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../distro/import/files/update-ca-certificates"
    );
    let status = Command::new("sh").arg(script).arg(root.path()).status().unwrap();
    assert!(status.success());
    let certificates = root.path().join("etc/ssl/certs");
    assert_eq!(
        std::fs::read_to_string(certificates.join("ca-certificates.crt")).unwrap(),
        "A\nours\n"
    );
    assert_eq!(
        std::fs::read_dir(certificates).unwrap().count(),
        1,
        "no temporary file is left"
    );
}
