//! Tickets of a real KDC, in a realm of the test's own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use gssapi::Gssapi;
use identity::Method;
use identity::negotiate::{Error, Negotiate};
use servers::{Kdc, Lab};

/// Base64 as HTTP has it.
fn encoded(token: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(token)
}

#[test]
fn tickets_of_a_realm_are_accepted_once_and_for_us_only() {
    let lab = Lab::new();
    let kdc = Kdc::new(&lab, &["alice", "nobody-here", "root"]);
    kdc.service("HTTP/client.lumen.test", "/etc/http.keytab");
    kdc.service("HTTP/server.lumen.test", "/etc/other.keytab");
    lab.sh("client", "useradd alice; groupadd ops; usermod -aG ops alice");
    for user in ["alice", "nobody-here", "root"] {
        lab.sh(
            "client",
            &format!("echo Passw0rd-{user} | KRB5CCNAME=/tmp/{user} kinit {user}"),
        );
    }
    let outcome = lab.ask_ourselves("client", "inside_the_realm", &[("KRB5CCNAME", "/tmp/alice")]);
    assert!(outcome.success, "{}", outcome.text);
    for (user, refusal) in [("nobody-here", "no account"), ("root", "root")] {
        let cache = format!("/tmp/{user}");
        let outcome = lab.ask_ourselves(
            "client",
            "inside_as_somebody_else",
            &[("KRB5CCNAME", &cache), ("REFUSAL", refusal)],
        );
        assert!(outcome.success, "{user}: {}", outcome.text);
    }
    let outcome = lab.ask_ourselves(
        "client",
        "inside_without_a_ticket",
        &[("KRB5CCNAME", "/tmp/none")],
    );
    assert!(outcome.success, "{}", outcome.text);
}

#[test]
#[ignore = "run by the test above in its realm"]
fn inside_the_realm() {
    let gssapi = Gssapi::load().unwrap();
    let negotiate = Negotiate::new(Path::new("/etc/http.keytab")).unwrap();
    let ticket = || gssapi.initiate("HTTP@client.lumen.test", None).unwrap();

    let initiated = ticket();
    let token = encoded(initiated.token());
    let (identity, reply) = negotiate.identify(&token, None).unwrap();
    assert_eq!(
        (identity.name.as_str(), identity.method),
        ("alice", Method::Kerberos)
    );
    assert_eq!(identity.presented.as_deref(), Some("alice@LUMEN.TEST"));
    assert!(identity.groups.contains(&"ops".to_owned()));

    // The client can see that it was us.
    use base64::Engine;
    let reply = base64::prelude::BASE64_STANDARD.decode(reply).unwrap();
    initiated.finish(&reply).unwrap();
    assert!(ticket().finish(&reply).is_err());

    // Once only.
    let error = negotiate.identify(&token, None).unwrap_err();
    assert!(error.to_string().contains("eplay"), "{error}");

    // Not for the keys of another service.
    let other = Negotiate::new(Path::new("/etc/other.keytab")).unwrap();
    assert!(matches!(
        other.identify(&encoded(ticket().token()), None),
        Err(Error::Gssapi(_))
    ));
    let none = Negotiate::new(Path::new("/etc/no.keytab")).unwrap();
    assert!(matches!(
        none.identify(&encoded(ticket().token()), None),
        Err(Error::Gssapi(_))
    ));

    // Bound to one connection.
    let bound = gssapi
        .initiate("HTTP@client.lumen.test", Some(b"tls-server-end-point:one"))
        .unwrap();
    assert!(
        negotiate
            .identify(&encoded(bound.token()), Some(b"tls-server-end-point:two"))
            .is_err()
    );
    let bound = gssapi
        .initiate("HTTP@client.lumen.test", Some(b"tls-server-end-point:one"))
        .unwrap();
    negotiate
        .identify(&encoded(bound.token()), Some(b"tls-server-end-point:one"))
        .unwrap();

    // Damaged, and no token at all.
    let good = ticket();
    for position in (0..good.token().len()).step_by(13) {
        let mut damaged = good.token().to_vec();
        damaged[position] ^= 0x55;
        // Some bytes of the wrapping are not looked at; then it is alice still, and nobody else.
        if let Ok((identity, _)) = negotiate.identify(&encoded(&damaged), None) {
            assert_eq!(identity.name, "alice");
        }
    }
    for nothing in [
        "",
        "!",
        "AAAA",
        &encoded(b"NTLMSSP\0\x01\0\0\0\x97\x82\x08\xe2"),
        &"A".repeat(70_000),
    ] {
        assert!(negotiate.identify(nothing, None).is_err(), "{nothing:.20}");
    }
}

#[test]
#[ignore = "run by the test above in its realm"]
fn inside_as_somebody_else() {
    let gssapi = Gssapi::load().unwrap();
    let negotiate = Negotiate::new(Path::new("/etc/http.keytab")).unwrap();
    let token = gssapi.initiate("HTTP@client.lumen.test", None).unwrap();
    let error = negotiate
        .identify(&encoded(token.token()), None)
        .unwrap_err()
        .to_string();
    assert!(error.contains(&std::env::var("REFUSAL").unwrap()), "{error}");
}

#[test]
#[ignore = "run by the test above in its realm"]
fn inside_without_a_ticket() {
    let error = Gssapi::load()
        .unwrap()
        .initiate("HTTP@client.lumen.test", None)
        .unwrap_err();
    assert!(error.to_string().contains("klist"), "{error}");
}
