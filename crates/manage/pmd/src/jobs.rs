//! What goes on after the answer to its request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pmd_api::daemon::{Job, JobState};
use pmd_api::message::Progress;
use pmd_api::names::JobId;
use pmd_api::{Problem, Secret};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::Value;
use tokio::sync::watch;

/// A job and who follows it.
#[derive(Debug)]
struct Entry {
    state: watch::Sender<Job>,
    cancel: watch::Sender<bool>,
    order: u64,
}

/// All jobs of the daemon's life.
#[derive(Debug, Clone, Default)]
pub(crate) struct Jobs {
    entries: Arc<Mutex<HashMap<String, Entry>>>,
}

/// A job that has just begun.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) job: Job,
    /// How it is from now on.
    pub(crate) state: watch::Receiver<Job>,
    /// For who carries it out.
    pub(crate) handle: Handle,
    /// Whether it is to stop.
    pub(crate) cancelled: watch::Receiver<bool>,
}

/// What a job says of itself while it runs.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    jobs: Jobs,
    id: String,
}

impl Jobs {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a job. Old ones that have ended make room; when all of them run, it is refused.
    pub(crate) fn begin(&self, operation: &str, owner: &str, most: usize) -> Result<Started, Problem> {
        let id = random_id()?;
        let mut entries = self.lock();
        if entries.len() >= most {
            let ended = entries
                .iter()
                .filter(|(_, entry)| entry.state.borrow().state != JobState::Running);
            let oldest = ended
                .min_by_key(|(_, entry)| entry.order)
                .map(|(id, _)| id.clone());
            let oldest = oldest
                .ok_or_else(|| Problem::too_many(format!("{most} jobs run already; wait for one of them")))?;
            entries.remove(&oldest);
        }
        let job = Job {
            id: id.clone(),
            operation: operation.to_owned(),
            owner: owner.to_owned(),
            state: JobState::Running,
            started: crate::clock::now(),
            ended: None,
            progress: None,
            result: None,
            problem: None,
        };
        let order = entries.values().map(|entry| entry.order + 1).max().unwrap_or(0);
        let (cancel, cancelled) = watch::channel(false);
        let state = watch::Sender::new(job.clone());
        let started = Started {
            state: state.subscribe(),
            handle: Handle {
                jobs: self.clone(),
                id: id.to_string(),
            },
            job,
            cancelled,
        };
        entries.insert(id.to_string(), Entry { state, cancel, order });
        Ok(started)
    }

    /// Jobs that somebody may see.
    pub(crate) fn list(&self, may: impl Fn(&Job) -> bool) -> Vec<Job> {
        let entries = self.lock();
        let mut found: Vec<(u64, Job)> = entries
            .values()
            .map(|entry| (entry.order, entry.state.borrow().clone()))
            .collect();
        found.retain(|(_, job)| may(job));
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, job)| job).collect()
    }

    /// Follows a job.
    pub(crate) fn follow(
        &self,
        id: &JobId,
        may: impl Fn(&Job) -> bool,
    ) -> Result<watch::Receiver<Job>, Problem> {
        let entries = self.lock();
        let found = entries.get(id.as_str()).map(|entry| entry.state.subscribe());
        // Somebody else's job is as good as none: whether there is one is nobody's business.
        found
            .filter(|job| may(&job.borrow()))
            .ok_or_else(|| Problem::not_found(format!("there is no job {id} of yours")))
    }

    /// Asks a job to stop.
    pub(crate) fn cancel(
        &self,
        id: &JobId,
        may: impl Fn(&Job) -> bool,
    ) -> Result<watch::Receiver<Job>, Problem> {
        let job = self.follow(id, may)?;
        if job.borrow().state == JobState::Running
            && let Some(entry) = self.lock().get(id.as_str())
        {
            let _ = entry.cancel.send(true);
        }
        Ok(job)
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Job)) {
        if let Some(entry) = self.lock().get(id) {
            entry.state.send_modify(change);
        }
    }
}

impl Handle {
    /// How far it is.
    pub(crate) fn progress(&self, progress: Progress) {
        self.jobs.change(&self.id, |job| job.progress = Some(progress));
    }

    /// What came of it.
    pub(crate) fn end(&self, outcome: Result<Value, Problem>, cancelled: bool) {
        self.jobs.change(&self.id, |job| {
            job.ended = Some(crate::clock::now());
            match outcome {
                Ok(answer) => (job.state, job.result) = (JobState::Done, Some(answer)),
                Err(problem) => {
                    job.state = if cancelled {
                        JobState::Cancelled
                    } else {
                        JobState::Failed
                    };
                    job.problem = Some(problem);
                }
            }
        });
    }
}

/// 128 bits that nobody can guess.
fn random_id() -> Result<JobId, Problem> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Problem::failed("the kernel gives no random numbers"))?;
    JobId::new(hex::encode(bytes)).map_err(|error| Problem::failed(error.to_string()))
}

/// A key of the process's own, for remembering secrets without keeping them.
pub(crate) fn random_key() -> anyhow::Result<ring::hmac::Key> {
    ring::hmac::Key::generate(ring::hmac::HMAC_SHA256, &SystemRandom::new())
        .map_err(|_| anyhow::anyhow!("the kernel gives no random numbers"))
}

/// What a secret is remembered by.
pub(crate) fn fingerprint(key: &ring::hmac::Key, parts: &[&str], secret: &Secret) -> String {
    let mut context = ring::hmac::Context::with_key(key);
    for part in parts.iter().chain([&secret.reveal()]) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    hex::encode(context.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sees_the_job_of_another() {
        let jobs = Jobs::default();
        let Started { job, handle, .. } = jobs.begin("packages.change", "a", 10).unwrap();
        let of = |user: &'static str| move |job: &Job| job.owner == user;
        assert_eq!(jobs.follow(&job.id, of("b")).unwrap_err().status, 404);
        assert_eq!(jobs.cancel(&job.id, of("b")).unwrap_err().status, 404);
        assert!(jobs.list(of("b")).is_empty());
        handle.end(Ok(Value::Null), false);
        assert_eq!(
            jobs.follow(&job.id, of("a")).unwrap().borrow().state,
            JobState::Done
        );
        // Reading a result does not use it up.
        assert_eq!(
            jobs.follow(&job.id, of("a")).unwrap().borrow().state,
            JobState::Done
        );
    }

    #[test]
    fn jobs_that_ended_make_room_and_running_ones_do_not() {
        let jobs = Jobs::default();
        let Started {
            job: first, handle, ..
        } = jobs.begin("x", "a", 2).unwrap();
        jobs.begin("x", "a", 2).unwrap();
        assert_eq!(jobs.begin("x", "a", 2).unwrap_err().status, 429);
        handle.end(Ok(Value::Null), false);
        jobs.begin("x", "a", 2).unwrap();
        assert_eq!(jobs.follow(&first.id, |_| true).unwrap_err().status, 404);
    }

    #[test]
    fn ids_are_not_sequential() {
        let ids: std::collections::BTreeSet<String> =
            (0..100).map(|_| random_id().unwrap().to_string()).collect();
        assert_eq!(ids.len(), 100);
    }
}
