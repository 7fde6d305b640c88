//! Doing what was asked: by the daemon itself, or by the helper of the operation's domain.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};
use pmd_api::daemon::{self as own, Health, Job, WhoAmI};
use pmd_api::message::{Done, Request};
use pmd_api::{Access, Arguments, BASE, Call, Method, Operation, Problem, entity_tag, operations};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

use super::answer::{self, Answer};
use super::stream;
use crate::audit::{Event, difference, without_secrets};
use crate::auth::Principal;
use crate::daemon::{Daemon, Representation};

/// A call that the caller may make.
pub(super) struct Asked {
    operation: &'static Operation,
    /// The arguments of a change, without secrets, for the log.
    shown: Value,
    /// What was asked, as a name to remember the answer by.
    key: String,
    call: Call,
    if_match: Option<String>,
    if_none_match: Option<HeaderValue>,
}

impl Asked {
    /// An operation with its arguments, under the conditions of a request's headers.
    pub(super) fn new(
        operation: &'static Operation,
        arguments: Arguments,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let shown = match is_change(operation) {
            true => without_secrets(operation, arguments.values()),
            false => Value::Null,
        };
        let key = serde_json::to_string(arguments.values()).unwrap_or_default();
        let if_match = headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok());
        Ok(Asked {
            operation,
            shown,
            key: format!("{} {key}", operation.id),
            call: arguments.call()?,
            if_match: if_match.map(str::to_owned),
            if_none_match: headers.get(header::IF_NONE_MATCH).cloned(),
        })
    }
}

/// Whether it is written down and limited: a look at something that only administrators may see is none.
pub(super) fn is_change(operation: &Operation) -> bool {
    operation.access == Access::Change && operation.method != Method::Get
}

/// What may be asked without a name.
pub(super) fn public(daemon: &Daemon, operation: &Operation, headers: &HeaderMap) -> Answer {
    match known(daemon, operation) {
        Ok(found) => answer::representation(&found, operation.media, headers.get(header::IF_NONE_MATCH)),
        Err(problem) => answer::problem(&problem),
    }
}

/// What the daemon tells everybody: the document of the API, and that it lives.
pub(super) fn known(daemon: &Daemon, operation: &Operation) -> Result<Representation, Problem> {
    match operation.id {
        "daemon.openapi" => Ok(daemon.document().clone()),
        _ => written(&Health {
            status: "ok".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }),
    }
}

fn written(answer: &impl Serialize) -> Result<Representation, Problem> {
    serde_json::to_string(answer)
        .map(Representation::new)
        .map_err(|error| Problem::failed(format!("the answer cannot be written as JSON: {error}")))
}

/// A line of the audit log about this call.
pub(super) fn event(principal: &Principal, operation: &Operation, arguments: Value) -> Event {
    Event {
        user: principal.user.clone(),
        method: principal.method.to_owned(),
        source: principal.source.clone(),
        operation: operation.id.to_owned(),
        arguments,
        result: "begun",
        reason: None,
        difference: Vec::new(),
    }
}

/// Looks.
pub(super) async fn read(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    asked: Asked,
) -> Result<Answer, Problem> {
    if let Call::Daemon(own::Call::job_events(one)) = &asked.call {
        let job = daemon.jobs.follow(&one.id, sees(daemon, principal))?;
        return Ok(stream::events(job));
    }
    let found = look(daemon, principal, &asked).await?;
    let seen = asked.if_none_match.as_ref();
    Ok(answer::representation(&found, asked.operation.media, seen))
}

/// What there is to see: by the daemon itself, a moment ago, or by the helper.
pub(super) async fn look(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    asked: &Asked,
) -> Result<Representation, Problem> {
    if let Call::Daemon(call) = &asked.call {
        return written(&of_daemon(daemon, principal, call.clone())?);
    }
    if let Some(found) = daemon.remembered(&asked.key) {
        return Ok(found);
    }
    let request = message(daemon, asked, principal);
    let done = daemon
        .helpers
        .call(asked.operation.domain, &request, |_| (), None)
        .await?;
    let found = match (asked.operation.media, done.answer) {
        ("application/json", answer) => written(&answer)?,
        (_, Value::String(text)) => Representation::new(text),
        (_, answer) => written(&answer)?,
    };
    daemon.remember(asked.key.clone(), &found);
    Ok(found)
}

fn message(daemon: &Daemon, asked: &Asked, principal: &Principal) -> Request<Call> {
    Request {
        call: asked.call.clone(),
        if_match: asked.if_match.clone(),
        caller: principal.user.clone(),
        administrator: is_administrator(daemon, principal),
    }
}

/// Who may change the daemon itself may do everything.
fn is_administrator(daemon: &Daemon, principal: &Principal) -> bool {
    pmd_api::find("daemon.audit").is_some_and(|audit| daemon.roles().allow(&principal.groups, audit))
}

/// Whose jobs somebody sees: their own; all of them, who may change the daemon.
fn sees<'a>(daemon: &'a Daemon, principal: &'a Principal) -> impl Fn(&Job) -> bool + 'a {
    let all = is_administrator(daemon, principal);
    move |job| all || job.owner == principal.user
}

fn of_daemon(daemon: &Daemon, principal: &Principal, call: own::Call) -> Result<Value, Problem> {
    use pmd_api::message::answer;
    match call {
        own::Call::whoami(_) => answer(WhoAmI {
            user: principal.user.clone(),
            method: principal.method.to_owned(),
            groups: principal.groups.clone(),
            roles: daemon.roles().of(&principal.groups).map(str::to_owned).collect(),
            operations: operations()
                .filter(|operation| daemon.roles().allow(&principal.groups, operation))
                .map(|operation| operation.id.to_owned())
                .collect(),
        }),
        own::Call::jobs(_) => answer(daemon.jobs.list(sees(daemon, principal))),
        own::Call::job(one) => {
            let job = daemon
                .jobs
                .follow(&one.id, sees(daemon, principal))?
                .borrow()
                .clone();
            answer(job)
        }
        own::Call::cancel_job(one) => {
            let job = daemon
                .jobs
                .cancel(&one.id, sees(daemon, principal))?
                .borrow()
                .clone();
            answer(job)
        }
        own::Call::audit(query) => answer(daemon.audit(query.user.as_deref(), query.lines)?),
        own::Call::health(_) | own::Call::openapi(_) | own::Call::job_events(_) => {
            Err(Problem::not_found("this is answered elsewhere"))
        }
    }
}

/// Changes.
pub(super) async fn change(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    asked: Asked,
) -> Result<Answer, Problem> {
    let media = asked.operation.media;
    match carry_out(daemon, principal, asked).await? {
        Outcome::Done(done) => changed(&done, media),
        Outcome::Begun(job, _) => {
            let bytes = serde_json::to_vec(&job).unwrap_or_default();
            let mut answer = answer::plain(StatusCode::ACCEPTED, "application/json", Bytes::from(bytes));
            answer::set(&mut answer, header::LOCATION, &format!("{BASE}/jobs/{}", job.id));
            Ok(answer)
        }
    }
}

fn changed(done: &Done, media: &str) -> Result<Answer, Problem> {
    let mut answer = answer::plain(StatusCode::OK, media, written(&done.answer)?.bytes);
    if let Some(after) = &done.after {
        answer::set(
            &mut answer,
            header::ETAG,
            &entity_tag(after.to_string().as_bytes()),
        );
    }
    Ok(answer)
}

/// What comes of a change at once.
pub(super) enum Outcome {
    /// It is done.
    Done(Done),
    /// It goes on as a job, which can be followed.
    Begun(Box<Job>, watch::Receiver<Job>),
}

/// Changes: written down, done, written down.
pub(super) async fn carry_out(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    asked: Asked,
) -> Result<Outcome, Problem> {
    let begun = event(principal, asked.operation, asked.shown.clone());
    daemon.note(begun.clone()).await?;
    if asked.operation.job {
        return job(daemon, principal, asked, begun).await;
    }
    let request = message(daemon, &asked, principal);
    // Whoever asked may hang up; what was begun is finished and written down all the same.
    let task = tokio::spawn({
        let (daemon, operation) = (daemon.clone(), asked.operation);
        async move {
            let outcome = daemon
                .helpers
                .call(operation.domain, &request, |_| (), None)
                .await;
            daemon.forget();
            conclude(&daemon, begun, &outcome).await;
            outcome
        }
    });
    let outcome = task
        .await
        .map_err(|error| Problem::failed(format!("it ended in the middle: {error}")))?;
    outcome.map(Outcome::Done)
}

/// Writes down what came of a change. It is done already, so that nothing can be refused any more.
async fn conclude(daemon: &Daemon, mut event: Event, outcome: &Result<Done, Problem>) {
    match outcome {
        Ok(done) => {
            event.result = "done";
            event.difference = difference(done.before.as_ref(), done.after.as_ref());
        }
        Err(problem) => {
            event.result = if problem.status < 500 { "refused" } else { "failed" };
            event.reason = Some(problem.detail.clone());
        }
    }
    if let Err(problem) = daemon.note(event).await {
        eprintln!("<2>{}", problem.detail);
    }
}

/// Something that goes on after its answer.
async fn job(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    asked: Asked,
    begun: Event,
) -> Result<Outcome, Problem> {
    let operation = asked.operation;
    let started = daemon
        .jobs
        .begin(operation.id, &principal.user, daemon.config.limits.jobs.max(1));
    let started = match started {
        Ok(started) => started,
        Err(problem) => {
            conclude(daemon, begun, &Err(problem.clone())).await;
            return Err(problem);
        }
    };
    let request = message(daemon, &asked, principal);
    let (daemon, handle, cancelled) = (daemon.clone(), started.handle, started.cancelled);
    tokio::spawn(async move {
        let wanted = cancelled.clone();
        let hear = |progress| handle.progress(progress);
        let outcome = daemon
            .helpers
            .call(operation.domain, &request, hear, Some(cancelled))
            .await;
        daemon.forget();
        conclude(&daemon, begun, &outcome).await;
        handle.end(outcome.map(|done| done.answer), *wanted.borrow());
    });
    Ok(Outcome::Begun(Box::new(started.job), started.state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daemon_itself_changes_nothing_for_a_role() {
        let own = operations().filter(|operation| operation.domain == pmd_api::Domain::Daemon);
        for operation in own.filter(|operation| operation.access == pmd_api::Access::Change) {
            assert_eq!(operation.method, pmd_api::Method::Get, "{operation:?}");
        }
    }
}
