//! Requests and answers.

mod answer;
mod body;
mod compat;
mod perform;
mod service;
mod stream;

pub(crate) use service::respond;
