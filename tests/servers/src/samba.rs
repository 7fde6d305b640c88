//! An Active Directory: Samba's domain controller for `lumen.test`.

use crate::Lab;

/// A domain controller on the machine `server`, with these users, whose passwords are `Passw0rd-NAME`:
///
/// | | |
/// |---|---|
/// | `alice` | in `ops`, which is in `admins-outer` |
/// | `bob` | in no group of ours |
/// | `carol` | as bob; for locking |
/// | `disabled`, `expired` | what they are called |
///
/// `Administrator` has the password [`Samba::PASSWORD`]. Three wrong passwords lock an account.
#[derive(Debug)]
pub struct Samba<'a> {
    lab: &'a Lab,
}

impl<'a> Samba<'a> {
    /// Of `Administrator`.
    pub const PASSWORD: &'static str = "Passw0rd-Admin";

    /// Makes the domain and starts its controller.
    #[must_use]
    pub fn new(lab: &'a Lab) -> Self {
        // An ordinary user's namespace has 65,536 numbers; Samba gives its groups those from three millions on, and ends.
        lab.sh(
            "server",
            &format!(
                "sed -i 's/: 3000000$/: 30000/; s/: 4000000$/: 40000/' \
                    /usr/share/samba/setup/idmap_init.ldif
                 rm -f /etc/samba/smb.conf
                 samba-tool domain provision --realm=LUMEN.TEST --domain=LUMEN --server-role=dc \
                    --dns-backend=SAMBA_INTERNAL --adminpass={} --host-name=server --host-ip=10.99.0.1 \
                    --option='interfaces=server0' --option='bind interfaces only=yes'",
                Self::PASSWORD
            ),
        );
        let samba = Self { lab };
        // The data base is edited before the server runs, so it need not be asked.
        lab.sh(
            "server",
            "samba-tool domain passwordsettings set --complexity=off --min-pwd-age=0 --account-lockout-threshold=3
             for user in alice bob carol disabled expired; do samba-tool user create $user Passw0rd-$user; done
             samba-tool user disable disabled
             samba-tool user setexpiry expired --days=-1
             samba-tool group add ops
             samba-tool group add admins-outer
             samba-tool group addmembers ops alice
             samba-tool group addmembers admins-outer ops",
        );
        samba.up();
        samba
    }

    /// Starts it, and waits until it can be asked.
    pub fn up(&self) {
        self.lab.start(
            "server",
            "samba",
            "samba --foreground --no-process-group --debuglevel=1",
        );
        for port in [53, 88, 389, 445, 464] {
            self.lab
                .wait_for("server", &format!("ss -ltn | grep -q '10.99.0.1:{port} '"));
        }
        // The DNS is filled after its port is open.
        self.lab.wait_for(
            "client",
            "adcli info --domain-controller=server.lumen.test lumen.test",
        );
        self.lab.wait_for("client", "adcli info lumen.test");
    }

    /// Ends it at once, as a loss of power would.
    pub fn down(&self) {
        self.lab.stop("server", "samba");
        self.lab
            .wait_for("server", "! ss -ltn | grep -q '10.99.0.1:389 '");
    }
}
