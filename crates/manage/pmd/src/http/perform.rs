//! Doing what was asked: by the daemon itself, or by the helper of the operation's domain.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap};
use pmd_api::daemon::{self as own, Health, Job, WhoAmI};
use pmd_api::message::{Done, Request};
use pmd_api::{BASE, Call, Operation, Problem, entity_tag, operations};
use serde::Serialize;
use serde_json::Value;

use super::answer::{self, Answer};
use super::stream;
use crate::audit::{Event, difference};
use crate::auth::Principal;
use crate::daemon::{Daemon, Representation};

/// A call that the caller may make.
pub(super) struct Asked {
    pub(super) operation: &'static Operation,
    /// The arguments without secrets, for the log.
    pub(super) shown: Value,
    /// What was asked, as a name to remember the answer by.
    pub(super) key: String,
    pub(super) call: Call,
    pub(super) headers: HeaderMap,
}

/// What may be asked without a name.
pub(super) fn public(daemon: &Daemon, operation: &Operation, headers: &HeaderMap) -> Answer {
    let seen = headers.get(header::IF_NONE_MATCH);
    if operation.id == "daemon.openapi" {
        return answer::representation(daemon.document(), operation.media, seen);
    }
    let health = Health {
        status: "ok".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    match written(&health) {
        Ok(found) => answer::representation(&found, operation.media, seen),
        Err(problem) => answer::problem(&problem),
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
    let operation = asked.operation;
    let seen = asked.headers.get(header::IF_NONE_MATCH);
    let found = match &asked.call {
        Call::Daemon(own::Call::job_events(one)) => {
            return Ok(stream::events(
                daemon.jobs.follow(&one.id, sees(daemon, principal))?,
            ));
        }
        Call::Daemon(call) => written(&of_daemon(daemon, principal, call.clone())?)?,
        _ => match daemon.remembered(&asked.key) {
            Some(found) => found,
            None => {
                let done = daemon
                    .helpers
                    .call(
                        operation.domain,
                        &message(daemon, &asked, principal),
                        |_| (),
                        None,
                    )
                    .await?;
                let found = match (operation.media, done.answer) {
                    ("application/json", answer) => written(&answer)?,
                    (_, Value::String(text)) => Representation::new(text),
                    (_, answer) => written(&answer)?,
                };
                daemon.remember(asked.key.clone(), &found);
                found
            }
        },
    };
    Ok(answer::representation(&found, operation.media, seen))
}

fn message(daemon: &Daemon, asked: &Asked, principal: &Principal) -> Request<Call> {
    let if_match = asked
        .headers
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok());
    Request {
        call: asked.call.clone(),
        if_match: if_match.map(str::to_owned),
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

/// Changes: written down, done, written down.
pub(super) async fn change(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    asked: Asked,
) -> Result<Answer, Problem> {
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
    let done = outcome?;
    let found = written(&done.answer)?;
    let mut answer = answer::plain(StatusCode::OK, asked.operation.media, found.bytes);
    if let Some(after) = &done.after {
        answer::set(
            &mut answer,
            header::ETAG,
            &entity_tag(after.to_string().as_bytes()),
        );
    }
    Ok(answer)
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
) -> Result<Answer, Problem> {
    let operation = asked.operation;
    let started = daemon
        .jobs
        .begin(operation.id, &principal.user, daemon.config.limits.jobs.max(1));
    let (job, handle, cancelled) = match started {
        Ok(started) => started,
        Err(problem) => {
            conclude(daemon, begun, &Err(problem.clone())).await;
            return Err(problem);
        }
    };
    let request = message(daemon, &asked, principal);
    let daemon = daemon.clone();
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
    let bytes = serde_json::to_vec(&job).unwrap_or_default();
    let mut answer = answer::plain(StatusCode::ACCEPTED, "application/json", Bytes::from(bytes));
    answer::set(&mut answer, header::LOCATION, &format!("{BASE}/jobs/{}", job.id));
    Ok(answer)
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
