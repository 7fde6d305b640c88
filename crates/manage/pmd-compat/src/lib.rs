//! What Photon's daemons answered: `/v1` of the C one ([`v1`]), `/api/v1` of the Go one ([`mgmtd`]).
//!
//! Each is a table: method, path, and a function that says which operation of the API to call next, from what was asked
//! and what the calls before have answered ([`Next`]). There is no input or output here: the daemon makes the calls, and
//! each of them is authorized, limited and written down like any other. What has no counterpart is answered with
//! `410 Gone` and the operation to use instead.
//!
//! ```text
//! let asked = Asked::new(method, path, query, body)?;
//! loop { match compat.next(&asked, &answers)? { Next::Call(step) => answers.push(call(step)), Next::Done(value) => ... } }
//! ```

mod asked;
mod list;
pub mod mgmtd;
pub mod v1;

pub use asked::Asked;

use pmd_api::Problem;
use serde_json::Value;

/// A call of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The operation.
    pub operation: &'static str,
    /// Its arguments.
    pub arguments: Value,
    /// Of a job: whether its id is the answer, and not what comes of it.
    pub only_begin: bool,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Call an operation; its answer is one more for the function.
    Call(Step),
    /// Answer this.
    Done(Value),
}

/// A function of a table.
pub(crate) type Adapt = fn(&Asked, &[Value]) -> Result<Next, Problem>;

/// A line of a table.
pub struct Entry {
    /// The method.
    pub method: &'static str,
    /// The path below its base; `{name}` is one segment.
    pub path: &'static str,
    pub(crate) adapt: Adapt,
}

/// A line.
pub(crate) const fn entry(method: &'static str, path: &'static str, adapt: Adapt) -> Entry {
    Entry { method, path, adapt }
}

/// An old interface's entry for a request.
pub struct Found {
    entry: &'static Entry,
    /// Whether answers are in photon-mgmtd's envelope.
    pub envelope: bool,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.entry.method, self.entry.path)
    }
}

impl Found {
    /// What to do next, after these answers.
    pub fn next(&self, asked: &Asked, answers: &[Value]) -> Result<Next, Problem> {
        (self.entry.adapt)(asked, answers)
    }

    /// An answer as the old interface has it.
    pub fn dress(&self, answer: Value) -> Value {
        match self.envelope {
            true => serde_json::json!({"success": true, "message": answer, "errors": ""}),
            false => answer,
        }
    }

    /// A problem as the old interface has it. The status stays what it is: an error is no `200 OK`.
    pub fn dress_problem(&self, problem: &Problem) -> Value {
        match self.envelope {
            true => serde_json::json!({"success": false, "message": null, "errors": problem.detail}),
            false => serde_json::json!({"error": {"code": problem.status, "message": problem.detail}}),
        }
    }
}

/// Why there is no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// It is no path of an old interface.
    NotOld,
    /// There never was such a path, or it has other methods.
    Unknown,
    /// It was there; this is what to use.
    Gone(String),
}

/// The entry for a request, with what its path says added to what was asked.
pub fn find(asked: &mut Asked) -> Result<Found, Missed> {
    if let Some(rest) = asked.path.strip_prefix("/v1/").map(str::to_owned) {
        let entry = lookup(v1::TABLE, asked, &rest).ok_or(Missed::Unknown)?;
        return Ok(Found {
            entry,
            envelope: false,
        });
    }
    if let Some(rest) = asked.path.strip_prefix("/api/v1/").map(str::to_owned) {
        return match lookup(mgmtd::TABLE, asked, &rest) {
            Some(entry) => Ok(Found {
                entry,
                envelope: true,
            }),
            None => Err(mgmtd::gone(&rest).map_or(Missed::Unknown, Missed::Gone)),
        };
    }
    Err(Missed::NotOld)
}

fn lookup(table: &'static [Entry], asked: &mut Asked, path: &str) -> Option<&'static Entry> {
    let segments: Vec<&str> = path.split('/').collect();
    // What is spelt out goes before what is an argument.
    let mut fitting: Vec<&'static Entry> = table
        .iter()
        .filter(|entry| entry.method == asked.method && fits(entry.path, &segments))
        .collect();
    fitting.sort_by_key(|entry| entry.path.matches('{').count());
    let entry = *fitting.first()?;
    for (template, segment) in entry.path.split('/').zip(&segments) {
        if let Some(name) = template.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            asked.add(name, pmd_api::percent_decode(segment, false)?);
        }
    }
    Some(entry)
}

fn fits(template: &str, segments: &[&str]) -> bool {
    let templates: Vec<&str> = template.split('/').collect();
    let fit = |(template, segment): (&&str, &&str)| {
        template == segment || (template.starts_with('{') && !segment.is_empty())
    };
    templates.len() == segments.len() && templates.iter().zip(segments).all(fit)
}

/// A call.
pub(crate) fn call(operation: &'static str, arguments: Value) -> Result<Next, Problem> {
    Ok(Next::Call(Step {
        operation,
        arguments: without_nulls(arguments),
        only_begin: false,
    }))
}

/// What was not given is left out.
fn without_nulls(mut arguments: Value) -> Value {
    if let Value::Object(members) = &mut arguments {
        members.retain(|_, value| !value.is_null());
    }
    arguments
}

/// One call, and its answer in another shape.
pub(crate) fn one(
    answers: &[Value],
    operation: &'static str,
    arguments: Value,
    shape: impl FnOnce(&Value) -> Value,
) -> Result<Next, Problem> {
    match answers.first() {
        None => call(operation, arguments),
        Some(answer) => Ok(Next::Done(shape(answer))),
    }
}

/// A member of an answer.
pub(crate) fn of(answer: &Value, name: &str) -> Value {
    answer.get(name).cloned().unwrap_or_default()
}
