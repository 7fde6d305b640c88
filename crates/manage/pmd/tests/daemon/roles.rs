//! Roles: plugins that the helper runs, as jobs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::host::{Host, job};

/// What it is told to do, and whether it was told to, is in files beside it.
const PLUGIN: &str = r#"#!/bin/sh
cd "$(dirname "$0")"
read -r line; echo "$line" >> asked
case $line in
*'"status"'*) [ -e on ] && on=true || on=false; echo "{\"result\":{\"version\":\"1.2\",\"enabled\":$on}}" ;;
*prerequisites*) echo '{"result":[{"name":"disk","met":false,"advice":"add one"}]}' ;;
*'"enable"'*) touch on; echo '{"log":"one"}'; echo '{"progress":50}'; echo '{"log":"two"}'; echo '{"result":null}' ;;
*'"update"'*) echo '{"error":"no such node"}' ;;
*'"remove"'*) rm on; echo '{"result":null}' ;;
esac
"#;

/// Puts the role `demo` into a host.
pub(crate) fn install(host: &Host) {
    let plugin = host.path("etc/pmd.roles.plugins.d/demo");
    fs::create_dir_all(plugin.parent().unwrap()).unwrap();
    fs::create_dir_all(host.path("etc/pmd.roles.d")).unwrap();
    let text = "name=demo\ndisplayname=Demo\ndescription=What it is\nplugin=demo\n";
    fs::write(host.path("etc/pmd.roles.d/demo.role"), text).unwrap();
    fs::write(&plugin, PLUGIN).unwrap();
    fs::set_permissions(&plugin, fs::Permissions::from_mode(0o755)).unwrap();
}

fn alter(host: &Host, action: &str) -> (Vec<String>, Value) {
    let body = json!({ "action": action, "config": { "size": 3 } });
    job(host, "/roles/demo/actions", &body)
}

#[test]
fn a_role_is_enabled_updated_and_removed() {
    let host = Host::start(&["roles"], "");
    assert_eq!(
        host.local("GET", "/roles", None, &[]).expect(200).json(),
        json!([])
    );
    install(&host);
    let demo = json!({ "id": "demo", "name": "Demo", "description": "What it is", "parent": null, "version": "1.2", "enabled": false });
    assert_eq!(
        host.local("GET", "/roles/demo", None, &[]).expect(200).json(),
        demo
    );
    host.local("GET", "/roles/none", None, &[]).expect(404);
    let needed = host
        .local("GET", "/roles/demo/prerequisites", None, &[])
        .expect(200)
        .json();
    assert_eq!(
        needed,
        json!([{ "name": "disk", "met": false, "advice": "add one" }])
    );
    assert_eq!(alter(&host, "remove").1["problem"]["status"], 409);
    let (events, ended) = alter(&host, "enable");
    assert_eq!(ended["result"], json!({ "log": ["one", "two"] }), "{ended}");
    assert!(events.iter().any(|line| line.starts_with("event: end")));
    assert_eq!(
        host.local("GET", "/roles/demo", None, &[]).json()["enabled"],
        true
    );
    assert_eq!(alter(&host, "enable").1["problem"]["status"], 409);
    let failed = alter(&host, "update").1;
    assert!(
        failed["problem"]["detail"]
            .as_str()
            .unwrap()
            .contains("no such node")
    );
    assert_eq!(alter(&host, "remove").1["state"], "done");
    let asked = fs::read_to_string(host.path("etc/pmd.roles.plugins.d/asked")).unwrap();
    assert!(
        asked.contains(r#""call":"enable","config":{"size":3}"#),
        "the configuration is the plugin's own: {asked}"
    );
}
