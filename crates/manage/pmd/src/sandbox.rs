//! Landlock: what the daemon can still reach once it listens (landlock(7)).
//!
//! systemd's sandbox is around it as well; this one holds also where somebody starts it by hand.

use std::path::Path;

use anyhow::Context as _;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, path_beneath_rules,
};

use crate::config::Config;
use crate::tls::Files;

/// The newest version of Landlock whose rights we know; an older kernel enforces what it knows.
const KNOWN: ABI = ABI::V5;

/// Gives up everything but reading the configuration and certificates, making new ones, and appending to the audit log. Connections by TCP
/// and new listeners are gone too; unix sockets are not Landlock's business.
pub(crate) fn confine(config: &Config, path: &Path, files: &Files) -> anyhow::Result<()> {
    let own = |path: &Path| path.parent().unwrap_or(path).to_owned();
    let read = [own(path), own(&files.certificate), own(&files.key)];
    let write = match files.own {
        true => vec![config.paths.state.clone()],
        false => Vec::new(),
    };
    let audit = [config.paths.audit.clone()];
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(KNOWN)))
        .and_then(|rules| rules.create())
        .and_then(|rules| rules.add_rules(path_beneath_rules(read, AccessFs::from_read(KNOWN))))
        .and_then(|rules| rules.add_rules(path_beneath_rules(write, AccessFs::from_all(KNOWN))))
        .and_then(|rules| {
            rules.add_rules(path_beneath_rules(
                audit,
                AccessFs::ReadFile | AccessFs::WriteFile,
            ))
        })
        .and_then(|rules| rules.restrict_self())
        .context("the sandbox cannot be set up")?;
    if status.ruleset == RulesetStatus::NotEnforced {
        eprintln!("<4>the kernel has no Landlock; systemd's sandbox is the only one");
    }
    Ok(())
}
