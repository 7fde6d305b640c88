//! Feeds everything that reads foreign bytes with bytes nobody would send in good faith.
//!
//! Each target takes any bytes and has to come to an end soon, with a result or an error: no panic, no endless loop,
//! no memory beyond a multiple of the input and of the documented limits. The same targets are driven in two ways: by
//! libFuzzer, which looks for new paths through the code (`fuzz/`, `make fuzz`), and by a test that plays back the kept
//! corpus with seeded damage (`tests/damage.rs`, part of `make test`).

mod boot;
mod configuration;
mod debian;
mod history;
mod identity;
mod metadata;
mod network;
mod openpgp;
mod rpm;
mod seeds;
mod transaction_log;

pub use seeds::{corpus, write_seeds};

/// Something that reads foreign bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: that of the fuzz target and of the folder of its corpus.
    pub name: &'static str,
    /// Reads the bytes to their end or to the first error.
    pub run: fn(&[u8]),
}

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    target("rpm-package", rpm::package),
    target("rpm-header", rpm::header),
    target("rpm-payload", rpm::payload),
    target("rpm-dependency", rpm::dependency),
    target("repomd-xml", repodata::foreign::repomd),
    target("primary-xml", metadata::primary),
    target("filelists-xml", metadata::filelists),
    target("updateinfo-xml", repodata::foreign::updateinfo),
    target("other-xml", metadata::other),
    target("metalink", metadata::metalink),
    target("mirror-list", metadata::mirror_list),
    target("compressed-metadata", metadata::compressed),
    target("package-cache", metadata::package_cache),
    target("file-cache", metadata::file_cache),
    target("tdnf-configuration", configuration::tdnf),
    target("configuration-editor", configuration::editor),
    target("lock-file", configuration::lock_file),
    target("history-db", history::database),
    target("transaction-log", transaction_log::recover),
    target("deb-archive", debian::archive),
    target("deb822", debian::control),
    target("openpgp", openpgp::any),
    target("partition-table", boot::partition_table),
    target("pe-image", boot::pe_image),
    target("networkd-file", network::networkd_file),
    target("nmctl-yaml", network::yaml),
    target("nmctl-command-line", network::command_line),
    target("dbus-message", network::dbus_message),
    target("bearer-token", identity::bearer_token),
    target("key-set", identity::key_set),
    target("client-certificate", identity::certificate),
    target("dns-answer", directory::foreign::dns_answer),
    target("ldap-message", directory::foreign::ldap_message),
];

/// Run the target of this name.
///
/// # Panics
/// When there is none: a fuzz target that tests nothing must not look like one that finds nothing.
#[allow(clippy::panic, reason = "a mistake of whoever added the target")]
pub fn run(name: &str, bytes: &[u8]) {
    match TARGETS.iter().find(|target| target.name == name) {
        Some(target) => (target.run)(bytes),
        None => panic!("there is no target {name}"),
    }
}
