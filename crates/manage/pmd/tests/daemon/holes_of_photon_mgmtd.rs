//! Each hole of `photon-mgmtd`, by the number of the survey (docs/management.md, "What the predecessors let through"):
//! ours refuses it.

use std::process::Command;

use serde_json::json;

use crate::host::{Host, PASSWORD, call};

/// 1. Proving who one is was off unless switched on.
#[test]
fn proving_who_one_is_cannot_be_switched_off() {
    let host = Host::start(&["system"], "[auth]\npassword = false\n");
    host.remote(None, "GET", "/system/info", None).expect(401);
    host.remote(Some(&format!("adam:{PASSWORD}")), "GET", "/system/info", None)
        .expect(401);
    for more in [
        "[auth]\nenabled = false\n",
        "[auth]\nUseAuthentication = false\n",
        "[listen]\nhttp = [\"0.0.0.0:80\"]\n",
    ] {
        let config = host.path("bad.toml");
        std::fs::write(&config, more).unwrap();
        let check = Command::new(env!("CARGO_BIN_EXE_pmd"))
            .arg("--config")
            .arg(config)
            .arg("check")
            .status()
            .unwrap();
        assert!(!check.success(), "{more}");
    }
}

/// 2. An empty key signed tokens that were believed.
#[test]
fn a_token_signed_with_an_empty_key_is_not_believed() {
    let host = Host::start(&["system"], "");
    // {"alg":"HS256","typ":"JWT"}.{} with HMAC-SHA-256 under the empty key.
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.unCfbdt5_2lQuxpVzASTpw3nYSZtgZTJFf_cFUsZR0s";
    for header in [
        format!("Authorization: Bearer {token}"),
        format!("X-Session-Token: {token}"),
    ] {
        assert_eq!(
            call(host.curl(), &host.url("/system/info"), "GET", None, &[&header]).status,
            401
        );
    }
}

/// 3. The group that should have had access had none, because of a wrong name and the socket's permissions.
#[test]
fn who_is_in_a_mapped_group_has_access_by_the_socket() {
    use std::os::unix::fs::PermissionsExt as _;
    let host = Host::start(&["system"], "[roles]\nviewer = [\"tester\"]\n");
    let mode = std::fs::metadata(host.path("run/pmd.sock"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o666);
    host.local("GET", "/system/info", None, &[]).expect(200);
    host.local("PUT", "/system/hostname", Some(r#"{"name":"x"}"#), &[])
        .expect(403);
}

/// 4. vsock asked nobody who they were; without a certificate there was plain HTTP.
#[test]
fn there_is_no_way_in_without_tls_and_a_name() {
    let host = Host::start(&["system"], "");
    let mut relay = host.curl();
    relay.arg("--unix-socket").arg(host.path("run/relay.sock"));
    call(relay, "https://localhost/api/v2/system/info", "GET", None, &[]).expect(401);
    let plain = Command::new("curl")
        .args(["--silent", &format!("http://127.0.0.1:{}/", host.port)])
        .status()
        .unwrap();
    assert!(!plain.success());
    // Without a key and a place to make one, it does not start.
    let config = host.path("no-key.toml");
    std::fs::write(
        &config,
        format!(
            "[paths]\nstate = \"{0}/none\"\naudit = \"{0}/a\"\n",
            host.dir.path().display()
        ),
    )
    .unwrap();
    let start = Command::new(env!("CARGO_BIN_EXE_pmd"))
        .arg("--config")
        .arg(config)
        .arg("serve")
        .output()
        .unwrap();
    assert!(!start.status.success());
}

/// 5. Rights were dropped in one thread of many. Ours never has any: it starts as its own user, and helpers refuse
///    everybody else.
#[test]
fn a_helper_refuses_everybody_but_the_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let uid = rustix::process::getuid().as_raw();
    if uid == 0 {
        // Root may always; another user is needed, who must reach the socket.
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = dir.path().join("system.sock");
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    let mut helper = Command::new(env!("CARGO_BIN_EXE_pmd-helper"))
        .args(["system", "--daemon", "4242", "--root"])
        .arg(dir.path())
        .stdin(std::process::Stdio::from(std::os::fd::OwnedFd::from(socket)))
        .spawn()
        .unwrap();
    let ask = "import socket,struct,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\n\
               b=b'{\"call\":{\"operation\":\"info\",\"arguments\":{}},\"caller\":\"x\"}'\n\
               s.sendall(struct.pack('>I',len(b))+b)\nprint(len(s.recv(10)))\n";
    let mut python = Command::new("setpriv");
    if uid == 0 {
        python.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    let output = python.args(["python3", "-c", ask]).arg(&path).output().unwrap();
    helper.kill().unwrap();
    helper.wait().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.trim() == "0" || said.is_empty(),
        "{said} {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// 6. A GET installed and removed packages; a wrong password was a success; a client chose repositories and switched
///    signatures off.
#[test]
fn looking_changes_nothing_and_a_client_cannot_choose_what_is_trusted() {
    for operation in pmd_api::operations().filter(|operation| operation.method == pmd_api::Method::Get) {
        assert!(
            !operation.job && (operation.access <= pmd_api::Access::Read || operation.id == "daemon.audit")
        );
    }
    let host = Host::start(&["packages"], "");
    host.remote(Some("adam:wrong"), "GET", "/packages", None)
        .expect(401);
    for option in [
        "repofrompath",
        "nogpgcheck",
        "config",
        "installroot",
        "setopt",
        "enablerepo",
    ] {
        let mut body = json!({ "action": "install", "packages": ["x"] });
        body[option] = json!("x");
        host.local("POST", "/packages/transactions", Some(&body.to_string()), &[])
            .expect(422);
        host.local("GET", &format!("/packages?{option}=x"), None, &[])
            .expect(422);
    }
    host.local("GET", "/packages/-y", None, &[]).expect(422);
}

/// 7. A line break in a name made an account of root's; passwords were arguments.
#[test]
fn a_line_break_makes_no_account_and_a_password_is_no_argument() {
    let host = Host::start(&[], "");
    for field in ["comment", "home", "shell"] {
        let mut body = json!({ "name": "x" });
        body[field] = json!("x\ntoor::0:0::/:/bin/sh");
        host.local("POST", "/users", Some(&body.to_string()), &[])
            .expect(422);
    }
    for operation in pmd_api::operations() {
        for field in operation
            .fields()
            .iter()
            .filter(|field| field.name.contains("password"))
        {
            assert!(
                field.secret && field.place == pmd_api::Place::Body,
                "{operation:?}"
            );
        }
    }
}

/// 8. Jobs had numbers in a row, anybody read anybody's result, and reading used it up.
#[test]
fn jobs_cannot_be_guessed_and_are_their_owners() {
    let host = Host::start(
        &["packages"],
        "[roles]\nadmin = [\"pmd-admin\"]\npackages = [\"pmd-network\"]\n",
    );
    let nick = format!("nick:{PASSWORD}");
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let body = r#"{"action":"install","packages":["absent"]}"#;
        let job = host
            .remote(Some(&nick), "POST", "/packages/transactions", Some(body))
            .expect(202)
            .json();
        ids.insert(job["id"].as_str().unwrap().to_owned());
    }
    assert!(ids.len() == 3 && ids.iter().all(|id| id.len() == 32));
    let first = ids.first().unwrap();
    host.remote(
        Some(&format!("nobody2:{PASSWORD}")),
        "GET",
        &format!("/jobs/{first}"),
        None,
    )
    .expect(404);
    host.remote(Some(&nick), "GET", &format!("/jobs/{first}"), None)
        .expect(200);
    host.remote(Some(&nick), "GET", &format!("/jobs/{first}"), None)
        .expect(200);
    host.local("GET", "/jobs/1", None, &[]).expect(422);
}
