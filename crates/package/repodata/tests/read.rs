//! Reading repositories: what is in them, who vouches for it, and what happens when something is wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod fixture;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use download::{Client, Options};
use fixture::server::Server;
use fixture::{TIME, advisory, build, key, package, repository, success};
use keyring::{Keyring, SigningKey};
use repodata::{
    Config, DependencyKind, Error, Freshness, PackageRef, Repo, WriteOptions, expire, write_repo,
};
use rpmfile::{DepFlags, Dependency};
use tempfile::TempDir;

fn client() -> Client {
    Client::new(Options {
        retries: 0,
        pause: Duration::from_millis(1),
        ..Options::default()
    })
}

/// A repository, its server, and a client's cache of it.
struct Setup {
    repository: TempDir,
    server: Server,
    cache: TempDir,
    key: SigningKey,
}

impl Setup {
    fn new() -> Self {
        let (repository, key) = (repository(None), key());
        let server = Server::new(repository.path());
        let setup = Self {
            repository,
            server,
            cache: TempDir::new().unwrap(),
            key,
        };
        setup.write(TIME);
        setup
    }

    /// Writes the metadata anew.
    fn write(&self, time: u32) {
        let advisories = [advisory()];
        let options = WriteOptions {
            signer: Some(&self.key),
            advisories: &advisories,
            ..WriteOptions::new(time)
        };
        write_repo(self.repository.path(), &options).unwrap();
    }

    /// Adds a package and writes the metadata.
    fn update(&self) {
        build(self.repository.path(), &package("newcomer", "1-1"), None);
        self.write(TIME + 60);
    }

    fn config(&self) -> Config {
        Config {
            mirrors: None,
            id: "test".to_owned(),
            base_urls: vec![self.server.url.clone()],
            cache_dir: self.cache.path().join("test-12345678"),
            keyring: Some(Keyring::from_armored(self.key.public_armored().unwrap().as_bytes()).unwrap()),
            expire: Some(Duration::from_secs(3600)),
        }
    }

    fn load(&self, freshness: Freshness) -> Result<Repo, Error> {
        Repo::load(self.config(), &client(), freshness)
    }

    fn repodata(&self, name: &str) -> PathBuf {
        self.repository.path().join("repodata").join(name)
    }

    /// The published file of a kind.
    fn metadata(&self, kind: &str) -> PathBuf {
        let files = fs::read_dir(self.repodata(""))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        files
            .into_iter()
            .find(|path| path.to_string_lossy().contains(&format!("-{kind}.")))
            .unwrap()
    }

    /// Replaces repomd.xml by `edit` of it, signed anew by our key.
    fn resign(&self, edit: impl Fn(String) -> String) {
        let path = self.repodata("repomd.xml");
        let text = edit(fs::read_to_string(&path).unwrap());
        fs::write(
            self.repodata("repomd.xml.asc"),
            self.key.sign_detached_armored(text.as_bytes(), TIME).unwrap(),
        )
        .unwrap();
        fs::write(path, text).unwrap();
    }

    /// Publishes `content` as primary, correctly described and signed, but with a stated uncompressed size.
    fn publish_primary(&self, content: &[u8], open_size: usize) {
        let compressed = zstd::bulk::compress(content, 3).unwrap();
        let name = self.repodata("evil-primary.xml.zst");
        fs::write(&name, &compressed).unwrap();
        let sum = success("coreutils", "sha256sum", &[name.to_str().unwrap()]);
        let sum = sum.split(' ').next().unwrap().to_owned();
        let record = format!(
            "<repomd><revision>9999999999</revision><data type=\"primary\"><checksum type=\"sha256\">{sum}</checksum>\
             <location href=\"repodata/evil-primary.xml.zst\"/><size>{}</size><open-size>{open_size}</open-size></data></repomd>",
            compressed.len()
        );
        self.resign(|_| record.clone());
    }
}

fn names(repo: &Repo) -> Vec<&str> {
    repo.packages().sorted().map(PackageRef::name).collect()
}

#[test]
fn everything_about_a_package_is_read() {
    let setup = Setup::new();
    let repo = setup.load(Freshness::IfExpired).unwrap();
    let app = repo.packages().by_name("app").next().unwrap();
    assert_eq!(app.nevra().to_string(), "app-2:1.0~rc1-3.x86_64");
    assert_eq!(app.summary(), "The <app> & its \"summary\"");
    assert_eq!(app.description(), "First line\nsecond line");
    assert_eq!(
        (app.url(), app.license(), app.build_time()),
        ("https://example.org/?a=1&b=2", "MIT", TIME)
    );
    let file = setup.repository.path().join("Packages/app.rpm");
    assert_eq!(app.size(), fs::metadata(&file).unwrap().len());
    let sum = success("coreutils", "sha256sum", &[file.to_str().unwrap()]);
    assert!(sum.starts_with(app.checksum()) && app.checksum_type() == "sha256");
    assert_eq!(
        repo.package_urls(app),
        [format!("{}/Packages/app.rpm", setup.server.url)]
    );
    assert_eq!(app.primary_files().collect::<Vec<_>>(), [("/usr/bin", "app")]);
    assert_eq!(repo.signer().unwrap().certificate, setup.key.fingerprint());
}

#[test]
fn dependencies_and_their_reverse_are_read() {
    let setup = Setup::new();
    let repo = setup.load(Freshness::IfExpired).unwrap();
    let table = repo.packages();
    let app = table.by_name("app").next().unwrap();
    let requires: Vec<Dependency> = app.requires().map(|one| one.to_dependency()).collect();
    assert!(
        requires.contains(&Dependency::new("library", DepFlags::GREATER_OR_EQUAL, "1.0-1")),
        "{requires:?}"
    );
    assert!(requires.contains(&Dependency::any("(library if app)")));
    assert_eq!(
        app.dependencies(DependencyKind::Conflicts).next().unwrap().evr,
        "0.5"
    );
    assert!(
        app.provides()
            .any(|one| (one.name, one.evr) == ("app", "2:1.0~rc1-3"))
    );
    let by = |kind, name| {
        table
            .dependents(kind, name)
            .map(|(package, _)| package.name())
            .collect::<Vec<_>>()
    };
    assert_eq!(by(DependencyKind::Requires, "library"), ["app"]);
    assert_eq!(by(DependencyKind::Provides, "libl.so.1()(64bit)"), ["library"]);
    assert!(
        by(DependencyKind::Obsoletes, "library").is_empty()
            && by(DependencyKind::Requires, "unheard-of").is_empty()
    );
    assert_eq!(
        table
            .primary_file_owners("/usr/bin/library")
            .map(PackageRef::name)
            .collect::<Vec<_>>(),
        ["library"]
    );
    assert_eq!(table.primary_file_owners("/usr/sbin/library").count(), 0);
}

/// The reference writer's files, in its default compression, mean the same to us as our own.
#[test]
fn createrepo_output_reads_like_ours() {
    let setup = Setup::new();
    let describe = |repo: &Repo| -> Vec<String> {
        let files = repo.files(&client()).unwrap();
        let describe = |package: PackageRef<'_>| {
            let kinds = [
                DependencyKind::Provides,
                DependencyKind::Requires,
                DependencyKind::Recommends,
            ];
            let dependencies: Vec<_> = kinds
                .iter()
                .flat_map(|kind| package.dependencies(*kind))
                .collect();
            let paths: Vec<String> = files.files_of(package.id()).collect();
            format!(
                "{package:?} {} {} {dependencies:?} {paths:?}",
                package.checksum(),
                package.installed_size()
            )
        };
        repo.packages().sorted().map(describe).collect()
    };
    let ours = describe(&setup.load(Freshness::Always).unwrap());
    fs::remove_dir_all(setup.repodata("")).unwrap();
    success(
        "createrepo-c",
        "createrepo_c",
        &["-q", setup.repository.path().to_str().unwrap()],
    );
    let config = Config {
        keyring: None,
        base_urls: vec![setup.repository.path().display().to_string()],
        ..setup.config()
    };
    assert_eq!(
        ours,
        describe(&Repo::load(config, &client(), Freshness::Always).unwrap())
    );
}

#[test]
fn all_paths_are_found_when_asked_for() {
    let setup = Setup::new();
    let repo = setup.load(Freshness::IfExpired).unwrap();
    assert!(
        !setup
            .server
            .requests()
            .iter()
            .any(|path| path.contains("filelists"))
    );
    let files = repo.files(&client()).unwrap();
    let owner = files.owners("/usr/share/library/data & more");
    assert_eq!(repo.packages().package(owner[0]).unwrap().name(), "library");
    assert!(files.owners("/usr/share/library").len() == 1 && files.owners("/usr/share/nothing").is_empty());
    let found: Vec<_> = files
        .search(|dir, base| dir.starts_with("/usr/share/app") && base.starts_with("data"))
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(files.len(), 6);
}

#[test]
fn advisories_come_back_as_they_were_written() {
    let setup = Setup::new();
    let repo = setup.load(Freshness::IfExpired).unwrap();
    assert_eq!(repo.advisories(&client()).unwrap(), [advisory()]);
}

#[test]
fn a_fresh_cache_needs_no_network() {
    let setup = Setup::new();
    setup.load(Freshness::IfExpired).unwrap();
    assert_eq!(setup.server.requests().len(), 4);
    assert_eq!(
        names(&setup.load(Freshness::IfExpired).unwrap()),
        ["app", "library"]
    );
    assert_eq!(setup.server.requests(), Vec::<String>::new());
}

#[test]
fn an_expired_cache_is_refreshed_and_only_what_changed_is_fetched() {
    let setup = Setup::new();
    setup.load(Freshness::IfExpired).unwrap();
    setup.server.requests();
    expire(&setup.config().cache_dir).unwrap();
    setup.load(Freshness::IfExpired).unwrap();
    assert_eq!(
        setup.server.requests(),
        ["repodata/repomd.xml", "repodata/repomd.xml.asc"]
    );
    setup.update();
    expire(&setup.config().cache_dir).unwrap();
    assert_eq!(
        names(&setup.load(Freshness::IfExpired).unwrap()),
        ["app", "library", "newcomer"]
    );
    assert!(
        setup
            .server
            .requests()
            .iter()
            .any(|path| path.contains("primary"))
    );
    let caches = fs::read_dir(setup.config().cache_dir).unwrap();
    let caches = caches.filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .ends_with(".cache")
    });
    assert_eq!(caches.count(), 1, "the old cache is removed");
}

#[test]
fn offline_the_old_cache_is_used_and_says_why() {
    let setup = Setup::new();
    setup.load(Freshness::IfExpired).unwrap();
    setup.server.break_down(true);
    expire(&setup.config().cache_dir).unwrap();
    let repo = setup.load(Freshness::IfExpired).unwrap();
    assert_eq!(names(&repo), ["app", "library"]);
    assert!(
        repo.stale()
            .unwrap()
            .to_string()
            .contains("cannot fetch the metadata of repository test")
    );
}

#[test]
fn a_failed_refresh_leaves_the_cache_alone() {
    let setup = Setup::new();
    setup.load(Freshness::IfExpired).unwrap();
    setup.server.break_down(true);
    assert!(matches!(
        setup.load(Freshness::Always),
        Err(Error::FetchMetadata { .. })
    ));
    assert_eq!(
        names(&setup.load(Freshness::CacheOnly).unwrap()),
        ["app", "library"]
    );
    setup.server.break_down(false);
    setup.update();
    fs::write(setup.metadata("primary"), b"not primary at all").unwrap();
    assert!(
        setup
            .load(Freshness::Always)
            .unwrap_err()
            .to_string()
            .contains("primary")
    );
    assert_eq!(
        names(&setup.load(Freshness::CacheOnly).unwrap()),
        ["app", "library"]
    );
}

#[test]
fn without_a_cache_offline_is_an_error_that_says_what_to_do() {
    let error = Setup::new().load(Freshness::CacheOnly).unwrap_err();
    assert!(
        matches!(&error, Error::NoCache { .. }) && error.to_string().contains("makecache"),
        "{error}"
    );
}

#[test]
fn tampered_repomd() {
    let setup = Setup::new();
    let path = setup.repodata("repomd.xml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + "<!-- -->").unwrap();
    assert!(matches!(
        setup.load(Freshness::Always),
        Err(Error::UntrustedMetadata { .. })
    ));
}

#[test]
fn repomd_signed_by_a_stranger() {
    let setup = Setup::new();
    let stranger = key();
    write_repo(
        setup.repository.path(),
        &WriteOptions {
            signer: Some(&stranger),
            ..WriteOptions::new(TIME)
        },
    )
    .unwrap();
    let error = setup.load(Freshness::Always).unwrap_err();
    assert!(
        error.to_string().contains("not among the trusted keys"),
        "{error}"
    );
}

#[test]
fn unsigned_repomd_where_a_signature_is_demanded() {
    let setup = Setup::new();
    write_repo(setup.repository.path(), &WriteOptions::new(TIME)).unwrap();
    assert!(setup.load(Freshness::Always).is_err());
    let lax = Config {
        keyring: None,
        ..setup.config()
    };
    Repo::load(lax, &client(), Freshness::Always).unwrap();
    let error = setup.load(Freshness::CacheOnly).unwrap_err();
    assert!(
        matches!(error, Error::UntrustedMetadata { .. }),
        "the demand also holds for an older cache: {error}"
    );
}

#[test]
fn tampered_primary_with_the_right_size() {
    let setup = Setup::new();
    let path = setup.metadata("primary");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path, bytes).unwrap();
    let error = setup.load(Freshness::Always).unwrap_err();
    assert!(error.to_string().contains("sha256"), "{error}");
    assert!(setup.load(Freshness::CacheOnly).is_err());
}

#[test]
fn an_older_signed_state_served_again() {
    let setup = Setup::new();
    setup.write(TIME + 60);
    setup.load(Freshness::Always).unwrap();
    setup.write(TIME);
    assert!(matches!(
        setup.load(Freshness::Always),
        Err(Error::Rollback { .. })
    ));
    assert!(setup.load(Freshness::IfExpired).is_ok());
}

#[test]
fn weak_digests_in_repomd() {
    let setup = Setup::new();
    setup.resign(|text| text.replace("type=\"sha256\"", "type=\"sha\""));
    let error = setup.load(Freshness::Always).unwrap_err();
    assert!(error.to_string().contains("not accepted"), "{error}");
}

#[test]
fn a_signed_repomd_that_points_outside() {
    let setup = Setup::new();
    setup.resign(|text| text.replace("href=\"repodata/", "href=\"../../repodata/"));
    assert!(matches!(
        setup.load(Freshness::Always),
        Err(Error::BadMetadata { .. })
    ));
}

#[test]
fn a_decompression_bomb() {
    let setup = Setup::new();
    setup.publish_primary(&vec![b' '; 50_000_000], 1000);
    let error = setup.load(Freshness::Always).unwrap_err();
    assert!(error.to_string().contains("larger than it should be"), "{error}");
}

#[test]
fn primary_with_packages_that_lead_astray() {
    let package = |location: &str, name: &str| {
        format!(
            "<metadata><package><name>{name}</name><checksum>1</checksum><location href=\"{location}\"/></package></metadata>"
        )
    };
    for (text, expected) in [
        (package("../../etc/cron.d/x.rpm", "x"), "leads out"),
        (package("x.rpm", ""), "has no name"),
        ("<metadata><package>".to_owned(), "ends early"),
    ] {
        let setup = Setup::new();
        setup.publish_primary(text.as_bytes(), text.len());
        let error = setup.load(Freshness::Always).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_bad_mirror_is_passed_over() {
    let (setup, dead) = (Setup::new(), TempDir::new().unwrap());
    let (dead, tampered) = (Server::new(dead.path()), Setup::new());
    fs::write(tampered.repodata("repomd.xml"), b"<repomd/>").unwrap();
    let urls = vec![
        dead.url.clone(),
        tampered.server.url.clone(),
        setup.server.url.clone(),
    ];
    let config = Config {
        base_urls: urls,
        ..setup.config()
    };
    assert_eq!(
        names(&Repo::load(config, &client(), Freshness::Always).unwrap()),
        ["app", "library"]
    );
}

#[test]
fn a_damaged_cache_is_made_again_without_the_network() {
    let setup = Setup::new();
    setup.load(Freshness::Always).unwrap();
    let dir = setup.config().cache_dir;
    let cache = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
    let cache = cache
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with(".cache"))
        .unwrap();
    fs::write(&cache, b"LUMENPK1 and then nothing").unwrap();
    setup.server.break_down(true);
    assert_eq!(
        names(&setup.load(Freshness::CacheOnly).unwrap()),
        ["app", "library"]
    );
}

#[test]
fn flipped_bits_in_the_cache_never_panic() {
    let setup = Setup::new();
    setup.load(Freshness::Always).unwrap();
    let cache = fs::read_dir(setup.config().cache_dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let cache = cache
        .into_iter()
        .find(|path| path.to_string_lossy().ends_with(".cache"))
        .unwrap();
    let good = fs::read(&cache).unwrap();
    for position in (40..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[position] ^= 0xff;
        fs::write(cache.with_extension("new"), bad).unwrap();
        fs::rename(cache.with_extension("new"), &cache).unwrap();
        if let Ok(repo) = setup.load(Freshness::CacheOnly) {
            look_at_everything(&repo);
        }
    }
}

fn look_at_everything(repo: &Repo) {
    let table = repo.packages();
    for package in table.iter().chain(table.sorted()).take(20) {
        let _ = (
            format!("{package:?}"),
            package.summary(),
            package.location(),
            package.checksum(),
            package.size(),
        );
        let _ = (
            package.provides().take(20).count(),
            package.requires().take(20).count(),
        );
        let _ = package.primary_files().take(20).count();
    }
    let _ = table.by_name("library").take(20).count();
    let _ = table.providers("libl.so.1()(64bit)").take(20).count();
    let _ = table.primary_file_owners("/usr/bin/app").take(20).count();
}

#[test]
fn paths_are_not_fetched_when_only_the_cache_may_be_used() {
    let setup = Setup::new();
    let online = setup.load(Freshness::Always).unwrap();
    let offline = setup.load(Freshness::CacheOnly).unwrap();
    assert!(matches!(offline.files(&client()), Err(Error::NotCached { .. })));
    online.files(&client()).unwrap();
    assert_eq!(
        setup
            .load(Freshness::CacheOnly)
            .unwrap()
            .files(&client())
            .unwrap()
            .len(),
        6
    );
}

#[test]
fn a_local_repository_is_used_in_place() {
    let setup = Setup::new();
    for base in [
        setup.repository.path().display().to_string(),
        format!("file://{}", setup.repository.path().display()),
    ] {
        let config = Config {
            base_urls: vec![base],
            ..setup.config()
        };
        let repo = Repo::load(config.clone(), &client(), Freshness::IfExpired).unwrap();
        assert_eq!(repo.files(&client()).unwrap().len(), 6);
        assert!(!config.cache_dir.join("repodata").exists());
    }
    setup.update();
    let config = Config {
        base_urls: vec![setup.repository.path().display().to_string()],
        ..setup.config()
    };
    assert_eq!(
        names(&Repo::load(config, &client(), Freshness::IfExpired).unwrap()).len(),
        3
    );
}

/// As for an ordinary user who asks about a repository on this machine.
#[test]
fn a_local_repository_needs_no_cache() {
    let setup = Setup::new();
    let config = Config {
        base_urls: vec![setup.repository.path().display().to_string()],
        cache_dir: Path::new("/dev/null/cache").to_owned(),
        ..setup.config()
    };
    let repo = Repo::load(config, &client(), Freshness::IfExpired).unwrap();
    assert_eq!(names(&repo), names(&setup.load(Freshness::Always).unwrap()));
    assert_eq!(repo.files(&client()).unwrap().len(), 6);
}

#[test]
fn a_cache_directory_that_cannot_be_made_is_named() {
    let setup = Setup::new();
    let config = Config {
        cache_dir: Path::new("/dev/null/cache").to_owned(),
        ..setup.config()
    };
    let error = Repo::load(config.clone(), &client(), Freshness::IfExpired).unwrap_err();
    assert!(error.to_string().contains("/dev/null/cache"), "{error}");
    let local = Config {
        base_urls: vec![setup.repository.path().display().to_string()],
        ..config
    };
    assert_eq!(
        names(&Repo::load(local, &client(), Freshness::IfExpired).unwrap()),
        ["app", "library"]
    );
}

#[test]
fn an_empty_repository_has_nothing() {
    let dir = TempDir::new().unwrap();
    write_repo(dir.path(), &WriteOptions::new(TIME)).unwrap();
    let base_urls = vec![dir.path().display().to_string()];
    let config = Config {
        base_urls,
        keyring: None,
        ..Setup::new().config()
    };
    let repo = Repo::load(config, &client(), Freshness::IfExpired).unwrap();
    assert!(repo.packages().is_empty() && repo.packages().by_name("x").next().is_none());
    assert!(repo.files(&client()).unwrap().owners("/x").is_empty());
}

/// Refreshes again and again in a process of its own, for the next test to kill.
#[test]
#[ignore = "started by killed_refreshes_leave_the_old_state_or_the_new_one"]
fn child_that_refreshes() {
    let base_urls = vec![std::env::var("TEST_URL").unwrap()];
    let cache_dir = PathBuf::from(std::env::var("TEST_CACHE").unwrap());
    let config = Config {
        mirrors: None,
        id: "test".to_owned(),
        base_urls,
        cache_dir,
        keyring: None,
        expire: None,
    };
    loop {
        Repo::load(config.clone(), &client(), Freshness::Always).unwrap();
    }
}

#[test]
fn killed_refreshes_leave_the_old_state_or_the_new_one() {
    let setup = Setup::new();
    setup.load(Freshness::Always).unwrap();
    for round in 0..40u32 {
        setup.write(TIME + round);
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_refreshes", "--ignored"])
            .env("TEST_URL", &setup.server.url)
            .env("TEST_CACHE", setup.config().cache_dir)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(2000 + u64::from(round) * 700));
        child.kill().unwrap();
        child.wait().unwrap();
        let config = Config {
            keyring: None,
            ..setup.config()
        };
        let repo = Repo::load(config, &client(), Freshness::CacheOnly).unwrap();
        assert_eq!(names(&repo), ["app", "library"], "round {round}");
        assert!(repo.repomd().revision.parse::<u32>().unwrap() <= TIME + round);
    }
}
