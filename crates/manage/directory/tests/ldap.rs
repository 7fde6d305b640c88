//! A host whose users are in LDAP, OpenLDAP's: joining, logging in, the server away or not what it should be, leaving.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod host;

use host::{login, picture, prepare, start_sssd};
use servers::{Authority, Lab, Slapd};

/// Joins with the name that may read; `more` are further options.
fn join(password: &str, more: &str) -> String {
    format!(
        "printf '%s\\n' '{password}' | directory join ldap lumen.test --user cn=reader,dc=lumen,dc=test --password-file - \
         --ca /root/ca.pem {more}"
    )
}

#[test]
fn groups_by_dn_over_ldaps() {
    a_host_joins_and_leaves(
        true,
        "--server server.lumen.test",
        "ldap_uri = ldaps://server.lumen.test",
        "rfc2307bis",
    );
}

#[test]
fn groups_by_name_over_starttls() {
    a_host_joins_and_leaves(
        false,
        "--server ldap://server.lumen.test",
        "ldap_uri = ldap://server.lumen.test",
        "rfc2307",
    );
}

fn a_host_joins_and_leaves(members_by_dn: bool, server: &str, uri: &str, schema: &str) {
    let lab = Lab::new();
    prepare(&lab);
    let authority = Authority::new();
    lab.put("client", "/root/ca.pem", authority.certificate());
    lab.put("client", "/root/other.pem", Authority::new().certificate());
    lab.sh("client", "echo root:local-password | chpasswd");
    let before = picture(&lab);
    let says = |command: &str, words: &str| {
        let refused = lab.try_sh("client", command);
        assert!(
            !refused.success && refused.text.contains(words),
            "{words} is not said by\n{command}\n{}",
            refused.text
        );
    };

    says(&join(Slapd::PASSWORD, server), "refused");
    let slapd = Slapd::new(&lab, &authority, members_by_dn);
    says(
        &join("wrong", server),
        "is the DN complete, and the password right?",
    );
    says(
        &join(
            Slapd::PASSWORD,
            &format!("{server} --base ou=nowhere,dc=lumen,dc=test"),
        ),
        "give the right --base",
    );
    says(
        &join(Slapd::PASSWORD, &server.replace("server.", "client.")),
        "refused",
    );
    says(
        &join(Slapd::PASSWORD, server).replace("/root/ca.pem", "/root/other.pem"),
        "a CA that is not trusted",
    );
    lab.sh("client", "sed 's/server.lumen.test/server.lumen.test alias.lumen.test/' /etc/hosts > /tmp/hosts; cp --preserve=timestamps /etc/hosts /tmp/before; cat /tmp/hosts > /etc/hosts");
    says(
        &join(Slapd::PASSWORD, &server.replace("server.", "alias.")),
        "is for another name",
    );
    lab.sh(
        "client",
        "cat /tmp/before > /etc/hosts; touch -r /tmp/before /etc/hosts",
    );
    says(
        &format!("directory join ldap lumen.test {server} --ca /root/ca.pem"),
        "give --user",
    );
    says(&format!("directory join ldap lumen.test {server}"), "give --ca");
    assert_eq!(picture(&lab), before, "a join that failed changed something");

    lab.sh(
        "client",
        &join(
            Slapd::PASSWORD,
            &format!("{server} --sudo staff --role admin=staff"),
        ),
    );
    let configuration = lab.sh(
        "client",
        "cat /etc/sssd/sssd.conf; stat -c %a /etc/sssd/sssd.conf",
    );
    assert!(
        configuration.contains(uri) && configuration.contains(&format!("ldap_schema = {schema}\n")),
        "{configuration}"
    );
    assert!(configuration.ends_with("600\n"));
    assert!(!lab.sh("client", "grep -rl Passw0rd-reader /etc").contains("krb5"));

    start_sssd(&lab);
    lab.wait_for("client", "getent passwd dave");
    let dave = login(&lab, "dave", "Passw0rd-dave");
    assert!(
        dave.text.contains("LET IN: dave everybody,staff"),
        "{}",
        dave.text
    );
    for (user, password) in [
        ("dave", "wrong"),
        ("erin", "Passw0rd-erin"),
        ("nobody-there", "x"),
        ("dave", ""),
    ] {
        let refused = login(&lab, user, password);
        assert!(refused.text.contains("REFUSED: "), "{user}: {}", refused.text);
    }
    assert!(
        lab.sh("client", "directory test dave")
            .contains("answers, and its certificate is right")
    );

    slapd.down();
    assert!(
        login(&lab, "dave", "Passw0rd-dave")
            .text
            .contains("LET IN: dave everybody,staff")
    );
    assert!(login(&lab, "dave", "wrong").text.contains("REFUSED"));
    assert!(
        login(&lab, "root", "local-password")
            .text
            .contains("LET IN: root")
    );

    lab.stop("client", "sssd");
    lab.sh("client", "directory leave");
    assert_eq!(picture(&lab), before);
    assert!(login(&lab, "dave", "Passw0rd-dave").text.contains("REFUSED"));
}

#[test]
#[ignore = "run by the tests above in the client"]
fn inside_login() {
    host::inside_login();
}
