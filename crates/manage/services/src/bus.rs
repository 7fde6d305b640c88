//! The bus, and what every interface needs of it.

use std::collections::BTreeMap;

use dbus_client::{Call, Connection, Value};
use serde_json::Value as Json;

use crate::error::Error;

/// An object of a service, and one of its interfaces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'a> {
    pub(crate) service: &'a str,
    pub(crate) path: &'a str,
    pub(crate) interface: &'a str,
}

/// systemd and its services, over the system bus.
#[derive(Debug)]
pub struct Bus {
    pub(crate) connection: Connection,
}

impl Bus {
    /// Connects.
    pub fn connect() -> Result<Self, Error> {
        let connection =
            Connection::system().map_err(|source| failed("cannot connect to the system bus", source))?;
        Ok(Bus { connection })
    }

    /// Calls a method. Services such as timedated end when nobody needs them, so the bus may start them.
    pub(crate) fn call(
        &mut self,
        object: Object<'_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Vec<Value>, Error> {
        let call = Call {
            service: object.service,
            path: object.path,
            interface: object.interface,
            method,
            arguments,
            start: true,
        };
        self.connection
            .call(&call)
            .map_err(|source| failed(&format!("cannot call {method}"), source))
    }

    /// All properties of an interface, as JSON.
    pub(crate) fn properties(&mut self, object: Object<'_>) -> Result<BTreeMap<String, Json>, Error> {
        let arguments = [Value::text(object.interface)];
        let properties = Object {
            interface: "org.freedesktop.DBus.Properties",
            ..object
        };
        let found = self.call(properties, "GetAll", &arguments)?;
        let entries = found.first().ok_or(Error::Answer("GetAll"))?.items();
        let entry = |entry: &Value| match entry {
            Value::Entry(pair) => Some((pair.0.as_text()?.to_owned(), json(&pair.1))),
            _ => None,
        };
        Ok(entries.iter().filter_map(entry).collect())
    }
}

pub(crate) fn failed(what: &str, source: dbus_client::Error) -> Error {
    let what = what.to_owned();
    match source.is_absence() {
        true => Error::Absent { what, source },
        false => Error::Bus { what, source },
    }
}

/// A value of D-Bus as JSON: dictionaries with texts as keys are objects, other structures are arrays. Numbers that
/// JSON's readers would round are texts.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Variant(inner) => json(inner),
        Value::Bool(truth) => Json::from(*truth),
        Value::Double(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) | Value::Path(text) | Value::Signature(text) => Json::from(text.as_str()),
        Value::Entry(pair) => Json::Array(vec![json(&pair.0), json(&pair.1)]),
        Value::Struct(fields) => fields.iter().map(json).collect(),
        Value::Array(_, items) if matches!(items.first(), Some(Value::Entry(pair)) if pair.0.as_text().is_some()) =>
        {
            let entry = |item: &Value| match item {
                Value::Entry(pair) => Some((pair.0.as_text()?.to_owned(), json(&pair.1))),
                _ => None,
            };
            Json::Object(items.iter().filter_map(entry).collect())
        }
        Value::Array(element, items) if items.is_empty() && element.starts_with('{') => {
            Json::Object(serde_json::Map::new())
        }
        Value::Array(_, items) => items.iter().map(json).collect(),
        number => number.as_number().map_or(Json::Null, whole),
    }
}

/// Beyond 2^53 a number is exact as text only (RFC 8259, section 6).
fn whole(number: i128) -> Json {
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(number), _) if number.unsigned_abs() <= 1 << 53 => Json::from(number),
        _ => Json::from(number.to_string()),
    }
}
