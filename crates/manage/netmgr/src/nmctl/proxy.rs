//! The proxy of the system: `/etc/sysconfig/proxy`, which shells read at login.
//!
//! A shell runs what it reads. A value may therefore hold only what no shell finds special, and stands in quotes.

use networkd::Document;
use serde_json::{Map, Value};

use super::request::Request;
use crate::error::Error;
use crate::session::Session;

const FILE: &str = "/etc/sysconfig/proxy";
const ENABLED: &str = "PROXY_ENABLED";

/// The words of the command and the variables.
const VARIABLES: [(&str, &str); 7] = [
    ("http", "HTTP_PROXY"),
    ("https", "HTTPS_PROXY"),
    ("ftp", "FTP_PROXY"),
    ("gopher", "GOPHER_PROXY"),
    ("socks", "SOCKS_PROXY"),
    ("socks5", "SOCKS5_SERVER"),
    ("noproxy", "NO_PROXY"),
];

/// Sets what is given; `none` removes it.
pub(super) fn set(session: &mut Session, request: &Request) -> Result<(), Error> {
    let mut text = text(session)?;
    let enable = request.switch("enable")?;
    let given: Vec<_> = VARIABLES
        .iter()
        .filter_map(|(word, name)| Some((*word, *name, request.get(word)?)))
        .collect();
    if enable.is_none() && given.is_empty() {
        return Err(request.misuse("needs enable yes or no, or a proxy such as http URL"));
    }
    if let Some(enable) = enable {
        text = with(&text, ENABLED, Some(if enable { "yes" } else { "no" }));
    }
    for (word, name, value) in given {
        let value = (value != "none")
            .then(|| checked(request, word, value))
            .transpose()?;
        text = with(&text, name, value);
    }
    let path = session.layout().path(FILE);
    *session.file(&path)? = Document::parse(text.as_bytes());
    Ok(())
}

fn checked<'a>(request: &Request, word: &str, value: &'a str) -> Result<&'a str, Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-~:/@%+,*[]=&?".contains(c);
    let is_url = word == "noproxy" || value.contains("://");
    match is_url && !value.is_empty() && value.chars().all(plain) {
        true => Ok(value),
        false => Err(request.misuse(&format!(
            "{word}: {value:?} is not URL, of letters, digits and ._-~:/@%+,*[]=&?"
        ))),
    }
}

/// The text with a variable set where it stands, or behind the rest, or removed.
fn with(text: &str, name: &str, value: Option<&str>) -> String {
    let new = value
        .map(|value| format!("{name}=\"{value}\"\n"))
        .unwrap_or_default();
    let mut found = false;
    let mut result = String::new();
    for line in text.split_inclusive('\n') {
        match is_assignment(line, name) {
            true if !found => result.push_str(&new),
            true => {}
            false => result.push_str(line),
        }
        found |= is_assignment(line, name);
    }
    if !found && !new.is_empty() {
        if !result.is_empty() && !result.ends_with('\n') {
            result.push('\n');
        }
        result.push_str(&new);
    }
    result
}

fn is_assignment(line: &str, name: &str) -> bool {
    line.trim_start()
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with('='))
}

fn text(session: &mut Session) -> Result<String, Error> {
    let path = session.layout().path(FILE);
    Ok(String::from_utf8_lossy(&session.file(&path)?.to_bytes()).into_owned())
}

/// What is set.
pub(super) fn show(session: &mut Session) -> Result<Value, Error> {
    let text = text(session)?;
    let names = [("enabled", ENABLED)].into_iter().chain(VARIABLES);
    let mut found = Map::new();
    for (word, name) in names {
        let line = text.lines().rfind(|line| is_assignment(line, name));
        if let Some((_, value)) = line.and_then(|line| line.split_once('=')) {
            let value = value.trim().trim_matches(['"', '\'']);
            found.insert(word.to_owned(), Value::from(value));
        }
    }
    Ok(Value::Object(found))
}
