//! Makes the Python module of the API's operations out of the API's own table: a class for each domain, a method for
//! each operation, a `TypedDict` for each structure. Written by hand is only what calls them: `python/pmd`.

mod types;

use std::fmt::Write as _;

use pmd_api::{Domain, Field, Operation, Place, Shape, openapi, operations};
use serde_json::Value;

const HEAD: &str = r#""""The operations of the API, by domain. Made from the API's table: cargo run -p pmd-python."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Protocol, TypedDict, Union, cast


class Caller(Protocol):
    """What sends a request and returns its answer."""

    def call(self, method: str, path: str, arguments: Dict[str, Any]) -> Any: ...

"#;

/// The text of `_operations.py`.
pub fn operations_module() -> String {
    let document = openapi::document();
    let mut text = HEAD.to_owned();
    text.push_str(&types::structures(&document));
    for domain in Domain::ALL {
        let _ = write!(
            text,
            "\n\nclass {}:\n    \"\"\"Operations of the domain {}.\"\"\"\n",
            class(domain),
            domain.name()
        );
        text.push_str("\n    def __init__(self, caller: Caller) -> None:\n        self._caller = caller\n");
        for operation in operations().filter(|operation| operation.domain == domain) {
            text.push_str(&method(operation, &document));
        }
    }
    text.push_str("\n\nclass Api:\n    \"\"\"All operations.\"\"\"\n\n    def __init__(self, caller: Caller) -> None:\n");
    for domain in Domain::ALL {
        let _ = writeln!(text, "        self.{} = {}(caller)", domain.name(), class(domain));
    }
    text
}

fn class(domain: Domain) -> String {
    let name = domain.name();
    let (first, rest) = name.split_at(1);
    format!("{}{rest}Operations", first.to_ascii_uppercase())
}

fn method(operation: &Operation, document: &Value) -> String {
    let mut fields = operation.fields();
    // What must be given comes first, as Python wants it, and of that what the path names.
    fields.sort_by_key(|field| (!field.required, field.place != Place::Path));
    let mut text = format!("\n    def {}(self", identifier(operation.word()));
    let first_optional = fields.iter().position(|field| !field.required);
    for (at, field) in fields.iter().enumerate() {
        if Some(at) == first_optional {
            text.push_str(", *");
        }
        let _ = write!(text, ", {}", parameter(field));
    }
    let answer = types::answer(operation, document);
    let _ = writeln!(text, ") -> {answer}:");
    let _ = writeln!(
        text,
        "        \"\"\"{}\"\"\"",
        operation.summary().replace('"', "'")
    );
    text.push_str("        arguments: Dict[str, Any] = {}\n");
    for field in &fields {
        let name = identifier(&field.name);
        let line = format!("arguments[\"{}\"] = {name}\n", field.name);
        let _ = match field.required {
            true => write!(text, "        {line}"),
            false => write!(text, "        if {name} is not None:\n            {line}"),
        };
    }
    let call = format!(
        "self._caller.call(\"{}\", \"{}\", arguments)",
        operation.method.name(),
        operation.path
    );
    let _ = match answer.as_str() {
        "Any" => writeln!(text, "        return {call}"),
        answer => writeln!(text, "        return cast({answer:?}, {call})"),
    };
    text
}

fn parameter(field: &Field) -> String {
    let kind = match field.shape {
        Shape::Text if !field.choices.is_empty() => types::literal(&field.choices),
        Shape::Text => "str".to_owned(),
        Shape::Integer => "int".to_owned(),
        Shape::Boolean => "bool".to_owned(),
        Shape::Texts => "List[str]".to_owned(),
        Shape::Json => "Any".to_owned(),
    };
    let name = identifier(&field.name);
    match field.required {
        true => format!("{name}: {kind}"),
        false => format!("{name}: Optional[{kind}] = None"),
    }
}

/// A name that is no word of Python's.
fn identifier(name: &str) -> String {
    let name = name.replace(['-', '.'], "_");
    match name.as_str() {
        "from" | "import" | "class" | "global" | "in" | "is" | "not" | "pass" | "lambda" => {
            format!("{name}_")
        }
        _ => name,
    }
}
