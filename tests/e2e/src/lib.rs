//! Boots real images in QEMU and talks to them over the serial console.
//!
//! A boot costs seconds, a question to a booted guest milliseconds. So each test program here starts
//! one guest and puts a list of independent questions to it; every question is reported as a test of
//! its own. Nothing is baked into the image for this: the password and the key come as systemd
//! credentials.

mod container;
mod guest;
mod manager;
mod outside;
mod program;
mod random;
mod repository;
mod server;
mod suite;
mod wish;
mod write_log;

pub use container::container_archive;
pub use guest::{Boot, Guest, build_dir, free_port, image_under_test, kernel_under_test};
pub use manager::{Caller, MANAGEMENT_PORT, Manager, Said};
pub use outside::build_module;
pub use program::static_program;
pub use random::Random;
pub use repository::{RepositoryWriter, TIME};
pub use server::Server;
pub use suite::{Check, run_suite};
pub use wish::Wish;
pub use write_log::{Cache, WriteLog};
