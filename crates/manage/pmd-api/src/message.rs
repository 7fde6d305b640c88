//! What the daemon and its helpers say to each other. Each message is JSON behind its length, four bytes, big end
//! first.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Problem;

/// The longest message to a helper, bytes: a restored configuration is the largest.
pub const LONGEST_REQUEST: usize = 16 << 20;
/// The longest message from a helper, bytes: a list of all packages is a few megabytes.
pub const LONGEST_REPLY: usize = 128 << 20;

/// A call to a helper. `C` is the domain's call; the daemon sends [`crate::Call`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request<C> {
    /// What is to be done.
    pub call: C,
    /// Do it only if the resource has this entity tag; `*` for any that exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_match: Option<String>,
    /// On whose behalf, for the logs of the host; the daemon has decided that they may.
    pub caller: String,
    /// Whether they are an administrator: only these may make administrators.
    #[serde(default)]
    pub administrator: bool,
}

/// How far a long call is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// What is being done.
    pub message: String,
    /// How much is done; the unit depends on the message.
    pub done: u64,
    /// Of how much; 0 when nobody knows.
    pub total: u64,
}

/// What a helper says: any number of times [`Reply::Progress`], then one of the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// A long call goes on.
    Progress(Progress),
    /// It is done.
    Done(Done),
    /// It failed.
    Failed(Problem),
}

/// The end of a call that worked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// The answer.
    pub answer: Value,
    /// What the changed resource was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// An answer as JSON.
pub fn answer(answer: impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(answer)
        .map_err(|error| Problem::failed(format!("the answer cannot be written as JSON: {error}")))
}

/// What the daemon asks the helper `auth`, which runs PAM, looks up names, checks tokens and tickets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(
    tag = "ask",
    content = "about",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum AuthCall {
    /// Is this the password of this user, and may the account be used?
    Password {
        /// The user.
        user: String,
        /// The password.
        password: crate::Secret,
        /// Where from, for PAM_RHOST.
        source: String,
    },
    /// Who has this number?
    Uid {
        /// The number.
        uid: u32,
    },
    /// Whose ticket is this? What follows `Negotiate` in the header (RFC 4559).
    Negotiate {
        /// The token, base64.
        token: crate::Secret,
    },
    /// Whose token is this (RFC 7519)?
    Token {
        /// The token.
        token: crate::Secret,
    },
    /// Whose certificate is this? TLS has checked it already.
    Certificate {
        /// The certificate, DER, base64.
        certificate: String,
    },
}

/// What the helper `auth` answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthReply {
    /// It is this user.
    Is(Identity),
    /// It is not; the reason is for the log, not for the caller.
    Refused(String),
    /// It cannot be found out now.
    Unavailable(String),
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The user's name.
    pub user: String,
    /// Names of all groups the user is in.
    pub groups: Vec<String>,
    /// What to answer the client with, for SPNEGO; base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
