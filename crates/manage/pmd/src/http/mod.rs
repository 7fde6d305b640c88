//! Requests and answers.

mod answer;
mod body;
mod perform;
mod service;
mod stream;

pub(crate) use service::respond;
