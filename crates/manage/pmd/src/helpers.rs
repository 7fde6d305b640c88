//! Calls to helpers, on the daemon's side.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pmd_api::message::{AuthCall, AuthReply, Done, LONGEST_REPLY, Progress, Reply, Request};
use pmd_api::{Call, Domain, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::watch;

use crate::wire;

/// How long a helper may take for a call that is no job: waiting for an address takes at most five minutes.
const PATIENCE: Duration = Duration::from_secs(310);
/// How long PAM may take.
const AUTH_PATIENCE: Duration = Duration::from_secs(30);

/// Where the helpers are.
#[derive(Debug, Clone)]
pub(crate) struct Helpers {
    dir: PathBuf,
}

impl Helpers {
    pub(crate) fn new(dir: &Path) -> Self {
        Helpers { dir: dir.to_owned() }
    }

    async fn connect(&self, domain: &str) -> Result<UnixStream, Problem> {
        let path = self.dir.join(format!("{domain}.sock"));
        UnixStream::connect(&path).await.map_err(|error| {
            Problem::unavailable(format!(
                "the helper for {domain} does not answer at {}: {error}; is pmd-helper@{domain}.socket running?",
                path.display()
            ))
        })
    }

    /// One call; `progress` hears how far it is, and the call is given up when `cancel` says so.
    pub(crate) async fn call(
        &self,
        domain: Domain,
        request: &Request<Call>,
        progress: impl Fn(Progress),
        cancel: Option<watch::Receiver<bool>>,
    ) -> Result<Done, Problem> {
        let mut stream = self.connect(domain.name()).await?;
        send(&mut stream, request)
            .await
            .map_err(|error| lost(domain, &error))?;
        let (mut read, mut write) = stream.split();
        let mut cancel = cancel;
        loop {
            let next = receive::<Reply>(&mut read);
            let reply = match &mut cancel {
                None => tokio::time::timeout(PATIENCE, next).await.map_err(|_| {
                    Problem::time_out(format!("the helper for {} took too long", domain.name()))
                })?,
                Some(wanted) => {
                    tokio::pin!(next);
                    tokio::select! {
                        reply = &mut next => reply,
                        _ = wanted.changed() => {
                            // The helper notices, and either stops or says that it is done.
                            let _ = write.shutdown().await;
                            next.await
                        }
                    }
                }
            };
            match reply.map_err(|error| lost(domain, &error))? {
                Reply::Progress(step) => progress(step),
                Reply::Done(done) => return Ok(done),
                Reply::Failed(problem) => return Err(problem),
            }
        }
    }

    /// Asks who somebody is.
    pub(crate) async fn identify(&self, call: &AuthCall) -> Result<AuthReply, Problem> {
        let ask = async {
            let mut stream = self.connect("auth").await?;
            send(&mut stream, call).await.map_err(|error| no_answer(&error))?;
            receive(&mut stream).await.map_err(|error| no_answer(&error))
        };
        tokio::time::timeout(AUTH_PATIENCE, ask)
            .await
            .map_err(|_| Problem::time_out("finding out who you are took too long"))?
    }
}

fn no_answer(error: &io::Error) -> Problem {
    Problem::unavailable(format!("the helper that knows users does not answer: {error}"))
}

fn lost(domain: Domain, error: &io::Error) -> Problem {
    Problem::failed(format!(
        "the helper for {} ended before it answered ({error}); look at the resource before trying again",
        domain.name()
    ))
}

async fn send(stream: &mut UnixStream, message: &impl Serialize) -> io::Result<()> {
    stream.write_all(&wire::frame(message)?).await
}

async fn receive<T: DeserializeOwned>(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> io::Result<T> {
    let length = usize::try_from(stream.read_u32().await?).map_err(io::Error::other)?;
    if length > LONGEST_REPLY {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the answer is too long",
        ));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body)?)
}
