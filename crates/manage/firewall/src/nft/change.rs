//! Changes, of which several make one transaction.

use serde::{Deserialize, Serialize};

use super::names::{Base, Chain, Table};
use super::protect::protection;
use super::statement::Statement;
use crate::Firewall;
use crate::error::Error;

/// One change of the ruleset: nft(8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Makes a table, if it is not there.
    AddTable(Table),
    /// Removes a table with everything in it.
    DeleteTable(Table),
    /// Removes the rules of all chains of a table.
    FlushTable(Table),
    /// Makes a chain, if it is not there; with a base, one that the kernel calls.
    AddChain {
        /// The chain.
        chain: Chain,
        /// Where the kernel calls it.
        base: Option<Base>,
    },
    /// Removes a chain, to which no rule may jump.
    DeleteChain(Chain),
    /// Removes the rules of a chain.
    FlushChain(Chain),
    /// Adds a rule: behind the others, or, with a handle, behind that one.
    AddRule {
        /// The chain.
        chain: Chain,
        /// The rule before it.
        after: Option<u64>,
        /// The rule.
        rule: Statement,
    },
    /// Inserts a rule: before the others, or, with a handle, before that one.
    InsertRule {
        /// The chain.
        chain: Chain,
        /// The rule behind it.
        before: Option<u64>,
        /// The rule.
        rule: Statement,
    },
    /// Puts a rule in the place of another.
    ReplaceRule {
        /// The chain.
        chain: Chain,
        /// The rule that goes.
        handle: u64,
        /// The rule that comes.
        rule: Statement,
    },
    /// Removes a rule.
    DeleteRule {
        /// The chain.
        chain: Chain,
        /// The rule's handle.
        handle: u64,
    },
}

impl Change {
    /// The table that is changed.
    pub fn table(&self) -> &Table {
        match self {
            Change::AddTable(table) | Change::DeleteTable(table) | Change::FlushTable(table) => table,
            Change::DeleteChain(chain) | Change::FlushChain(chain) => &chain.table,
            Change::AddChain { chain, .. }
            | Change::AddRule { chain, .. }
            | Change::InsertRule { chain, .. }
            | Change::ReplaceRule { chain, .. }
            | Change::DeleteRule { chain, .. } => &chain.table,
        }
    }

    /// The line of nft that makes the change.
    pub(crate) fn to_nft(&self) -> Result<String, Error> {
        let place = |handle: &Option<u64>| match handle {
            Some(handle) => format!("position {handle} "),
            None => String::new(),
        };
        Ok(match self {
            Change::AddTable(table) => format!("add table {table}"),
            Change::DeleteTable(table) => format!("delete table {table}"),
            Change::FlushTable(table) => format!("flush table {table}"),
            Change::AddChain { chain, base: None } => format!("add chain {chain}"),
            Change::AddChain {
                chain,
                base: Some(base),
            } => format!("add chain {chain} {{ {} }}", base.to_nft()?),
            Change::DeleteChain(chain) => format!("delete chain {chain}"),
            Change::FlushChain(chain) => format!("flush chain {chain}"),
            Change::AddRule { chain, after, rule } => format!("add rule {chain} {}{rule}", place(after)),
            Change::InsertRule { chain, before, rule } => {
                format!("insert rule {chain} {}{rule}", place(before))
            }
            Change::ReplaceRule { chain, handle, rule } => {
                format!("replace rule {chain} handle {handle} {rule}")
            }
            Change::DeleteRule { chain, handle } => format!("delete rule {chain} handle {handle}"),
        })
    }
}

impl Firewall {
    /// Makes changes, all of them or none. Tables that are somebody else's are refused.
    pub fn apply(&self, changes: &[Change]) -> Result<(), Error> {
        self.nft.apply(&Self::commands(changes)?, "the changes")
    }

    /// Whether [`Firewall::apply`] would make changes; nothing is changed.
    pub fn check(&self, changes: &[Change]) -> Result<(), Error> {
        self.nft.check(&Self::commands(changes)?, "the changes")
    }

    fn commands(changes: &[Change]) -> Result<String, Error> {
        let mut commands = String::new();
        for change in changes {
            if let Some(why) = protection(change.table()) {
                let table = change.table().to_string();
                return Err(Error::Protected { table, why });
            }
            commands.push_str(&change.to_nft()?);
            commands.push('\n');
        }
        Ok(commands)
    }
}
