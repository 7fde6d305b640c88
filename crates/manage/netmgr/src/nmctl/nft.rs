//! The packet filter, through nft(8). Names and numbers are checked, and no shell is involved.

use serde_json::{Value, json};

use super::request::Request;
use super::run::run_program;
use super::table::Act;
use crate::error::Error;
use crate::session::Session;

/// nft's name of a family.
fn family(request: &Request) -> Option<&str> {
    request.get("family").map(|family| match family {
        "ipv4" => "ip",
        "ipv6" => "ip6",
        family => family,
    })
}

/// An identifier of nft's grammar.
fn name<'a>(request: &'a Request, word: &str) -> Result<&'a str, Error> {
    let value = request.need(word)?;
    let first = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    match first && value.chars().all(plain) {
        true => Ok(value),
        false => Err(request.misuse(&format!(
            "{word}: {value:?} is not a name of letters, digits and _.-/"
        ))),
    }
}

fn act(verb: &str, thing: &str, request: &Request, names: &[&str]) -> Result<Act, Error> {
    let mut words = vec!["nft", verb, thing, family(request).unwrap_or("ip")];
    for word in names {
        words.push(name(request, word)?);
    }
    Ok(Act::Run(words.into_iter().map(str::to_owned).collect()))
}

pub(super) fn add_table(request: &Request) -> Result<Act, Error> {
    act("add", "table", request, &["table"])
}

pub(super) fn delete_table(request: &Request) -> Result<Act, Error> {
    act("delete", "table", request, &["table"])
}

pub(super) fn add_chain(request: &Request) -> Result<Act, Error> {
    act("add", "chain", request, &["table", "chain"])
}

pub(super) fn delete_chain(request: &Request) -> Result<Act, Error> {
    act("delete", "chain", request, &["table", "chain"])
}

/// A rule about the port of a protocol.
pub(super) fn add_rule(request: &Request) -> Result<Act, Error> {
    let port: u16 = number(request, "port")?;
    if port == 0 {
        return Err(request.misuse("port: 0 is not a port from 1 to 65535"));
    }
    let Act::Run(mut words) = act("add", "rule", request, &["table", "chain"])? else {
        return Err(request.misuse("cannot be run"));
    };
    for word in ["proto", "direction"] {
        words.push(request.need(word)?.to_owned());
    }
    words.push(port.to_string());
    words.push(request.need("action")?.to_owned());
    Ok(Act::Run(words))
}

pub(super) fn delete_rule(request: &Request) -> Result<Act, Error> {
    let handle: u64 = number(request, "handle")?;
    let Act::Run(mut words) = act("delete", "rule", request, &["table", "chain"])? else {
        return Err(request.misuse("cannot be run"));
    };
    words.extend(["handle".to_owned(), handle.to_string()]);
    Ok(Act::Run(words))
}

fn number<T: std::str::FromStr>(request: &Request, word: &str) -> Result<T, Error> {
    let value = request.need(word)?;
    value
        .parse()
        .map_err(|_| request.misuse(&format!("{word}: {value:?} is not such a number")))
}

/// Whatever nft is to do.
pub(super) fn run(request: &Request) -> Result<Act, Error> {
    let mut words = vec!["nft".to_owned()];
    words.extend(request.rest());
    Ok(Act::Run(words))
}

/// The tables, or one with what is in it.
pub(super) fn tables(session: &mut Session, request: &Request) -> Result<Value, Error> {
    match request.get("table") {
        Some(_) => objects(session, request, &["list", "table"], &["table", "chain", "rule"]),
        None => objects(session, request, &["list", "tables"], &["table"]),
    }
}

/// The chains.
pub(super) fn chains(session: &mut Session, request: &Request) -> Result<Value, Error> {
    match request.get("table") {
        Some(_) => objects(session, request, &["list", "table"], &["chain"]),
        None => objects(session, request, &["list", "chains"], &["chain"]),
    }
}

/// The rules of the tables of a name, in any family.
pub(super) fn rules(session: &mut Session, request: &Request) -> Result<Value, Error> {
    let table = name(request, "table")?;
    let all = objects(session, request, &["list", "ruleset"], &["table", "rule"])?;
    let all = all.as_array().cloned().unwrap_or_default();
    let is_table = |found: &Value| found["kind"] == "table" && found["name"] == table;
    if !all.iter().any(is_table) {
        return Err(Error::NotFound(format!("there is no table {table}")));
    }
    let is_rule = |found: &Value| found["kind"] == "rule" && found["table"] == table;
    Ok(Value::Array(all.into_iter().filter(is_rule).collect()))
}

/// What nft lists of some kinds, each with its kind.
fn objects(session: &Session, request: &Request, list: &[&str], kinds: &[&str]) -> Result<Value, Error> {
    if !session.is_live() {
        let text = "the packet filter is of the running system; there is none below --root";
        return Err(Error::NotSupported(text.to_owned()));
    }
    let mut words = vec!["nft", "-j", "-a"];
    words.extend(list);
    if list != ["list", "ruleset"] {
        words.extend(family(request));
        if request.get("table").is_some() {
            words.push(name(request, "table")?);
        }
    }
    let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    let said = run_program(&words)?;
    let bad = |error: serde_json::Error| Error::Kernel {
        what: "understand what nft says".to_owned(),
        source: error.into(),
    };
    let said: Value = serde_json::from_str(&said).map_err(bad)?;
    let listed = said["nftables"].as_array().cloned().unwrap_or_default();
    Ok(Value::Array(
        listed
            .iter()
            .flat_map(|object| kinds.iter().filter_map(|kind| summary(kind, object.get(kind)?)))
            .collect(),
    ))
}

/// The fields of an object that tell what it is.
fn summary(kind: &str, object: &Value) -> Option<Value> {
    let fields = object.as_object()?;
    let mut found = serde_json::Map::new();
    found.insert("kind".to_owned(), json!(kind));
    for (name, value) in fields {
        let value = match value {
            Value::Array(_) | Value::Object(_) => Value::from(value.to_string()),
            value => value.clone(),
        };
        found.insert(name.clone(), value);
    }
    Some(Value::Object(found))
}
