//! The whole of what the kernel has, read and replaced.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::Change;
use super::names::{Base, Chain, ChainType, Family, Hook, Identifier, Policy, Table};
use super::protect::protection;
use super::statement::Statement;
use crate::Firewall;
use crate::error::Error;

/// Tables with what is in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruleset {
    /// The tables.
    pub tables: Vec<TableContent>,
}

/// A table and its chains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableContent {
    /// The family.
    pub family: Family,
    /// The name.
    pub name: Identifier,
    /// Whose it is, if it is not changed here. Only told, never taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected: Option<String>,
    /// Kinds of other things in it - sets, maps, counters - that are not told. Only told, never taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// The chains.
    #[serde(default)]
    pub chains: Vec<ChainContent>,
}

/// A chain and its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainContent {
    /// The name.
    pub name: Identifier,
    /// Where the kernel calls it, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// The rules, in order.
    #[serde(default)]
    pub rules: Vec<RuleContent>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleContent {
    /// The kernel's number of it in its table. Only told, never taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<u64>,
    /// The rule in nft's words.
    pub rule: Statement,
}

impl TableContent {
    /// Its name.
    pub fn table(&self) -> Table {
        Table {
            family: self.family,
            name: self.name.clone(),
        }
    }
}

impl Firewall {
    /// Everything that there is, of all families, also what is somebody else's.
    pub fn ruleset(&self) -> Result<Ruleset, Error> {
        let objects = self.nft.objects(&["list", "ruleset"])?;
        let words = self.nft.words("-a", &["list", "ruleset"])?;
        Ok(Reader {
            words: rule_words(&words),
            tables: Vec::new(),
        }
        .read(&objects))
    }

    /// Makes the tables that are ours what is given, in one transaction: those that are not in it go, those of others
    /// stay as they are. A table that has sets or maps is not replaced, for they would be lost.
    pub fn replace(&self, wanted: &Ruleset) -> Result<(), Error> {
        let present = self.ruleset()?;
        let mut commands = String::new();
        for table in present
            .tables
            .iter()
            .filter(|table| protection(&table.table()).is_none())
        {
            refuse_others(table)?;
            commands.push_str(&format!("delete table {}\n", table.table()));
        }
        for change in wanted.changes() {
            commands.push_str(&change.to_nft()?);
            commands.push('\n');
        }
        if let Some((table, why)) = wanted.tables.iter().find_map(|table| {
            let table = table.table();
            protection(&table).map(|why| (table.to_string(), why))
        }) {
            return Err(Error::Protected { table, why });
        }
        self.nft.apply(&commands, "the ruleset")
    }
}

fn refuse_others(table: &TableContent) -> Result<(), Error> {
    match table.others.as_slice() {
        [] => Ok(()),
        kinds => Err(Error::Protected {
            table: table.table().to_string(),
            why: format!(
                "it has things that a ruleset here cannot say ({}); change it rule by rule",
                kinds.join(", ")
            ),
        }),
    }
}

impl Ruleset {
    /// The changes that make it: all tables, all chains, then the rules, which may jump to any of them.
    fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<Change> = self
            .tables
            .iter()
            .map(|table| Change::AddTable(table.table()))
            .collect();
        let chains = self.tables.iter().flat_map(|content| {
            let table = content.table();
            content.chains.iter().map(move |chain| (table.clone(), chain))
        });
        let named = |table: Table, name: &Identifier| Chain {
            table,
            name: name.clone(),
        };
        let mut rules = Vec::new();
        for (table, content) in chains {
            let chain = named(table, &content.name);
            changes.push(Change::AddChain {
                chain: chain.clone(),
                base: content.base.clone(),
            });
            rules.extend(content.rules.iter().map(|rule| Change::AddRule {
                chain: chain.clone(),
                after: None,
                rule: rule.rule.clone(),
            }));
        }
        changes.extend(rules);
        changes
    }
}

/// Family, table, handle.
type Place = (String, String, u64);

/// The words of the rules in a list with handles. Only in chains: elements of sets have none.
fn rule_words(list: &str) -> HashMap<Place, String> {
    let mut words = HashMap::new();
    let (mut family, mut table, mut in_chain) = (String::new(), String::new(), false);
    for line in list.lines() {
        let text = line.trim();
        match text.split_ascii_whitespace().collect::<Vec<_>>().as_slice() {
            ["table", of, name, ..] if !line.starts_with('\t') => {
                (family, table) = ((*of).to_owned(), (*name).to_owned());
            }
            ["chain", ..] if line.starts_with('\t') && !line.starts_with("\t\t") => in_chain = true,
            ["}"] => in_chain = false,
            _ if in_chain => {
                let split = text.rsplit_once(" # handle ");
                let handle = split.and_then(|(rule, handle)| Some((rule, handle.parse::<u64>().ok()?)));
                if let Some((rule, handle)) = handle {
                    words.insert((family.clone(), table.clone(), handle), rule.to_owned());
                }
            }
            _ => {}
        }
    }
    words
}

struct Reader {
    words: HashMap<Place, String>,
    tables: Vec<TableContent>,
}

impl Reader {
    fn read(mut self, objects: &[Value]) -> Ruleset {
        for object in objects {
            let Some((kind, object)) = object.as_object().and_then(|object| object.iter().next()) else {
                continue;
            };
            // What it is in tells where it goes; what it says is left out when it cannot be understood.
            let _ = match kind.as_str() {
                "metainfo" => Some(()),
                "table" => self.table(object),
                "chain" => self.chain(object),
                "rule" => self.rule(object),
                other => self.other(other, object),
            };
        }
        Ruleset { tables: self.tables }
    }

    fn table(&mut self, object: &Value) -> Option<()> {
        let family = text(object, "family")?.parse().ok()?;
        let name = Identifier::of_kernel(text(object, "name")?);
        let protected = protection(&Table {
            family,
            name: name.clone(),
        });
        self.tables.push(TableContent {
            family,
            name,
            protected,
            others: Vec::new(),
            chains: Vec::new(),
        });
        Some(())
    }

    fn of(&mut self, object: &Value) -> Option<&mut TableContent> {
        let family: Family = text(object, "family")?.parse().ok()?;
        let name = text(object, "table")?;
        self.tables
            .iter_mut()
            .find(|table| table.family == family && table.name.as_str() == name)
    }

    fn chain(&mut self, object: &Value) -> Option<()> {
        let content = ChainContent {
            name: Identifier::of_kernel(text(object, "name")?),
            base: base(object),
            rules: Vec::new(),
        };
        self.of(object)?.chains.push(content);
        Some(())
    }

    fn rule(&mut self, object: &Value) -> Option<()> {
        let handle = object.get("handle")?.as_u64()?;
        let place = (
            text(object, "family")?.to_owned(),
            text(object, "table")?.to_owned(),
            handle,
        );
        // A rule that its list does not show is shown as nft's JSON, so that none is hidden.
        let words = self.words.remove(&place);
        let words = words.unwrap_or_else(|| object.get("expr").map(Value::to_string).unwrap_or_default());
        let chain = text(object, "chain")?.to_owned();
        let chains = &mut self.of(object)?.chains;
        let chain = chains.iter_mut().find(|found| found.name.as_str() == chain)?;
        chain.rules.push(RuleContent {
            handle: Some(handle),
            rule: Statement::of_kernel(&without_counts(&words)),
        });
        Some(())
    }

    fn other(&mut self, kind: &str, object: &Value) -> Option<()> {
        let table = self.of(object)?;
        if !table.others.iter().any(|known| known == kind) {
            table.others.push(kind.to_owned());
        }
        Some(())
    }
}

/// What was counted is no part of a rule: two looks at the same rules are equal.
fn without_counts(words: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut rest = words.split(' ').peekable();
    while let Some(word) = rest.next() {
        kept.push(word);
        if word == "counter" && rest.peek() == Some(&"packets") {
            // "packets N bytes N".
            for _ in 0..4 {
                rest.next();
            }
        }
    }
    kept.join(" ")
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

fn base(object: &Value) -> Option<Base> {
    let word = |key: &str| object.get(key).cloned();
    let kind: ChainType = serde_json::from_value(word("type")?).ok()?;
    let hook: Hook = serde_json::from_value(word("hook")?).ok()?;
    let policy: Policy = word("policy")
        .and_then(|word| serde_json::from_value(word).ok())
        .unwrap_or(Policy::Accept);
    let priority = object.get("prio")?.as_i64()?.try_into().ok()?;
    let device = object.get("dev").and_then(Value::as_str).map(str::to_owned);
    Some(Base {
        kind,
        hook,
        priority,
        policy,
        device,
    })
}
