//! What a call is made in: where, for whom, and how to tell how far it is.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pmd_api::Problem;
use pmd_api::message::{Progress, Reply};

use crate::wire;

/// The surroundings of one call.
#[derive(Debug, Clone)]
pub struct Context {
    /// The root of the host; `/` but in tests.
    pub root: PathBuf,
    /// On whose behalf.
    pub caller: String,
    /// Whether they are an administrator.
    pub administrator: bool,
    /// Set when the daemon does not want it any more.
    pub stop: Arc<AtomicBool>,
    to: Option<Arc<Mutex<UnixStream>>>,
}

impl Context {
    /// The surroundings of a call that came over a connection.
    pub fn new(root: &Path, caller: String, to: Option<Arc<Mutex<UnixStream>>>) -> Self {
        Context {
            root: root.to_owned(),
            caller,
            administrator: false,
            stop: Arc::default(),
            to,
        }
    }

    /// Tells how far it is. Nobody may be listening any more; that does not matter.
    pub fn progress(&self, message: &str, done: u64, total: u64) {
        let reply = Reply::Progress(Progress {
            message: message.to_owned(),
            done,
            total,
        });
        if let Some(Ok(mut stream)) = self.to.as_ref().map(|to| to.lock()) {
            let _ = wire::write(&mut *stream, &reply);
        }
    }

    /// Refuses to go on when it is not wanted any more.
    pub fn check_wanted(&self) -> Result<(), Problem> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(Problem::conflict("it was cancelled before it changed anything")),
            false => Ok(()),
        }
    }

    /// Whether this is the running host, whose services can be told.
    pub fn is_live(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Refuses what only a running host can do.
    pub fn need_live(&self, what: &str) -> Result<(), Problem> {
        match self.is_live() {
            true => Ok(()),
            false => Err(Problem::conflict(format!(
                "{what} is of the running system; this is the tree below {}",
                self.root.display()
            ))),
        }
    }

    /// A path of the host below its root.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}
