//! iptables' chains INPUT, FORWARD and OUTPUT, as chains of the table `inet lumen`.
//!
//! For each version and chain there is a chain of its own (`iptables_input`, `ip6tables_forward`, ...), so that a rule
//! need not say for which version it is. The base chain `input` is the one of the host's policy; where the host has
//! none, one that accepts is made. `managed_forward` and `managed_output` are made when the first rule needs them: they
//! accept what no rule drops, so that what Docker or the policy decides stays decided.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Firewall;
use crate::error::Error;
use crate::iptables::{Counted, IpVersion, Rule, read};
use crate::store::Kept;

/// iptables' chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names say it")]
pub enum HookChain {
    Input,
    Forward,
    Output,
}

impl HookChain {
    /// All three.
    pub const ALL: [HookChain; 3] = [HookChain::Input, HookChain::Forward, HookChain::Output];

    /// iptables' name.
    pub fn word(self) -> &'static str {
        match self {
            HookChain::Input => "INPUT",
            HookChain::Forward => "FORWARD",
            HookChain::Output => "OUTPUT",
        }
    }

    /// A packet that comes in has no way out yet, and the other way round: such a rule would never hold.
    fn takes(self, rule: &Rule) -> Result<(), String> {
        match self {
            HookChain::Input if rule.output.is_some() => Err("-o cannot be used in INPUT".to_owned()),
            HookChain::Output if rule.input.is_some() => Err("-i cannot be used in OUTPUT".to_owned()),
            HookChain::Output if rule.mac.is_some() => {
                Err("--mac-source cannot be used in OUTPUT".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// The name of the hook.
    fn hook(self) -> &'static str {
        match self {
            HookChain::Input => "input",
            HookChain::Forward => "forward",
            HookChain::Output => "output",
        }
    }

    /// The chain that the kernel calls.
    fn base(self) -> &'static str {
        match self {
            HookChain::Input => "input",
            HookChain::Forward => "managed_forward",
            HookChain::Output => "managed_output",
        }
    }

    /// The chain of the rules.
    fn chain(self, version: IpVersion) -> String {
        match version {
            IpVersion::Ipv4 => format!("iptables_{}", self.hook()),
            IpVersion::Ipv6 => format!("ip6tables_{}", self.hook()),
        }
    }
}

impl FromStr for HookChain {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = HookChain::ALL
            .into_iter()
            .find(|chain| chain.word().eq_ignore_ascii_case(text));
        found.ok_or_else(|| Error::Value {
            what: "chain",
            value: text.to_owned(),
            why: "one of INPUT, FORWARD, OUTPUT".to_owned(),
        })
    }
}

/// Where a rule goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Behind the others: `-A`.
    #[default]
    Append,
    /// Before the rule with this number, from 1: `-I`.
    Insert(usize),
}

/// A rule as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The chain.
    pub chain: HookChain,
    /// The rule in iptables' words; if somebody put one there that these cannot say, nft's JSON of it behind `nft:`.
    pub spec: String,
    /// Whether it is there again after a restart.
    pub persistent: bool,
    /// The kernel's number of it.
    pub handle: u64,
    /// What it has seen.
    pub packets: u64,
    /// What it has seen.
    pub bytes: u64,
}

const VERSIONS: [IpVersion; 2] = [IpVersion::Ipv4, IpVersion::Ipv6];

impl Firewall {
    /// The rules of a version that are in force, in order.
    pub fn rules(&self, version: IpVersion) -> Result<Vec<Listed>, Error> {
        let (now, kept) = (self.now()?, self.store.rules()?);
        let mut listed = Vec::new();
        for chain in HookChain::ALL {
            listed.extend(
                now.rules(chain, version)
                    .into_iter()
                    .map(|found| found.listed(chain, version, &kept)),
            );
        }
        Ok(listed)
    }

    /// The rules that are there again after a restart: the arguments of iptables, `-A CHAIN ...`.
    pub fn persistent(&self, version: IpVersion) -> Result<Vec<String>, Error> {
        let kept = self.store.rules()?;
        let of = kept.iter().filter(|kept| kept.version == version);
        Ok(of
            .map(|kept| format!("-A {} {}", kept.chain.word(), kept.rule.spec(version)))
            .collect())
    }

    /// Adds a rule, with `persist` for good. Nothing is changed when any part of that fails.
    pub fn add(
        &self,
        version: IpVersion,
        chain: HookChain,
        position: Position,
        rule: &Rule,
        persist: bool,
    ) -> Result<(), Error> {
        chain
            .takes(rule)
            .map_err(|why| Error::rule(&rule.spec(version), why))?;
        let _lock = self.store.lock()?;
        let now = self.now()?;
        let present = now.rules(chain, version);
        let line = rule.to_nft(version);
        let name = chain.chain(version);
        let mut commands = now.scaffold(chain);
        let _ = match position {
            Position::Append => writeln!(commands, "add rule inet lumen {name} {line}"),
            Position::Insert(number) => match present.get(number.saturating_sub(1)) {
                Some(next) => writeln!(
                    commands,
                    "insert rule inet lumen {name} position {} {line}",
                    next.handle
                ),
                None if number == present.len() + 1 => {
                    writeln!(commands, "add rule inet lumen {name} {line}")
                }
                None => return Err(Error::NotFound(format!("rule {number} in {}", chain.word()))),
            },
        };
        let pending = match persist {
            true => Some(self.store.prepare(&with(
                self.store.rules()?,
                Kept {
                    version,
                    chain,
                    rule: rule.clone(),
                },
                position,
            ))?),
            false => None,
        };
        self.nft
            .apply(&commands, &format!("the rule {:?}", rule.spec(version)))?;
        pending.map_or(Ok(()), |pending| pending.commit())
    }

    /// Removes the first rule that is the same, with `persist` for good.
    pub fn delete(
        &self,
        version: IpVersion,
        chain: HookChain,
        rule: &Rule,
        persist: bool,
    ) -> Result<(), Error> {
        let _lock = self.store.lock()?;
        let present = self.now()?.rules(chain, version);
        let found = present.iter().find(|found| {
            found
                .counted
                .as_ref()
                .is_some_and(|counted| counted.rule == *rule)
        });
        let kept = self.store.rules()?;
        let kept_at = kept
            .iter()
            .position(|kept| (kept.version, kept.chain) == (version, chain) && kept.rule == *rule);
        if found.is_none() && (kept_at.is_none() || !persist) {
            return Err(Error::NotFound(format!(
                "rule {:?} in {}",
                rule.spec(version),
                chain.word()
            )));
        }
        let pending = match kept_at.filter(|_| persist) {
            Some(at) => Some(self.store.prepare(&without(kept, at))?),
            None => None,
        };
        if let Some(found) = found {
            let command = format!(
                "delete rule inet lumen {} handle {}\n",
                chain.chain(version),
                found.handle
            );
            self.nft.apply(&command, "the removal of a rule")?;
        }
        pending.map_or(Ok(()), |pending| pending.commit())
    }

    /// Puts the rules in force that are kept, and no others.
    pub fn restore(&self) -> Result<(), Error> {
        let _lock = self.store.lock()?;
        let kept = self.store.rules()?;
        let now = self.now()?;
        let mut commands = now.flush();
        for chain in HookChain::ALL
            .into_iter()
            .filter(|chain| kept.iter().any(|kept| kept.chain == *chain))
        {
            commands.push_str(&now.scaffold(chain));
        }
        for kept in &kept {
            let (name, line) = (kept.chain.chain(kept.version), kept.rule.to_nft(kept.version));
            let _ = writeln!(commands, "add rule inet lumen {name} {line}");
        }
        self.nft.apply(&commands, "the kept rules")
    }

    /// Removes all rules of a version, or of one chain of it, with `persist` for good.
    pub fn flush(&self, version: IpVersion, chain: Option<HookChain>, persist: bool) -> Result<(), Error> {
        let _lock = self.store.lock()?;
        let now = self.now()?;
        let concerned = |of: HookChain| chain.is_none_or(|chain| chain == of);
        let names = HookChain::ALL
            .into_iter()
            .filter(|of| concerned(*of))
            .map(|of| of.chain(version));
        let commands: String = names
            .filter(|name| now.has_chain(name))
            .map(|name| format!("flush chain inet lumen {name}\n"))
            .collect();
        let pending = match persist {
            true => {
                let mut kept = self.store.rules()?;
                kept.retain(|kept| kept.version != version || !concerned(kept.chain));
                Some(self.store.prepare(&kept)?)
            }
            false => None,
        };
        self.nft.apply(&commands, "to flush the rules")?;
        pending.map_or(Ok(()), |pending| pending.commit())
    }

    /// What the table has now.
    fn now(&self) -> Result<Now, Error> {
        Ok(Now {
            objects: self.nft.objects(&["list", "ruleset", "inet"])?,
        })
    }
}

/// Puts a rule among those of its chain.
fn with(mut kept: Vec<Kept>, new: Kept, position: Position) -> Vec<Kept> {
    let same = |kept: &Kept| (kept.version, kept.chain) == (new.version, new.chain);
    let places: Vec<usize> = (0..kept.len())
        .filter(|at| kept.get(*at).is_some_and(same))
        .collect();
    let at = match position {
        Position::Append => None,
        // Rules that do not last are counted by the kernel only: then it is the place at the end.
        Position::Insert(number) => places.get(number.saturating_sub(1)).copied(),
    };
    kept.insert(at.unwrap_or(kept.len()), new);
    kept
}

fn without(mut kept: Vec<Kept>, at: usize) -> Vec<Kept> {
    kept.remove(at);
    kept
}

/// The file that is loaded at boot, from the rules that are kept.
pub(crate) fn boot_file(kept: &[Kept]) -> String {
    let mut text =
        "# Made from iptables.rules beside it; what is changed here is lost.\ntable inet lumen {\n"
            .to_owned();
    for chain in HookChain::ALL {
        let of_chain: Vec<&Kept> = kept.iter().filter(|kept| kept.chain == chain).collect();
        if of_chain.is_empty() {
            continue;
        }
        for version in VERSIONS {
            let _ = writeln!(text, "    chain {} {{", chain.chain(version));
            for kept in of_chain.iter().filter(|kept| kept.version == version) {
                let _ = writeln!(text, "        {}", kept.rule.to_nft(version));
            }
            text.push_str("    }\n");
        }
        // The policy's own chain has the jumps already.
        if chain != HookChain::Input {
            let _ = writeln!(
                text,
                "    chain {} {{\n        {}",
                chain.base(),
                base_line(chain)
            );
            for version in VERSIONS {
                let _ = writeln!(text, "        {}", jump(chain, version));
            }
            text.push_str("    }\n");
        }
    }
    text.push_str("}\n");
    text
}

fn base_line(chain: HookChain) -> String {
    format!(
        "type filter hook {} priority filter; policy accept;",
        chain.hook()
    )
}

fn jump(chain: HookChain, version: IpVersion) -> String {
    let family = match version {
        IpVersion::Ipv4 => "ipv4",
        IpVersion::Ipv6 => "ipv6",
    };
    format!("meta nfproto {family} jump {}", chain.chain(version))
}

/// The objects of the family inet.
struct Now {
    objects: Vec<Value>,
}

struct Found {
    handle: u64,
    counted: Option<Counted>,
    json: String,
}

impl Found {
    fn listed(&self, chain: HookChain, version: IpVersion, kept: &[Kept]) -> Listed {
        let (packets, bytes) = self
            .counted
            .as_ref()
            .map_or((0, 0), |counted| (counted.packets, counted.bytes));
        let rule = self.counted.as_ref().map(|counted| &counted.rule);
        let same = |kept: &Kept| (kept.version, kept.chain) == (version, chain) && Some(&kept.rule) == rule;
        Listed {
            chain,
            spec: rule.map_or_else(|| format!("nft: {}", self.json), |rule| rule.spec(version)),
            persistent: kept.iter().any(same),
            handle: self.handle,
            packets,
            bytes,
        }
    }
}

impl Now {
    fn of_table<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        let objects = self.objects.iter().filter_map(move |object| object.get(kind));
        objects.filter(|object| object.get("table").and_then(Value::as_str) == Some("lumen"))
    }

    fn rules_of<'a>(&'a self, chain: &'a str) -> impl Iterator<Item = &'a Value> {
        self.of_table("rule")
            .filter(move |rule| rule.get("chain").and_then(Value::as_str) == Some(chain))
    }

    fn rules(&self, chain: HookChain, version: IpVersion) -> Vec<Found> {
        let name = chain.chain(version);
        let found = |rule: &Value| Found {
            handle: rule.get("handle").and_then(Value::as_u64).unwrap_or_default(),
            counted: read(rule, version),
            json: rule.get("expr").map(Value::to_string).unwrap_or_default(),
        };
        self.rules_of(&name).map(found).collect()
    }

    fn has_chain(&self, name: &str) -> bool {
        self.of_table("chain")
            .any(|chain| chain.get("name").and_then(Value::as_str) == Some(name))
    }

    fn jumps(&self, base: &str, to: &str) -> bool {
        let is_jump =
            |statement: &Value| statement.pointer("/jump/target").and_then(Value::as_str) == Some(to);
        let expressions = |rule: &Value| {
            rule.get("expr")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(is_jump))
        };
        self.rules_of(base).any(expressions)
    }

    /// What must be there before a rule of a chain: table, chains, and the jumps to them, before everything else.
    fn scaffold(&self, chain: HookChain) -> String {
        let base = chain.base();
        let mut commands = "add table inet lumen\n".to_owned();
        if !self.has_chain(base) {
            let _ = writeln!(commands, "add chain inet lumen {base} {{ {} }}", base_line(chain));
        }
        for version in VERSIONS {
            let name = chain.chain(version);
            let _ = writeln!(commands, "add chain inet lumen {name}");
            if !self.jumps(base, &name) {
                let _ = writeln!(commands, "insert rule inet lumen {base} {}", jump(chain, version));
            }
        }
        commands
    }

    fn flush(&self) -> String {
        let all = HookChain::ALL
            .into_iter()
            .flat_map(|chain| VERSIONS.map(|version| chain.chain(version)));
        let present = all.filter(|name| self.has_chain(name));
        present
            .map(|name| format!("flush chain inet lumen {name}\n"))
            .collect()
    }
}
