//! The old interfaces, request by request: what is called, and in which shape it is answered.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use pmd_compat::{Asked, Entry, Missed, Next, Step, find, mgmtd, v1};
use serde_json::{Value, json};

/// Answers of the API, in order; returns the calls and the last answer.
fn play(
    method: &str,
    target: &str,
    body: &str,
    answers: &[Value],
) -> Result<(Vec<Step>, Value), pmd_api::Problem> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked::new(method, path, query, body.as_bytes())?;
    let found = find(&mut asked).unwrap_or_else(|missed| panic!("{method} {target}: {missed:?}"));
    let mut calls: Vec<Step> = Vec::new();
    loop {
        match found.next(&asked, &answers[..calls.len()])? {
            Next::Done(value) => return Ok((calls, found.dress(value))),
            Next::Call(step) => {
                let operation = pmd_api::find(step.operation).unwrap();
                (operation.parse)(step.arguments.clone())
                    .map_err(|error| pmd_api::Problem::invalid(error.to_string()))?;
                calls.push(step);
                assert!(
                    calls.len() <= answers.len(),
                    "{method} {target} asks for more: {calls:?}"
                );
            }
        }
    }
}

fn call(method: &str, target: &str, body: &str) -> (&'static str, Value) {
    let (mut calls, _) = play(method, target, body, &[json!({}), json!({}), json!({})]).unwrap();
    let last = calls.pop().unwrap();
    (last.operation, last.arguments)
}

#[test]
fn the_first_interface_has_its_78_operations() {
    assert_eq!(v1::TABLE.len(), 78);
    let mut names: Vec<String> = v1::TABLE
        .iter()
        .map(|Entry { method, path, .. }| format!("{method} {path}"))
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 78);
}

/// Every operation with all its parameters: the calls are ones that the API understands.
#[test]
fn every_operation_makes_calls_that_the_api_knows() {
    let parameters = "interface=eth0&hostname=h&timeout=5&addrtype=ipv4&domains=a.example&servers=1.1.1.1&server=1.1.1.1&mode=static\
                      &duid=00:01&iaid=5&dest_net=10.0.0.0/8&gateway=10.0.0.1&prefix=10.0.0.2/24&enableDhcp=true&enableAutoConf=false\
                      &link_mode=auto&link_mtu=1400&link_state=up&mac_address=02:00:00:00:00:01&filter=all&packages=vim&name=ada\
                      &chain=INPUT&rule=-j+ACCEPT&taskid=00112233445566778899aabbccddeeff&startat=0&count=1";
    for entry in v1::TABLE {
        let target = format!("/v1/{}?{parameters}", entry.path);
        let (calls, _) = play(entry.method, &target, "", &[json!({}), json!({}), json!({})])
            .unwrap_or_else(|problem| panic!("{} {}: {problem}", entry.method, entry.path));
        assert!(!calls.is_empty() || entry.path == "pmd/modules", "{}", entry.path);
    }
}

#[test]
fn answers_have_the_shapes_of_old() {
    let info = json!({"uptime_seconds": 5, "processes": 7, "memory_total": 10, "memory_free": 3, "kernel": "6.12", "hostname": "h", "kernel_version": "#1", "machine": "x86_64"});
    let (_, answer) = play("GET", "/v1/info", "", &[info]).unwrap();
    let wanted = json!({"sysinfo": {"uptime": 5, "procs": 7, "totalram": 10, "freeram": 3},
        "uname": {"sysname": "Linux", "release": "6.12", "nodename": "h", "version": "#1", "machine": "x86_64"}});
    assert_eq!(answer, wanted);
    let link = json!({"name": "eth0", "mac": "02:00", "mtu": 1500, "mode": "auto", "up": true, "addresses": ["10.0.0.2/24", "fe80::1/64"]});
    let (_, answer) = play(
        "GET",
        "/v1/net/link/info?interface=eth0",
        "",
        std::slice::from_ref(&link),
    )
    .unwrap();
    assert_eq!(
        answer,
        json!([{"interface": "eth0", "mac_address": "02:00", "mtu": 1500, "mode": "auto", "state": "up"}])
    );
    let (_, answer) = play(
        "GET",
        "/v1/net/ip/addr?interface=eth0&addr_type[]=static_ipv6",
        "",
        &[link],
    )
    .unwrap();
    assert_eq!(
        answer,
        json!([{"interface": "eth0", "addr_type": "ipv6", "prefix": "fe80::1/64"}])
    );
    let (_, answer) = play("PUT", "/v1/usrmgmt/useradd?name=ada", "", &[json!({})]).unwrap();
    assert_eq!(answer, json!({"result": "success"}));
    let rules = json!([{"chain": "INPUT", "rule": "-j ACCEPT"}]);
    assert_eq!(
        play("GET", "/v1/firewall/rules", "", &[rules]).unwrap().1,
        json!([{"rule": "-A INPUT -j ACCEPT"}])
    );
    let (calls, answer) = play(
        "PUT",
        "/v1/rolemgmt/role/alter?name=demo",
        r#"{"size": 3}"#,
        &[json!({"id": "a1"})],
    )
    .unwrap();
    assert_eq!((answer, calls[0].only_begin), (json!({"taskid": "a1"}), true));
    assert_eq!(calls[0].arguments["config"], json!({"size": 3}));
}

/// Section 5.1-6: the document said one name and the program another, so that what was documented did nothing.
#[test]
fn hole_5_1_6_both_spellings_of_a_parameter_work() {
    for (one, other) in [
        (
            "net/ipv6/addr/mode?interface=e&enableDhcp=true&enableAutoConf=false",
            "net/ipv6/addr/mode?interface=e&enable_dhcp=true&enable_autoconf=false",
        ),
        (
            "net/link/mtu?interface=e&link_mtu=1400",
            "net/link/mtu?interface=e&set_mtu=1400",
        ),
        (
            "firewall/rules?chain=INPUT&rule=-j+DROP&persistent=true",
            "firewall/rules?chain=INPUT&rule=-j+DROP&persist=true",
        ),
    ] {
        let (one, other) = (
            call("PUT", &format!("/v1/{one}"), ""),
            call("PUT", &format!("/v1/{other}"), ""),
        );
        assert_eq!(one, other);
    }
    assert_eq!(
        call(
            "PUT",
            "/v1/net/link/mtu",
            r#"{"interface": "e", "link_mtu": 1400}"#
        )
        .1,
        json!({"name": "e", "mtu": 1400})
    );
    // The mode "dhcp" was stored as "static".
    assert_eq!(
        call("PUT", "/v1/net/ipv4/gateway?interface=e&mode=dhcp", "").1["mode"],
        "dhcp"
    );
    // Readers that answered with half, or with "result".
    let ipv4 = json!({"mode": "static", "addresses": ["10.0.0.2/24"], "gateway": "10.0.0.1"});
    let (_, answer) = play("GET", "/v1/net/ipv4/gateway?interface=e", "", &[ipv4]).unwrap();
    assert_eq!(
        answer,
        json!({"interface": "e", "mode": "static", "prefix": "10.0.0.2/24", "gateway": "10.0.0.1"})
    );
    let ipv6 = json!({"dhcp": true, "autoconf": false});
    let (_, answer) = play("GET", "/v1/net/ipv6/addr/mode?interface=e", "", &[ipv6]).unwrap();
    assert_eq!(answer, json!({"interface": "e", "dhcp": true, "autoconf": false}));
    let (_, answer) = play(
        "GET",
        "/v1/rolemgmt/roles",
        "",
        &[json!([{"id": "d", "name": "D", "description": "What it is"}])],
    )
    .unwrap();
    assert_eq!(answer[0]["description"], "What it is");
}

#[test]
fn lists_keep_what_is_not_named() {
    let (calls, _) = play(
        "POST",
        "/v1/net/dns/servers?server=9.9.9.9",
        "",
        &[json!({"servers": ["1.1.1.1"]}), json!({})],
    )
    .unwrap();
    assert_eq!(calls[1].arguments, json!({"servers": ["1.1.1.1", "9.9.9.9"]}));
    let (calls, _) = play(
        "DELETE",
        "/v1/net/ntp/servers?servers[]=a",
        "",
        &[json!({"servers": ["a", "b"]}), json!({})],
    )
    .unwrap();
    assert_eq!(calls[1].arguments, json!({"servers": ["b"]}));
}

#[test]
fn the_second_interface_is_in_its_envelope() {
    let (calls, answer) = play(
        "POST",
        "/api/v1/service/systemd",
        r#"{"Verb": "restart", "Unit": "sshd"}"#,
        &[json!({"active": "active"})],
    )
    .unwrap();
    assert_eq!(
        (calls[0].operation, &calls[0].arguments),
        (
            "services.act",
            &json!({"unit": "sshd.service", "verb": "restart"})
        )
    );
    assert_eq!(
        answer,
        json!({"success": true, "message": {"active": "active"}, "errors": ""})
    );
    assert_eq!(
        call("GET", "/api/v1/service/systemd/sshd.service/status", ""),
        ("services.get", json!({"unit": "sshd.service"}))
    );
    let user = call(
        "POST",
        "/api/v1/system/user/add",
        r#"{"Name": "ada", "Groups": ["a", "b"], "Shell": "/bin/sh", "Password": "x"}"#,
    );
    assert_eq!(
        user,
        (
            "users.add",
            json!({"name": "ada", "groups": ["a", "b"], "shell": "/bin/sh", "password": "x"})
        )
    );
    let table = call(
        "POST",
        "/api/v1/network/firewall/nft/table/add",
        r#"{"Table": {"Family": "ipv4", "Name": "site"}}"#,
    );
    assert_eq!(
        table,
        ("firewall.add-table", json!({"family": "ip", "table": "site"}))
    );
}

/// Section 5.2-6: GETs installed and removed packages, with options that decided what is trusted.
#[test]
fn hole_5_2_6_a_get_changes_nothing() {
    let old = v1::TABLE.iter().map(|entry| ("/v1", entry));
    let both = old.chain(mgmtd::TABLE.iter().map(|entry| ("/api/v1", entry)));
    for (base, entry) in both.filter(|(_, entry)| entry.method == "GET") {
        let parameters = "Key=net.ipv4.ip_forward&Pattern=net&q=x&interface=e&name=n&taskid=00112233445566778899aabbccddeeff&filter=all";
        let path = entry
            .path
            .replace("{unit}", "a.service")
            .replace("{name}", "n")
            .replace("{pkgs}", "vim");
        let answers = [json!({}), json!({})];
        for step in play("GET", &format!("{base}/{path}?{parameters}"), "", &answers)
            .unwrap()
            .0
        {
            let operation = pmd_api::find(step.operation).unwrap();
            assert_eq!(operation.method.name(), "GET", "{path} calls {operation:?}");
        }
    }
    for path in [
        "tdnf/install/vim",
        "tdnf/erase/vim",
        "tdnf/history/undo",
        "tdnf/autoremove",
        "tdnf/mark/install/vim",
        "tdnf/makecache",
    ] {
        let mut asked = Asked::new(
            "GET",
            &format!("/api/v1/{path}"),
            "nogpgcheck=true&repofrompath=x,http://evil",
            b"",
        )
        .unwrap();
        match find(&mut asked) {
            Err(Missed::Gone(text)) => assert!(text.contains("/api/v2/packages"), "{text}"),
            other => panic!("{path}: {other:?}"),
        }
    }
    let refused = play("GET", "/api/v1/tdnf/list/--nogpgcheck", "", &[json!([])]);
    assert!(refused.is_err(), "{refused:?}");
}

#[test]
fn what_is_wrong_is_refused_before_anything_is_called() {
    let refused = |method, target, body| play(method, target, body, &[]).unwrap_err().status;
    assert_eq!(refused("PUT", "/v1/net/hostname", ""), 422);
    assert_eq!(refused("PUT", "/v1/net/link/mtu?interface=e&link_mtu=x", ""), 422);
    assert_eq!(
        refused("PUT", "/v1/net/link/state?interface=e&link_state=sideways", ""),
        422
    );
    assert_eq!(refused("POST", "/v1/pkg/install", ""), 422);
    assert_eq!(refused("PUT", "/v1/usrmgmt/useradd?name=-o", ""), 422);
    assert_eq!(
        refused("PUT", "/v1/firewall/rules?chain=PREROUTING&rule=x", ""),
        422
    );
    assert!(Asked::new("PUT", "/v1/net/hostname", "hostname=%ff", b"").is_err());
    assert!(Asked::new("PUT", "/v1/net/hostname", "", b"[1]").is_err());
    assert!(Asked::new("PUT", "/v1/net/hostname", "", b"{").is_err());
}

#[test]
fn other_paths_are_not_ours() {
    let missed = |method, path| find(&mut Asked::new(method, path, "", b"").unwrap()).unwrap_err();
    assert_eq!(missed("GET", "/api/v2/users"), Missed::NotOld);
    assert_eq!(missed("POST", "/v1/info"), Missed::Unknown);
    assert_eq!(missed("GET", "/api/v1/nothing"), Missed::Unknown);
    assert!(matches!(missed("GET", "/api/v1/proc/cpuinfo"), Missed::Gone(_)));
    assert!(matches!(
        missed("POST", "/api/v1/network/firewall/nft/run"),
        Missed::Gone(_)
    ));
}
