//! The daemon itself: whether it lives, who the caller is, jobs, the audit log.

use serde_json::Value;

use crate::message::Progress;
use crate::names::JobId;
use crate::{Empty, Problem};

shapes! {
    /// That the daemon answers.
    pub struct Health {
        /// Always `ok`.
        pub status: String,
        /// The daemon's version.
        pub version: String,
    }

    /// Who the caller is and may do.
    pub struct WhoAmI {
        /// The user's name.
        pub user: String,
        /// How they proved it.
        pub method: String,
        /// Groups of the host's name services.
        pub groups: Vec<String>,
        /// Roles these groups have.
        pub roles: Vec<String>,
        /// Operations they may call.
        pub operations: Vec<String>,
    }

    /// Something that goes on after the answer to its request.
    pub struct Job {
        /// Its id; nobody can guess it.
        pub id: JobId,
        /// The operation.
        pub operation: String,
        /// Who started it; only they and administrators see it.
        pub owner: String,
        /// How it is.
        pub state: JobState,
        /// When it was started, RFC 3339.
        pub started: String,
        /// When it ended.
        pub ended: Option<String>,
        /// The last word of its progress.
        pub progress: Option<Progress>,
        /// What came of it, once it is done.
        pub result: Option<Value>,
        /// Why it failed.
        pub problem: Option<Problem>,
    }

    /// One of the server-sent events that follow a job (WHATWG HTML, section 9.2).
    pub struct JobEvent {
        /// What it tells.
        pub event: JobEventKind,
        /// JSON: a Progress, or the Job.
        pub data: String,
    }

    /// Which job.
    pub struct OneJob {
        /// The job's id.
        pub id: JobId,
    }

    /// Which lines of the audit log.
    pub struct AuditQuery {
        /// Only what this user did.
        #[serde(default)]
        pub user: Option<String>,
        /// At most this many, the newest.
        #[serde(default = "a_hundred")]
        #[schemars(range(min = 1, max = 10000))]
        pub lines: u32,
    }

    /// One line of the audit log.
    pub struct AuditEntry {
        /// Its number, from 1.
        pub number: u64,
        /// When, RFC 3339.
        pub time: String,
        /// Who; empty for those who did not prove it.
        pub user: String,
        /// How they proved it.
        pub method: String,
        /// Where from.
        pub source: String,
        /// What they asked for.
        pub operation: String,
        /// With which arguments; secrets are left out.
        pub arguments: Value,
        /// `done`, `refused` or `failed`.
        pub result: String,
        /// Why, when it was refused or failed.
        pub reason: Option<String>,
        /// What is different now: JSON pointers (RFC 6901) with what was and what is.
        pub difference: Vec<Difference>,
        /// SHA-256 of the entry before, hexadecimal.
        pub previous: String,
        /// SHA-256 of this entry without this member.
        pub hash: String,
    }

    /// One difference between two states of a resource.
    pub struct Difference {
        /// Where (RFC 6901).
        pub pointer: String,
        /// What was there.
        pub before: Option<Value>,
        /// What is there.
        pub after: Option<Value>,
    }
}

fn a_hundred() -> u32 {
    100
}

words! {
    /// How a job is.
    pub enum JobState {
        /// It goes on.
        Running,
        /// It is done.
        Done,
        /// It failed.
        Failed,
        /// It was cancelled before it changed anything.
        Cancelled,
    }
}

words! {
    /// What an event of a job tells.
    pub enum JobEventKind {
        /// It has begun, and says nothing yet; the Job.
        Begin,
        /// It has got on; a Progress.
        Progress,
        /// It has ended; the Job.
        End,
    }
}

operations! {
    Daemon "daemon";

    /// Whether the daemon lives.
    "health" health(Empty) -> Health = Get "/health", Public;
    /// This document: OpenAPI 3.1.
    "openapi" openapi(Empty) -> Value = Get "/openapi.json", Public;
    /// Who I am and what I may do.
    "whoami" whoami(Empty) -> WhoAmI = Get "/whoami", Known;
    /// Jobs of the caller; of everybody, for administrators.
    "jobs" jobs(Empty) -> Vec<Job> = Get "/jobs", Known;
    /// One job.
    "job" job(OneJob) -> Job = Get "/jobs/{id}", Known;
    /// Cancel a job. What has begun to change the host is finished.
    "cancel-job" cancel_job(OneJob) -> Job = Delete "/jobs/{id}", Known;
    /// Follow a job.
    ///
    /// Server-sent events: `progress` with a Progress each time it gets on, at the end `end` with the Job.
    "job-events" job_events(OneJob) -> String = Get "/jobs/{id}/events", Known, media "text/event-stream";
    /// The newest lines of the audit log.
    "audit" audit(AuditQuery) -> Vec<AuditEntry> = Get "/audit", Change;
}
