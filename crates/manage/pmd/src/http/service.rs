//! One request: who, what, whether they may; then it is done.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, StatusCode};
use pmd_api::{Access, Arguments, BASE, Found, Missed, Operation, Problem, route};
use serde_json::Value;

use super::answer::{self, Answer};
use super::{body, compat, perform};
use crate::audit::Event;
use crate::auth::{Peer, Principal, Refusal};
use crate::daemon::Daemon;

/// Answers a request.
pub(crate) async fn respond(daemon: Arc<Daemon>, peer: Arc<Peer>, request: Request<Incoming>) -> Answer {
    let (head, mut incoming) = request.into_parts();
    let mut answer = answered(&daemon, &peer, &head, &mut incoming).await;
    body::finish(&head.headers, incoming).await;
    if head.method == Method::HEAD {
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

async fn answered(daemon: &Arc<Daemon>, peer: &Peer, head: &Parts, incoming: &mut Incoming) -> Answer {
    if let Some(refusal) = of_a_page(head) {
        return refuse(daemon, peer, &shown(head), refusal).await;
    }
    if compat::is_old(head.uri.path()) {
        return compat::serve(daemon, peer, head, incoming).await;
    }
    match route(method(head), head.uri.path()) {
        Ok(found) => serve(daemon, peer, found, head, incoming).await,
        Err(what) => missed(daemon, peer, head, what).await,
    }
}

/// A request that no operation is known for, as logs show it.
pub(super) fn shown(head: &Parts) -> String {
    format!("{} {}", head.method, head.uri.path())
}

/// The method; HEAD is a GET without its body.
pub(super) fn method(head: &Parts) -> &str {
    match head.method {
        Method::HEAD => "GET",
        _ => head.method.as_str(),
    }
}

/// A web page that makes a browser change something with the name, ticket or certificate that the browser has: browsers
/// say so by `Origin` (Fetch, section 3.2). No page is ours.
fn of_a_page(head: &Parts) -> Option<Refusal> {
    let changes = head.method != Method::GET && head.method != Method::HEAD;
    (changes && head.headers.contains_key(header::ORIGIN)).then(|| Refusal {
        problem: Problem::forbidden("no web page may change this host; the request has the header Origin"),
        user: String::new(),
        method: "none",
        retry: None,
        reason: "a web page asked for it".to_owned(),
    })
}

/// A path or method that is not there. Only those who have proved who they are get to know which.
async fn missed(daemon: &Daemon, peer: &Peer, head: &Parts, missed: Missed) -> Answer {
    if let Err(refusal) = identify(daemon, peer, &head.headers).await {
        return refuse(daemon, peer, &shown(head), *refusal).await;
    }
    let problem = match missed {
        Missed::Path => nothing_there(),
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

/// That a path is none.
pub(super) fn nothing_there() -> Problem {
    Problem::not_found(format!(
        "there is nothing at this path; {BASE}/openapi.json lists what there is"
    ))
}

/// Who is asking.
pub(super) async fn identify(
    daemon: &Daemon,
    peer: &Peer,
    headers: &HeaderMap,
) -> Result<Principal, Box<Refusal>> {
    daemon
        .authenticator
        .identify(peer, headers, &daemon.throttle)
        .await
}

async fn serve(
    daemon: &Arc<Daemon>,
    peer: &Peer,
    found: Found,
    head: &Parts,
    incoming: &mut Incoming,
) -> Answer {
    let operation = found.operation;
    if operation.access == Access::Public {
        return match throttled(daemon, &peer.source(), peer) {
            Some(answer) => answer,
            None => perform::public(daemon, operation, &head.headers),
        };
    }
    let principal = match identify(daemon, peer, &head.headers).await {
        Ok(principal) => principal,
        Err(refusal) => return refuse(daemon, peer, operation.id, *refusal).await,
    };
    let mut answer = match permitted(daemon, &principal, found, head, incoming).await {
        Ok(answer) => answer,
        Err(problem) => answer::problem(&problem.of(operation.id)),
    };
    greet(&mut answer, &principal);
    answer
}

/// The last word of a proof that is mutual (RFC 4559, section 5).
pub(super) fn greet(answer: &mut Answer, principal: &Principal) {
    if let Some(reply) = &principal.reply {
        answer::set(answer, header::WWW_AUTHENTICATE, reply);
    }
}

/// Those who have no name yet get so much and no more.
fn throttled(daemon: &Daemon, source: &str, peer: &Peer) -> Option<Answer> {
    if matches!(peer, Peer::Process { .. }) {
        return None;
    }
    let mut throttle = daemon.throttle.lock().unwrap_or_else(PoisonError::into_inner);
    throttle.take(source, Instant::now()).err().map(wait)
}

/// That something is too much now.
pub(super) fn too_many() -> Problem {
    Problem::too_many("too many requests; wait a little")
}

/// For the header Retry-After: whole seconds.
pub(super) fn seconds(left: Duration) -> String {
    (left.as_secs() + 1).to_string()
}

fn wait(left: Duration) -> Answer {
    let mut answer = answer::problem(&too_many());
    answer::set(&mut answer, header::RETRY_AFTER, &seconds(left));
    answer
}

/// Tells somebody that they are nobody to us, and writes it down.
pub(super) async fn refuse(daemon: &Daemon, peer: &Peer, operation: &str, refusal: Refusal) -> Answer {
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

/// Whether the caller may do it; that they may not is written down.
pub(super) async fn authorize(
    daemon: &Daemon,
    principal: &Principal,
    operation: &'static Operation,
) -> Result<(), Problem> {
    let roles = daemon.roles();
    if roles.allow(&principal.groups, operation) {
        return Ok(());
    }
    let needed = roles.needed(operation).join(", ");
    let mut event = perform::event(principal, operation, Value::Null);
    (event.result, event.reason) = ("refused", Some("no role for it".to_owned()));
    // That it cannot be written does not let anybody in.
    let _ = daemon.note(event).await;
    Err(Problem::forbidden(format!(
        "{} needs one of the roles {needed}; {} has none of them",
        operation.id, principal.user
    )))
}

/// Changes are limited in number; how long to wait.
pub(super) fn hold_back(
    daemon: &Daemon,
    principal: &Principal,
    operation: &Operation,
) -> Result<(), Duration> {
    if !perform::is_change(operation) {
        return Ok(());
    }
    let mut throttle = daemon.throttle.lock().unwrap_or_else(PoisonError::into_inner);
    throttle.take(&format!("user {}", principal.user), Instant::now())
}

/// The caller is known: whether they may, then the arguments, then the operation.
async fn permitted(
    daemon: &Arc<Daemon>,
    principal: &Principal,
    found: Found,
    head: &Parts,
    incoming: &mut Incoming,
) -> Result<Answer, Problem> {
    let operation = found.operation;
    authorize(daemon, principal, operation).await?;
    if let Err(left) = hold_back(daemon, principal, operation) {
        return Ok(wait(left));
    }
    let mut arguments = Arguments::new(found);
    arguments.query(head.uri.query().unwrap_or_default())?;
    if operation.method.has_body() {
        let longest = body::longest(operation.id);
        body::check(&head.headers, longest)?;
        let patience = Duration::from_secs(daemon.config.limits.body_seconds);
        arguments.body(&body::read(incoming, longest, patience).await?)?;
    }
    let asked = perform::Asked::new(operation, arguments, &head.headers)?;
    match perform::is_change(operation) {
        true => perform::change(daemon, principal, asked).await,
        false => perform::read(daemon, principal, asked).await,
    }
}
