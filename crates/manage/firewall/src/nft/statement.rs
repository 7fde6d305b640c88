//! A rule in nft's own words.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What stands behind `add rule FAMILY TABLE CHAIN`: one line that cannot be more than one rule. What it says is for
/// nft to check; what ends a rule or begins something else - `;`, line breaks, comments, variables, braces that close
/// what the line did not open - is refused here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Statement(String);

/// More than any rule needs.
const LONGEST: usize = 4096;

impl Statement {
    /// Checks a line.
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        match reason(text) {
            None => Ok(Statement(text.to_owned())),
            Some(why) => Err(Error::Value {
                what: "rule",
                value: text.to_owned(),
                why: why.to_owned(),
            }),
        }
    }

    /// What the kernel has.
    pub(crate) fn of_kernel(text: &str) -> Self {
        Statement(text.to_owned())
    }

    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a line is not one rule.
fn reason(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > LONGEST {
        return Some("it must have 1 to 4096 characters");
    }
    if !text.is_ascii() || text.contains(|c: char| c.is_ascii_control()) {
        return Some("it must be one line of ASCII");
    }
    // Where nft would read a handle or a place instead of a rule.
    let first = text.split_ascii_whitespace().next().unwrap_or_default();
    if ["handle", "position", "index"].contains(&first) {
        return Some("it must be a rule; a place is given apart from it");
    }
    let (mut quoted, mut open) = (false, 0usize);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '$' | '\\' | '`' => return Some("it must not have $, \\ or `"),
            ';' | '#' if !quoted => return Some("it must be one rule, without ; or #"),
            '{' if !quoted => open += 1,
            '}' if !quoted => match open.checked_sub(1) {
                Some(left) => open = left,
                None => return Some("it closes a brace that it has not opened"),
            },
            _ => {}
        }
    }
    match (quoted, open) {
        (true, _) => Some("it has a quote that is not closed"),
        (_, 1..) => Some("it has a brace that is not closed"),
        _ => None,
    }
}

impl TryFrom<String> for Statement {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Statement::new(&text)
    }
}

impl From<Statement> for String {
    fn from(statement: Statement) -> String {
        statement.0
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn one_rule_and_no_more() {
        for good in [
            "tcp dport { 80, 443 } accept",
            "log prefix \"a;b#c}\" drop",
            "ct state vmap { new : drop }",
        ] {
            assert_eq!(Statement::new(good).unwrap().as_str(), good);
        }
        let bad = [
            "accept; flush ruleset",
            "accept\nflush ruleset",
            "accept # rest",
            "accept }",
            "tcp dport { 80",
            "log prefix \"$x\"",
            "log prefix \"x",
            "",
            "handle 5 accept",
            "accept \\",
        ];
        for bad in bad {
            assert!(Statement::new(bad).is_err(), "{bad}");
        }
    }
}
