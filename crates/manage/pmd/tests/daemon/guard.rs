//! A helper of a tree changes nothing of the machine that it runs on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::host::{Host, as_root, job};

fn network_of(process: impl std::fmt::Display) -> PathBuf {
    fs::read_link(format!("/proc/{process}/ns/net")).unwrap()
}

/// Where the packet filter, interfaces and the host's name are is looked at before anything is changed, so that this test
/// itself changes nothing when the guard is gone.
#[test]
fn a_helper_of_a_tree_has_a_network_and_a_packet_filter_of_its_own() {
    let domains = ["firewall", "network", "system", "services"];
    let host = Host::start(&domains, "");
    // What is asked is looked up when the helper is ready to answer.
    for path in ["/firewall/tables", "/network/ntp", "/system/hostname"] {
        host.local("GET", path, None, &[]).expect(200);
    }
    host.local("GET", "/services", None, &[]).expect(409);
    // Without root's rights there is nothing to keep from them; the packet filter's is root of a namespace then.
    let root = rustix::process::getuid().is_root();
    for (name, child) in &host.helpers {
        if name == "firewall" || (root && domains.contains(&name.as_str())) {
            assert_ne!(network_of(child.id()), network_of("self"), "{name}");
        }
    }
    let rule = r#"{"chain":"INPUT","rule":"-p tcp --dport 8123 -j ACCEPT","persistent":true}"#;
    let rules = host
        .local("POST", "/firewall/rules", Some(rule), &[])
        .expect(200)
        .json();
    assert!(
        rules.to_string().contains("--dport 8123"),
        "{rules}: the helper's own filter has it"
    );
    let kept = fs::read_to_string(host.path("etc/nftables/managed.d/iptables.rules")).unwrap();
    assert!(kept.contains("--dport 8123"), "{kept}");
    if root {
        let links = host.local("GET", "/network/links", None, &[]).expect(200).json();
        assert_eq!(
            (links.as_array().unwrap().len(), &links[0]["name"]),
            (1, &"lo".into())
        );
    }
}

/// What the helper says when it does not start.
fn refusal(domain: &str, root: &Path, before: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let mut command = as_root(Command::new("unshare"));
    command.args(["--mount", "--propagation", "private", "sh", "-ec"]);
    command.arg(format!("{before}\nexec \"$@\""));
    command.arg("sh").arg(env!("CARGO_BIN_EXE_pmd-helper"));
    command.args([domain, "--idle", "1", "--root"]).arg(root);
    let output = command
        .arg("--socket")
        .arg(dir.path().join("socket"))
        .output()
        .unwrap();
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_hosts_own_root_under_another_name_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mount = format!("mount --rbind / '{}'", dir.path().display());
    for domain in ["firewall", "backup"] {
        let said = refusal(domain, dir.path(), &mount);
        assert!(said.contains("is this host's own root"), "{said}");
    }
    assert!(refusal("logs", &dir.path().join("none"), "").contains("cannot use the root"));
}

/// What it tries, it tells; the file is of the test's own, so that nothing is lost when it can be written.
#[test]
fn a_plugin_of_a_tree_writes_only_there() {
    let host = Host::start(&["roles"], "");
    crate::roles::install(&host);
    let elsewhere = tempfile::tempdir().unwrap();
    let tries = format!(
        "#!/bin/sh\nread -r line\ncase $line in *status*) echo '{{\"result\":{{\"version\":\"1\",\"enabled\":false}}}}'; exit;; esac\n\
         touch {0}/file 2>/dev/null && echo '{{\"log\":\"elsewhere\"}}'\n\
         touch {1}/etc/file && echo '{{\"log\":\"in the tree\"}}'\n\
         [ -z \"$(ls /run)\" ] && echo '{{\"log\":\"nobody in /run\"}}'\n\
         echo '{{\"result\":null}}'\n",
        elsewhere.path().display(),
        host.dir.path().display(),
    );
    fs::write(host.path("etc/pmd.roles.plugins.d/demo"), tries).unwrap();
    let (_, ended) = job(&host, "/roles/demo/actions", &json!({ "action": "enable" }));
    if rustix::process::getuid().is_root() {
        assert_eq!(
            ended["result"]["log"],
            json!(["in the tree", "nobody in /run"]),
            "{ended}"
        );
        assert!(!elsewhere.path().join("file").exists());
    }
    assert!(host.path("etc/file").exists());
}
