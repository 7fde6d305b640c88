//! Against a real dbus-daemon, of this test alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dbus_client::{Call, Connection, Error, Value};

const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=DIRECTORY/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>"#;

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a daemon and waits until it says where it listens.
fn daemon(directory: &Path) -> Daemon {
    let configuration = directory.join("bus.conf");
    let text = CONFIGURATION.replace("DIRECTORY", directory.to_str().unwrap());
    std::fs::write(&configuration, text).unwrap();
    let mut child = Command::new("dbus-daemon")
        .arg(format!("--config-file={}", configuration.display()))
        .args(["--nofork", "--print-address"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("cannot run dbus-daemon: install the package dbus-daemon");
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut address)
        .unwrap();
    assert!(address.starts_with("unix:"), "{address}");
    Daemon(child)
}

/// One test, for the address is in the environment of the whole process.
#[test]
fn a_bus_that_is_there_and_one_that_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let socket = format!("unix:path={}/bus", directory.path().display());
    let _daemon = daemon(directory.path());
    assert!(run(&socket, "the_bus_answers"));
    assert!(run("unix:path=/nonexistent/bus", "there_is_no_bus"));
}

/// Runs one of the tests below in a process that finds the bus at an address.
fn run(address: &str, test: &str) -> bool {
    let here = std::env::current_exe().unwrap();
    let mut command = Command::new(here);
    command
        .args(["--ignored", "--exact", test])
        .env("DBUS_SYSTEM_BUS_ADDRESS", address);
    command.status().unwrap().success()
}

fn bus(method: &'static str, arguments: &[Value]) -> Result<Vec<Value>, Error> {
    Connection::system()?.call(&Call {
        service: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        method,
        arguments,
        start: true,
    })
}

#[test]
#[ignore = "run by the test above"]
fn the_bus_answers() {
    let id = bus("GetId", &[]).unwrap();
    assert_eq!(id[0].as_text().unwrap().len(), 32);
    let names = bus("ListNames", &[]).unwrap();
    assert!(names[0].items().contains(&Value::text("org.freedesktop.DBus")));
    let me = bus("GetConnectionCredentials", &[Value::text("org.freedesktop.DBus")]).unwrap();
    assert!(me[0].signature() == "a{sv}", "{me:?}");

    let error = bus("GetNameOwner", &[Value::text("org.example.Nobody")]).unwrap_err();
    assert!(
        error.is_absence() && error.to_string().contains("org.example.Nobody"),
        "{error}"
    );
    let error = bus("Nonsense", &[]).unwrap_err();
    assert!(
        matches!(error, Error::Remote { .. }) && !error.is_absence(),
        "{error}"
    );

    let mut listener = Connection::system().unwrap();
    assert!(!listener.has("org.example.Mine").unwrap());
    listener
        .subscribe("org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged")
        .unwrap();
    bus("RequestName", &[Value::text("org.example.Mine"), Value::U32(0)]).unwrap();
    let wait = || Duration::from_secs(20);
    let names = std::iter::from_fn(|| listener.next_signal(wait()).unwrap());
    let mut texts = names.filter_map(|signal| signal.body.first()?.as_text().map(str::to_owned));
    assert!(texts.any(|name| name == "org.example.Mine"));
}

#[test]
#[ignore = "run by the test above"]
fn there_is_no_bus() {
    let error = Connection::system().unwrap_err();
    assert!(error.is_absence(), "{error}");
    assert_eq!(
        error.to_string(),
        "there is no D-Bus at /nonexistent/bus: No such file or directory (os error 2)"
    );
}
