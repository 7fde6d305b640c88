//! Who may do what, and what is written down about it.

use std::process::Command;

use serde_json::json;

use crate::host::{Host, PASSWORD, call};

fn user(name: &str) -> String {
    format!("{name}:{PASSWORD}")
}

#[test]
fn roles_decide_and_refusals_are_written_down() {
    let host = Host::start(&["system", "network"], "");
    let name = Some(r#"{"name":"second"}"#);
    host.remote(Some(&user("vera")), "GET", "/system/hostname", None)
        .expect(200);
    host.remote(Some(&user("vera")), "PUT", "/system/hostname", name)
        .expect(403);
    host.remote(Some(&user("nick")), "PUT", "/system/hostname", name)
        .expect(403);
    host.remote(
        Some(&user("nick")),
        "PUT",
        "/network/ntp",
        Some(r#"{"servers":["n.example"]}"#),
    )
    .expect(200);
    host.remote(Some(&user("nobody2")), "GET", "/system/hostname", None)
        .expect(403);
    host.remote(Some(&user("adam")), "PUT", "/system/hostname", name)
        .expect(200);
    let audit = host.audit();
    let line = |user: &str, operation: &str, result: &str| {
        audit.iter().any(|entry| {
            entry["user"] == user && entry["operation"] == operation && entry["result"] == result
        })
    };
    assert!(line("vera", "system.set-hostname", "refused"));
    assert!(line("nobody2", "system.hostname", "refused"));
    assert!(line("nick", "network.set-ntp", "begun") && line("nick", "network.set-ntp", "done"));
    let done = audit
        .iter()
        .find(|entry| entry["user"] == "adam" && entry["result"] == "done")
        .unwrap();
    assert_eq!(
        done["difference"],
        json!([{ "pointer": "/name", "before": "first", "after": "second" }])
    );
    assert_eq!(
        (&done["method"], &done["source"]),
        (&json!("password"), &json!("127.0.0.1"))
    );
    let verify = Command::new(env!("CARGO_BIN_EXE_pmd"))
        .args(["audit", "verify"])
        .arg(host.path("audit.jsonl"))
        .output();
    assert!(verify.unwrap().status.success());
}

#[test]
fn passwords_are_in_no_log() {
    let host = Host::start(&["system"], "");
    host.remote(
        Some(&user("adam")),
        "PUT",
        "/system/hostname",
        Some(r#"{"name":"x","password":"hunter2"}"#),
    )
    .expect(422);
    host.remote(Some("adam:hunter2"), "GET", "/system/info", None)
        .expect(401);
    for file in ["audit.jsonl", "daemon.log"] {
        let text = std::fs::read_to_string(host.path(file)).unwrap();
        assert!(
            !text.contains(PASSWORD) && !text.contains("hunter2"),
            "{file}: {text}"
        );
    }
}

#[test]
fn whoami_says_what_is_allowed() {
    let host = Host::start(&[], "");
    let me = host
        .remote(Some(&user("nick")), "GET", "/whoami", None)
        .expect(200)
        .json();
    assert_eq!((&me["user"], &me["roles"]), (&json!("nick"), &json!(["network"])));
    let operations: Vec<&str> = me["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect();
    assert!(operations.contains(&"network.set-link") && !operations.contains(&"users.add"));
    let local = host.local("GET", "/whoami", None, &[]).expect(200).json();
    assert_eq!(
        (&local["user"], &local["method"]),
        (&json!("tester"), &json!("peer-credentials"))
    );
}

#[test]
fn wrong_passwords_lock_out_for_a_while() {
    let host = Host::start(&["system"], "[limits]\nattempts = 3\nlock_seconds = 600\n");
    for _ in 0..3 {
        host.remote(Some("adam:wrong"), "GET", "/system/info", None)
            .expect(401);
    }
    let locked = host
        .remote(Some(&user("adam")), "GET", "/system/info", None)
        .expect(429);
    assert!(locked.header("retry-after").unwrap().parse::<u64>().unwrap() > 500);
    // Another user from the same place is not concerned yet.
    host.remote(Some(&user("vera")), "GET", "/system/info", None)
        .expect(200);
    assert!(
        host.audit()
            .iter()
            .any(|entry| entry["reason"] == "locked out after wrong passwords")
    );
}

#[test]
fn changes_are_limited_in_number() {
    let host = Host::start(&["system"], "[limits]\nper_second = 1\nburst = 3\n");
    let statuses: Vec<u16> = (0..6)
        .map(|number| {
            host.local(
                "PUT",
                "/system/hostname",
                Some(&format!("{{\"name\":\"n{number}\"}}")),
                &[],
            )
            .status
        })
        .collect();
    assert!(
        statuses.contains(&429) && statuses[..3] == [200; 3],
        "{statuses:?}"
    );
    host.local("GET", "/system/hostname", None, &[]).expect(200);
}

#[test]
fn without_the_audit_log_there_is_no_change() {
    let full = Host::start_with_audit(&["system"], "/dev/full");
    full.local("PUT", "/system/hostname", Some(r#"{"name":"second"}"#), &[])
        .expect(503);
    full.local("GET", "/system/hostname", None, &[]).expect(200);
    assert_eq!(
        std::fs::read_to_string(full.path("etc/hostname")).unwrap(),
        "first\n"
    );
}

#[test]
fn only_tls_1_3_is_spoken_and_no_plain_http() {
    let host = Host::start(&[], "");
    let mut old = host.curl();
    old.args(["--tls-max", "1.2", "--silent", &host.url("/health")]);
    assert!(!old.status().unwrap().success());
    let plain = Command::new("curl")
        .args([
            "--silent",
            &format!("http://127.0.0.1:{}/api/v2/health", host.port),
        ])
        .output();
    assert!(!plain.unwrap().status.success());
    let mut second = host.curl();
    second.arg("--http2");
    assert!(
        call(second, &host.url("/health"), "GET", None, &[])
            .headers
            .starts_with("HTTP/2 200")
    );
}

#[test]
fn vsock_speaks_tls_and_asks_who_it_is() {
    let host = Host::start(&["system"], "");
    let relayed = |user: Option<&str>| {
        let mut curl = host.curl();
        curl.arg("--unix-socket").arg(host.path("run/relay.sock"));
        if let Some(user) = user {
            curl.args(["--user", user]);
        }
        call(curl, "https://localhost/api/v2/system/info", "GET", None, &[])
    };
    relayed(None).expect(401);
    relayed(Some(&user("vera"))).expect(200);
    let plain = Command::new("curl")
        .args(["--silent", "http://localhost/api/v2/health", "--unix-socket"])
        .arg(host.path("run/relay.sock"))
        .output();
    assert!(!plain.unwrap().status.success());
}

/// Who somebody is is remembered for a while, from where they ask is not.
#[test]
fn the_log_has_the_source_of_each_request() {
    let host = Host::start(&["system"], "");
    let change = Some(r#"{"name":"second"}"#);
    host.remote(Some(&user("adam")), "PUT", "/system/hostname", change)
        .expect(200);
    let mut curl = host.curl();
    curl.arg("--unix-socket").arg(host.path("run/relay.sock"));
    curl.args(["--user", &user("adam")]);
    call(
        curl,
        "https://localhost/api/v2/system/hostname",
        "PUT",
        change,
        &[],
    )
    .expect(200);
    let audit = host.audit();
    let sources: Vec<_> = audit
        .iter()
        .filter(|entry| entry["result"] == "done")
        .map(|entry| entry["source"].clone())
        .collect();
    assert_eq!(sources, ["127.0.0.1", "vsock"]);
}

#[test]
fn a_key_of_ones_own_is_the_owners_only_and_can_be_rotated() {
    use std::os::unix::fs::PermissionsExt as _;
    let host = Host::start(&[], "");
    let key = host.path("state/server.key");
    assert_eq!(
        std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let before = std::fs::read(&key).unwrap();
    let config = host.path("etc/pmd/pmd.toml");
    let rotate = Command::new(env!("CARGO_BIN_EXE_pmd"))
        .arg("--config")
        .arg(config)
        .args(["certificate", "rotate"])
        .status();
    assert!(rotate.unwrap().success());
    assert_ne!(before, std::fs::read(&key).unwrap());
}

#[test]
fn a_directory_that_is_joined_gives_roles_without_a_restart() {
    let host = Host::start(&["system"], "");
    host.remote(Some(&user("nobody2")), "GET", "/system/info", None)
        .expect(403);
    std::fs::create_dir(host.path("etc/pmd/roles.d")).unwrap();
    std::fs::write(
        host.path("etc/pmd/roles.d/lumen-directory.toml"),
        "[roles]\nviewer = [\"nobody2\"]\n",
    )
    .unwrap();
    let reload = Command::new("kill")
        .args(["-HUP", &host.daemon_pid().to_string()])
        .status()
        .unwrap();
    assert!(reload.success());
    // The signal is dealt with between two requests.
    let seen = (0..1000).any(|_| {
        host.remote(Some(&user("nobody2")), "GET", "/system/info", None)
            .status
            == 200
    });
    assert!(seen);
}
