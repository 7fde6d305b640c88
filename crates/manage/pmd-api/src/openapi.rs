//! The OpenAPI 3.1 document of the table.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::table::{Access, Domain, Field, Operation, Place, operations};
use crate::{BASE, Kind, Problem};

/// The document: everything a client needs to know.
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    generator.subschema_for::<Problem>();
    let mut paths = Map::new();
    for operation in operations() {
        let path = paths
            .entry(format!("{BASE}{}", operation.path))
            .or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(
                operation.method.name().to_lowercase(),
                describe(operation, &mut generator),
            );
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "pmd",
            "summary": "The management API of a host",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": Domain::ALL.map(|domain| json!({ "name": domain.name() })),
        "security": security(),
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": schemes(),
            "responses": { "Problem": {
                "description": "It did not work",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            } },
        },
    })
}

fn security() -> Value {
    json!([{ "basic": [] }, { "token": [] }, { "negotiate": [] }, { "certificate": [] }])
}

fn schemes() -> Value {
    json!({
        "basic": { "type": "http", "scheme": "basic", "description": "User and password, checked by PAM" },
        "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An OIDC token with an asymmetric signature, issuer, audience and expiry" },
        "negotiate": { "type": "http", "scheme": "negotiate", "description": "Kerberos by SPNEGO (RFC 4559)" },
        "certificate": { "type": "mutualTLS", "description": "A client certificate" },
    })
}

fn describe(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let fields = operation.fields();
    let schema = (operation.arguments)(generator).to_value();
    let mut out = json!({
        "operationId": operation.id,
        "tags": [operation.domain.name()],
        "summary": operation.summary(),
        "description": operation.about.trim(),
        "responses": responses(operation, generator),
        "x-access": format!("{:?}", operation.access).to_lowercase(),
        "x-job": operation.job,
    });
    let mut parameters: Vec<Value> = fields
        .iter()
        .filter(|field| field.place != Place::Body)
        .map(|field| parameter(field, &schema))
        .collect();
    parameters.extend(condition(operation));
    let Some(members) = out.as_object_mut() else {
        return out;
    };
    if !parameters.is_empty() {
        members.insert("parameters".to_owned(), parameters.into());
    }
    if operation.access == Access::Public {
        members.insert("security".to_owned(), json!([]));
    }
    if operation.method.has_body() {
        members.insert("requestBody".to_owned(), body(&fields, &schema));
    }
    out
}

fn parameter(field: &Field, schema: &Value) -> Value {
    let place = if field.place == Place::Path {
        "path"
    } else {
        "query"
    };
    json!({
        "name": field.name,
        "in": place,
        "required": field.required || field.place == Place::Path,
        "description": field.about,
        "schema": without_null(&schema["properties"][&field.name]),
    })
}

/// A parameter is left out, never null.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        let rest: Vec<Value> = any.iter().filter(|one| one["type"] != "null").cloned().collect();
        if let [only] = &rest[..] {
            return only.clone();
        }
    }
    if let Some(members) = schema.as_object_mut() {
        members.remove("description");
        if members.get("default").is_some_and(Value::is_null) {
            members.remove("default");
        }
        if let Some(Value::Array(kinds)) = members.get_mut("type") {
            kinds.retain(|kind| kind != "null");
            if let [only] = &kinds[..] {
                let only = only.clone();
                members.insert("type".to_owned(), only);
            }
        }
    }
    schema
}

/// `If-Match` for what can be compared with what was seen.
fn condition(operation: &Operation) -> Option<Value> {
    is_conditional(operation).then(|| {
        json!({
            "name": "If-Match",
            "in": "header",
            "required": false,
            "description": "Only if the resource still has this entity tag (RFC 9110, section 13.1.1)",
            "schema": { "type": "string" },
        })
    })
}

fn is_conditional(operation: &Operation) -> bool {
    operation.access == Access::Change && !operation.job && operation.reader().is_some()
}

fn body(fields: &[Field], schema: &Value) -> Value {
    let mut schema = schema.clone();
    let in_body = |name: &str| {
        fields
            .iter()
            .any(|field| field.place == Place::Body && field.name == name)
    };
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| in_body(name));
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_some_and(in_body));
    }
    let needed = schema
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|names| !names.is_empty());
    json!({ "required": needed, "content": { "application/json": { "schema": schema } } })
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut out = Map::new();
    if operation.job {
        let job = generator.subschema_for::<crate::daemon::Job>();
        out.insert(
            "202".to_owned(),
            json!({
                "description": "It is being done: the job, whose result will be of the schema in x-result",
                "headers": { "Location": { "description": "The job", "schema": { "type": "string" } } },
                "content": { "application/json": { "schema": job } },
                "x-result": (operation.answer)(generator),
            }),
        );
    } else {
        let media = operation.media.split(';').next().unwrap_or_default();
        let mut response = json!({
            "description": "Done",
            "content": { media: { "schema": answer(operation, generator) } },
        });
        if operation.method == crate::Method::Get || is_conditional(operation) {
            response["headers"] = json!({ "ETag": {
                "description": "The entity tag of the resource (RFC 9110, section 8.8.3)",
                "schema": { "type": "string" },
            } });
        }
        out.insert("200".to_owned(), response);
    }
    // Only paths of the old interfaces are gone, and they are not in this document.
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Gone) {
        out.insert(
            kind.row().1.to_string(),
            json!({ "$ref": "#/components/responses/Problem" }),
        );
    }
    Value::Object(out)
}

/// What an answer looks like; of a stream of events, each of them does. OpenAPI 3.1 has no word of its own for a stream:
/// 3.2's is `itemSchema`, and readers of 3.1 take `schema` for it.
fn answer(operation: &Operation, generator: &mut SchemaGenerator) -> Schema {
    match operation.media {
        "text/event-stream" => generator.subschema_for::<crate::daemon::JobEvent>(),
        _ => (operation.answer)(generator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_the_document_once() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let ids: Vec<&str> = paths
            .values()
            .flat_map(|methods| methods.as_object().unwrap().values())
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), operations().count());
        for operation in operations() {
            assert!(ids.contains(&operation.id), "{operation:?}");
        }
    }

    #[test]
    fn references_point_somewhere() {
        let document = document();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn an_event_of_a_job_is_described_as_it_is_sent() {
        let document = document();
        let content =
            "/paths/~1api~1v2~1jobs~1{id}~1events/get/responses/200/content/text~1event-stream/schema/$ref";
        let name = document.pointer(content).unwrap();
        assert_eq!(name, "#/components/schemas/JobEvent");
        let event = &document["components"]["schemas"]["JobEvent"];
        assert_eq!(event["required"], json!(["event", "data"]));
    }

    #[test]
    fn secrets_are_never_in_a_path_or_query() {
        for operation in operations() {
            for field in operation.fields() {
                assert!(
                    !field.secret || field.place == Place::Body,
                    "{operation:?} {}",
                    field.name
                );
            }
        }
    }

    #[test]
    fn looking_changes_nothing() {
        for operation in operations().filter(|operation| operation.access == Access::Change) {
            let exception = operation.id == "daemon.audit";
            assert!(
                exception || operation.method != crate::Method::Get,
                "{operation:?}"
            );
        }
    }

    #[test]
    fn what_a_path_names_is_an_argument() {
        for operation in operations() {
            let fields = operation.fields();
            for name in operation.path_names() {
                assert!(
                    fields.iter().any(|field| field.name == name && field.required),
                    "{operation:?} {name}"
                );
            }
        }
    }
}
