//! Tables, chains and rules: the objects of nft(8).

mod change;
mod names;
mod protect;
mod ruleset;
mod statement;

pub use change::Change;
pub use names::{Base, Chain, ChainType, Family, Hook, Identifier, Policy, Table};
pub use protect::protection;
pub use ruleset::{ChainContent, RuleContent, Ruleset, TableContent};
pub use statement::Statement;
