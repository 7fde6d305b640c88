//! `pmd-helper DOMAIN`: root's part of one domain. systemd starts it; see `pmd::helper`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pmd::helper::{Options, serve};

/// A root helper of the management daemon.
#[derive(Parser)]
#[command(version)]
struct Line {
    /// The domain, or `auth`.
    domain: String,
    /// The root of the host.
    #[arg(long, default_value = "/")]
    root: PathBuf,
    /// The number of the daemon's user; that of the user `pmd` if not given.
    #[arg(long)]
    daemon: Option<u32>,
    /// Listen here, instead of on the socket that systemd passes.
    #[arg(long)]
    socket: Option<PathBuf>,
    /// End after so many seconds without a call.
    #[arg(long, default_value_t = 15)]
    idle: u64,
    /// The daemon's configuration; the helper `auth` reads how callers may prove who they are.
    #[arg(long, default_value = pmd::config::FILE)]
    config: PathBuf,
}

fn main() -> ExitCode {
    let line = Line::parse();
    let options = Options {
        daemon: line
            .daemon
            .or_else(|| pmd::helper::daemon_user(&line.root))
            .unwrap_or(0),
        domain: line.domain,
        root: line.root,
        socket: line.socket,
        idle: Duration::from_secs(line.idle.max(1)),
        config: line.config,
    };
    match serve(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("<3>pmd-helper {}: {error:#}", options.domain);
            ExitCode::FAILURE
        }
    }
}
