//! The package manager: configuration, repositories, plans, and carrying them out.
//!
//! The command `tdnf` and the image builder use the same code. The shortest way to fill a root is
//! [`install_into`]; the command goes step by step:
//!
//! 1. [`Session::new`] reads what is installed, [`Session::open_repositories`] opens what is on offer, verified;
//! 2. [`Session::plan`] turns a [`Request`] into a [`Plan`], or explains why that is impossible;
//! 3. [`Session::execute`] fetches and checks all files, then runs one transaction that happens wholly or not
//!    at all, with its intent in the [`History`] before and its result after.

pub mod cli;
mod clients;
mod config;
mod debug_data;
mod directory;
mod error;
mod execute;
mod fetch;
#[doc(hidden)]
pub mod foreign;
mod history;
mod install_into;
mod installed;
mod keys;
mod local_files;
mod lock;
mod lockfile;
mod metadata;
mod plan;
mod plugins;
pub mod programs;
mod recovery;
mod repository;
mod request;
mod running;
mod session;
mod sync;

pub use cli::host;
pub use config::{ConfigError, MainConfig, Network, RepoConfig, Variables};
pub use error::Error;
pub use execute::{Execution, Report};
pub use history::{Entry, History};
pub use install_into::{InstallOptions, install_into};
pub use installed::InstalledSet;
pub use keys::ConfirmKey;
pub use local_files::LocalFiles;
pub use lock::RootLock;
pub use lockfile::{Difference, LockFile, Locked};
pub use plan::{Item, Operation, Origin, Plan};
pub use recovery::recover;
pub use repository::Repository;
pub use request::{Limits, Request};
pub use session::{Session, Settings};
