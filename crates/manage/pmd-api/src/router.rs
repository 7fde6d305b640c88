//! From a method, a path and arguments to a call.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::table::{Call, Operation, Place, Shape, operations};
use crate::{BASE, Problem};

/// An operation that was asked for, with what its path says.
#[derive(Debug)]
pub struct Found {
    /// The operation.
    pub operation: &'static Operation,
    /// Arguments out of the path, decoded.
    pub path: Vec<(&'static str, String)>,
}

/// Why no operation was found.
#[derive(Debug, PartialEq, Eq)]
pub enum Missed {
    /// There is no such path.
    Path,
    /// The path has other methods.
    Method(Vec<&'static str>),
    /// The path is no text.
    Malformed,
}

/// Finds the operation for a method and a path of a request. What is spelt out in a path goes before what is an
/// argument (OpenAPI 3.1, Paths Object).
pub fn route(method: &str, path: &str) -> Result<Found, Missed> {
    let path = path.strip_prefix(BASE).ok_or(Missed::Path)?;
    if let Some(of_path) = spelt_out().get(path) {
        let operation = with_method(method, of_path)?;
        return Ok(Found {
            operation,
            path: Vec::new(),
        });
    }
    let asked: Vec<&str> = path.split('/').collect();
    let fitting = |operation: &&Operation| fits(operation.path, &asked);
    let mut candidates: Vec<&'static Operation> = operations().filter(fitting).collect();
    candidates.sort_by_key(|operation| operation.path_names().count());
    let first = candidates.first().ok_or(Missed::Path)?.path;
    candidates.retain(|operation| operation.path == first);
    let operation = with_method(method, &candidates)?;
    Ok(Found {
        operation,
        path: arguments(operation.path, &asked).ok_or(Missed::Malformed)?,
    })
}

/// Operations by their paths, where these have no arguments: most requests are for them, and need no search.
fn spelt_out() -> &'static HashMap<&'static str, Vec<&'static Operation>> {
    static INDEX: OnceLock<HashMap<&'static str, Vec<&'static Operation>>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index: HashMap<_, Vec<_>> = HashMap::new();
        for operation in operations().filter(|operation| !operation.path.contains('{')) {
            index.entry(operation.path).or_default().push(operation);
        }
        index
    })
}

/// Of the operations of one path, that of a method.
fn with_method(method: &str, of_path: &[&'static Operation]) -> Result<&'static Operation, Missed> {
    let found = of_path.iter().find(|operation| operation.method.name() == method);
    found
        .copied()
        .ok_or_else(|| Missed::Method(of_path.iter().map(|operation| operation.method.name()).collect()))
}

fn fits(template: &str, asked: &[&str]) -> bool {
    let mut segments = template.split('/');
    let all = asked.iter().all(|asked| {
        segments
            .next()
            .is_some_and(|segment| segment == *asked || (segment.starts_with('{') && !asked.is_empty()))
    });
    all && segments.next().is_none()
}

fn arguments(template: &'static str, asked: &[&str]) -> Option<Vec<(&'static str, String)>> {
    let pairs = template.split('/').zip(asked);
    let named = pairs.filter_map(|(segment, asked)| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some((name, asked))
    });
    named
        .map(|(name, asked)| Some((name, percent_decode(asked, false)?)))
        .collect()
}

/// Decodes `%20` (RFC 3986, section 2.1), and `+` as a blank in forms; none for what is no UTF-8.
pub fn percent_decode(text: &str, form: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' if form => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Gathers the arguments of one call.
#[derive(Debug)]
pub struct Arguments {
    operation: &'static Operation,
    values: Map<String, Value>,
}

impl Arguments {
    /// Starts with what the path says.
    pub fn new(found: Found) -> Self {
        let named = found.path.into_iter();
        Arguments {
            operation: found.operation,
            values: named
                .map(|(name, value)| (name.to_owned(), Value::String(value)))
                .collect(),
        }
    }

    /// Starts with nothing, for callers that know an operation's id.
    pub fn of(operation: &'static Operation) -> Self {
        Arguments {
            operation,
            values: Map::new(),
        }
    }

    /// Adds a query string.
    pub fn query(&mut self, query: &str) -> Result<(), Problem> {
        let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        if pairs.is_empty() {
            return Ok(());
        }
        if self.operation.method.has_body() {
            return Err(Problem::invalid(format!(
                "{} takes its arguments in the body, not in the query string",
                self.operation.id
            )));
        }
        let fields = self.operation.fields();
        for pair in pairs {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = percent_decode(name, true).zip(percent_decode(value, true));
            let (name, value) =
                decoded.ok_or_else(|| Problem::malformed("the query string is not percent-encoded UTF-8"))?;
            let field = fields
                .iter()
                .find(|field| field.name == name && field.place == Place::Query)
                .ok_or_else(|| {
                    Problem::invalid(format!(
                        "{} takes no argument `{}`",
                        self.operation.id,
                        printable(&name)
                    ))
                })?;
            self.text(&name, field.shape, value)?;
        }
        Ok(())
    }

    /// Adds an argument that is text, as on a command line.
    pub fn text(&mut self, name: &str, shape: Shape, text: String) -> Result<(), Problem> {
        if shape == Shape::Texts {
            let list = self
                .values
                .entry(name)
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(Value::String(text));
            }
            return Ok(());
        }
        let value = typed(shape, text)
            .map_err(|why| Problem::invalid(format!("argument `{name}` of {}: {why}", self.operation.id)))?;
        self.put(name, value)
    }

    /// Adds an argument; each may be given once.
    pub fn put(&mut self, name: &str, value: Value) -> Result<(), Problem> {
        match self.values.insert(name.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err(Problem::invalid(format!(
                "argument `{}` of {} is given twice",
                printable(name),
                self.operation.id
            ))),
        }
    }

    /// Adds a JSON body.
    pub fn body(&mut self, body: &[u8]) -> Result<(), Problem> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let value: Value = serde_json::from_slice(body)
            .map_err(|error| Problem::malformed(format!("the body is no JSON: {error}")))?;
        let Value::Object(members) = value else {
            return Err(Problem::invalid("the body must be a JSON object"));
        };
        members
            .into_iter()
            .try_for_each(|(name, value)| self.put(&name, value))
    }

    /// The arguments so far.
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// The typed call, or what is wrong with an argument.
    pub fn call(self) -> Result<Call, Problem> {
        (self.operation.parse)(Value::Object(self.values))
            .map_err(|error| Problem::invalid(format!("arguments of {}: {error}", self.operation.id)))
    }
}

fn typed(shape: Shape, text: String) -> Result<Value, String> {
    match shape {
        Shape::Text | Shape::Texts => Ok(Value::String(text)),
        Shape::Integer => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| format!("`{}` is no number", printable(&text))),
        Shape::Boolean => text
            .parse::<bool>()
            .map(Value::from)
            .map_err(|_| format!("`{}` is neither true nor false", printable(&text))),
        Shape::Json => serde_json::from_str(&text).map_err(|error| format!("it is no JSON: {error}")),
    }
}

/// A name of a caller's in a message: no control characters, not endless.
fn printable(text: &str) -> String {
    text.chars()
        .take(60)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

impl Operation {
    /// The path with its arguments filled in and percent-encoded, the query string, and the body, for a client.
    pub fn request(&self, mut values: Map<String, Value>) -> (String, Option<Value>) {
        let mut path = BASE.to_owned();
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => {
                    path.push_str(&percent_encode(&plain(&values.remove(name).unwrap_or_default())))
                }
                None => path.push_str(segment),
            }
        }
        if self.method.has_body() {
            return (path, Some(Value::Object(values)));
        }
        let query: Vec<String> = values
            .iter()
            .flat_map(|(name, value)| pairs(name, value))
            .collect();
        if !query.is_empty() {
            path.push('?');
            path.push_str(&query.join("&"));
        }
        (path, None)
    }
}

fn pairs(name: &str, value: &Value) -> Vec<String> {
    let values = match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        other => vec![other],
    };
    values
        .into_iter()
        .map(|value| format!("{name}={}", percent_encode(&plain(value))))
        .collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelt_out_goes_first() {
        let found = route("GET", "/api/v2/packages/repositories").unwrap();
        assert_eq!(found.operation.id, "packages.repositories");
        let found = route("GET", "/api/v2/packages/bash").unwrap();
        assert_eq!(
            (found.operation.id, &found.path[..]),
            ("packages.info", &[("name", "bash".to_owned())][..])
        );
    }

    #[test]
    fn an_encoded_slash_stays_in_its_segment() {
        let found = route("GET", "/api/v2/users/..%2f..%2fetc").unwrap();
        assert_eq!(found.path, [("name", "../../etc".to_owned())]);
        let problem = Arguments::new(found).call().unwrap_err();
        assert_eq!(problem.status, 422);
    }

    #[test]
    fn other_methods_are_named() {
        let Err(Missed::Method(methods)) = route("POST", "/api/v2/system/hostname") else {
            panic!();
        };
        assert_eq!(methods, ["GET", "PUT"]);
        assert_eq!(route("GET", "/api/v2/nothing").unwrap_err(), Missed::Path);
        assert_eq!(route("GET", "/api/v2/users/%ff").unwrap_err(), Missed::Malformed);
    }

    #[test]
    fn unknown_and_repeated_arguments_are_refused() {
        let found = || route("PUT", "/api/v2/system/hostname").unwrap();
        for (body, status) in [
            (r#"{"name":"a","x":1}"#, 422),
            (r#"{"name":1}"#, 422),
            (r#"{}"#, 422),
            (r#"["name"]"#, 422),
            (r#"{"name""#, 400),
        ] {
            let mut arguments = Arguments::new(found());
            let outcome = arguments
                .body(body.as_bytes())
                .and_then(|()| arguments.call().map(drop));
            assert_eq!(outcome.unwrap_err().status, status, "{body}");
        }
        let mut arguments = Arguments::new(route("GET", "/api/v2/logs").unwrap());
        assert_eq!(arguments.query("lines=1&lines=2").unwrap_err().status, 422);
        let mut arguments = Arguments::new(route("PATCH", "/api/v2/users/a").unwrap());
        assert_eq!(arguments.body(br#"{"name":"root"}"#).unwrap_err().status, 422);
    }

    #[test]
    fn a_client_makes_what_the_router_reads() {
        let operation = crate::find("network.get-ipv4").unwrap();
        let values = Map::from_iter([("name".to_owned(), Value::from("eth0.1"))]);
        let (path, body) = operation.request(values);
        assert!(body.is_none());
        let found = route("GET", &path).unwrap();
        assert_eq!(found.path, [("name", "eth0.1".to_owned())]);
    }
}
