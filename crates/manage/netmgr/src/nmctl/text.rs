//! What people read instead of JSON, made from the same values.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// A value as text; `plain` is without headers and alignment.
pub(super) fn render(value: &Value, plain: bool) -> String {
    match value {
        Value::Array(rows) if rows.iter().any(Value::is_object) => table(rows, plain),
        Value::Array(items) => items.iter().map(|item| format!("{}\n", word(item))).collect(),
        Value::Object(fields) => list(fields, plain),
        Value::Null => String::new(),
        other => format!("{}\n", word(other)),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(on) => if *on { "yes" } else { "no" }.to_owned(),
        Value::Null => "-".to_owned(),
        Value::Array(items) => items.iter().map(word).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A field's name as a title: `network_file` is Network file.
fn title(name: &str) -> String {
    let mut text = name.replace('_', " ");
    for (word, right) in [
        ("dns ", "DNS "),
        ("ntp ", "NTP "),
        ("dhcp ", "DHCP "),
        ("ipv", "IPv"),
    ] {
        text = text.replace(word, right);
    }
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    match name {
        "mtu" | "mac" | "dns" | "ntp" | "dhcp" => name.to_uppercase(),
        _ => first + letters.as_str(),
    }
}

fn list(fields: &Map<String, Value>, plain: bool) -> String {
    let width = match plain {
        true => 0,
        false => fields.keys().map(|name| title(name).len()).max().unwrap_or(0),
    };
    let mut text = String::new();
    for (name, value) in ordered(fields) {
        let title = title(name);
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let _ = write!(text, "\n{title}:\n{}", table(items, plain));
            }
            Value::Array(items) if items.len() > 1 => {
                for (at, item) in items.iter().enumerate() {
                    let label = if at == 0 {
                        format!("{title}:")
                    } else {
                        String::new()
                    };
                    let _ = writeln!(text, "{label:<pad$} {}", word(item), pad = width + 1);
                }
            }
            value => {
                let label = format!("{title}:");
                let line = format!("{label:<pad$} {}", word(value), pad = width + 1);
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
    }
    text
}

/// The name first, and what is a table last.
fn ordered(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let is_table = |value: &Value| {
        value
            .as_array()
            .is_some_and(|items| items.iter().any(Value::is_object))
    };
    let mut ordered: Vec<_> = fields.iter().collect();
    ordered.sort_by_key(|(name, value)| {
        (
            is_table(value),
            !matches!(name.as_str(), "name" | "kind" | "command"),
        )
    });
    ordered
}

/// Files, one below the other.
fn files(rows: &[Value]) -> Option<String> {
    let file = |row: &Value| {
        Some(format!(
            "# {}\n{}",
            row.get("file")?.as_str()?,
            row.get("text")?.as_str()?
        ))
    };
    let texts: Option<Vec<String>> = rows.iter().map(file).collect();
    texts.map(|texts| texts.join("\n"))
}

/// Rows with the same fields; a field that some rows lack is a hyphen there.
fn table(rows: &[Value], plain: bool) -> String {
    if let Some(text) = files(rows) {
        return text;
    }
    let mut names: Vec<&str> = Vec::new();
    for row in rows.iter().filter_map(Value::as_object) {
        for (name, _) in ordered(row) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    let cells = |row: &Value| -> Vec<String> {
        names
            .iter()
            .map(|name| word(row.get(name).unwrap_or(&Value::Null)))
            .collect()
    };
    let mut lines: Vec<Vec<String>> = rows.iter().map(cells).collect();
    if !plain {
        lines.insert(0, names.iter().map(|name| title(name).to_uppercase()).collect());
    }
    let widths: Vec<usize> = (0..names.len())
        .map(|at| lines.iter().map(|line| line[at].len()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                if plain {
                    cell.clone()
                } else {
                    format!("{cell:<width$}")
                }
            })
            .collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}
