//! What went wrong, as RFC 9457 has it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An error of the API: `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub struct Problem {
    /// Which kind of problem, `urn:pmd:problem:KIND`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words, always the same.
    pub title: String,
    /// The status of the HTTP answer.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// What was tried, on what, why it failed and what to do.
    pub detail: String,
    /// The operation that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

macro_rules! kinds {
    ($($(#[doc = $about:literal])+ $kind:ident $function:ident $word:literal $status:literal $title:literal;)+) => {
        /// Kinds of problems.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $( $(#[doc = $about])+ $kind, )+ }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),+];

            /// Its word, status and title.
            pub fn row(self) -> (&'static str, u16, &'static str) {
                match self { $( Kind::$kind => ($word, $status, $title), )+ }
            }
        }

        impl Problem { $(
            $(#[doc = $about])+
            pub fn $function(detail: impl Into<String>) -> Self {
                Problem::new(Kind::$kind, detail)
            }
        )+ }
    };
}

kinds! {
    /// The request is no request of the API: bad JSON, bad query string.
    Malformed malformed "malformed" 400 "The request cannot be read";
    /// Nobody has proved who they are.
    Unauthenticated unauthenticated "unauthenticated" 401 "Say who you are";
    /// The caller has no role for this.
    Forbidden forbidden "forbidden" 403 "You may not do this";
    /// There is no such path or thing.
    NotFound not_found "not-found" 404 "There is no such thing";
    /// The path is there, the method not.
    Method method "method" 405 "This method is not allowed here";
    /// The state of the host does not allow it.
    Conflict conflict "conflict" 409 "It does not fit what is there";
    /// It was in an old interface, and is not any more.
    Gone gone "gone" 410 "It is not here any more";
    /// The resource is not the one the caller has seen.
    Changed changed "changed" 412 "It was changed in the meantime";
    /// The body is too large.
    TooLarge too_large "too-large" 413 "The body is too large";
    /// The body is no JSON by its media type.
    Media media "media-type" 415 "The body must be application/json";
    /// The arguments are not what the operation takes.
    Invalid invalid "invalid" 422 "The arguments are not valid";
    /// Too much in too short a time, or locked out after wrong passwords.
    TooMany too_many "too-many" 429 "Too many requests";
    /// The headers are too large.
    HeaderTooLarge header_too_large "header-too-large" 431 "The headers are too large";
    /// The host failed to do it.
    Failed failed "failed" 500 "It failed";
    /// A part that does the work is not there.
    Unavailable unavailable "unavailable" 503 "A part of the system does not answer";
    /// It took too long.
    TimeOut time_out "time-out" 504 "It took too long";
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (word, status, title) = kind.row();
        Problem {
            kind: format!("urn:pmd:problem:{word}"),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            instance: None,
        }
    }

    /// Says which operation failed.
    pub fn of(mut self, operation: &str) -> Self {
        self.instance = Some(operation.to_owned());
        self
    }
}
