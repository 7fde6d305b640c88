//! The interfaces of Photon's daemons, `/v1` and `/api/v1`: tables of the crate `pmd-compat` onto our operations.
//!
//! Each operation that an old request comes to is authorized, limited and written down as if it had been asked for by
//! itself; there is no other way to anything from here.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap};
use hyper::http::request::Parts;
use pmd_api::daemon::{Job, JobState};
use pmd_api::{Access, Arguments, Kind, Problem};
use pmd_compat::{Asked, Missed, Next, Step};
use serde_json::Value;
use tokio::sync::watch;

use super::answer::{self, Answer};
use super::perform::{self, Outcome};
use super::{body, service};
use crate::auth::{Peer, Principal};
use crate::daemon::Daemon;

/// More calls than any request of a table comes to.
const MOST: usize = 8;

/// Why an old request goes no further, and how long to wait before the next try.
struct Stop {
    problem: Problem,
    wait: Option<Duration>,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop { problem, wait: None }
    }
}

/// Whether a path is one of an old interface.
pub(super) fn is_old(path: &str) -> bool {
    ["/v1/", "/api/v1/"].iter().any(|base| path.starts_with(base))
}

/// Answers a request of an old interface.
pub(super) async fn serve(
    daemon: &Arc<Daemon>,
    peer: &Peer,
    head: &Parts,
    incoming: &mut Incoming,
) -> Answer {
    let shown = service::shown(head);
    let principal = match service::identify(daemon, peer, &head.headers).await {
        Ok(principal) => principal,
        Err(refusal) => return service::refuse(daemon, peer, &shown, *refusal).await,
    };
    let mut answer = match request(daemon, head, incoming).await {
        Ok(asked) => known(daemon, &principal, asked, &shown).await,
        Err(problem) => answer::problem(&problem.of(&shown)),
    };
    service::greet(&mut answer, &principal);
    answer
}

/// What is asked. Clients of photon-mgmtd send bodies with GET too, and of no declared type.
async fn request(daemon: &Daemon, head: &Parts, incoming: &mut Incoming) -> Result<Asked, Problem> {
    let longest = body::longest("");
    body::check(&head.headers, longest)?;
    let patience = Duration::from_secs(daemon.config.limits.body_seconds);
    let body = body::read(incoming, longest, patience).await?;
    let query = head.uri.query().unwrap_or_default();
    Asked::new(service::method(head), head.uri.path(), query, &body)
}

async fn known(daemon: &Arc<Daemon>, principal: &Principal, mut asked: Asked, shown: &str) -> Answer {
    let found = match pmd_compat::find(&mut asked) {
        Ok(found) => found,
        Err(missed) => return answer::problem(&missing(missed).of(shown)),
    };
    match play(daemon, principal, &found, &asked).await {
        Ok(value) => json(hyper::StatusCode::OK, &found.dress(value)),
        Err(Stop { problem, wait }) => {
            let status = hyper::StatusCode::from_u16(problem.status).unwrap_or_default();
            let mut answer = json(status, &found.dress_problem(&problem));
            if let Some(left) = wait {
                answer::set(&mut answer, header::RETRY_AFTER, &service::seconds(left));
            }
            answer
        }
    }
}

fn missing(missed: Missed) -> Problem {
    match missed {
        Missed::Gone(instead) => Problem::new(Kind::Gone, instead),
        Missed::Unknown | Missed::NotOld => service::nothing_there(),
    }
}

fn json(status: hyper::StatusCode, value: &Value) -> Answer {
    answer::plain(status, "application/json", Bytes::from(value.to_string()))
}

/// Makes the calls that the table says, one after the other.
async fn play(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    found: &pmd_compat::Found,
    asked: &Asked,
) -> Result<Value, Stop> {
    let mut answers = Vec::new();
    while answers.len() < MOST {
        match found.next(asked, &answers)? {
            Next::Done(value) => return Ok(value),
            Next::Call(step) => answers.push(call(daemon, principal, step).await?),
        }
    }
    Err(Problem::failed(format!("{found:?} comes to more than {MOST} calls")).into())
}

/// One call, as if it were a request of its own.
async fn call(daemon: &Arc<Daemon>, principal: &Principal, step: Step) -> Result<Value, Stop> {
    let operation = pmd_api::find(step.operation)
        .ok_or_else(|| Problem::failed(format!("there is no operation {}", step.operation)))?;
    if operation.access == Access::Public {
        return Ok(read_back(&perform::known(daemon, operation)?.bytes)?);
    }
    service::authorize(daemon, principal, operation).await?;
    service::hold_back(daemon, principal, operation).map_err(|left| Stop {
        problem: service::too_many(),
        wait: Some(left),
    })?;
    let mut arguments = Arguments::of(operation);
    if let Value::Object(members) = step.arguments {
        members
            .into_iter()
            .try_for_each(|(name, value)| arguments.put(&name, value))?;
    }
    let asked = perform::Asked::new(operation, arguments, &HeaderMap::new())?;
    if !perform::is_change(operation) {
        return Ok(read_back(&perform::look(daemon, principal, &asked).await?.bytes)?);
    }
    match perform::carry_out(daemon, principal, asked).await? {
        Outcome::Done(done) => Ok(done.answer),
        Outcome::Begun(job, _) if step.only_begin => Ok(pmd_api::message::answer(job)?),
        Outcome::Begun(_, job) => Ok(ended(job).await?),
    }
}

fn read_back(bytes: &Bytes) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| Problem::failed(format!("the answer is no JSON: {error}")))
}

/// What comes of a job. It goes on when nobody waits for it any more.
async fn ended(mut job: watch::Receiver<Job>) -> Result<Value, Problem> {
    let ended = job.wait_for(|job| job.state != JobState::Running).await;
    let ended = ended.map_err(|_| Problem::failed("the job was forgotten before it ended"))?;
    match &ended.problem {
        Some(problem) => Err(problem.clone()),
        None => Ok(ended.result.clone().unwrap_or_default()),
    }
}
