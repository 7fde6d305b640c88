//! Every operation of the API: `pmd-cli DOMAIN OPERATION --ARGUMENT VALUE`.

use pmd_api::{Field, Operation, Shape};
use serde_json::{Map, Value};

use crate::api::Api;
use crate::failure::Failure;
use crate::given::Given;
use crate::{secret, show};

/// The option of an argument: hyphens instead of underscores; a secret is a file, for it is not for a command line.
pub(crate) fn option_name(field: &Field) -> String {
    let name = field.name.replace('_', "-");
    if field.secret {
        format!("{name}-file")
    } else {
        name
    }
}

pub(crate) fn call(
    api: &mut dyn Api,
    operation: &'static Operation,
    given: &Given,
) -> Result<String, Failure> {
    let mut arguments = Map::new();
    for field in operation.fields() {
        if let Some(value) = argument(&field, given)? {
            arguments.insert(field.name.clone(), value);
        }
    }
    let answer = api.call(operation.id, Value::Object(arguments))?;
    match (given.json, &answer) {
        // What is no JSON, such as metrics, is printed as it is.
        (true, Value::String(text)) if operation.media != "application/json" => Ok(text.clone()),
        (true, answer) => Ok(format!("{answer}\n")),
        (false, answer) => Ok(show::show(answer)),
    }
}

fn argument(field: &Field, given: &Given) -> Result<Option<Value>, Failure> {
    let name = option_name(field);
    if field.shape == Shape::Texts {
        let values = given.all(&name);
        return Ok((!values.is_empty()).then(|| values.into()));
    }
    let Some(text) = given.get(&name) else {
        return Ok(None);
    };
    if field.secret {
        return secret::read(text, &field.name).map(|secret| Some(Value::String(secret)));
    }
    let bad = |what: &str| Failure::misuse(format!("--{name} {text}: not {what}"));
    let value = match field.shape {
        Shape::Text | Shape::Texts => Value::String(text.to_owned()),
        Shape::Integer => Value::from(text.parse::<i64>().map_err(|_| bad("a number"))?),
        Shape::Boolean => Value::from(text.parse::<bool>().map_err(|_| bad("true or false"))?),
        Shape::Json => json(text).map_err(|why| bad(&why))?,
    };
    Ok(Some(value))
}

/// JSON, or with `@` before it a file of it.
fn json(text: &str) -> Result<Value, String> {
    let read = |path: &str| {
        std::fs::read_to_string(path).map_err(|error| format!("a file that can be read: {error}"))
    };
    let text = match text.strip_prefix('@') {
        Some(path) => read(path)?,
        None => text.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| format!("JSON: {error}"))
}
