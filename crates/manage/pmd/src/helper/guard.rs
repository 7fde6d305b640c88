//! A helper of a tree - of a test, of a trial by hand - cannot change the machine that it runs on.
//!
//! Its files are those below the tree. What is not a file is kept from it here, before it takes its first call:
//!
//! | of the machine | kept by |
//! |---|---|
//! | network, packet filter, host name | namespaces of the helper's own, which it enters ([`enter`]) |
//! | settings of the kernel | `services::Sysctl`, which writes to no kernel's `/proc` but the running host's |
//! | units, clock, sessions, power | `Context::need_live`, before the bus is called |
//! | what plugins of roles could do | mounts of the helper's own, where only the tree can be written and /run is empty |
//!
//! A root that is the host's own under another name is refused: it would be neither. Who is not root cannot change the
//! machine in any case.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use pmd_api::Domain;

use super::Options;

/// Has the process see nothing of the machine that a helper of a tree must not change; the options with the root's
/// real name. To be called before there are threads, since only the calling one leaves a namespace.
pub(super) fn enter(options: &Options) -> anyhow::Result<Options> {
    let given = &options.root;
    let root = given
        .canonicalize()
        .with_context(|| format!("cannot use the root {}", given.display()))?;
    if root != Path::new("/") {
        check_other(&root)?;
        if rustix::process::geteuid().is_root() {
            keep_off(&options.domain, &root)?;
        }
    }
    Ok(Options {
        root,
        ..options.clone()
    })
}

/// Whether what the domain does goes beyond files and what other hosts are asked. Packages come from repositories,
/// members of a directory from its servers, keys of tokens from their issuers.
fn reaches_the_machine(domain: &str) -> bool {
    use Domain::{
        Backup, Daemon, Directory, Firewall, Logs, Network, Packages, Roles, Services, System, Updates, Users,
    };
    match Domain::find(domain) {
        Some(Network | Firewall | System | Services | Roles | Daemon) => true,
        Some(Packages | Updates | Directory | Users | Logs | Backup) => false,
        // The helper `auth`.
        None => false,
    }
}

fn keep_off(domain: &str, root: &Path) -> anyhow::Result<()> {
    if domain == Domain::Roles.name() {
        fork::leave_files(root).context("cannot protect the machine's files from plugins of a tree")?;
    }
    match reaches_the_machine(domain) {
        true => fork::leave_network()
            .context("cannot leave the machine's network, which a helper of a tree must not change"),
        false => Ok(()),
    }
}

/// A bind mount of `/` is `/`.
fn check_other(root: &Path) -> anyhow::Result<()> {
    let place = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    match place(root)? == place(Path::new("/"))? {
        true => bail!(
            "{} is this host's own root; say --root / to manage it",
            root.display()
        ),
        false => Ok(()),
    }
}
