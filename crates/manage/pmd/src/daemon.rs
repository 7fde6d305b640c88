//! The daemon's state, which every connection shares.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use pmd_api::{Problem, Roles, entity_tag, openapi};

use crate::audit::{Audit, Event};
use crate::auth::Authenticator;
use crate::config::Config;
use crate::helpers::Helpers;
use crate::jobs::Jobs;
use crate::limits::Throttle;

/// What was read a moment ago is not read again.
const FRESH: Duration = Duration::from_secs(1);
/// So many answers, of so many bytes each, are remembered.
const REMEMBERED: usize = 64;
const LARGEST: usize = 64 << 10;

/// An answer with its entity tag.
#[derive(Debug, Clone)]
pub(crate) struct Representation {
    pub(crate) bytes: Bytes,
    pub(crate) tag: String,
}

impl Representation {
    pub(crate) fn new(text: String) -> Self {
        Representation {
            tag: entity_tag(text.as_bytes()),
            bytes: Bytes::from(text),
        }
    }
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Daemon {
    pub(crate) config: Config,
    roles: RwLock<Arc<Roles>>,
    pub(crate) helpers: Helpers,
    pub(crate) authenticator: Authenticator,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) jobs: Jobs,
    audit: Arc<Mutex<Audit>>,
    answers: Mutex<HashMap<String, (Instant, Representation)>>,
    document: std::sync::OnceLock<Representation>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Daemon {
    pub(crate) fn new(config: Config) -> anyhow::Result<Self> {
        let helpers = Helpers::new(&config.paths.helpers);
        Ok(Daemon {
            roles: RwLock::new(Arc::new(config.roles()?)),
            authenticator: Authenticator::new(&config, helpers.clone())?,
            helpers,
            throttle: Mutex::new(Throttle::new(&config.limits)),
            jobs: Jobs::default(),
            audit: Arc::new(Mutex::new(Audit::open(&config.paths.audit)?)),
            answers: Mutex::default(),
            document: std::sync::OnceLock::new(),
            config,
        })
    }

    /// Who may do what, now.
    pub(crate) fn roles(&self) -> Arc<Roles> {
        self.roles.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes up what the configuration says now about roles.
    pub(crate) fn set_roles(&self, roles: Roles) {
        *self.roles.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(roles);
    }

    /// The OpenAPI document.
    pub(crate) fn document(&self) -> &Representation {
        self.document
            .get_or_init(|| Representation::new(openapi::document().to_string()))
    }

    /// An answer of a moment ago.
    pub(crate) fn remembered(&self, asked: &str) -> Option<Representation> {
        let answers = locked(&self.answers);
        let (at, answer) = answers.get(asked)?;
        (at.elapsed() < FRESH).then(|| answer.clone())
    }

    /// Remembers an answer for a moment.
    pub(crate) fn remember(&self, asked: String, answer: &Representation) {
        if answer.bytes.len() > LARGEST {
            return;
        }
        let mut answers = locked(&self.answers);
        if answers.len() >= REMEMBERED {
            answers.retain(|_, (at, _)| at.elapsed() < FRESH);
        }
        if answers.len() < REMEMBERED {
            answers.insert(asked, (Instant::now(), answer.clone()));
        }
    }

    /// Something was changed: what was remembered may not be so any more. Domains see each other's changes.
    pub(crate) fn forget(&self) {
        locked(&self.answers).clear();
    }

    /// Writes into the audit log and the journal. A change must not be begun when this fails.
    pub(crate) async fn note(&self, event: Event) -> Result<(), Problem> {
        let audit = self.audit.clone();
        let written = tokio::task::spawn_blocking(move || {
            journal(&event);
            locked(&audit).append(&event)
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(unwritable(&error)),
            Err(error) => Err(unwritable(&std::io::Error::other(error))),
        }
    }

    /// The newest entries of the audit log.
    pub(crate) fn audit(
        &self,
        user: Option<&str>,
        lines: u32,
    ) -> Result<Vec<pmd_api::daemon::AuditEntry>, Problem> {
        let lines = usize::try_from(lines.clamp(1, 10_000)).unwrap_or(100);
        locked(&self.audit)
            .newest(user, lines)
            .map_err(|error| Problem::failed(format!("the audit log cannot be read: {error}")))
    }
}

fn unwritable(error: &std::io::Error) -> Problem {
    Problem::unavailable(format!(
        "the audit log cannot be written ({error}), so nothing was changed; make room, then try again"
    ))
}

/// One line on standard error, which is the journal; a prefix is its priority (sd-daemon(3)).
fn journal(event: &Event) {
    let priority = if event.result == "done" || event.result == "begun" {
        5
    } else {
        4
    };
    let reason = event
        .reason
        .as_deref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    let line = format!(
        "audit: {} {} by {} ({}) from {}{reason}",
        event.operation,
        event.result,
        if event.user.is_empty() {
            "nobody known"
        } else {
            &event.user
        },
        event.method,
        event.source,
    );
    let plain: String = line
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    eprintln!("<{priority}>{plain}");
}
