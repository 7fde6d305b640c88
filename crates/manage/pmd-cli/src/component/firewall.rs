//! `firewall`: rules in the words of iptables.

use serde_json::{Value, json};

use super::{Command, Component, Words, flag, plain, takes, told};
use crate::api::Api;
use crate::failure::Failure;
use crate::given::Given;

pub(super) const COMPONENT: Component = Component {
    name: "firewall",
    about: "Rules of the packet filter, in the words of iptables",
    options: &[],
    commands: &[
        Command {
            name: "rules",
            aliases: &[],
            about: "List rules, add one or delete one",
            words: Words::None,
            options: &[
                flag(
                    "list",
                    "List the rules; what is done when nothing else is asked for",
                ),
                takes("chain", "CHAIN", "INPUT, FORWARD or OUTPUT"),
                takes("add", "RULE", "Add a rule: '-p tcp --dport 80 -j ACCEPT'"),
                takes("delete", "RULE", "Delete a rule"),
                flag("persist", "Also for the next boot"),
                flag("ipv6", "A rule for IPv6, as of ip6tables"),
            ],
            run: rules,
        },
        plain(
            "restore",
            "Put the rules in force that are kept for the next boot, and no others",
            restore,
        ),
        plain("version", "The version of the daemon", super::version),
    ],
};

fn rules(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    match (given.get("add"), given.get("delete")) {
        (Some(_), Some(_)) => Err(Failure::misuse("--add and --delete cannot be given together")),
        (Some(rule), None) => change(api, given, "firewall.add-rule", rule),
        (None, Some(rule)) => change(api, given, "firewall.delete-rule", rule),
        (None, None) if given.get("chain").is_some() => {
            Err(Failure::misuse("--chain needs --add RULE or --delete RULE"))
        }
        (None, None) => list(api, given),
    }
}

fn change(api: &mut dyn Api, given: &Given, operation: &str, rule: &str) -> Result<String, Failure> {
    let family = if given.has("ipv6") { "ipv6" } else { "ipv4" };
    let chain = given.need("chain")?.to_ascii_uppercase();
    let arguments =
        json!({"family": family, "chain": chain, "rule": rule, "persistent": given.has("persist")});
    let answer = api.call(operation, arguments)?;
    Ok(told(given, &answer, String::new))
}

fn list(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let families: &[&str] = if given.has("ipv6") {
        &["ipv6"]
    } else {
        &["ipv4", "ipv6"]
    };
    let mut all = Vec::new();
    for family in families {
        let found = api.call("firewall.rules", json!({"family": family}))?;
        all.extend(found.as_array().cloned().unwrap_or_default());
    }
    let all = Value::Array(all);
    Ok(told(given, &all, || lines(&all)))
}

fn lines(rules: &Value) -> String {
    let text = |rule: &Value, key: &str| {
        rule.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let line = |rule: &Value| {
        let program = if text(rule, "family") == "ipv6" {
            "ip6tables"
        } else {
            "iptables"
        };
        let kept = rule.get("persistent").and_then(Value::as_bool).unwrap_or(false);
        let note = if kept { "" } else { "    (until the next boot)" };
        crate::show::printable(
            &format!(
                "{program} -A {} {}{note}",
                text(rule, "chain"),
                text(rule, "rule")
            ),
            false,
        ) + "\n"
    };
    rules
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(line)
        .collect()
}

fn restore(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let answer = api.call("firewall.restore", json!({}))?;
    Ok(told(given, &answer, || lines(&answer)))
}
