//! Answers of HTTP.

use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use pmd_api::Problem;

use crate::daemon::Representation;

/// The body of an answer: whole, or a stream of events.
pub(crate) type Body = http_body_util::Either<Full<Bytes>, UnsyncBoxBody<Bytes, std::convert::Infallible>>;
/// An answer.
pub(crate) type Answer = Response<Body>;

/// An answer with a body of this media type. Nothing that we say is for anybody else, to be kept, or to be run.
pub(super) fn plain(status: StatusCode, media: &str, bytes: Bytes) -> Answer {
    with_body(status, media, Body::Left(Full::new(bytes)))
}

pub(super) fn with_body(status: StatusCode, media: &str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    if let Ok(media) = HeaderValue::from_str(media) {
        headers.insert(header::CONTENT_TYPE, media);
    }
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, private"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'"),
    );
    answer
}

/// An answer to a GET: the representation, or that the caller has it already (RFC 9110, section 13.1.2).
pub(super) fn representation(found: &Representation, media: &str, seen: Option<&HeaderValue>) -> Answer {
    let seen = seen.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has = seen
        .split(',')
        .map(str::trim)
        .any(|tag| !tag.is_empty() && (tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == found.tag));
    let mut answer = match has {
        true => plain(StatusCode::NOT_MODIFIED, media, Bytes::new()),
        false => plain(StatusCode::OK, media, found.bytes.clone()),
    };
    set(&mut answer, header::ETAG, &found.tag);
    answer
}

/// A problem (RFC 9457).
pub(super) fn problem(problem: &Problem) -> Answer {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let bytes = serde_json::to_vec(problem).unwrap_or_default();
    plain(status, "application/problem+json", Bytes::from(bytes))
}

/// Sets a header; what cannot be one is left out.
pub(super) fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().append(name, value);
    }
}
