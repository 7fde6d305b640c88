//! From JSON Schema to Python's types.

use std::fmt::Write as _;

use pmd_api::Operation;
use serde_json::Value;

/// A class for each structure, a name for each enumeration of the document.
pub(crate) fn structures(document: &Value) -> String {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut text = String::new();
    for (name, schema) in schemas.into_iter().flatten() {
        text.push_str(&structure(name, schema));
    }
    text
}

fn structure(name: &str, schema: &Value) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return format!("\n{} = {}\n", python_name(name), kind(schema, false));
    };
    // The form with a dictionary takes any names, such as `type`.
    let mut text = format!(
        "\n{} = TypedDict(\n    \"{}\",\n    {{\n",
        python_name(name),
        python_name(name)
    );
    for (member, schema) in properties {
        let _ = writeln!(
            text,
            "        \"{member}\": \"{}\",",
            kind(schema, true).replace('"', "'")
        );
    }
    text.push_str("    },\n    total=False,\n)\n");
    text
}

/// What an operation answers; of a job, what comes of it. What is no JSON is text, however it is described.
pub(crate) fn answer(operation: &Operation, document: &Value) -> String {
    if operation.media != "application/json" {
        return "str".to_owned();
    }
    let method = operation.method.name().to_lowercase();
    let found = document.pointer("/paths").and_then(|paths| {
        let path = paths
            .get(format!("{}{}", pmd_api::BASE, operation.path))?
            .get(&method)?;
        match operation.job {
            true => path.pointer("/responses/202/x-result").cloned(),
            false => {
                let content = path.pointer("/responses/200/content")?.as_object()?;
                content.values().next()?.get("schema").cloned()
            }
        }
    });
    found.map_or_else(|| "Any".to_owned(), |schema| kind(&schema, true))
}

/// A type of a fixed list of words.
pub(crate) fn literal(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("Literal[{}]", quoted.join(", "))
}

/// The type of a schema. Within quotes names may be used before they are defined.
fn kind(schema: &Value, quoted: bool) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = python_name(reference.rsplit('/').next().unwrap_or_default());
        return if quoted { name } else { format!("{name:?}") };
    }
    if let Some(words) = words(schema) {
        return literal(&words);
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        let kinds: Vec<String> = any.iter().map(|one| kind(one, quoted)).collect();
        return format!("Union[{}]", kinds.join(", "));
    }
    match schema.get("type") {
        Some(Value::String(name)) => simple(name, schema, quoted),
        Some(Value::Array(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            let kinds: Vec<String> = names.iter().map(|name| simple(name, schema, quoted)).collect();
            format!("Union[{}]", kinds.join(", "))
        }
        _ => "Any".to_owned(),
    }
}

fn simple(name: &str, schema: &Value, quoted: bool) -> String {
    let inner = |key: &str| {
        schema
            .get(key)
            .filter(|inner| inner.is_object())
            .map_or_else(|| "Any".to_owned(), |inner| kind(inner, quoted))
    };
    match name {
        "string" => "str".to_owned(),
        "integer" => "int".to_owned(),
        "number" => "float".to_owned(),
        "boolean" => "bool".to_owned(),
        "null" => "None".to_owned(),
        "array" => format!("List[{}]", inner("items")),
        "object" => format!("Dict[str, {}]", inner("additionalProperties")),
        _ => "Any".to_owned(),
    }
}

/// The words of an enumeration, in either form that schemars has for them.
fn words(schema: &Value) -> Option<Vec<String>> {
    let texts = |values: &[Value]| {
        values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
    };
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return texts(values);
    }
    let variants = schema.get("oneOf").and_then(Value::as_array)?;
    let each = variants.iter().map(|variant| {
        match (
            variant.get("const"),
            variant.get("enum").and_then(Value::as_array),
        ) {
            (Some(Value::String(word)), _) => Some(vec![word.clone()]),
            (_, Some(values)) => texts(values),
            _ => None,
        }
    });
    each.collect::<Option<Vec<_>>>().map(|lists| lists.concat())
}

/// Names of structures do not hide Python's own.
fn python_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("{plain}Data")
}
