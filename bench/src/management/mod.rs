//! What the management daemon costs: requests of a cached resource over TLS, memory, and its start.
//!
//! The daemon and its helpers are the real ones, on sockets in a directory of their own; helpers of a tree change nothing
//! of the machine. wrk is the client, and has the machine's other processor. What else the machine does at the time is
//! in the figures, so that the processor time of a request is told too.

mod place;
mod process;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::results::median;

use place::Place;
use process::Process;

/// The table's goals.
const REQUESTS: f64 = 20_000.0;
const MEMORY_MIB: f64 = 20.0;
const START_MILLISECONDS: f64 = 100.0;

/// How often the daemon is started, and how often it is loaded and for how many seconds.
const STARTS: usize = 10;
const LOADS: usize = 3;
const SECONDS: u32 = 10;

/// What is asked for: a resource that the daemon has asked its helper for within the last second.
const RESOURCE: &str = "/api/v2/system/hostname";

#[derive(Debug, Serialize)]
struct Load {
    requests_per_second: f64,
    /// Of the daemon, for one request.
    cpu_microseconds: f64,
}

#[derive(Debug, Serialize)]
struct Figures {
    processors: usize,
    loads: Vec<Load>,
    /// Processor time until the daemon says that it is ready: the first start makes a key too.
    start_milliseconds: Vec<f64>,
    /// Memory that is the processes' alone or their share of what they have in common.
    daemon_mib: f64,
    helpers_mib: Vec<(String, f64)>,
    daemon_after_load_mib: f64,
}

/// Measures the programs in `programs` and writes table and raw figures.
pub(crate) fn measure_all(programs: &Path) -> anyhow::Result<()> {
    let place = Place::make(programs)?;
    let mut start_milliseconds = Vec::new();
    for _ in 0..STARTS {
        let (daemon, _) = place.daemon()?;
        start_milliseconds.push(daemon.cpu_milliseconds()?);
    }
    let helpers = place.helpers()?;
    let (daemon, port) = place.daemon()?;
    let daemon_mib = daemon.memory_mib()?;
    let mut loads = Vec::new();
    for _ in 0..LOADS {
        loads.push(load(&place, &daemon, port)?);
    }
    place.ask_all()?;
    let of = |(name, helper): &(&str, Process)| Ok(((*name).to_owned(), helper.memory_mib()?));
    let figures = Figures {
        processors: std::thread::available_parallelism()?.get(),
        loads,
        start_milliseconds,
        daemon_mib,
        helpers_mib: helpers.iter().map(of).collect::<anyhow::Result<_>>()?,
        daemon_after_load_mib: daemon.memory_mib()?,
    };
    crate::results::keep("management", &figures, &markdown(&figures))
}

/// wrk with 64 connections from one thread.
fn load(place: &Place, daemon: &Process, port: u16) -> anyhow::Result<Load> {
    let before = daemon.cpu_milliseconds()?;
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", "64", "--duration"])
        .arg(format!("{SECONDS}s"))
        .args(["--header", &place.authorization()])
        .arg(format!("https://localhost:{port}{RESOURCE}"))
        .output()
        .context("run wrk, of the package wrk")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success() && !said.contains("Non-2xx"),
        "wrk: {said}"
    );
    let figure = |before: &str| {
        let rest = said.split_once(before).map(|(_, rest)| rest.trim_start());
        rest.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
            .with_context(|| format!("wrk does not say `{before}`: {said}"))
    };
    let requests_per_second = figure("Requests/sec:")?;
    let used = daemon.cpu_milliseconds()? - before;
    Ok(Load {
        requests_per_second,
        cpu_microseconds: used * 1000.0 / (requests_per_second * f64::from(SECONDS)),
    })
}

fn markdown(figures: &Figures) -> String {
    let of_loads = |of: fn(&Load) -> f64| median(figures.loads.iter().map(of)).unwrap_or(f64::NAN);
    let requests = of_loads(|load| load.requests_per_second);
    let cpu = of_loads(|load| load.cpu_microseconds);
    let (first, later) = figures
        .start_milliseconds
        .split_first()
        .map_or((f64::NAN, f64::NAN), |(first, later)| {
            (*first, median(later.iter().copied()).unwrap_or(f64::NAN))
        });
    let helpers: f64 = figures.helpers_mib.iter().map(|(_, mib)| mib).sum();
    let mut table = "| | measured | goal |\n|---|---:|---:|\n".to_owned();
    let _ = writeln!(
        table,
        "| GET of a cached resource over TLS, 64 connections, {} processors with the client | {requests:.0} /s | {REQUESTS:.0} /s |",
        figures.processors
    );
    let _ = writeln!(
        table,
        "| the daemon's processor time for one of them | {cpu:.1} µs | |"
    );
    let _ = writeln!(
        table,
        "| idle memory: the daemon; its helpers end when nobody asks | {:.1} MiB | {MEMORY_MIB:.0} MiB |",
        figures.daemon_mib
    );
    let _ = writeln!(
        table,
        "| after the load, with {} helpers that have been asked something | {:.1} MiB | |",
        figures.helpers_mib.len(),
        figures.daemon_after_load_mib + helpers
    );
    let _ = writeln!(
        table,
        "| start to ready, processor time | {later:.1} ms | {START_MILLISECONDS:.0} ms |"
    );
    let _ = writeln!(table, "| the first one, which makes a key | {first:.1} ms | |");
    table
}
