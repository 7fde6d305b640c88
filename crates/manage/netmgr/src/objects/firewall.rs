//! Lines of `/etc/systemd/scripts/iptables`, the script that sets the packet filter at boot.
//!
//! The script is run by a shell as root. A rule may therefore hold only what no shell finds special.

use networkd::Document;

use crate::error::Error;
use crate::session::Session;

const SCRIPT: &str = "/etc/systemd/scripts/iptables";

/// The rules in the script, without the command in front.
pub fn get(session: &mut Session) -> Result<Vec<String>, Error> {
    Ok(text(session)?
        .lines()
        .filter_map(rule_of)
        .map(str::to_owned)
        .collect())
}

/// Adds a rule behind the others; one that is there already is refused.
pub fn add(session: &mut Session, rule: &str) -> Result<(), Error> {
    let rule = checked(rule)?;
    if get(session)?.contains(&rule) {
        return Err(Error::Exists(format!("the rule {rule:?} is there already")));
    }
    let mut text = text(session)?;
    match (text.is_empty(), text.ends_with('\n')) {
        (true, _) => text.push_str("#!/bin/sh\n"),
        (false, false) => text.push('\n'),
        _ => {}
    }
    put(session, &format!("{text}iptables {rule}\n"))
}

/// Removes a rule.
pub fn delete(session: &mut Session, rule: &str) -> Result<(), Error> {
    let rule = checked(rule)?;
    let text = text(session)?;
    let kept: String = text
        .split_inclusive('\n')
        .filter(|line| rule_of(line) != Some(&rule))
        .collect();
    match kept.len() == text.len() {
        true => Err(Error::NotFound(format!("there is no rule {rule:?}"))),
        false => put(session, &kept),
    }
}

/// What happens to packets that no rule of a chain is for, by the script.
pub fn policy(session: &mut Session, table: &str, chain: &str) -> Result<String, Error> {
    let found = get(session)?.into_iter().rev().find_map(|rule| {
        let (of, named, policy) = split_policy(&rule)?;
        (of == table && named == chain).then(|| policy.to_owned())
    });
    found.ok_or_else(|| {
        Error::NotFound(format!(
            "the script sets no policy for {chain} in the table {table}"
        ))
    })
}

/// Sets what happens to packets that no rule of a chain is for: in the line that says so now, or in a new one.
pub fn set_policy(session: &mut Session, table: &str, chain: &str, policy: &str) -> Result<(), Error> {
    let rule = checked(&policy_rule(table, chain, policy))?;
    let is_it = |line: &str| {
        let old = rule_of(line).and_then(split_policy);
        old.is_some_and(|(of, named, _)| of == table && named == chain)
    };
    let text = text(session)?;
    if !text.lines().any(is_it) {
        return add(session, &rule);
    }
    let replaced = text.split_inclusive('\n').map(|line| match is_it(line) {
        true => format!("iptables {rule}\n"),
        false => line.to_owned(),
    });
    put(session, &replaced.collect::<String>())
}

fn policy_rule(table: &str, chain: &str, policy: &str) -> String {
    match table {
        "filter" => format!("-P {chain} {policy}"),
        table => format!("-t {table} -P {chain} {policy}"),
    }
}

/// Table, chain and policy of a rule that sets one.
fn split_policy(rule: &str) -> Option<(&str, &str, &str)> {
    match rule.split_ascii_whitespace().collect::<Vec<_>>()[..] {
        ["-P", chain, policy] => Some(("filter", chain, policy)),
        ["-t", table, "-P", chain, policy] => Some((table, chain, policy)),
        _ => None,
    }
}

/// The rule in a line of the script.
fn rule_of(line: &str) -> Option<&str> {
    let line = line.trim();
    line.strip_prefix("iptables ")
        .or_else(|| line.strip_prefix("/sbin/iptables "))
        .map(str::trim)
}

fn checked(rule: &str) -> Result<String, Error> {
    let rule = rule.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./:,!=+@".contains(c);
    let names_chain = ["-A ", "-I ", "-N ", "-P ", "-t "]
        .iter()
        .any(|start| rule.starts_with(start));
    match names_chain && rule.chars().all(plain) && !rule.contains("--modprobe") {
        true => Ok(rule),
        false => Err(Error::Parameter(format!(
            "{rule:?} is not a rule: -A CHAIN ..., of letters, digits and -_./:,!=+@"
        ))),
    }
}

fn text(session: &mut Session) -> Result<String, Error> {
    let path = session.layout().path(SCRIPT);
    Ok(String::from_utf8_lossy(&session.file(&path)?.to_bytes()).into_owned())
}

fn put(session: &mut Session, text: &str) -> Result<(), Error> {
    let path = session.layout().path(SCRIPT);
    *session.file(&path)? = Document::parse(text.as_bytes());
    Ok(())
}
