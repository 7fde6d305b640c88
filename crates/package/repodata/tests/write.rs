//! What we write, read by the programs that will have to: dnf, libsolv, createrepo_c's tools.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod fixture;

use std::fs;
use std::path::Path;

use fixture::{TIME, advisory, build, key, package, repository, run, success};
use keyring::Keyring;
use repodata::{Error, WriteOptions, write_repo};
use tempfile::TempDir;

fn options() -> WriteOptions<'static> {
    WriteOptions::new(TIME)
}

fn dnf(repository: &Path, root: &Path, arguments: &[&str]) -> String {
    let from = format!("--repofrompath=test,{}", repository.display());
    let cache = format!("--setopt=cachedir={}/cache", root.display());
    let root = format!("--installroot={}", root.display());
    let base = [
        from.as_str(),
        root.as_str(),
        cache.as_str(),
        "--repo=test",
        "--nogpgcheck",
        "--releasever=1",
    ];
    let base = [
        &base[..],
        &[
            "--forcearch=x86_64",
            "--setopt=reposdir=/nowhere",
            "--noplugins",
            "-q",
            "-y",
        ],
        arguments,
    ]
    .concat();
    success("dnf", "dnf", &base)
}

#[test]
fn dnf_reads_queries_and_installs() {
    let repository = repository(None);
    let advisories = [advisory()];
    let written = write_repo(
        repository.path(),
        &WriteOptions {
            advisories: &advisories,
            ..options()
        },
    )
    .unwrap();
    assert_eq!(written.packages, 2);
    let root = TempDir::new().unwrap();
    let query = |arguments: &[&str]| {
        dnf(
            repository.path(),
            root.path(),
            &[&["repoquery"], arguments].concat(),
        )
    };
    assert_eq!(
        query(&["--qf", "%{name} %{evr} %{summary}", "app"]).trim(),
        "app 2:1.0~rc1-3 The <app> & its \"summary\""
    );
    let requires = query(&["--requires", "app"]);
    assert_eq!(
        requires.lines().collect::<Vec<_>>(),
        ["(library if app)", "/usr/bin/library", "library >= 1.0-1"]
    );
    assert_eq!(query(&["--recommends", "app"]).trim(), "nothing-here");
    assert_eq!(query(&["--conflicts", "app"]).trim(), "library < 0.5");
    assert_eq!(
        query(&["--whatprovides", "libl.so.1()(64bit)", "--qf", "%{name}"]).trim(),
        "library"
    );
    assert!(query(&["-l", "app"]).contains("/usr/share/app/data & more"));
    assert!(query(&["--changelogs", "app"]).contains("- change & more"));
    dnf(repository.path(), root.path(), &["install", "app"]);
    assert!(root.path().join("usr/bin/library").exists());
    let advisories = dnf(
        repository.path(),
        root.path(),
        &["updateinfo", "--list", "--installed"],
    );
    assert!(
        advisories.contains("LUMEN-2026-1") && advisories.contains("Important/Sec."),
        "{advisories}"
    );
}

/// With every check on, dnf accepts what our key signed and nothing else.
#[test]
fn dnf_checks_our_signatures() {
    let key = key();
    let repository = repository(Some(&key));
    write_repo(
        repository.path(),
        &WriteOptions {
            signer: Some(&key),
            ..options()
        },
    )
    .unwrap();
    let install = |trusted: &keyring::SigningKey| {
        let root = TempDir::new().unwrap();
        let (dir, public) = (root.path().join("repos"), root.path().join("key"));
        fs::create_dir(&dir).unwrap();
        fs::write(&public, trusted.public_armored().unwrap()).unwrap();
        let (url, public) = (repository.path().display(), public.display());
        let checks = "enabled=1\ngpgcheck=1\nrepo_gpgcheck=1";
        let config = format!("[test]\nname=test\nbaseurl=file://{url}\n{checks}\ngpgkey=file://{public}\n");
        fs::write(dir.join("test.repo"), config).unwrap();
        let reposdir = format!("--setopt=reposdir={}", dir.display());
        let installroot = format!("--installroot={}", root.path().display());
        let cache = format!("--setopt=cachedir={}/cache", root.path().display());
        let base = ["--releasever=1", "--forcearch=x86_64", "--noplugins", "-q", "-y"];
        let arguments = [
            &[reposdir.as_str(), installroot.as_str(), cache.as_str()],
            &base[..],
            &["install", "app"],
        ]
        .concat();
        let output = run("dnf", "dnf", &arguments);
        (
            output.status.success() && root.path().join("usr/bin/app").exists(),
            output,
        )
    };
    let (installed, output) = install(&key);
    assert!(installed, "{}", String::from_utf8_lossy(&output.stderr));
    let (installed, _) = install(&fixture::key());
    assert!(!installed);
}

/// libsolv's own tool reads the packages and their dependencies.
#[test]
fn libsolv_reads_primary() {
    let repository = repository(None);
    let written = write_repo(repository.path(), &options()).unwrap();
    let path = repository
        .path()
        .join(&written.repomd.record("primary").unwrap().location);
    let script = format!("zstdcat '{}' | rpmmd2solv | dumpsolv /dev/stdin", path.display());
    let dumped = success("libsolv-tools zstd", "sh", &["-c", &script]);
    for expected in [
        "repo size: 2 solvables",
        "solvable:evr: 2:1.0~rc1-3",
        "solvable:conflicts:",
        "libl.so.1()(64bit) = 1",
    ] {
        assert!(dumped.contains(expected), "no {expected:?} in {dumped}");
    }
}

/// createrepo_c, given the same packages, says the same about them (times, order and layout aside).
#[test]
fn createrepo_describes_the_packages_alike() {
    let repository = repository(None);
    let written = write_repo(repository.path(), &options()).unwrap();
    for kind in ["primary", "filelists", "other"] {
        let path = repository
            .path()
            .join(&written.repomd.record(kind).unwrap().location);
        let ours = success("zstd", "zstdcat", &[path.to_str().unwrap()]);
        let output = TempDir::new().unwrap();
        let out = output.path().to_str().unwrap();
        success(
            "createrepo-c",
            "createrepo_c",
            &[
                "--general-compress-type=gz",
                "-q",
                "-o",
                out,
                repository.path().to_str().unwrap(),
            ],
        );
        let script = format!("zcat '{out}'/repodata/*-{kind}.xml.gz");
        let theirs = success("gzip", "sh", &["-c", &script]);
        assert_eq!(normalize(&ours), normalize(&theirs), "{kind}");
    }
}

/// Sorted lines without what is allowed to differ: the file's time, the XML declaration, empty elements' form.
fn normalize(xml: &str) -> Vec<String> {
    let xml = xml
        .replace("&#13;", "\r")
        .replace("&quot;", "\"")
        .replace("&gt;", ">");
    let mut lines: Vec<String> = xml
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("<?xml") && !line.starts_with("<time"))
        .map(|line| line.replace("></version>", "/>"))
        .collect();
    lines.sort();
    lines
}

#[test]
fn equal_input_gives_equal_bytes() {
    let repository = repository(None);
    let read = || {
        let written = write_repo(repository.path(), &options()).unwrap();
        let repomd = fs::read(repository.path().join("repodata/repomd.xml")).unwrap();
        (written.repomd, repomd)
    };
    assert_eq!(read(), read());
}

#[test]
fn the_signature_covers_repomd_and_repomd_covers_the_files() {
    let (key, repository) = (key(), repository(None));
    let written = write_repo(
        repository.path(),
        &WriteOptions {
            signer: Some(&key),
            ..options()
        },
    )
    .unwrap();
    let repodata = repository.path().join("repodata");
    let repomd = fs::read(repodata.join("repomd.xml")).unwrap();
    let signature = fs::read(repodata.join("repomd.xml.asc")).unwrap();
    let keyring = Keyring::from_armored(key.public_armored().unwrap().as_bytes()).unwrap();
    assert_eq!(
        keyring.verify_detached(&repomd, &signature).unwrap().signed_at,
        TIME
    );
    for record in &written.repomd.records {
        let sum = success(
            "coreutils",
            "sha256sum",
            &[repository.path().join(&record.location).to_str().unwrap()],
        );
        assert!(sum.starts_with(&record.checksum));
    }
    assert_eq!(fs::read_dir(repodata).unwrap().count(), 6);
}

#[test]
fn unchanged_packages_are_not_read_again() {
    let repository = repository(None);
    let cache = TempDir::new().unwrap();
    let options = WriteOptions {
        scan_cache: Some(cache.path().join("deep/scan")),
        ..options()
    };
    let first = write_repo(repository.path(), &options).unwrap();
    let second = write_repo(repository.path(), &options).unwrap();
    assert_eq!((first.scanned, second.scanned), (2, 0));
    assert_eq!(first.repomd, second.repomd);
    build(repository.path(), &package("library", "1.0-2"), None);
    let third = write_repo(repository.path(), &options).unwrap();
    assert_eq!(third.scanned, 1);
    assert_ne!(third.repomd, second.repomd);
}

#[test]
fn a_damaged_cache_is_no_cache() {
    let repository = repository(None);
    let cache = TempDir::new().unwrap();
    let path = cache.path().join("scan");
    fs::write(&path, b"{\"garbage").unwrap();
    let options = WriteOptions {
        scan_cache: Some(path),
        ..options()
    };
    assert_eq!(write_repo(repository.path(), &options).unwrap().scanned, 2);
}

#[test]
fn a_bad_package_leaves_the_old_metadata_alone() {
    let repository = repository(None);
    write_repo(repository.path(), &options()).unwrap();
    let before = fs::read(repository.path().join("repodata/repomd.xml")).unwrap();
    fs::write(repository.path().join("Packages/broken.rpm"), b"not a package").unwrap();
    let error = write_repo(repository.path(), &options()).unwrap_err();
    assert!(error.to_string().contains("Packages/broken.rpm"), "{error}");
    assert_eq!(
        fs::read(repository.path().join("repodata/repomd.xml")).unwrap(),
        before
    );
    assert_eq!(fs::read_dir(repository.path()).unwrap().count(), 2);
}

#[test]
fn the_same_package_twice_is_refused() {
    let repository = repository(None);
    fs::copy(
        repository.path().join("Packages/app.rpm"),
        repository.path().join("copy.rpm"),
    )
    .unwrap();
    let error = write_repo(repository.path(), &options()).unwrap_err();
    assert!(matches!(error, Error::DuplicatePackage { .. }), "{error}");
}

#[test]
fn an_empty_repository_is_one() {
    let dir = TempDir::new().unwrap();
    let written = write_repo(dir.path(), &options()).unwrap();
    assert_eq!((written.packages, written.repomd.records.len()), (0, 4));
    let missing = write_repo(&dir.path().join("nowhere"), &options());
    assert!(matches!(missing, Err(Error::ListPackages { .. })));
}
