//! An LDAP directory: OpenLDAP's slapd for `dc=lumen,dc=test`, and a CA for its certificate.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::Lab;

/// A CA made by openssl on the machine that runs the tests.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    /// Makes one.
    #[must_use]
    pub fn new() -> Self {
        let authority = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        authority.openssl(&[
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-subj",
            "/CN=Test CA",
            "-days",
            "2",
        ]);
        authority
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("install openssl");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn certificate(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("ca.pem")).unwrap()
    }

    /// A certificate for a host and its key, PEM.
    #[must_use]
    pub fn issue(&self, host: &str) -> (String, String) {
        let name = format!("subjectAltName=DNS:{host}");
        let subject = format!("/CN={host}");
        self.openssl(&[
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-keyout",
            "host.key",
            "-out",
            "host.pem",
            "-subj",
            &subject,
            "-days",
            "1",
            "-addext",
            &name,
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ]);
        let read =
            |name: &str| std::fs::read_to_string(PathBuf::from(self.folder.path()).join(name)).unwrap();
        (read("host.pem"), read("host.key"))
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// RFC 2307 with groups that list members by DN; uidNumber and gidNumber are slapd's own.
const RFC2307BIS: &str = "
attributetype ( 1.3.6.1.1.1.1.2 NAME 'gecos' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
attributetype ( 1.3.6.1.1.1.1.3 NAME 'homeDirectory' EQUALITY caseExactIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
attributetype ( 1.3.6.1.1.1.1.4 NAME 'loginShell' EQUALITY caseExactIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
attributetype ( 1.3.6.1.1.1.1.10 NAME 'shadowExpire' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.1.1.1.12 NAME 'memberUid' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
objectclass ( 1.3.6.1.1.1.2.0 NAME 'posixAccount' SUP top AUXILIARY MUST ( cn $ uid $ uidNumber $ gidNumber $ homeDirectory ) MAY ( userPassword $ loginShell $ gecos $ description ) )
objectclass ( 1.3.6.1.1.1.2.1 NAME 'shadowAccount' SUP top AUXILIARY MUST uid MAY ( userPassword $ shadowExpire $ description ) )
objectclass ( 1.3.6.1.1.1.2.2 NAME 'posixGroup' SUP top AUXILIARY MUST gidNumber MAY ( userPassword $ memberUid $ description ) )
";

/// slapd on the machine `server`, by ldap with StartTLS and by ldaps, with these entries; passwords are `Passw0rd-NAME`:
///
/// | | |
/// |---|---|
/// | `dave` | in `staff`, which is in `everybody` |
/// | `erin` | expired |
/// | `cn=reader,dc=lumen,dc=test` | may read; nobody may without a name |
#[derive(Debug)]
pub struct Slapd<'a> {
    lab: &'a Lab,
}

impl<'a> Slapd<'a> {
    /// Of `cn=reader,dc=lumen,dc=test`.
    pub const PASSWORD: &'static str = "Passw0rd-reader";

    /// Makes the tree and starts the server with a certificate of `authority`. Groups list members by DN (rfc2307bis), or by
    /// name (rfc2307).
    #[must_use]
    pub fn new(lab: &'a Lab, authority: &Authority, members_by_dn: bool) -> Self {
        let (certificate, key) = authority.issue("server.lumen.test");
        lab.put("server", "/etc/ldap/host.pem", certificate);
        lab.put("server", "/etc/ldap/host.key", key);
        lab.put("server", "/etc/ldap/ca.pem", authority.certificate());
        lab.put("server", "/etc/ldap/schema/bis.schema", RFC2307BIS);
        lab.put("server", "/etc/ldap/slapd.conf", configuration(members_by_dn));
        lab.put("server", "/etc/ldap/tree.ldif", tree(members_by_dn));
        lab.sh(
            "server",
            "mkdir -p /var/lib/ldap-test; slapadd -f /etc/ldap/slapd.conf -l /etc/ldap/tree.ldif",
        );
        let slapd = Self { lab };
        slapd.up();
        slapd
    }

    /// Starts it.
    pub fn up(&self) {
        self.lab.start(
            "server",
            "slapd",
            "slapd -d 0 -f /etc/ldap/slapd.conf -h 'ldap://10.99.0.1 ldaps://10.99.0.1'",
        );
        self.lab.wait_for("server", "ss -ltn | grep -q '10.99.0.1:636 '");
    }

    /// Ends it.
    pub fn down(&self) {
        self.lab.stop("server", "slapd");
        self.lab
            .wait_for("server", "! ss -ltn | grep -q '10.99.0.1:389 '");
    }
}

fn configuration(members_by_dn: bool) -> String {
    let schema = if members_by_dn { "bis" } else { "nis" };
    format!(
        "include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/{schema}.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload refint
TLSCACertificateFile /etc/ldap/ca.pem
TLSCertificateFile /etc/ldap/host.pem
TLSCertificateKeyFile /etc/ldap/host.key
database mdb
suffix dc=lumen,dc=test
directory /var/lib/ldap-test
maxsize 10485760
overlay memberof
overlay refint
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
"
    )
}

fn tree(members_by_dn: bool) -> String {
    let person = |name: &str, number: u32, more: &str| {
        format!(
            "dn: uid={name},ou=people,dc=lumen,dc=test\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\n\
             objectClass: shadowAccount\nuid: {name}\ncn: {name}\nsn: {name}\nuidNumber: {number}\ngidNumber: 10000\n\
             homeDirectory: /home/{name}\nloginShell: /bin/bash\nuserPassword: Passw0rd-{name}\n{more}\n"
        )
    };
    let group = |name: &str, number: u32, dn: &str, uid: &str| match members_by_dn {
        true => format!(
            "dn: cn={name},ou=groups,dc=lumen,dc=test\nobjectClass: groupOfNames\nobjectClass: posixGroup\ncn: {name}\n\
             gidNumber: {number}\nmember: {dn},dc=lumen,dc=test\n\n"
        ),
        false => format!(
            "dn: cn={name},ou=groups,dc=lumen,dc=test\nobjectClass: posixGroup\ncn: {name}\ngidNumber: {number}\n\
             memberUid: {uid}\n\n"
        ),
    };
    [
        "dn: dc=lumen,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: lumen\no: Lumen\n\n".to_owned(),
        "dn: ou=people,dc=lumen,dc=test\nobjectClass: organizationalUnit\nou: people\n\n".to_owned(),
        "dn: ou=groups,dc=lumen,dc=test\nobjectClass: organizationalUnit\nou: groups\n\n".to_owned(),
        format!(
            "dn: cn=reader,dc=lumen,dc=test\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\n\
             userPassword: {}\n\n",
            Slapd::PASSWORD
        ),
        person("dave", 10_001, ""),
        // The second day of 1970.
        person("erin", 10_002, "shadowExpire: 1\n"),
        group("staff", 10_010, "uid=dave,ou=people", "dave"),
        group("everybody", 10_011, "cn=staff,ou=groups", "dave"),
    ]
    .concat()
}
