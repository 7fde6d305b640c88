//! What was checked is what is installed: package files that are exchanged in between.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use support::{Lab, TestPackage};
use tdnf::{Error, Execution, Limits, MainConfig, Request, RootLock, Session, Settings};

/// When the file is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// Between the checks and the transaction.
    Checked,
    /// When the transaction has read the headers and begins to unpack.
    Unpacking,
    /// When the content has been unpacked, before the headers are kept.
    Unpacked,
    /// When the file was named and its headers were read for the plan.
    Planned,
}

struct World {
    lab: Lab,
    /// Another package of the same name and size of headers: from the same key, but with other content.
    other: PathBuf,
}

impl World {
    fn new() -> Self {
        let lab = Lab::with(vec![
            TestPackage::new("app", "1-1").file("/usr/bin/app", "right\n"),
        ]);
        let aside = lab.dir.path().join("aside");
        fs::create_dir(&aside).unwrap();
        let other = lab.build(
            &aside,
            &TestPackage::new("app", "1-1").file("/usr/bin/app", "wrong\n"),
        );
        Self { lab, other }
    }

    fn session(&self, file: Option<&Path>) -> Session {
        let settings = Settings {
            cache: Some(self.lab.cache()),
            trusted: Some(self.lab.keyring()),
            ..Settings::new(self.lab.root())
        };
        let mut session = Session::new(settings, MainConfig::default()).unwrap();
        match file {
            Some(file) => session.add_files(&[file.to_owned()]).unwrap(),
            None => drop(
                session
                    .open_repositories(&[self.lab.repo_config()], &|_, _, _| false)
                    .unwrap(),
            ),
        }
        session
    }

    /// Installs `app`, from the repository or from a file the user names; the file is exchanged at a moment.
    fn install(&self, file: &Path, named: bool, moment: Option<Moment>) -> Result<(), Error> {
        let session = self.session(named.then_some(file));
        let plan = session.plan(
            &Request::Install(vec!["app-1-1.noarch".to_owned()]),
            &Limits::default(),
        )?;
        let done = AtomicBool::new(false);
        let exchange = |now: Moment| {
            if moment == Some(now) && !done.swap(true, Ordering::Relaxed) {
                fs::copy(&self.other, file).unwrap();
            }
        };
        exchange(Moment::Planned);
        let execution = Execution {
            starting: &|| exchange(Moment::Checked),
            listener: &|event: &transaction::Event<'_>| match event {
                transaction::Event::Unpacking { .. } => exchange(Moment::Unpacking),
                transaction::Event::Unpacked { .. } => exchange(Moment::Unpacked),
                _ => {}
            },
            ..Execution::default()
        };
        let lock = RootLock::take(&self.lab.root(), |_| ()).unwrap();
        session.execute(&plan, &execution, &lock).map(drop)
    }

    fn installed(&self) -> Option<String> {
        fs::read_to_string(self.lab.root().join("usr/bin/app")).ok()
    }
}

#[test]
fn a_package_file_that_is_exchanged_is_refused_whenever_that_happens() {
    let moments = [
        Moment::Planned,
        Moment::Checked,
        Moment::Unpacking,
        Moment::Unpacked,
    ];
    for (named, moment) in [false, true]
        .into_iter()
        .flat_map(|named| moments.map(|moment| (named, moment)))
    {
        let world = World::new();
        let file = world.lab.repo().join("app-1-1.noarch.rpm");
        let error = world
            .install(&file, named, Some(moment))
            .expect_err("it is another one");
        let expected: &[&str] = match (named, moment) {
            (false, Moment::Planned) => &["with sha256"],
            // The content is read before the headers are compared again.
            (_, Moment::Unpacking) => &["is damaged", "cannot unpack", "has been exchanged"],
            _ => &["has been exchanged since it was checked"],
        };
        let text = error.to_string();
        assert!(
            expected.iter().any(|part| text.contains(part)),
            "{named} {moment:?}: {text}"
        );
        assert_eq!(world.installed(), None, "{named} {moment:?}");
        assert!(world.lab.rpm_qa().is_empty(), "{named} {moment:?}");
    }
    for named in [false, true] {
        let world = World::new();
        let file = world.lab.repo().join("app-1-1.noarch.rpm");
        world.install(&file, named, None).unwrap();
        assert_eq!(world.installed().as_deref(), Some("right\n"));
    }
}

/// Copies for the user, too, are of what was checked.
#[test]
fn an_exchanged_file_is_not_copied() {
    let world = World::new();
    let dir = world.lab.dir.path().join("out");
    assert_eq!(world.lab.tdnf("makecache").status, 0);
    fs::copy(&world.other, world.lab.repo().join("app-1-1.noarch.rpm")).unwrap();
    for line in [
        format!("download app --destdir={}", dir.display()),
        format!("reposync --download-path={}", dir.display()),
        format!("-y install app --downloadonly --downloaddir={}", dir.display()),
    ] {
        let ran = world.lab.tdnf(&line);
        assert_ne!(ran.status, 0, "{ran:?}");
        assert!(ran.err.contains("with sha256"), "{ran:?}");
        let left: Vec<_> = fs::read_dir(&dir).into_iter().flatten().flatten().collect();
        assert!(left.iter().all(|entry| entry.path().is_dir()), "{left:?}");
    }
}
