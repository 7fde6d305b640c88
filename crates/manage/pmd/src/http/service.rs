//! One request: who, what, whether they may; then it is done.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Request, StatusCode};
use pmd_api::{Access, Arguments, BASE, Found, Missed, Problem, route};
use serde_json::Value;

use super::answer::{self, Answer};
use super::{body, perform};
use crate::audit::{Event, without_secrets};
use crate::auth::{Peer, Principal, Refusal};
use crate::daemon::Daemon;

/// Answers a request.
pub(crate) async fn respond(daemon: Arc<Daemon>, peer: Arc<Peer>, request: Request<Incoming>) -> Answer {
    let head = request.method() == hyper::Method::HEAD;
    let mut answer = match asked(&request) {
        Ok(found) => serve(&daemon, &peer, found, request).await,
        Err(what) => {
            let shown = format!("{} {}", request.method(), request.uri().path());
            missed(&daemon, &peer, &shown, request.headers(), what).await
        }
    };
    if head {
        *answer.body_mut() = answer::plain(StatusCode::OK, "", hyper::body::Bytes::new()).into_body();
    }
    if matches!(*peer, Peer::Remote { .. }) {
        let name = header::STRICT_TRANSPORT_SECURITY;
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static("max-age=31536000"));
    }
    answer
}

/// A path or method that is not there. Only those who have proved who they are get to know which.
async fn missed(daemon: &Daemon, peer: &Peer, shown: &str, headers: &HeaderMap, missed: Missed) -> Answer {
    if let Err(refusal) = daemon
        .authenticator
        .identify(peer, headers, &daemon.throttle)
        .await
    {
        return refuse(daemon, peer, shown, *refusal).await;
    }
    let problem = match missed {
        Missed::Path => Problem::not_found(format!(
            "there is nothing at this path; {BASE}/openapi.json lists what there is"
        )),
        Missed::Malformed => Problem::malformed("the path is not percent-encoded UTF-8"),
        Missed::Method(methods) => {
            let allowed = methods.join(", ");
            let mut answer = answer::problem(&Problem::method(format!("this path takes {allowed}")));
            answer::set(&mut answer, header::ALLOW, &allowed);
            return answer;
        }
    };
    answer::problem(&problem)
}

fn asked(request: &Request<Incoming>) -> Result<Found, Missed> {
    let method = match request.method() {
        &hyper::Method::HEAD => "GET",
        other => other.as_str(),
    };
    route(method, request.uri().path())
}

async fn serve(daemon: &Arc<Daemon>, peer: &Peer, found: Found, request: Request<Incoming>) -> Answer {
    let operation = found.operation;
    if operation.access == Access::Public {
        return match throttled(daemon, &peer.source(), peer) {
            Some(answer) => answer,
            None => perform::public(daemon, operation, request.headers()),
        };
    }
    let who = daemon
        .authenticator
        .identify(peer, request.headers(), &daemon.throttle)
        .await;
    let principal = match who {
        Ok(principal) => principal,
        Err(refusal) => return refuse(daemon, peer, operation.id, *refusal).await,
    };
    let reply = principal.reply.clone();
    let mut answer = match permitted(daemon, &principal, found, request).await {
        Ok(answer) => answer,
        Err(problem) => answer::problem(&problem.of(operation.id)),
    };
    if let Some(reply) = reply {
        answer::set(&mut answer, header::WWW_AUTHENTICATE, &reply);
    }
    answer
}

/// Those who have no name yet get so much and no more.
fn throttled(daemon: &Daemon, source: &str, peer: &Peer) -> Option<Answer> {
    if matches!(peer, Peer::Process { .. }) {
        return None;
    }
    let mut throttle = daemon.throttle.lock().unwrap_or_else(PoisonError::into_inner);
    throttle.take(source, Instant::now()).err().map(wait)
}

fn wait(left: Duration) -> Answer {
    let mut answer = answer::problem(&Problem::too_many("too many requests; wait a little"));
    answer::set(
        &mut answer,
        header::RETRY_AFTER,
        &(left.as_secs() + 1).to_string(),
    );
    answer
}

/// Tells somebody that they are nobody to us, and writes it down.
async fn refuse(daemon: &Daemon, peer: &Peer, operation: &str, refusal: Refusal) -> Answer {
    if let Some(answer) = throttled(daemon, &peer.source(), peer) {
        return answer;
    }
    let event = Event {
        user: refusal.user,
        method: refusal.method.to_owned(),
        source: peer.source(),
        operation: operation.chars().take(200).collect(),
        arguments: Value::Null,
        result: if refusal.problem.status >= 500 {
            "failed"
        } else {
            "refused"
        },
        reason: Some(refusal.reason),
        difference: Vec::new(),
    };
    // That it cannot be written does not let anybody in.
    let _ = daemon.note(event).await;
    let mut answer = answer::problem(&refusal.problem);
    if refusal.problem.status == 401 {
        for challenge in daemon.authenticator.challenges(peer) {
            answer::set(&mut answer, header::WWW_AUTHENTICATE, challenge);
        }
    }
    if let Some(seconds) = refusal.retry {
        answer::set(&mut answer, header::RETRY_AFTER, &seconds.to_string());
    }
    answer
}

/// The caller is known: whether they may, then the arguments, then the operation.
async fn permitted(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    found: Found,
    request: Request<Incoming>,
) -> Result<Answer, Problem> {
    let operation = found.operation;
    if !daemon.roles().allow(&principal.groups, operation) {
        let needed = daemon.roles().needed(operation).join(", ");
        let problem = Problem::forbidden(format!(
            "{} needs one of the roles {needed}; {} has none of them",
            operation.id, principal.user
        ));
        let mut event = perform::event(principal, operation, Value::Null);
        (event.result, event.reason) = ("refused", Some("no role for it".to_owned()));
        // That it cannot be written does not let anybody in.
        let _ = daemon.note(event).await;
        return Err(problem);
    }
    let change = operation.access == Access::Change && operation.method != pmd_api::Method::Get;
    if change {
        let mut throttle = daemon.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(left) = throttle.take(&format!("user {}", principal.user), Instant::now()) {
            return Ok(wait(left));
        }
    }
    let (parts, incoming) = request.into_parts();
    let mut arguments = Arguments::new(found);
    arguments.query(parts.uri.query().unwrap_or_default())?;
    if operation.method.has_body() {
        let longest = body::longest(operation.id);
        body::check(&parts.headers, longest)?;
        let patience = Duration::from_secs(daemon.config.limits.body_seconds);
        arguments.body(&body::read(incoming, longest, patience).await?)?;
    }
    let shown = without_secrets(operation, arguments.values());
    let asked = perform::Asked {
        operation,
        shown,
        key: format!("{} {}", operation.id, Value::Object(arguments.values().clone())),
        call: arguments.call()?,
        headers: parts.headers,
    };
    match change {
        true => perform::change(daemon, principal, asked).await,
        false => perform::read(daemon, principal, asked).await,
    }
}
