//! Boolean dependencies (rpm's docs/manual/boolean_dependencies.md, lib/rpmds.c rpmrichParse).

use crate::Dependency;

/// A boolean dependency as a tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Rich {
    /// A plain dependency.
    Plain(Dependency),
    /// All of them.
    And(Vec<Rich>),
    /// At least one of them.
    Or(Vec<Rich>),
    /// The first if the second, else the third if given.
    If(Box<Rich>, Box<Rich>, Option<Box<Rich>>),
    /// The first unless the second, then the third if given.
    Unless(Box<Rich>, Box<Rich>, Option<Box<Rich>>),
    /// One package that satisfies all of them.
    With(Vec<Rich>),
    /// One package that satisfies the first and not the second.
    Without(Box<Rich>, Box<Rich>),
}

/// Why a boolean dependency could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a boolean dependency: {reason}")]
pub struct RichError {
    /// The dependency.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}
