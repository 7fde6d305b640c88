//! Reading a body: of bounded length, in bounded time.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::HeaderMap;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use pmd_api::Problem;

/// The largest body: a restored configuration, and everything else.
pub(super) fn longest(operation: &str) -> usize {
    match operation {
        "backup.restore" => 12 << 20,
        _ => 1 << 20,
    }
}

/// Refuses a body that is no JSON or too large by what its headers say, before any of it is read.
pub(super) fn check(headers: &HeaderMap, longest: usize) -> Result<(), Problem> {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > longest as u64) {
        return Err(too_large(longest));
    }
    let Some(media) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let media = media.to_str().unwrap_or_default();
    let essence = media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence == "application/json" || essence == "application/merge-patch+json" {
        true => Ok(()),
        false => Err(Problem::media("the body must be application/json")),
    }
}

/// Reads a body.
pub(super) async fn read<B>(body: B, longest: usize, patience: Duration) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let limited = http_body_util::Limited::new(body, longest);
    match tokio::time::timeout(patience, limited.collect()).await {
        Err(_) => Err(Problem::malformed(format!(
            "the body did not arrive within {} seconds",
            patience.as_secs()
        ))),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(longest)),
        Ok(Err(error)) => Err(Problem::malformed(format!("the body cannot be read: {error}"))),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
    }
}

/// What is left of a body is taken as far as this.
const SMALL: usize = 1 << 20;
/// And for so long.
const MOMENT: Duration = Duration::from_secs(5);

/// Takes what nobody has read of a small body. A client that still sends it would otherwise find its connection reset,
/// and not get to see why it was refused (RFC 9112, section 9.6; RFC 9113, section 8.1). One that waits to be asked for
/// its body (RFC 9110, section 10.1.1) is not asked.
pub(super) async fn finish(headers: &HeaderMap, mut body: Incoming) {
    let small = body.size_hint().lower() <= SMALL as u64;
    if body.is_end_stream() || !small || headers.contains_key(EXPECT) {
        return;
    }
    let rest = async {
        let mut taken = 0;
        while let (true, Some(Ok(frame))) = (taken <= SMALL, body.frame().await) {
            taken += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    let _ = tokio::time::timeout(MOMENT, rest).await;
}

fn too_large(longest: usize) -> Problem {
    Problem::too_large(format!("the body may have {longest} bytes"))
}
