//! The packet filter: the library `firewall`.

use firewall::{Change, Firewall, HookChain, IpVersion, Position, Ruleset};
use pmd_api::firewall::*;
use pmd_api::{Empty, Problem};
use serde_json::{Value, json};

use super::Context;

/// Does what the domain `firewall` offers.
pub(super) struct Rules {
    firewall: Firewall,
}

impl Rules {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Rules {
            firewall: Firewall::below(&context.root),
        }
    }

    fn apply(&self, change: Change) -> Result<Vec<Table>, Problem> {
        self.firewall.apply(&[change]).map_err(problem)?;
        self.tables_now()
    }

    fn tables_now(&self) -> Result<Vec<Table>, Problem> {
        let found = self.firewall.ruleset().map_err(problem)?;
        let found = serde_json::to_value(found).unwrap_or_default();
        let tables = found["tables"].as_array().into_iter().flatten();
        tables.map(|table| read(flat(table))).collect()
    }
}

fn problem(error: firewall::Error) -> Problem {
    let text = error.to_string();
    match error {
        firewall::Error::Protected { .. } => Problem::conflict(text),
        firewall::Error::NotFound(_) => Problem::not_found(text),
        firewall::Error::Refused { .. } => Problem::conflict(text),
        firewall::Error::Start(_) => Problem::unavailable(text),
        _ if error.is_input() => Problem::invalid(text),
        _ => Problem::failed(text),
    }
}

/// Both crates name things as nft does, so that JSON carries one's words to the other.
fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| Problem::invalid(error.to_string()))
}

/// The library's table as the API's.
fn flat(table: &Value) -> Value {
    let chains = table["chains"].as_array().into_iter().flatten().map(|chain| {
        let rules: Vec<&Value> = chain["rules"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|rule| &rule["rule"])
            .collect();
        let base = &chain["base"];
        json!({
            "name": chain["name"], "rules": rules, "kind": base["type"], "hook": base["hook"],
            "priority": base["priority"], "policy": base["policy"], "device": base["device"],
        })
    });
    json!({
        "family": table["family"], "name": table["name"], "protected": table["protected"],
        "chains": chains.collect::<Vec<_>>(),
    })
}

/// The API's table as the library's.
fn nested(table: &Table) -> Value {
    let chains = table.chains.iter().map(|chain| {
        let rules: Vec<Value> = chain.rules.iter().map(|rule| json!({ "rule": rule })).collect();
        let base = base(
            chain.kind,
            chain.hook,
            chain.priority,
            chain.policy,
            chain.device.as_deref(),
        );
        json!({ "name": chain.name, "base": base, "rules": rules })
    });
    json!({ "family": table.family, "name": table.name, "chains": chains.collect::<Vec<_>>() })
}

fn base(
    kind: Option<ChainKind>,
    hook: Option<Hook>,
    priority: Option<i32>,
    policy: Option<Policy>,
    device: Option<&str>,
) -> Value {
    match hook {
        None => Value::Null,
        Some(hook) => json!({
            "type": kind.unwrap_or(ChainKind::Filter),
            "hook": hook,
            "priority": priority.unwrap_or(0),
            "policy": policy.unwrap_or(Policy::Accept),
            "device": device,
        }),
    }
}

fn version(family: Family) -> IpVersion {
    match family {
        Family::Ipv4 => IpVersion::Ipv4,
        Family::Ipv6 => IpVersion::Ipv6,
    }
}

fn hook_chain(chain: BuiltIn) -> HookChain {
    match chain {
        BuiltIn::Input => HookChain::Input,
        BuiltIn::Forward => HookChain::Forward,
        BuiltIn::Output => HookChain::Output,
    }
}

fn built_in(chain: HookChain) -> BuiltIn {
    match chain {
        HookChain::Input => BuiltIn::Input,
        HookChain::Forward => BuiltIn::Forward,
        HookChain::Output => BuiltIn::Output,
    }
}

impl Handler for Rules {
    fn rules(&mut self, asked: RuleQuery) -> Result<Vec<Rule>, Problem> {
        let found = self.firewall.rules(version(asked.family)).map_err(problem)?;
        Ok(found
            .into_iter()
            .filter_map(|one| {
                Some(Rule {
                    family: asked.family,
                    chain: built_in(one.chain),
                    rule: one.spec.try_into().ok()?,
                    persistent: one.persistent,
                })
            })
            .collect())
    }

    fn add_rule(&mut self, asked: Rule) -> Result<Vec<Rule>, Problem> {
        let version = version(asked.family);
        let rule = firewall::Rule::parse(&asked.rule, version).map_err(problem)?;
        let chain = hook_chain(asked.chain);
        self.firewall
            .add(version, chain, Position::Append, &rule, asked.persistent)
            .map_err(problem)?;
        self.rules(RuleQuery { family: asked.family })
    }

    fn delete_rule(&mut self, asked: Rule) -> Result<Vec<Rule>, Problem> {
        let version = version(asked.family);
        let rule = firewall::Rule::parse(&asked.rule, version).map_err(problem)?;
        self.firewall
            .delete(version, hook_chain(asked.chain), &rule, asked.persistent)
            .map_err(problem)?;
        self.rules(RuleQuery { family: asked.family })
    }

    fn restore(&mut self, _: Empty) -> Result<Vec<Rule>, Problem> {
        self.firewall.restore().map_err(problem)?;
        let mut rules = self.rules(RuleQuery { family: Family::Ipv4 })?;
        rules.extend(self.rules(RuleQuery { family: Family::Ipv6 })?);
        Ok(rules)
    }

    fn save(&mut self, _: Empty) -> Result<Empty, Problem> {
        self.firewall.save().map(|_| Empty {}).map_err(problem)
    }

    fn tables(&mut self, _: Empty) -> Result<Vec<Table>, Problem> {
        self.tables_now()
    }

    fn set_tables(&mut self, asked: RuleSet) -> Result<Vec<Table>, Problem> {
        let tables: Vec<Value> = asked.tables.iter().map(nested).collect();
        let wanted: Ruleset = read(json!({ "tables": tables }))?;
        self.firewall.replace(&wanted).map_err(problem)?;
        self.tables_now()
    }

    fn add_table(&mut self, asked: OneTable) -> Result<Vec<Table>, Problem> {
        self.apply(Change::AddTable(read(
            json!({ "family": asked.family, "name": asked.table }),
        )?))
    }

    fn delete_table(&mut self, asked: OneTable) -> Result<Vec<Table>, Problem> {
        self.apply(Change::DeleteTable(read(
            json!({ "family": asked.family, "name": asked.table }),
        )?))
    }

    fn add_chain(&mut self, asked: NewChain) -> Result<Vec<Table>, Problem> {
        let base = base(
            asked.kind,
            asked.hook,
            asked.priority,
            asked.policy,
            asked.device.as_deref(),
        );
        let table = json!({ "family": asked.family, "name": asked.table });
        self.apply(Change::AddChain {
            chain: read(json!({ "table": table, "name": asked.chain }))?,
            base: read(base)?,
        })
    }

    fn delete_chain(&mut self, asked: OneChain) -> Result<Vec<Table>, Problem> {
        let table = json!({ "family": asked.family, "name": asked.table });
        self.apply(Change::DeleteChain(read(
            json!({ "table": table, "name": asked.chain }),
        )?))
    }
}
