//! Downloads that survive a bad network and trust nothing: parallel, resumable, retried with growing
//! pauses, checked against a SHA-256 or SHA-512 known beforehand, and kept in a cache keyed by that digest.
//!
//! - [`Client`] speaks HTTP/1.1 and HTTPS (rustls; the system's certificate bundle) and reads `file://`
//!   URLs and plain paths the same way. Proxies, credentials and certificates come from [`Access`]; without a proxy there, from the usual
//!   environment variables.
//! - [`Cache`] is a directory that several programs may share and anyone may delete at any time.
//! - A file under its digest's name is always whole: it is renamed there after its digest was checked.
//!   What a cut connection left behind is a `.part` file, continued by the next run.

mod access;
mod cache;
mod client;
mod digest;
mod error;
mod fetch;
mod names;
mod part;
mod progress;
mod proxy;
mod rate;
mod redirect;
mod retry;
mod source;
mod tls;

pub use access::{Access, Family, without_credentials};
pub use cache::Cache;
pub use client::{Client, Options};
pub use error::Error;
pub use fetch::Request;
pub use progress::{Event, Progress};
pub use source::local_path;
