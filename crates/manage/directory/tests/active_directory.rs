//! A host in an Active Directory, Samba's: joining it, logging in, what is refused, the domain controller away, leaving.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod host;

use host::{login, picture, prepare, start_sssd};
use servers::{Lab, Samba};

fn join(password: &str, more: &str) -> String {
    format!(
        "printf '%s\\n' '{password}' | directory join ad lumen.test --user Administrator --password-file - {more}"
    )
}

/// sssd makes numbers from 200,000 on for the users of a domain; an ordinary user's namespace ends at 65,536.
fn fit_numbers(lab: &Lab) {
    if rustix::process::geteuid().is_root() {
        return;
    }
    let options = "ldap_idmap_range_min = 10000\nldap_idmap_range_max = 60000\nldap_idmap_range_size = 5000";
    let file = "/etc/sssd/conf.d/numbers.conf";
    lab.sh(
        "client",
        &format!(
            "mkdir -p /etc/sssd/conf.d && umask 077 && printf '[domain/lumen.test]\n{options}\n' > {file}"
        ),
    );
}

#[test]
fn a_host_joins_its_users_log_in_and_it_leaves_as_it_came() {
    let lab = Lab::new();
    prepare(&lab);
    lab.sh("client", "echo root:local-password | chpasswd");
    fit_numbers(&lab);
    let before = picture(&lab);

    // Nobody there: what was asked, and what to do.
    let refused = lab.try_sh("client", &join("x", ""));
    assert!(
        !refused.success && refused.text.contains("_ldap._tcp.dc._msdcs.lumen.test"),
        "{}",
        refused.text
    );
    let refused = lab.try_sh("client", &join("x", "--server server.lumen.test"));
    assert!(
        !refused.success && refused.text.contains("refused"),
        "{}",
        refused.text
    );

    let samba = Samba::new(&lab);
    let refused = lab.try_sh("client", &join("wrong", ""));
    assert!(
        !refused.success && refused.text.contains("the password is wrong"),
        "{}",
        refused.text
    );
    let refused = lab.try_sh(
        "client",
        "printf 'Passw0rd-disabled\n' | directory join ad lumen.test --user disabled --password-file -",
    );
    assert!(
        !refused.success && refused.text.contains("disabled or locked"),
        "{}",
        refused.text
    );
    assert_eq!(picture(&lab), before, "a join that failed changed something");

    let options = "--role admin='domain admins' --role operator=ops --sudo admins-outer --ssh ops";
    let said = lab.sh("client", &join(Samba::PASSWORD, options));
    assert!(
        said.contains("This host is in the Active Directory lumen.test."),
        "{said}"
    );
    assert!(lab.sh("client", "directory info").contains("operator: ops"));
    assert!(
        lab.sh("client", "stat -c %a /etc/sssd/sssd.conf /etc/krb5.keytab")
            .contains("600\n600")
    );
    assert!(lab.sh("client", "klist -k").contains("CLIENT$@LUMEN.TEST"));
    lab.sh("client", "visudo -c");
    let twice = lab.try_sh("client", &join(Samba::PASSWORD, ""));
    assert!(
        !twice.success && twice.text.contains("is in lumen.test already"),
        "{}",
        twice.text
    );

    start_sssd(&lab);
    lab.wait_for("client", "getent passwd alice");
    // Groups in groups count.
    let alice = login(&lab, "alice", "Passw0rd-alice");
    assert!(
        alice.text.contains("LET IN: alice admins-outer,domain users,ops"),
        "{}",
        alice.text
    );
    assert!(
        login(&lab, "ALICE@lumen.test", "Passw0rd-alice")
            .text
            .contains("LET IN: alice")
    );
    assert!(lab.sh("client", "sudo -l -U alice").contains("(ALL : ALL) ALL"));
    assert!(lab.sh("client", "sudo -l -U bob").contains("not allowed"));
    assert!(
        lab.sh("client", "directory test alice")
            .contains("ok     user: uid=")
    );

    // Who is refused, each with a right password.
    assert!(login(&lab, "bob", "Passw0rd-bob").text.contains("LET IN: bob"));
    for (user, password) in [
        ("alice", "wrong"),
        ("disabled", "Passw0rd-disabled"),
        ("expired", "Passw0rd-expired"),
        ("nobody-there", "x"),
    ] {
        let refused = login(&lab, user, password);
        assert!(refused.text.contains("REFUSED: "), "{user}: {}", refused.text);
    }
    assert!(
        login(&lab, "carol", "Passw0rd-carol")
            .text
            .contains("LET IN: carol")
    );
    for _ in 0..3 {
        assert!(login(&lab, "carol", "wrong").text.contains("REFUSED"));
    }
    assert!(
        login(&lab, "carol", "Passw0rd-carol").text.contains("REFUSED"),
        "a locked account was let in"
    );

    // The local root is root whatever the directory does.
    assert!(
        login(&lab, "root", "local-password")
            .text
            .contains("LET IN: root")
    );

    // No domain controller: who was here before is let in, with the same groups; nobody else.
    samba.down();
    let alice = login(&lab, "alice", "Passw0rd-alice");
    assert!(
        alice.text.contains("LET IN: alice admins-outer,domain users,ops"),
        "{}",
        alice.text
    );
    assert!(login(&lab, "alice", "wrong").text.contains("REFUSED"));
    let never_here = login(&lab, "disabled", "Passw0rd-disabled");
    assert!(never_here.text.contains("REFUSED"), "{}", never_here.text);
    assert!(
        login(&lab, "root", "local-password")
            .text
            .contains("LET IN: root")
    );
    let test = lab.try_sh("client", "directory test");
    assert!(
        !test.success && test.text.contains("FAILED domain controller"),
        "{}",
        test.text
    );

    // To leave with an account that cannot be removed changes nothing; without one, the files come back.
    let joined = picture(&lab);
    let leave = format!(
        "printf '%s\\n' '{}' | directory leave --user Administrator --password-file -",
        Samba::PASSWORD
    );
    assert!(!lab.try_sh("client", &leave).success);
    assert_eq!(picture(&lab), joined);
    samba.up();
    lab.stop("client", "sssd");
    lab.sh("client", &leave);
    assert!(!lab.sh("server", "samba-tool computer list").contains("CLIENT"));
    assert_eq!(picture(&lab), before);
    assert!(lab.sh("client", "directory info").contains("in no directory"));
    assert!(
        login(&lab, "root", "local-password")
            .text
            .contains("LET IN: root")
    );
    assert!(login(&lab, "alice", "Passw0rd-alice").text.contains("REFUSED"));
}

#[test]
#[ignore = "run by the test above in the client"]
fn inside_login() {
    host::inside_login();
}
