//! Roles with plugins that are shell scripts.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use role_plugins::{Action, Cancel, Error, Event, Prerequisite, Role, Roles, Status};

const ROLE: &str =
    "# a demo\n[role]\nname=demo\ndisplayname = Demo = yes\ndescription=What it is\nparent=\nplugin=demo\n";

/// Answers every question; what it is asked is in a file beside it.
const PLUGIN: &str = r#"#!/bin/sh
read -r line; echo "$line" >> "$(dirname "$0")/asked"
case $line in
*'"status"'*) echo '{"result":{"version":"1.2","enabled":false}}' ;;
*prerequisites*) echo '{"result":[{"name":"kernel","met":true},{"name":"disk","met":false,"advice":"add one"}]}' ;;
*'"enable"'*) echo '{"log":"one"}'; echo '{"progress":50}'; echo '{"log":"two"}'; echo '{"result":{"nodes":3}}' ;;
*'"update"'*) echo '{"error":"no such node"}' ;;
*'"remove"'*) echo 'it broke' >&2; exit 3 ;;
esac
"#;

struct Host(tempfile::TempDir);

impl Host {
    fn new(plugin: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let host = Host(directory);
        fs::create_dir_all(host.path("etc/pmd.roles.d")).unwrap();
        fs::create_dir_all(host.path("etc/pmd.roles.plugins.d")).unwrap();
        fs::write(host.path("etc/pmd.roles.d/demo.role"), ROLE).unwrap();
        fs::write(host.path("etc/pmd.roles.plugins.d/demo"), plugin).unwrap();
        host.mode(0o755);
        host
    }

    fn mode(&self, mode: u32) {
        fs::set_permissions(
            self.path("etc/pmd.roles.plugins.d/demo"),
            fs::Permissions::from_mode(mode),
        )
        .unwrap();
    }

    fn path(&self, relative: &str) -> std::path::PathBuf {
        self.0.path().join(relative)
    }

    fn roles(&self) -> Roles {
        Roles::below(self.0.path())
    }

    fn alter(&self, action: Action) -> (Result<serde_json::Value, Error>, Vec<Event>) {
        let mut events = Vec::new();
        let config = BTreeMap::from([("size".to_owned(), serde_json::json!("3\" ; reboot"))]);
        let answer = self
            .roles()
            .alter("demo", action, config, &Cancel::default(), &mut |event| {
                events.push(event.clone())
            });
        (answer, events)
    }
}

#[test]
fn a_role_is_a_file_and_a_program() {
    let host = Host::new(PLUGIN);
    let roles = host.roles().list().unwrap();
    let demo = Role {
        name: "demo".to_owned(),
        display_name: "Demo = yes".to_owned(),
        description: "What it is".to_owned(),
        parent: None,
        plugin: "demo".to_owned(),
    };
    assert_eq!(roles, [demo]);
    assert_eq!(
        host.roles().status("demo").unwrap(),
        Status {
            version: "1.2".to_owned(),
            enabled: false
        }
    );
    let needs = host.roles().prerequisites("demo").unwrap();
    assert_eq!(
        needs[1],
        Prerequisite {
            name: "disk".to_owned(),
            met: false,
            advice: "add one".to_owned()
        }
    );
    assert!(matches!(host.roles().status("nothing"), Err(Error::NotFound(_))));
    assert!(Roles::below(Path::new("/nonexistent")).list().unwrap().is_empty());
}

#[test]
fn a_plugin_tells_what_it_does_and_how_it_ends() {
    let host = Host::new(PLUGIN);
    let (answer, events) = host.alter(Action::Enable);
    assert_eq!(answer.unwrap(), serde_json::json!({"nodes": 3}));
    assert_eq!(
        events[..3],
        [
            Event::Log("one".to_owned()),
            Event::Progress(50),
            Event::Log("two".to_owned())
        ]
    );
    let asked = fs::read_to_string(host.path("etc/pmd.roles.plugins.d/asked")).unwrap();
    assert_eq!(
        asked,
        "{\"protocol\":1,\"role\":\"demo\",\"call\":\"enable\",\"config\":{\"size\":\"3\\\" ; reboot\"}}\n"
    );
    let failed = host.alter(Action::Update).0.unwrap_err();
    assert!(
        matches!(&failed, Error::Failed { text, .. } if text == "no such node"),
        "{failed}"
    );
    let broken = host.alter(Action::Remove).0.unwrap_err();
    assert!(broken.to_string().contains("it broke"), "{broken}");
}

#[test]
fn what_is_no_answer_is_told_and_does_no_harm() {
    let cases = [
        ("#!/bin/sh\necho hello\n", "hello"),
        (
            "#!/bin/sh\necho '{\"result\":{\"version\":7}}'\n",
            "expected a string",
        ),
        ("#!/bin/sh\nexit 0\n", "without a result"),
        ("#!/bin/sh\nhead -c 1000000 /dev/zero | tr '\\0' x\n", "too long"),
        ("#!/bin/sh\nprintf '\\377\\n'\n", "UTF-8"),
        ("#!/bin/sh\necho '{\"command\":\"rm\"}'\n", "command"),
    ];
    for (plugin, said) in cases {
        let failed = Host::new(plugin).roles().status("demo").unwrap_err();
        assert!(failed.to_string().contains(said), "{said}: {failed}");
    }
}

/// The plugin and its child hold a pipe open; that it ends shows that both have ended.
#[test]
fn a_plugin_that_goes_on_is_ended_with_all_that_it_has_started() {
    let host = Host::new(
        "#!/bin/sh\nexec 3>\"$(dirname \"$0\")/pipe\"\nsleep 1000 &\necho '{\"log\":\"begun\"}'\nwait\n",
    );
    let pipe = host.path("etc/pmd.roles.plugins.d/pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let ended = std::thread::spawn(move || fs::read(pipe).unwrap());
    let cancel = Cancel::default();
    let other = cancel.clone();
    let failed = host
        .roles()
        .alter("demo", Action::Enable, BTreeMap::new(), &cancel, &mut |_| {
            other.cancel()
        })
        .unwrap_err();
    assert!(matches!(failed, Error::Cancelled { .. }), "{failed}");
    assert!(ended.join().unwrap().is_empty());
}

#[test]
fn a_program_that_others_could_have_written_is_not_run() {
    let host = Host::new(PLUGIN);
    host.mode(0o777);
    assert!(matches!(
        host.roles().status("demo"),
        Err(Error::Untrusted { .. })
    ));
    host.mode(0o755);
    let directory = host.path("etc/pmd.roles.plugins.d");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(
        host.roles().status("demo"),
        Err(Error::Untrusted { .. })
    ));
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(directory.join("demo"), directory.join("real")).unwrap();
    std::os::unix::fs::symlink("real", directory.join("demo")).unwrap();
    assert!(matches!(
        host.roles().status("demo"),
        Err(Error::Untrusted { .. })
    ));
}

#[test]
fn names_are_no_paths() {
    for bad in [
        "name=a\n",
        "plugin=a\n",
        "name=a/b\nplugin=x\n",
        "name=a\nplugin=../../bin/sh\n",
        "name=a\nplugin=/bin/sh\n",
        "name=-x\nplugin=a\n",
        "name=.\nplugin=a\n",
    ] {
        assert!(Role::parse(bad).is_err(), "{bad:?}");
    }
}
