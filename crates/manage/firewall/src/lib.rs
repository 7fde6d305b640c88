//! The host's packet filter, which is nftables: nft(8).
//!
//! Two faces over one kernel. [`Firewall::add`] and its like take rules as iptables(8) has them, for the chains INPUT,
//! FORWARD and OUTPUT, parsed by a parser of our own: no word of a rule reaches a command line, and an option that is
//! not known is an error that names it. [`Firewall::ruleset`], [`Firewall::apply`] and [`Firewall::replace`] are
//! tables, chains and rules of nft, every change one transaction that the kernel takes as a whole or not at all, and
//! that `nft -c` has found to be good before.
//!
//! Rules of the first kind live in chains `iptables_*` and `ip6tables_*` of the table `inet lumen`, into which the
//! host's own chain `input` jumps; those that are to last are kept in `/etc/nftables/managed.d`, which
//! `/etc/nftables/firewall.nft` includes. Tables of others - Docker's, those of iptables-nft, the host's policy - are
//! listed, and never changed: [`protection`].

mod error;
pub mod iptables;
mod managed;
pub mod nft;
mod program;
mod store;

pub use error::Error;
pub use iptables::{IpVersion, Rule};
pub use managed::{HookChain, Listed, Position};
pub use nft::{
    Base, Chain, ChainContent, ChainType, Change, Family, Hook, Identifier, Policy, RuleContent, Ruleset,
    Statement, Table, TableContent, protection,
};

use std::path::{Path, PathBuf};

use program::Nft;
use store::Store;

/// The packet filter of the network namespace that the process is in, and the files below a root directory.
#[derive(Debug)]
pub struct Firewall {
    nft: Nft,
    store: Store,
}

impl Firewall {
    /// The running host's.
    pub fn host() -> Self {
        Self::below(Path::new("/"))
    }

    /// With files below another root directory.
    pub fn below(root: &Path) -> Self {
        Firewall {
            nft: Nft,
            store: Store::below(root),
        }
    }

    /// The version of nft.
    pub fn version(&self) -> Result<String, Error> {
        self.nft.version()
    }

    /// The directory of the files that are loaded at boot.
    pub fn directory(&self) -> PathBuf {
        self.store.directory().to_owned()
    }
}
