//! The machine `client` of a lab as a host of ours: its PAM and NSS as in the image, our program, and logins that are tried.

use std::path::Path;

use servers::{Finished, Lab};

/// Root of the project.
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

/// The client as the image would be.
pub(crate) fn prepare(lab: &Lab) {
    let pam = Path::new(PROJECT).join("distro/import/files/pam");
    for file in std::fs::read_dir(pam).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        lab.put(
            "client",
            &format!("/etc/pam.d/{name}"),
            std::fs::read(file.path()).unwrap(),
        );
    }
    let nsswitch = Path::new(PROJECT).join("distro/packages/filesystem/files/etc/nsswitch.conf");
    // The lab has no systemd to ask.
    let nsswitch = std::fs::read_to_string(nsswitch)
        .unwrap()
        .replace(" resolve [!UNAVAIL=return]", "");
    lab.put("client", "/etc/nsswitch.conf", nsswitch);
    lab.put(
        "client",
        "/etc/pam.d/pmd",
        "@include common-auth\n@include common-account\n",
    );
    lab.install("client", Path::new(env!("CARGO_BIN_EXE_directory")), "directory");
}

/// Every file below /etc with its mode, owner, time and content.
pub(crate) fn picture(lab: &Lab) -> String {
    lab.sh("client", "cd /etc; find . -type f -printf '%p %m %u %g %T@ ' -exec sha256sum {} \\; | sort; find . -type d | sort")
}

/// Starts sssd, which systemd would do, and waits until it answers.
pub(crate) fn start_sssd(lab: &Lab) {
    lab.start("client", "sssd", "sssd -i --logger=stderr");
    lab.wait_for(
        "client",
        "test -S /var/lib/sss/pipes/nss && test -S /var/lib/sss/pipes/pam",
    );
}

/// Whether this name and password are let in: our library in the machine, with its PAM and NSS.
pub(crate) fn login(lab: &Lab, user: &str, password: &str) -> Finished {
    lab.ask_ourselves("client", "inside_login", &[("WHO", user), ("PASSWORD", password)])
}

/// Lets somebody in, or does not, and says why.
pub(crate) fn inside_login() {
    use identity::password::{Password, SystemPasswords, identify};
    let variable = |name| std::env::var(name).unwrap();
    let passwords = SystemPasswords::new().unwrap();
    let password = Password::new(variable("PASSWORD")).unwrap();
    match identify(&passwords, &variable("WHO"), &password, Some("10.99.0.2")) {
        Ok(identity) => println!("LET IN: {} {}", identity.name, identity.groups.join(",")),
        Err(error) => println!("REFUSED: {error}"),
    }
}
