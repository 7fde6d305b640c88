//! Each hole of the original `pmd`, by the number of the survey (docs/management.md, "What the predecessors let
//! through"): ours refuses it.

use std::process::Command;

use crate::host::{Host, PASSWORD, call};

/// 1. Any account with a password was an administrator: the check's outcome was overwritten.
#[test]
fn a_valid_password_alone_gives_no_right() {
    let host = Host::start(&["system", "packages", "network"], "");
    let nobody = format!("nobody2:{PASSWORD}");
    for operation in pmd_api::operations().filter(|operation| operation.access > pmd_api::Access::Known) {
        let path = operation.path.replace(['{', '}'], "");
        let body = operation.method.has_body().then_some("{}");
        let answer = host.remote(Some(&nobody), operation.method.name(), &path, body);
        assert_eq!(answer.status, 403, "{operation:?} {answer:?}");
    }
}

/// 2. Roles, information and the document of the API needed a header that only looked like Basic.
#[test]
fn a_header_that_looks_like_basic_opens_nothing() {
    let host = Host::start(&["system", "roles"], "");
    for path in ["/system/info", "/roles", "/roles/x", "/whoami", "/jobs"] {
        for header in [
            "Authorization: Basic eDp5",
            "Authorization: Basic x",
            "Authorization: Basic",
        ] {
            let answer = call(host.curl(), &host.url(path), "GET", None, &[header]);
            assert_eq!(answer.status, 401, "{path} {header} {answer:?}");
        }
    }
}

/// 3. The signature of a token was never verified. Without an issuer that is configured, no token is believed; how
///    those of one that is are checked is tested with the crate `identity`.
#[test]
fn a_token_nobody_signed_is_not_believed() {
    let host = Host::start(&["system"], "");
    // {"alg":"none"} and {"sub":"adam","groups":["pmd-admin"]}
    let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGFtIiwiZ3JvdXBzIjpbInBtZC1hZG1pbiJdfQ.";
    let header = format!("Authorization: Bearer {token}");
    assert_eq!(
        call(host.curl(), &host.url("/system/info"), "GET", None, &[&header]).status,
        401
    );
}

/// 4. Names were pasted into command lines, and options passed through them.
#[test]
fn a_name_cannot_be_an_option() {
    let host = Host::start(&[], "");
    for body in [
        r#"{"name":"-o -u 0 toor"}"#,
        r#"{"name":"x -o -u 0"}"#,
        r#"{"name":"a;b"}"#,
        r#"{"name":"x","uid":0,"home":"/\n"}"#,
    ] {
        host.local("POST", "/users", Some(body), &[]).expect(422);
    }
    host.local(
        "POST",
        "/firewall/rules",
        Some(r#"{"chain":"INPUT --modprobe=/tmp/x","rule":"-j DROP"}"#),
        &[],
    )
    .expect(422);
}

/// 5. Any web page could call it; nobody counted; nothing was written down; its key was left to age.
#[test]
fn no_web_page_may_call_it_and_everything_is_counted_and_written_down() {
    let host = Host::start(&["system"], "[limits]\nper_second = 1\nburst = 20\n");
    let origin = "Origin: https://evil.example";
    let answer = call(host.curl(), &host.url("/health"), "GET", None, &[origin]);
    assert!(
        !answer.headers.to_lowercase().contains("access-control"),
        "{answer:?}"
    );
    let preflight = call(
        host.curl(),
        &host.url("/system/hostname"),
        "OPTIONS",
        None,
        &[origin, "Access-Control-Request-Method: PUT"],
    );
    assert!(
        preflight.status >= 400 && !preflight.headers.to_lowercase().contains("access-control"),
        "{preflight:?}"
    );
    let many: Vec<u16> = (0..60)
        .map(|_| host.remote(None, "GET", "/system/info", None).status)
        .collect();
    assert!(many.contains(&429), "{many:?}");
    let audit = host.audit();
    assert!(
        audit
            .iter()
            .any(|entry| entry["result"] == "refused" && entry["source"] == "127.0.0.1")
    );
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(host.path("audit.jsonl")).unwrap());
    assert_eq!(mode & 0o777, 0o640);
}

/// 6. What the document said and what the code did were two things.
#[test]
fn the_document_is_made_of_what_the_code_does() {
    let output = Command::new(env!("CARGO_BIN_EXE_pmd"))
        .arg("openapi")
        .output()
        .unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document, pmd_api::openapi::document());
    for operation in pmd_api::operations() {
        let path = format!("{}{}", pmd_api::BASE, operation.path);
        let described = &document["paths"][&path][operation.method.name().to_lowercase()];
        assert_eq!(described["operationId"], operation.id);
        let query = described["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["in"] == "query");
        assert!(
            operation.method == pmd_api::Method::Get
                || operation.method == pmd_api::Method::Delete
                || query.count() == 0
        );
    }
}

/// 7. Memory was allocated by the size of a pointer: Rust, and no unsafe code in the daemon.
#[test]
fn there_is_no_unsafe_code() {
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let output = Command::new("grep")
        .args(["-rnwE", "unsafe|allow\\(unsafe_code\\)"])
        .arg(sources)
        .output()
        .unwrap();
    assert!(
        output.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
