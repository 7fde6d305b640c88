//! JSON for people: objects as `name: value`, lists of objects as tables. What a host sends is text on a terminal, so
//! control characters in it are not printed.

use serde_json::{Map, Value};

/// An answer as text.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => table(items),
        Value::Array(items) => items.iter().map(|item| format!("{}\n", cell(item))).collect(),
        Value::Object(members) if members.is_empty() => String::new(),
        Value::Object(members) => lines(members, 0),
        Value::Null => String::new(),
        Value::String(text) => {
            let text = printable(text, true);
            if text.ends_with('\n') || text.is_empty() {
                text
            } else {
                format!("{text}\n")
            }
        }
        other => format!("{other}\n"),
    }
}

/// What may be on a terminal.
pub(crate) fn printable(text: &str, several_lines: bool) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && !(several_lines && (c == '\n' || c == '\t')) {
                '?'
            } else {
                c
            }
        })
        .collect()
}

fn lines(members: &Map<String, Value>, depth: usize) -> String {
    let width = members.keys().map(String::len).max().unwrap_or_default();
    let indent = "  ".repeat(depth);
    let line = |(name, value): (&String, &Value)| match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
            let rows: String = table(items)
                .lines()
                .map(|line| format!("{indent}  {line}\n"))
                .collect();
            format!("{indent}{name}:\n{rows}")
        }
        Value::Object(inner) if !inner.is_empty() => format!("{indent}{name}:\n{}", lines(inner, depth + 1)),
        value => format!("{indent}{name:<width$}  {}\n", cell(value)),
    };
    members.iter().map(line).collect()
}

/// The columns of the first row, and no more than fit: long texts and lists of objects are left to `--json`.
fn table(items: &[Value]) -> String {
    let Some(Value::Object(first)) = items.first() else {
        return String::new();
    };
    let scalar = |name: &&String| !first.get(name.as_str()).is_some_and(|value| value.is_object());
    let names: Vec<&String> = first.keys().filter(scalar).collect();
    let heads = names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let rows = items.iter().map(|item| {
        names
            .iter()
            .map(|name| cell(item.get(name.as_str()).unwrap_or(&Value::Null)))
            .collect()
    });
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(rows).collect();
    let widths: Vec<usize> = (0..names.len())
        .map(|at| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => printable(text, false),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => printable(&other.to_string(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_are_for_people() {
        assert_eq!(
            show(&json!([{"a": 1, "bc": "x"}, {"a": 22, "bc": null}])),
            "a   bc\n1   x\n22  -\n"
        );
        assert_eq!(
            show(&json!({"name": "h", "ok": true, "l": ["x", "y"]})),
            "l     x y\nname  h\nok    yes\n"
        );
        assert_eq!(show(&json!({})), "");
        assert_eq!(show(&json!("\u{1b}[2Jx")), "?[2Jx\n");
    }
}
