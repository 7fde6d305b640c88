//! The interfaces of Photon's two daemons, asked of the daemon.

use std::fs;

use pmd_compat::{mgmtd, v1};
use serde_json::{Value, json};

use crate::host::{Answer, Host, PASSWORD};
use crate::packages::publish;
use crate::roles;

fn old(host: &Host, method: &str, path: &str, body: Option<&str>) -> Answer {
    host.anywhere(method, path, body, &[])
}

/// The answer of a request that is done.
#[track_caller]
fn good(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/json"),
        "{answer:?}"
    );
    answer.json()
}

fn has_done(host: &Host, operation: &str) -> bool {
    let audit = host.audit();
    let line = |result: &str| {
        audit
            .iter()
            .any(|one| one["operation"] == operation && one["result"] == result)
    };
    line("begun") && line("done")
}

#[test]
fn what_is_read_has_the_shapes_of_old() {
    let host = Host::start(&["system", "network"], "");
    let info = good(old(&host, "GET", "/v1/info", None));
    assert_eq!(
        (&info["uname"]["nodename"], &info["sysinfo"]["totalram"]),
        (&json!("first"), &json!(1_024_000))
    );
    assert_eq!(
        good(old(&host, "GET", "/v1/net/hostname", None)),
        json!({ "hostname": "first" })
    );
    let version = good(old(&host, "GET", "/v1/pkg/version", None));
    assert_eq!(version, json!({ "version": env!("CARGO_PKG_VERSION") }));
    let document = good(old(&host, "GET", "/v1/javelin.json", None));
    assert_eq!(document["openapi"], "3.1.0");
    let enveloped = good(old(&host, "GET", "/api/v1/system/hostname/describe", None));
    assert_eq!(
        enveloped,
        json!({ "success": true, "message": { "name": "first" }, "errors": "" })
    );
    // A body with a GET, as photon-mgmtd's own client sends it.
    let body = Some(r#"{"Key":"vm.swappiness"}"#);
    let setting = good(old(&host, "GET", "/api/v1/system/sysctl/status", body));
    assert_eq!(setting["message"]["value"], "60");
    let head = host.anywhere("HEAD", "/v1/net/hostname", None, &["x-a: b"]);
    assert_eq!((head.status, head.text.as_str()), (200, ""));
}

#[test]
fn a_change_is_made_and_written_down() {
    let host = Host::start(&["system", "network"], "");
    let success = json!({ "result": "success" });
    assert_eq!(
        good(old(&host, "PUT", "/v1/net/hostname?hostname=second", None)),
        success
    );
    assert_eq!(fs::read_to_string(host.path("etc/hostname")).unwrap(), "second\n");
    assert!(has_done(&host, "system.set-hostname"));
    let body = Some(r#"{"StaticHostname":"third"}"#);
    let answer = good(old(&host, "POST", "/api/v1/system/hostname/update", body));
    assert_eq!(answer["message"], json!({ "name": "third" }));
    // Two calls: what is there, and the list with one more.
    for server in ["1.1.1.1", "9.9.9.9"] {
        let path = format!("/v1/net/dns/servers?server={server}");
        assert_eq!(good(old(&host, "POST", &path, None)), success);
    }
    let servers = good(old(&host, "GET", "/v1/net/dns/servers", None));
    assert_eq!(servers, json!({ "servers": ["1.1.1.1", "9.9.9.9"] }));
}

#[test]
fn a_job_is_followed_to_its_end() {
    let host = Host::start(&["packages"], "");
    publish(&host, &[("tool", "1.0-1", "")]);
    let altered = good(old(&host, "POST", "/v1/pkg/install?packages=tool", None));
    assert_eq!(altered["install"][0]["name"], "tool", "{altered}");
    assert!(host.path("usr/share/test/tool").exists());
    assert!(has_done(&host, "packages.change"));
    assert_eq!(
        good(old(&host, "GET", "/v1/pkg/count", None)),
        json!({ "count": 1 })
    );
    let absent = old(&host, "POST", "/v1/pkg/install?packages=absent", None);
    assert_eq!(
        (absent.status, &absent.json()["error"]["code"]),
        (404, &json!(404))
    );
}

#[test]
fn a_task_of_a_role_is_begun_and_asked_about() {
    let host = Host::start(&["roles"], "");
    roles::install(&host);
    let begun = good(old(
        &host,
        "PUT",
        "/v1/rolemgmt/role/alter?name=demo",
        Some(r#"{"size":3}"#),
    ));
    let task = begun["taskid"].as_str().unwrap().to_owned();
    let status = |wanted: &str| {
        let path = format!("/v1/rolemgmt/role/status?name=demo&taskid={task}");
        good(old(&host, "GET", &path, None))["status"] == wanted
    };
    while status("running") {
        std::thread::yield_now();
    }
    assert!(status("done"));
    let path = format!("/v1/rolemgmt/role/logs?taskid={task}&startat=1&count=5");
    assert_eq!(good(old(&host, "GET", &path, None)), json!([{ "log": "two" }]));
    let shown = good(old(&host, "GET", "/v1/rolemgmt/role/version?name=demo", None));
    assert_eq!(shown, json!({ "version": "1.2" }));
}

#[test]
fn what_is_gone_says_what_to_use() {
    let host = Host::start(&["packages"], "");
    for (method, path, instead) in [
        (
            "GET",
            "/api/v1/tdnf/install/vim",
            "POST /api/v2/packages/transactions",
        ),
        ("GET", "/api/v1/_jobs/status/1", "/api/v2/jobs/{id}"),
        (
            "POST",
            "/api/v1/network/firewall/nft/run",
            "/api/v2/firewall/rules",
        ),
        ("GET", "/api/v1/proc/cpuinfo", "/api/v2/system/metrics"),
    ] {
        let gone = old(&host, method, path, None).expect(410).json();
        let detail = gone["detail"].as_str().unwrap();
        assert!(detail.contains(instead), "{detail}");
        assert_eq!(gone["type"], "urn:pmd:problem:gone");
    }
    for (method, path) in [
        ("GET", "/v1/nothing"),
        ("POST", "/v1/info"),
        ("GET", "/api/v1/nothing"),
    ] {
        old(&host, method, path, None).expect(404);
    }
    assert!(!host.audit().iter().any(|entry| entry["result"] == "begun"));
}

#[test]
fn what_is_wrong_is_told_as_of_old_and_changes_nothing() {
    let host = Host::start(&["system"], "");
    for (method, path, body, status) in [
        ("PUT", "/v1/net/hostname", None, 422),
        ("PUT", "/v1/net/hostname?hostname=-x", None, 422),
        ("PUT", "/v1/net/hostname?hostname=a%0ab", None, 422),
        ("PUT", "/v1/usrmgmt/useradd?name=-o", None, 422),
    ] {
        let answer = old(&host, method, path, body);
        assert_eq!(answer.status, status, "{path} {answer:?}");
        let error = &answer.json()["error"];
        assert_eq!(error["code"], status);
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
    let body = Some(r#"{"Name":"a b"}"#);
    let answer = old(&host, "POST", "/api/v1/system/user/add", body);
    let said = answer.json();
    assert_eq!(
        (answer.status, &said["success"], &said["message"]),
        (422, &json!(false), &Value::Null)
    );
    assert!(!said["errors"].as_str().unwrap().is_empty());
    old(&host, "PUT", "/v1/net/hostname", Some("{")).expect(400);
    old(&host, "PUT", "/v1/net/hostname?hostname=%ff", None).expect(400);
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(64 << 10));
    assert_eq!(old(&host, "PUT", "/v1/net/hostname", Some(&large)).status, 422);
    // A form of a web page has no name of its own, but its reader's.
    let form = ["content-type: application/x-www-form-urlencoded"];
    host.anywhere("PUT", "/v1/net/hostname?hostname=x", Some("a=b"), &form)
        .expect(415);
    let page = ["Origin: https://evil.example"];
    host.anywhere("PUT", "/v1/net/hostname?hostname=x", None, &page)
        .expect(403);
    assert_eq!(fs::read_to_string(host.path("etc/hostname")).unwrap(), "first\n");
}

/// Every line of both tables: without a name nobody gets anywhere, and a name without a role changes nothing.
#[test]
fn every_operation_asks_who_it_is_and_whether_they_may() {
    let host = Host::start(&[], "");
    let parameters = "interface=eth0&hostname=h&timeout=5&addrtype=ipv4&domains=a.example&servers=1.1.1.1&server=1.1.1.1\
                      &mode=static&duid=00:01&iaid=5&dest_net=10.0.0.0/8&gateway=10.0.0.1&prefix=10.0.0.2/24&enableDhcp=true\
                      &enableAutoConf=false&link_mode=auto&link_mtu=1400&link_state=up&mac_address=02:00:00:00:00:01\
                      &filter=all&packages=vim&name=ada&chain=INPUT&rule=-j+ACCEPT&taskid=00112233445566778899aabbccddeeff\
                      &Key=vm.swappiness&Value=1&Pattern=net&q=x&Unit=a.service&Verb=start&Name=ada&Family=inet&Method=SetNTP";
    let old = v1::TABLE.iter().map(|entry| ("/v1", entry));
    let both = old.chain(mgmtd::TABLE.iter().map(|entry| ("/api/v1", entry)));
    // Who has no role is refused before a helper is asked; there are none here.
    let nobody = format!("nobody2:{PASSWORD}");
    for (base, entry) in both {
        let path = entry.path.replace(['{', '}'], "");
        let path = format!("{base}/{path}?{parameters}");
        let stranger = host.remote_anywhere(None, entry.method, &path, None);
        assert!(
            [401, 429].contains(&stranger.status),
            "{} {path}: {stranger:?}",
            entry.method
        );
        let known = host.remote_anywhere(Some(&nobody), entry.method, &path, None);
        // What the daemon tells everybody who has a name, and jobs, of which there are none of theirs.
        let own = [
            "javelin.json",
            "pmd/",
            "/version",
            "rolemgmt/role/status",
            "rolemgmt/role/logs",
        ];
        let told = own.iter().any(|part| entry.path.contains(part)) && [200, 404].contains(&known.status);
        assert!(
            told || [403, 422].contains(&known.status),
            "{} {path}: {known:?}",
            entry.method
        );
    }
}

#[test]
fn changes_are_limited_in_number_there_too() {
    let host = Host::start(&["system"], "[limits]\nper_second = 1\nburst = 3\n");
    let answers: Vec<Answer> = (0..6)
        .map(|number| {
            old(
                &host,
                "PUT",
                &format!("/v1/net/hostname?hostname=n{number}"),
                None,
            )
        })
        .collect();
    let last = answers.iter().find(|answer| answer.status == 429);
    assert!(last.unwrap().header("retry-after").is_some(), "{answers:?}");
    assert_eq!(answers[0].status, 200);
}
