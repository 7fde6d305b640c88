//! Packages: a signed repository of small packages, changes as jobs.

use std::fs;

use keyring::{PackageSigner, SigningKey};
use repodata::{WriteOptions, write_repo};
use rpmfile::{Builder, Dependency, Evr, FileEntry};
use serde_json::json;

use crate::host::{Host, PASSWORD, job};

const TIME: u32 = 1_700_000_000;

/// Puts a repository beside the host's root and configures it.
pub(crate) fn publish(host: &Host, packages: &[(&str, &str, &str)]) {
    let repo = host.path("repo");
    fs::create_dir_all(&repo).unwrap();
    let key = SigningKey::generate("Test <test@example.org>", TIME).unwrap();
    fs::write(host.path("key.asc"), key.public_armored().unwrap()).unwrap();
    for (name, evr, requires) in packages {
        let mut builder = Builder::new(*name, Evr::parse(evr), "noarch");
        builder.summary = format!("Test package {name}");
        builder.license = "MIT".to_owned();
        builder.build_time = TIME;
        builder.file(FileEntry::regular(
            format!("/usr/share/test/{name}"),
            evr.as_bytes().to_vec(),
        ));
        builder.requires.extend(Dependency::parse(requires));
        let path = repo.join(builder.nevra.file_name());
        builder
            .build(
                &path,
                Some(&PackageSigner {
                    key: &key,
                    time: TIME,
                }),
            )
            .unwrap();
    }
    let options = WriteOptions {
        signer: Some(&key),
        ..WriteOptions::new(TIME)
    };
    write_repo(&repo, &options).unwrap();
    fs::create_dir_all(host.path("etc/yum.repos.d")).unwrap();
    fs::create_dir_all(host.path("etc/tdnf")).unwrap();
    fs::write(host.path("etc/tdnf/tdnf.conf"), "[main]\ngpgcheck=1\n").unwrap();
    let text = format!(
        "[test]\nname=Test\nenabled=1\nbaseurl=file://{}\ngpgkey=file://{}\nrepo_gpgcheck=1\n",
        repo.display(),
        host.path("key.asc").display()
    );
    fs::write(host.path("etc/yum.repos.d/test.repo"), text).unwrap();
}

#[test]
fn packages_are_installed_updated_and_removed_as_jobs() {
    let host = Host::start(&["packages", "updates"], "");
    publish(&host, &[("tool", "1.0-1", "library"), ("library", "2.0-1", "")]);
    let plan = host.local(
        "POST",
        "/packages/plan",
        Some(r#"{"action":"install","packages":["tool"]}"#),
        &[],
    );
    assert_eq!(plan.expect(200).json()["install"].as_array().unwrap().len(), 2);
    let (lines, done) = job(
        &host,
        "/packages/transactions",
        &json!({ "action": "install", "packages": ["tool"] }),
    );
    assert_eq!(
        (&done["state"], &done["owner"]),
        (&json!("done"), &json!("tester")),
        "{done}"
    );
    assert!(
        lines.iter().any(|line| line == "event: progress") && lines.iter().any(|line| line == "event: end")
    );
    assert!(host.path("usr/share/test/tool").exists());
    assert_eq!(host.local("GET", "/packages/count", None, &[]).json()["count"], 2);
    let info = host.local("GET", "/packages/tool", None, &[]).expect(200).json();
    assert!(
        info.as_array()
            .unwrap()
            .iter()
            .any(|one| one["installed"] == true),
        "{info}"
    );
    publish(&host, &[("tool", "1.1-1", "library"), ("library", "2.0-1", "")]);
    job(&host, "/packages/refresh", &json!({}));
    let status = host.local("GET", "/updates", None, &[]).expect(200).json();
    assert_eq!(status["plan"]["update"][0]["evr"], "1.1-1", "{status}");
    job(&host, "/packages/transactions", &json!({ "action": "update" }));
    assert_eq!(
        fs::read_to_string(host.path("usr/share/test/tool")).unwrap(),
        "1.1-1"
    );
    let history = host
        .local("GET", "/packages/transactions", None, &[])
        .expect(200)
        .json();
    let last = history.as_array().unwrap().last().unwrap();
    assert!(last["command"].as_str().unwrap().contains("tester"), "{history}");
    let (_, undone) = job(
        &host,
        "/packages/past",
        &json!({ "action": "undo", "id": last["id"] }),
    );
    assert_eq!(undone["state"], "done", "{undone}");
    assert_eq!(
        fs::read_to_string(host.path("usr/share/test/tool")).unwrap(),
        "1.0-1"
    );
    job(
        &host,
        "/packages/transactions",
        &json!({ "action": "erase", "packages": ["tool"] }),
    );
    assert!(!host.path("usr/share/test/tool").exists());
    let audit = host.audit();
    assert!(
        audit
            .iter()
            .any(|one| one["operation"] == "packages.change" && one["result"] == "done")
    );
}

#[test]
fn what_cannot_be_done_is_explained_and_changes_nothing() {
    let host = Host::start(&["packages"], "");
    publish(&host, &[("tool", "1.0-1", "nothing-has-this")]);
    let (_, failed) = job(
        &host,
        "/packages/transactions",
        &json!({ "action": "install", "packages": ["tool"] }),
    );
    assert_eq!(
        (&failed["state"], &failed["problem"]["status"]),
        (&json!("failed"), &json!(409)),
        "{failed}"
    );
    assert!(
        failed["problem"]["detail"]
            .as_str()
            .unwrap()
            .contains("nothing-has-this")
    );
    let (_, failed) = job(
        &host,
        "/packages/transactions",
        &json!({ "action": "install", "packages": ["absent"] }),
    );
    assert_eq!(failed["problem"]["status"], 404);
    assert_eq!(host.local("GET", "/packages/count", None, &[]).json()["count"], 0);
}

#[test]
fn a_job_is_its_owners_and_an_administrators() {
    let host = Host::start(
        &["packages"],
        "[roles]\nadmin = [\"pmd-admin\"]\npackages = [\"pmd-network\", \"pmd-viewer\"]\n",
    );
    publish(&host, &[("tool", "1.0-1", "")]);
    let nick = format!("nick:{PASSWORD}");
    let vera = format!("vera:{PASSWORD}");
    let body = r#"{"action":"install","packages":["tool"]}"#;
    let started = host
        .remote(Some(&nick), "POST", "/packages/transactions", Some(body))
        .expect(202);
    let path = started
        .header("location")
        .unwrap()
        .strip_prefix("/api/v2")
        .unwrap()
        .to_owned();
    host.remote(Some(&nick), "GET", &path, None).expect(200);
    host.remote(Some(&vera), "GET", &path, None).expect(404);
    host.remote(Some(&vera), "DELETE", &path, None).expect(404);
    assert_eq!(host.remote(Some(&vera), "GET", "/jobs", None).json(), json!([]));
    host.local("GET", &path, None, &[]).expect(200);
}

#[test]
fn a_job_that_waits_can_be_cancelled() {
    let host = Host::start(&["packages"], "");
    publish(&host, &[("tool", "1.0-1", "")]);
    // Somebody else changes packages: the job waits for the lock.
    let lock = tdnf::RootLock::take(host.dir.path(), |_| ()).unwrap();
    let body = r#"{"action":"install","packages":["tool"]}"#;
    let started = host
        .local("POST", "/packages/transactions", Some(body), &[])
        .expect(202);
    let path = started
        .header("location")
        .unwrap()
        .strip_prefix("/api/v2")
        .unwrap()
        .to_owned();
    host.local("DELETE", &path, None, &[]).expect(200);
    // The helper says that it has heard; what it waits for comes only then.
    while host.local("GET", &path, None, &[]).json()["progress"]["message"] != "asked to stop" {
        std::thread::yield_now();
    }
    drop(lock);
    let mut curl = std::process::Command::new("curl");
    let events = curl
        .args(["--silent", "--max-time", "60", "--unix-socket"])
        .arg(host.path("run/pmd.sock"));
    let events = events
        .arg(format!("http://localhost/api/v2{path}/events"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&events.stdout).into_owned();
    assert!(text.contains("\"state\":\"cancelled\""), "{text}");
    assert!(!host.path("usr/share/test/tool").exists());
}
