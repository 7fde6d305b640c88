//! What an old client asks: parameters in the query string or in a JSON body, of either spelling.

use std::collections::BTreeMap;

use pmd_api::Problem;
use serde_json::Value;

/// The most parameters that a request may have.
const MOST: usize = 1000;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    parameters: BTreeMap<String, Vec<String>>,
    /// The body, if it is an object.
    pub body: Value,
}

impl Asked {
    /// Reads query string and body. photon-mgmtd's clients send bodies with GET too.
    pub fn new(method: &str, path: &str, query: &str, body: &[u8]) -> Result<Self, Problem> {
        let mut asked = Asked {
            method: method.to_owned(),
            path: path.to_owned(),
            ..Asked::default()
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()).take(MOST) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = pmd_api::percent_decode(name, true).zip(pmd_api::percent_decode(value, true));
            let (name, value) = decoded.ok_or_else(|| Problem::malformed("the query string is no UTF-8"))?;
            asked.add(name.trim_end_matches("[]"), value);
        }
        if !body.is_empty() {
            asked.body = serde_json::from_slice(body)
                .map_err(|error| Problem::malformed(format!("the body is no JSON: {error}")))?;
            asked.read_body()?;
        }
        Ok(asked)
    }

    fn read_body(&mut self) -> Result<(), Problem> {
        let Value::Object(members) = self.body.clone() else {
            return Err(Problem::malformed("the body is no JSON object"));
        };
        for (name, value) in members.into_iter().take(MOST) {
            let values = match value {
                Value::Array(values) => values,
                value => vec![value],
            };
            for value in values {
                match value {
                    Value::String(text) => self.add(&name, text),
                    Value::Bool(_) | Value::Number(_) => self.add(&name, value.to_string()),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, name: &str, value: String) {
        self.parameters.entry(name.to_owned()).or_default().push(value);
    }

    /// The first of these names that was given. The documents of old and their programs spell some differently, and
    /// both are taken.
    pub(crate) fn get(&self, names: &[&str]) -> Option<&str> {
        let found = names.iter().find_map(|name| self.parameters.get(*name)?.first());
        found.map(String::as_str)
    }

    /// One that must be given.
    pub(crate) fn need(&self, names: &[&str]) -> Result<&str, Problem> {
        let named = names.first().unwrap_or(&"");
        self.get(names)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Problem::invalid(format!("the parameter {named} is missing")))
    }

    /// All values, also those with commas between them.
    pub(crate) fn list(&self, names: &[&str]) -> Vec<String> {
        let values = names
            .iter()
            .filter_map(|name| self.parameters.get(*name))
            .flatten();
        values
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// A truth.
    pub(crate) fn truth(&self, names: &[&str]) -> Result<Option<bool>, Problem> {
        let read = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(Problem::invalid(format!(
                "{}={text}: neither true nor false",
                names.first().unwrap_or(&"")
            ))),
        };
        self.get(names).map(read).transpose()
    }

    /// A number.
    pub(crate) fn number(&self, names: &[&str]) -> Result<Option<u64>, Problem> {
        let read = |text: &str| {
            text.parse().map_err(|_| {
                Problem::invalid(format!("{}={text}: not a number", names.first().unwrap_or(&"")))
            })
        };
        self.get(names).map(read).transpose()
    }
}
