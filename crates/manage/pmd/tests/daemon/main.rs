//! The real daemon and the real helpers, in a directory of the test's own.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod api;
mod compat;
mod guard;
mod holes_of_photon_mgmtd;
mod holes_of_pmd;
mod host;
mod hostile;
mod identities;
mod packages;
mod roles;
mod schema;
mod who;
