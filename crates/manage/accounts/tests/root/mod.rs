//! A root directory with the files of a small host, in which shadow's real programs work.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use accounts::{Accounts, GroupName, NewUser, UserName};

const INSIDE: &str = "LUMEN_TEST_INSIDE";

/// Runs a test - the one of this name - as root: who is not is made root of a namespace with users to be.
pub fn as_root(name: &str, work: impl FnOnce()) {
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if root || std::env::var_os(INSIDE).is_some() {
        return work();
    }
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--map-auto", "--mount"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("cannot run unshare: install the packages util-linux and uidmap");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
}

/// As [`as_root`], but without the right to change the root directory.
pub fn without_chroot(name: &str, work: impl FnOnce()) {
    const WITHOUT: &str = "LUMEN_TEST_WITHOUT_CHROOT";
    if std::env::var_os(WITHOUT).is_some() {
        return work();
    }
    as_root(name, || {
        let output = Command::new("setpriv")
            .args(["--bounding-set", "-sys_chroot", "--inh-caps", "-sys_chroot"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(WITHOUT, "1")
            .output()
            .expect("cannot run setpriv: install the package util-linux");
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success() && out.contains("1 passed"), "{out}{err}");
    });
}

pub struct Root {
    directory: tempfile::TempDir,
    pub accounts: Accounts,
}

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/:/usr/sbin/nologin\nsshd:x:74:74::/run/sshd:/usr/sbin/nologin\n\
    boss:x:1000:1000:The Boss:/home/boss:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n+nis::::::\nbroken:x:zero:0::/:/bin/sh\n";
const GROUP: &str = "root:x:0:\ndaemon:x:1:\nsshd:x:74:\nwheel:x:10:boss\ndocker:x:120:\nboss:x:1000:\ndevelopers:x:1100:\nops:x:1101:boss\nnogroup:x:65534:\n";

impl Root {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let etc = directory.path().join("etc");
        fs::create_dir_all(&etc).unwrap();
        fs::create_dir_all(directory.path().join("home")).unwrap();
        // Whoever enters it with chroot must be let in.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let shadow = "root:!:19000:0:99999:7:::\nboss:$y$j9T$abc$def:19000:0:99999:7:::\n";
        let gshadow = "root:*::\nwheel:!::boss\ndocker:!::\nboss:!::\ndevelopers:!::\nops:!::boss\n";
        for (name, text) in [
            ("passwd", PASSWD),
            ("group", GROUP),
            ("shadow", shadow),
            ("gshadow", gshadow),
            ("shells", "# shells\n/bin/sh\n/bin/bash\n"),
            (
                "login.defs",
                "UID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\nUSERGROUPS_ENAB yes\nENCRYPT_METHOD YESCRYPT\n",
            ),
        ] {
            fs::write(etc.join(name), text).unwrap();
        }
        let accounts = Accounts::below(directory.path());
        Root { directory, accounts }
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap()
    }

    /// The line of an account in a file.
    pub fn line(&self, file: &str, name: &str) -> String {
        let text = self.read(file);
        text.lines()
            .find(|line| line.starts_with(&format!("{name}:")))
            .unwrap_or_default()
            .to_owned()
    }

    /// All files of accounts.
    pub fn state(&self) -> String {
        ["etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"]
            .map(|file| self.read(file))
            .concat()
    }
}

pub fn name(text: &str) -> UserName {
    UserName::new(text).unwrap()
}

pub fn group(text: &str) -> GroupName {
    GroupName::new(text).unwrap()
}

pub fn new(text: &str) -> NewUser {
    NewUser::named(name(text))
}
