//! What is told as `Error(N) : text`. The numbers are Photon's: 800 and up for the command itself, 3600 and the number
//! of errno(3) for what the host says.

use std::fmt;

use pmd_api::Problem;
use serde_json::Value;

/// An error with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The number.
    pub code: u32,
    /// What was tried, on what, why it failed and what to do.
    pub text: String,
}

/// Arguments that make no sense.
const MISUSE: u32 = 802;
/// The host says what cannot be understood.
const STRANGE: u32 = 803;
/// What Photon's command could do and ours cannot, with the way to do it.
const GONE: u32 = 804;
/// The system's numbers begin here.
const SYSTEM: u32 = 3600;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Failure {
    /// Arguments that make no sense.
    pub fn misuse(text: impl Into<String>) -> Self {
        Failure {
            code: MISUSE,
            text: text.into(),
        }
    }

    /// An answer that is not what the API promises.
    pub fn strange(text: impl Into<String>) -> Self {
        Failure {
            code: STRANGE,
            text: text.into(),
        }
    }

    /// What is not done here, and how it is done.
    pub fn gone(text: impl Into<String>) -> Self {
        Failure {
            code: GONE,
            text: text.into(),
        }
    }

    /// What the system says.
    pub fn system(what: &str, error: &std::io::Error) -> Self {
        let number = error
            .raw_os_error()
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(5);
        Failure {
            code: SYSTEM + number,
            text: format!("{what}: {error}"),
        }
    }

    /// A problem of the API, by the number of errno that says the same.
    pub fn problem(problem: &Problem) -> Self {
        let number = match problem.status {
            401 => 13,             // EACCES
            403 => 1,              // EPERM
            404 => 2,              // ENOENT
            409 | 412 => 16,       // EBUSY
            413 | 415 | 431 => 7,  // E2BIG
            400 | 405 | 422 => 22, // EINVAL
            429 => 11,             // EAGAIN
            503 => 111,            // ECONNREFUSED
            504 => 110,            // ETIMEDOUT
            _ => 5,                // EIO
        };
        Failure {
            code: SYSTEM + number,
            text: problem.detail.clone(),
        }
    }

    /// What a server says that answers with a status and no success.
    pub(crate) fn answer(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => Failure::problem(&problem),
            Err(_) => {
                let text: String = String::from_utf8_lossy(body)
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(200)
                    .collect();
                Failure::strange(format!(
                    "the server answers with status {status} and no reason: {text:?}"
                ))
            }
        }
    }

    /// A member of an answer that is not there.
    pub fn missing(member: &str, answer: &Value) -> Self {
        let text: String = answer.to_string().chars().take(200).collect();
        Failure::strange(format!("the answer has no {member}: {text}"))
    }
}
