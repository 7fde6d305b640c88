//! Requests and answers: resources, conditions, problems.

use serde_json::{Value, json};

use crate::host::Host;

#[test]
fn a_resource_is_read_and_changed() {
    let host = Host::start(&["system"], "");
    let answer = host.local("GET", "/system/hostname", None, &[]).expect(200);
    assert_eq!(answer.json(), json!({ "name": "first" }));
    host.local("PUT", "/system/hostname", Some(r#"{"name":"second"}"#), &[])
        .expect(200);
    assert_eq!(
        std::fs::read_to_string(host.path("etc/hostname")).unwrap(),
        "second\n"
    );
    assert_eq!(
        host.local("GET", "/system/hostname", None, &[]).json()["name"],
        "second"
    );
    let info = host.local("GET", "/system/info", None, &[]).expect(200).json();
    assert_eq!(
        (&info["hostname"], &info["os_id"]),
        (&json!("second"), &json!("lumen"))
    );
}

#[test]
fn a_change_can_depend_on_what_was_seen() {
    let host = Host::start(&["system"], "");
    let seen = host.local("GET", "/system/hostname", None, &[]);
    let tag = seen.header("etag").unwrap().to_owned();
    let set = |name: &str, tag: &str| {
        let body = json!({ "name": name }).to_string();
        host.local(
            "PUT",
            "/system/hostname",
            Some(&body),
            &[&format!("If-Match: {tag}")],
        )
    };
    let answer = set("second", &tag).expect(200);
    let new = answer.header("etag").unwrap().to_owned();
    assert_ne!(tag, new);
    set("third", &tag).expect(412);
    assert_eq!(
        host.local("GET", "/system/hostname", None, &[]).header("etag"),
        Some(&*new)
    );
    // The same again is the same: PUT is idempotent.
    assert_eq!(set("second", &new).expect(200).header("etag"), Some(&*new));
    let again = host.local(
        "GET",
        "/system/hostname",
        None,
        &[&format!("If-None-Match: {new}")],
    );
    assert_eq!((again.status, again.text.as_str()), (304, ""));
}

#[test]
fn settings_of_the_kernel_are_set_kept_and_let_go() {
    let host = Host::start(&["system"], "");
    let path = "/system/sysctl/vm.swappiness";
    let body = r#"{"value":"10","persistent":true}"#;
    let set = host.local("PUT", path, Some(body), &[]).expect(200).json();
    assert_eq!(
        set,
        json!({ "key": "vm.swappiness", "value": "10", "persistent": "10" })
    );
    assert!(
        std::fs::read_to_string(host.path("etc/sysctl.d/90-pmd.conf"))
            .unwrap()
            .contains("vm.swappiness = 10")
    );
    assert_eq!(
        host.local("DELETE", path, None, &[]).expect(200).json()["persistent"],
        Value::Null
    );
    host.local("DELETE", path, None, &[]).expect(404);
    host.local("GET", "/system/sysctl/vm.nothing", None, &[])
        .expect(404);
    let list = host
        .local("GET", "/system/sysctl?prefix=vm.", None, &[])
        .expect(200)
        .json();
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[test]
fn the_network_is_configured_below_the_root() {
    let host = Host::start(&["network"], "");
    let body = r#"{"mode":"static","address":"192.0.2.5/24","gateway":"192.0.2.1"}"#;
    let set = host
        .local("PUT", "/network/links/eth7/ipv4", Some(body), &[])
        .expect(200)
        .json();
    assert_eq!(set["addresses"], json!(["192.0.2.5/24"]));
    let found = host
        .local("GET", "/network/links/eth7/ipv4", None, &[])
        .expect(200)
        .json();
    assert_eq!(found, set);
    let routes = "/network/links/eth7/routes";
    host.local(
        "POST",
        routes,
        Some(r#"{"destination":"198.51.100.0/24","gateway":"192.0.2.9"}"#),
        &[],
    )
    .expect(200);
    assert_eq!(
        host.local("GET", routes, None, &[]).json()[0]["destination"],
        "198.51.100.0/24"
    );
    host.local(
        "DELETE",
        &format!("{routes}?destination=198.51.100.0/24&gateway=192.0.2.9"),
        None,
        &[],
    )
    .expect(200);
    assert_eq!(host.local("GET", routes, None, &[]).json(), json!([]));
    host.local(
        "PUT",
        "/network/ntp",
        Some(r#"{"servers":["ntp.example.org"]}"#),
        &[],
    )
    .expect(200);
    assert_eq!(
        host.local("GET", "/network/ntp", None, &[]).json()["servers"],
        json!(["ntp.example.org"])
    );
    host.local(
        "PATCH",
        "/network/dns",
        Some(r#"{"servers":["192.0.2.53"],"domains":["example.org"]}"#),
        &[],
    )
    .expect(200);
    assert_eq!(
        host.local("GET", "/network/dns", None, &[]).json()["domains"],
        json!(["example.org"])
    );
    let bad = r#"{"mode":"static","address":"2001:db8::1/64"}"#;
    host.local("PUT", "/network/links/eth7/ipv4", Some(bad), &[])
        .expect(422);
    host.local("POST", "/network/undo", Some(""), &[]).expect(200);
}

#[test]
fn nmctl_runs_inside_the_helper_and_below_the_root() {
    let host = Host::start(&["network"], "");
    let body = r#"{"words":["set-mtu","dev","eth7","mtu","1400"]}"#;
    host.local("POST", "/network/nmctl", Some(body), &[]).expect(200);
    let found = host
        .local("GET", "/network/parameters/eth7/Link_MTUBytes", None, &[])
        .expect(200)
        .json();
    assert_eq!(found["values"], json!(["1400"]));
    // A word cannot become an option that leads out of the root.
    let body = r#"{"words":["--root","/","set-mtu","dev","eth7","mtu","1300"]}"#;
    host.local("POST", "/network/nmctl", Some(body), &[]).expect(409);
}

#[test]
fn the_document_and_health_are_public_and_nothing_else() {
    let host = Host::start(&[], "");
    let served = host.remote(None, "GET", "/openapi.json", None).expect(200);
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_pmd"))
        .arg("openapi")
        .output()
        .unwrap();
    assert_eq!(
        served.json(),
        serde_json::from_slice::<Value>(&printed.stdout).unwrap()
    );
    assert_eq!(
        host.remote(None, "GET", "/health", None).expect(200).json()["status"],
        "ok"
    );
    for operation in pmd_api::operations().filter(|operation| operation.access != pmd_api::Access::Public) {
        let path = operation.path.replace(['{', '}'], "");
        let answer = host.remote(None, operation.method.name(), &path, None);
        // After so many refusals at once the source has to wait.
        assert!([401, 429].contains(&answer.status), "{operation:?} {answer:?}");
    }
}

#[test]
fn methods_paths_and_media_types_that_are_not_there() {
    let host = Host::start(&["system"], "");
    let answer = host
        .local("POST", "/system/hostname", Some("{}"), &[])
        .expect(405);
    assert_eq!(answer.header("allow"), Some("GET, PUT"));
    host.local("GET", "/nothing", None, &[]).expect(404);
    host.local(
        "PUT",
        "/system/hostname",
        Some("name=x"),
        &["content-type: text/plain"],
    )
    .expect(415);
    host.local("GET", "/system/info?x=1", None, &[]).expect(422);
    let head = host.local("GET", "/system/info", None, &["x-a: b"]).expect(200);
    assert_eq!(head.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(head.header("access-control-allow-origin"), None);
}

#[test]
fn metrics_are_openmetrics() {
    let host = Host::start(&["system"], "");
    let answer = host.local("GET", "/system/metrics", None, &[]).expect(200);
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    assert!(answer.text.ends_with("# EOF\n") && answer.text.contains("node_memory_MemTotal_bytes 1024000"));
}

#[test]
fn a_backup_is_taken_and_put_back() {
    let host = Host::start(&["system", "backup"], "");
    let archive = host.local("GET", "/backup", None, &[]).expect(200).json();
    host.local("PUT", "/system/hostname", Some(r#"{"name":"second"}"#), &[])
        .expect(200);
    let body = json!({ "archive": archive }).to_string();
    let restored = host
        .local("POST", "/backup/restore", Some(&body), &[])
        .expect(200)
        .json();
    assert_eq!(restored["changed"], json!(["/etc/hostname"]));
    assert_eq!(
        host.local("GET", "/system/hostname", None, &[]).json()["name"],
        "first"
    );
}

#[test]
fn a_time_that_is_none_is_the_callers_mistake() {
    let host = Host::start(&["logs"], "");
    for query in ["since=nonsense", "until=2026-13-45", "since=--vacuum-size%3D1"] {
        let refused = host
            .local("GET", &format!("/logs?{query}"), None, &[])
            .expect(422);
        assert!(refused.text.contains("Failed to parse timestamp"), "{refused:?}");
    }
    host.local("GET", "/logs?since=-1h&until=now", None, &[])
        .expect(200);
    // The tree has no journal, and so no boot.
    host.local("GET", "/logs?boot=0", None, &[]).expect(404);
}
