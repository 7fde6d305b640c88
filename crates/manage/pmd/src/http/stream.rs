//! Following a job: server-sent events (WHATWG HTML, section 9.2).

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Bytes, Frame};
use pmd_api::daemon::{Job, JobState};
use tokio::sync::{mpsc, watch};

use super::answer::{Answer, Body, with_body};

/// A line that means nothing, so that both sides notice when the other is gone.
const ALIVE: Duration = Duration::from_secs(15);

/// The answer that goes on until the job ends.
pub(super) fn events(job: watch::Receiver<Job>) -> Answer {
    let (send, receive) = mpsc::channel(4);
    tokio::spawn(follow(job, send));
    let body = Channel(receive).boxed_unsync();
    with_body(StatusCode::OK, "text/event-stream", Body::Right(body))
}

async fn follow(mut job: watch::Receiver<Job>, send: mpsc::Sender<Bytes>) {
    loop {
        let (text, ended) = {
            let now = job.borrow_and_update();
            (event(&now), now.state != JobState::Running)
        };
        if send.send(text).await.is_err() || ended {
            return;
        }
        loop {
            match tokio::time::timeout(ALIVE, job.changed()).await {
                Ok(Ok(())) => break,
                // The job was forgotten.
                Ok(Err(_)) => return,
                Err(_) if send.send(Bytes::from_static(b": alive\n\n")).await.is_err() => return,
                Err(_) => {}
            }
        }
    }
}

fn event(job: &Job) -> Bytes {
    // The words of `pmd_api::daemon::JobEventKind`.
    let (name, data) = match (&job.progress, job.state) {
        (Some(progress), JobState::Running) => ("progress", serde_json::to_string(progress)),
        (None, JobState::Running) => ("begin", serde_json::to_string(job)),
        _ => ("end", serde_json::to_string(job)),
    };
    Bytes::from(format!("event: {name}\ndata: {}\n\n", data.unwrap_or_default()))
}

/// A channel as a body.
struct Channel(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Channel {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(context)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
