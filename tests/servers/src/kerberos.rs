//! A Kerberos realm: MIT's KDC for `LUMEN.TEST`.

use crate::Lab;

/// A KDC on the machine `server` and its realm configured on both; principals have the password `Passw0rd-NAME`.
#[derive(Debug)]
pub struct Kdc<'a> {
    lab: &'a Lab,
}

impl<'a> Kdc<'a> {
    /// Makes the realm with these users.
    #[must_use]
    pub fn new(lab: &'a Lab, users: &[&str]) -> Self {
        for machine in ["server", "client"] {
            lab.put(
                machine,
                "/etc/krb5.conf",
                "[libdefaults]\ndefault_realm = LUMEN.TEST\ndns_lookup_kdc = false\ndns_canonicalize_hostname = false\n\
                 rdns = false\n[realms]\nLUMEN.TEST = {\n kdc = 10.99.0.1\n}\n",
            );
        }
        lab.sh("server", "kdb5_util create -s -P master");
        for user in users {
            lab.sh(
                "server",
                &format!("kadmin.local addprinc -pw Passw0rd-{user} {user}"),
            );
        }
        lab.start("server", "kdc", "krb5kdc -n");
        lab.wait_for("server", "ss -lun | grep -q ':88 '");
        Self { lab }
    }

    /// Makes a service and writes its keys into a keytab of the machine `client`.
    pub fn service(&self, principal: &str, keytab: &str) {
        self.lab.sh(
            "server",
            &format!("kadmin.local addprinc -randkey {principal}; rm -f /tmp/keys; kadmin.local ktadd -k /tmp/keys {principal}"),
        );
        let keys = std::fs::read(self.lab.path("server", "/tmp/keys")).unwrap();
        self.lab.put("client", keytab, keys);
    }
}
