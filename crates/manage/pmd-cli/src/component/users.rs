//! `usr`: users and groups.

use serde_json::{Value, json};

use super::{Command, Component, Words, plain, texts, told};
use crate::api::Api;
use crate::failure::Failure;
use crate::given::Given;

pub(super) const COMPONENT: Component = Component {
    name: "usr",
    about: "Users and groups",
    options: &[],
    commands: &[
        plain("users", "List users", |api, given| {
            list(api, given, "users.list", "uid")
        }),
        named("useradd", "Add a user", |api, given| {
            silent(api, given, "users.add")
        }),
        named("userdel", "Remove a user", |api, given| {
            silent(api, given, "users.delete")
        }),
        named("userid", "The number of a user", |api, given| {
            number(api, given, "users.get", "uid")
        }),
        plain("groups", "List groups", |api, given| {
            list(api, given, "users.groups", "gid")
        }),
        named("groupadd", "Add a group", |api, given| {
            silent(api, given, "users.add-group")
        }),
        named("groupdel", "Remove a group", |api, given| {
            silent(api, given, "users.delete-group")
        }),
        named("groupid", "The number of a group", |api, given| {
            number(api, given, "users.get-group", "gid")
        }),
        plain("version", "The version of the daemon", super::version),
    ],
};

const fn named(
    name: &'static str,
    about: &'static str,
    run: fn(&mut dyn Api, &Given) -> Result<String, Failure>,
) -> Command {
    Command {
        name,
        aliases: &[],
        about,
        words: Words::One("NAME"),
        options: &[],
        run,
    }
}

fn name(given: &Given) -> Result<Value, Failure> {
    let words = given.all("words");
    let name = words.first().ok_or_else(|| Failure::misuse("it needs a name"))?;
    Ok(json!({"name": name}))
}

fn silent(api: &mut dyn Api, given: &Given, operation: &str) -> Result<String, Failure> {
    let answer = api.call(operation, name(given)?)?;
    Ok(told(given, &answer, String::new))
}

fn number(api: &mut dyn Api, given: &Given, operation: &str, member: &str) -> Result<String, Failure> {
    let answer = api.call(operation, name(given)?)?;
    let number = answer
        .get(member)
        .and_then(Value::as_u64)
        .ok_or_else(|| Failure::missing(member, &answer))?;
    Ok(told(given, &json!({ member: number }), || format!("{number}\n")))
}

fn list(api: &mut dyn Api, given: &Given, operation: &str, member: &str) -> Result<String, Failure> {
    let answer = api.call(operation, json!({}))?;
    let items = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    let numbers = items
        .iter()
        .map(|item| item.get(member).and_then(Value::as_u64).unwrap_or_default());
    let line = |(name, number): (&str, u64)| format!("{}:{number}\n", crate::show::printable(name, false));
    Ok(told(given, &answer, || {
        texts(&answer, "name")
            .into_iter()
            .zip(numbers)
            .map(line)
            .collect()
    }))
}
