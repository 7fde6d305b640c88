//! Bad input: each ends in an error that says what to do, and the daemon lives on.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use crate::host::{Host, PASSWORD, call};

fn alive(host: &Host) {
    host.local("GET", "/health", None, &[]).expect(200);
    host.remote(None, "GET", "/health", None).expect(200);
}

#[test]
fn malformed_bodies() {
    let host = Host::start(&["system"], "");
    let deep = "[".repeat(100_000);
    let bodies = [
        ("{", 400),
        ("nul", 400),
        ("[]", 422),
        ("\"x\"", 422),
        ("{}", 422),
        ("{\"name\":1}", 422),
        (&deep, 400),
        ("{\"name\":\"a\",\"nam\":1}", 422),
        ("{\"name\":\"\\u0000\"}", 422),
        ("{\"name\":\"a\\nb\"}", 422),
        ("\u{feff}{}", 400),
    ];
    for (body, status) in bodies {
        host.local("PUT", "/system/hostname", Some(body), &[])
            .expect(status);
    }
    assert_eq!(
        std::fs::read_to_string(host.path("etc/hostname")).unwrap(),
        "first\n"
    );
    alive(&host);
}

#[test]
fn a_body_of_100_megabytes() {
    let host = Host::start(&["system"], "");
    let file = host.path("large");
    std::fs::File::create(&file).unwrap().set_len(100 << 20).unwrap();
    let at = format!("@{}", file.display());
    host.local("PUT", "/system/hostname", Some(&at), &[]).expect(413);
    // Without a length in its headers it is cut off while it comes.
    let chunked = host.local(
        "PUT",
        "/system/hostname",
        Some(&at),
        &["transfer-encoding: chunked"],
    );
    assert_eq!(chunked.status, 413);
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.daemon_pid())).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 40_000, "{kilobytes} kB at most");
    alive(&host);
}

/// Refused by its headers alone, or by who sends it, a body of a usual size is still taken, so that a client that sends first
/// and reads then gets to read why. The connection stays: a second request needs no new one.
#[test]
fn a_refusal_reaches_who_is_still_sending() {
    let host = Host::start(&["system"], "");
    let file = host.path("body");
    std::fs::write(&file, vec![b'x'; 600_000]).unwrap();
    let wrong = ["content-type: text/plain", "authorization: Basic bm9ib2R5MjpY"];
    for (header, status) in wrong.into_iter().zip(["415", "401"]) {
        for version in ["--http1.1", "--http2"] {
            let mut curl = Command::new("curl");
            curl.args(["--silent", "--show-error", version, "--request", "PUT", "--user"]);
            curl.arg(format!("adam:{PASSWORD}")).arg("--cacert");
            curl.arg(host.path("state/server.crt"))
                .args(["--header", "expect:", "--header", header]);
            curl.args(["--write-out", "%{http_code} %{num_connects}\n"])
                .arg("--data-binary");
            curl.arg(format!("@{}", file.display()));
            let url = host.url("/system/hostname");
            let output = curl.args([&url, &url]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{version} {header}: {output:?}");
            assert_eq!(said.matches("urn:pmd:problem:").count(), 2, "{version}: {said}");
            assert!(
                said.contains(&format!("{status} 1\n")) && said.contains(&format!("{status} 0\n")),
                "{said}"
            );
        }
    }
    alive(&host);
}

#[test]
fn slow_clients_are_hung_up_on() {
    let host = Host::start(&[], "[limits]\nheader_seconds = 1\n");
    let mut slow = UnixStream::connect(host.path("run/pmd.sock")).unwrap();
    slow.write_all(b"GET /api/v2/health HTTP/1.1\r\nHost: x\r\nX-Slow:")
        .unwrap();
    let mut rest = Vec::new();
    // It ends because the daemon hangs up; otherwise this would wait for ever.
    let _ = slow.read_to_end(&mut rest);
    alive(&host);
}

#[test]
fn ten_thousand_idle_connections() {
    let host = Host::start(&["system"], "[limits]\nheader_seconds = 5\n");
    // As many as one process may open here; each is either held or closed at once, and none keeps others out of the
    // unix socket or, once it has timed out, out of TLS.
    let wanted = match std::env::var_os("TEST_LONG") {
        Some(_) => 10_000,
        None => 900,
    };
    let connections: Vec<TcpStream> = (0..wanted)
        .map_while(|_| TcpStream::connect(("127.0.0.1", host.port)).ok())
        .collect();
    assert!(
        connections.len() >= 800,
        "only {} connections could be made",
        connections.len()
    );
    host.local("GET", "/system/info", None, &[]).expect(200);
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.daemon_pid())).unwrap();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 40_000, "{kilobytes} kB");
    drop(connections);
    alive(&host);
}

#[test]
fn headers_paths_and_queries() {
    let host = Host::start(&["system"], "");
    let large = format!("x-large: {}", "a".repeat(100_000));
    assert_eq!(host.local("GET", "/health", None, &[&large]).status, 431);
    for path in [
        "/users/..%2f..%2fetc%2fpasswd",
        "/users/%2d%2dhelp%20x",
        "/users/a%00b",
        "/users/a%0ab",
    ] {
        let answer = host.local("GET", path, None, &[]);
        assert_eq!(answer.status, 422, "{answer:?}");
    }
    host.local("GET", "/users/%ff", None, &[]).expect(400);
    host.local("GET", "/../../etc/passwd", None, &[]).expect(404);
    host.local("GET", "/system/sysctl/..%2f..%2fetc%2fpasswd", None, &[])
        .expect(422);
    // What a caller sends is in no header of the answer.
    let answer = host
        .local("GET", "/system/sysctl/vm.x%0d%0aSet-Cookie:%20a=b", None, &[])
        .expect(422);
    assert!(!answer.headers.contains("Set-Cookie"));
    alive(&host);
}

#[test]
fn options_are_no_arguments() {
    let host = Host::start(&[], "");
    let bodies = [
        ("/users", r#"{"name":"-o"}"#),
        ("/users", r#"{"name":"x","home":"/x\n/etc"}"#),
        ("/users", r#"{"name":"x","comment":"a:0:0"}"#),
        (
            "/packages/transactions",
            r#"{"action":"install","packages":["--installroot=/"]}"#,
        ),
        (
            "/packages/transactions",
            r#"{"action":"install","packages":["-y"]}"#,
        ),
        ("/firewall/rules", r#"{"chain":"-X","rule":"-j ACCEPT"}"#),
        ("/services/--now.service/actions", r#"{"verb":"start"}"#),
        ("/network/links/-x/routes", r#"{"destination":"1.2.3.4"}"#),
    ];
    for (path, body) in bodies {
        let answer = host.local("POST", path, Some(body), &[]);
        // A comment may have a colon as far as the API is concerned; the helper, which is not there, would refuse it.
        assert!(
            answer.status == 422 || (body.contains("a:0:0") && answer.status == 503),
            "{path} {answer:?}"
        );
    }
}

#[test]
fn a_helper_that_crashes_or_is_not_there() {
    let mut host = Host::start(&["system"], "");
    host.local("GET", "/network/links", None, &[]).expect(503);
    // It is killed in the middle of a call: stopped, so that the call is surely in it, then killed.
    let (_, child) = host.helpers.iter().find(|(name, _)| name == "system").unwrap();
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-STOP", &pid])
            .status()
            .unwrap()
            .success()
    );
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--include",
        "--request",
        "PUT",
        "--header",
        "content-type: application/json",
        "--data",
    ]);
    curl.arg(r#"{"name":"second"}"#)
        .arg("--unix-socket")
        .arg(host.path("run/pmd.sock"));
    let waiting = curl
        .arg("http://localhost/api/v2/system/hostname")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The change is begun when the log says so.
    while !host.audit().iter().any(|entry| entry["result"] == "begun") {
        std::thread::yield_now();
    }
    assert!(
        Command::new("kill")
            .args(["-KILL", &pid])
            .status()
            .unwrap()
            .success()
    );
    // Its socket goes with it in this test: the daemon was connected and hears nothing more, or cannot connect.
    let output = waiting.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lost = text.starts_with("HTTP/1.1 500") && text.contains("look at the resource");
    assert!(lost || text.starts_with("HTTP/1.1 503"), "{text}");
    host.restart_helper("system");
    assert_eq!(
        std::fs::read_to_string(host.path("etc/hostname")).unwrap(),
        "first\n"
    );
    assert!(host.audit().iter().any(|entry| entry["result"] == "failed"));
    host.local("PUT", "/system/hostname", Some(r#"{"name":"third"}"#), &[])
        .expect(200);
    alive(&host);
}

#[test]
fn bad_authorization_headers() {
    let host = Host::start(&["system"], "");
    for header in [
        "Basic",
        "Basic %%%",
        "Basic YQ==",
        "Bearer x",
        "Bearer",
        "Negotiate YQ==",
        "Digest a",
    ] {
        let answer = call(
            host.curl(),
            &host.url("/system/info"),
            "GET",
            None,
            &[&format!("Authorization: {header}")],
        );
        assert!([400, 401].contains(&answer.status), "{header}: {answer:?}");
    }
    // A secret in a URL is no way to prove anything.
    let url = format!("{}?access_token=x", host.url("/system/info"));
    assert_eq!(call(host.curl(), &url, "GET", None, &[]).status, 401);
    host.remote(Some(&format!("vera:{PASSWORD}")), "GET", "/system/info", None)
        .expect(200);
}
