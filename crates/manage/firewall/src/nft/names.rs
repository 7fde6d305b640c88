//! Names, and what hangs on them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A family of tables: nft(8), "ADDRESS FAMILIES".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the manual says what each is")]
pub enum Family {
    Inet,
    #[serde(alias = "ipv4")]
    Ip,
    #[serde(alias = "ipv6")]
    Ip6,
    Arp,
    Bridge,
    Netdev,
}

impl Family {
    /// nft's word.
    pub fn word(self) -> &'static str {
        match self {
            Family::Inet => "inet",
            Family::Ip => "ip",
            Family::Ip6 => "ip6",
            Family::Arp => "arp",
            Family::Bridge => "bridge",
            Family::Netdev => "netdev",
        }
    }
}

impl FromStr for Family {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "inet" => Family::Inet,
            "ip" | "ipv4" => Family::Ip,
            "ip6" | "ipv6" => Family::Ip6,
            "arp" => Family::Arp,
            "bridge" => Family::Bridge,
            "netdev" => Family::Netdev,
            other => {
                return Err(Error::Value {
                    what: "family",
                    value: other.to_owned(),
                    why: "one of inet, ip, ip6, arp, bridge, netdev".to_owned(),
                });
            }
        })
    }
}

/// The name of a table or a chain: a letter or `_`, then up to 63 letters, digits and `_.-`. nft's grammar allows `/`
/// and `\` too; nobody needs them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identifier(String);

/// Words that begin something else in nft's grammar where a name could stand.
const RESERVED: &[&str] = &[
    "handle", "index", "position", "comment", "table", "chain", "rule", "set", "map",
];

impl Identifier {
    /// Checks a name.
    pub fn new(text: &str) -> Result<Self, Error> {
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let known = begins && text.len() <= 64 && text.chars().all(plain);
        match known && !RESERVED.contains(&text) {
            true => Ok(Identifier(text.to_owned())),
            false => Err(Error::Value {
                what: "name",
                value: text.to_owned(),
                why: "a letter or _, then up to 63 letters, digits and _.- (and no word of nft's)".to_owned(),
            }),
        }
    }

    /// What the kernel says, which may be a name that we would not make.
    pub(crate) fn of_kernel(text: &str) -> Self {
        Identifier(text.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Identifier {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Identifier::new(&text)
    }
}

impl From<Identifier> for String {
    fn from(name: Identifier) -> String {
        name.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A table's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The family.
    pub family: Family,
    /// The name, which is one of its family.
    pub name: Identifier,
}

impl Table {
    /// Checks a name.
    pub fn new(family: Family, name: &str) -> Result<Self, Error> {
        Ok(Table {
            family,
            name: Identifier::new(name)?,
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family.word(), self.name)
    }
}

/// A chain's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// The table it is in.
    pub table: Table,
    /// Its name there.
    pub name: Identifier,
}

impl Chain {
    /// Checks a name.
    pub fn new(table: &Table, name: &str) -> Result<Self, Error> {
        Ok(Chain {
            table: table.clone(),
            name: Identifier::new(name)?,
        })
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.table, self.name)
    }
}

/// What a base chain is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the manual says what each is")]
pub enum ChainType {
    Filter,
    Nat,
    Route,
}

/// Where a base chain sees packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the manual says what each is")]
pub enum Hook {
    Prerouting,
    Input,
    Forward,
    Output,
    Postrouting,
    Ingress,
    Egress,
}

/// What becomes of packets that no rule decides about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Policy {
    Accept,
    Drop,
}

/// What makes a chain a base chain, which the kernel calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: ChainType,
    /// Where it is called.
    pub hook: Hook,
    /// In what order with others there: the lower, the earlier. 0 is where filters are.
    pub priority: i32,
    /// What becomes of packets that no rule decides about.
    pub policy: Policy,
    /// The interface, at ingress and egress.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl Base {
    /// The line of nft that says this.
    pub(crate) fn to_nft(&self) -> Result<String, Error> {
        let kind = match self.kind {
            ChainType::Filter => "filter",
            ChainType::Nat => "nat",
            ChainType::Route => "route",
        };
        let device = match &self.device {
            Some(device) => format!(" device \"{}\"", interface(device)?),
            None => String::new(),
        };
        let policy = match self.policy {
            Policy::Accept => "accept",
            Policy::Drop => "drop",
        };
        let (hook, priority) = (self.hook.word(), self.priority);
        Ok(format!(
            "type {kind} hook {hook}{device} priority {priority}; policy {policy};"
        ))
    }
}

impl Hook {
    fn word(self) -> &'static str {
        match self {
            Hook::Prerouting => "prerouting",
            Hook::Input => "input",
            Hook::Forward => "forward",
            Hook::Output => "output",
            Hook::Postrouting => "postrouting",
            Hook::Ingress => "ingress",
            Hook::Egress => "egress",
        }
    }
}

fn interface(name: &str) -> Result<&str, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-@".contains(c);
    match (1..=15).contains(&name.len()) && name.chars().all(plain) {
        true => Ok(name),
        false => Err(Error::Value {
            what: "device",
            value: name.to_owned(),
            why: "up to 15 letters, digits and _.-@".to_owned(),
        }),
    }
}
