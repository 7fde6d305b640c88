//! What netmgr and nmctl cost: looking at an interface, and editing a file of 10,000 lines.
//!
//! A single run is shorter than what can be measured well, so that each figure is the mean of a batch of runs, and the
//! table shows the median of five batches. The CPU seconds are those of the programs and of the shell that starts them.

use anyhow::Context as _;
use serde::Serialize;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

use crate::managers::measure;
use crate::results::median;

/// How often a command is run in a batch, and how many batches there are.
const RUNS: u32 = 20;
const BATCHES: usize = 5;

/// What is measured: its name, what may be used of the CPU in milliseconds, and the command; `$n` is another number in
/// each run, so that there is always something to write.
const ROWS: [(&str, f64, &str); 5] = [
    (
        "netmgr ip4_address --get",
        5.0,
        "netmgr --root $root ip4_address --get --interface eth0",
    ),
    ("nmctl -j status eth0", 5.0, "nmctl --root $root -j status eth0"),
    (
        "netmgr link_info --set, file of 10,000 lines",
        20.0,
        "netmgr --root $root link_info --set --interface eth1 --mtu $((1400 + n))",
    ),
    (
        "nmctl set-mtu, file of 10,000 lines",
        20.0,
        "nmctl --root $root set-mtu dev eth1 mtu $((1500 + n))",
    ),
    (
        "nmctl apply-file, 100 interfaces",
        20.0,
        "nmctl --root $root apply-file $root/many.yaml",
    ),
];

/// One batch of one row.
#[derive(Debug, Serialize)]
struct Batch {
    row: &'static str,
    cpu_milliseconds: f64,
    wall_milliseconds: f64,
    peak_mib: f64,
}

/// Measures everything with the programs in `programs` and writes table and raw figures.
pub(crate) fn measure_all(programs: &Path) -> anyhow::Result<()> {
    let root = std::env::temp_dir().join(format!("bench-network-{}", std::process::id()));
    make_tree(&root).context("make the files to measure with")?;
    let mut batches = Vec::new();
    for _ in 0..BATCHES {
        for (row, _, command) in ROWS {
            batches.push(batch(row, command, programs, &root)?);
        }
    }
    std::fs::remove_dir_all(&root)?;
    crate::results::keep("network", &batches, &markdown(&batches))
}

fn make_tree(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("etc/systemd/network");
    std::fs::create_dir_all(&folder)?;
    let small = "[Match]\nName=eth0\n\n[Network]\nAddress=10.0.0.5/24\nGateway=10.0.0.1\nDNS=1.1.1.1\n";
    std::fs::write(folder.join("10-eth0.network"), small)?;
    let mut large = "[Match]\nName=eth1\n\n[Link]\nMTUBytes=1500\n".to_owned();
    for number in 0..2499 {
        let (high, low) = (number / 250, number % 250);
        write!(
            large,
            "\n# route {number}\n[Route]\nDestination=10.{high}.{low}.0/24\n"
        )?;
    }
    std::fs::write(folder.join("10-eth1.network"), large)?;
    let mut many = "network:\n  ethernets:\n".to_owned();
    for number in 0..100 {
        write!(
            many,
            "    nic{number}:\n      addresses: [10.1.{number}.5/24]\n      mtu: 1400\n"
        )?;
    }
    Ok(std::fs::write(root.join("many.yaml"), many)?)
}

fn batch(row: &'static str, command: &str, programs: &Path, root: &Path) -> anyhow::Result<Batch> {
    let script = format!(
        "PATH=$1:$PATH root=$2 n=0; while [ $n -lt {RUNS} ]; do n=$((n + 1)); {command} || exit 1; done"
    );
    let words: [OsString; 6] = [
        "sh".into(),
        "-c".into(),
        script.into(),
        "sh".into(),
        programs.into(),
        root.into(),
    ];
    let figures = measure(&words, &[0])?;
    let each = |seconds: f64| seconds * 1000.0 / f64::from(RUNS);
    Ok(Batch {
        row,
        cpu_milliseconds: each(figures.cpu_seconds),
        wall_milliseconds: each(figures.wall_seconds),
        peak_mib: figures.peak_mib,
    })
}

fn markdown(batches: &[Batch]) -> String {
    let mut table = "| | CPU | goal | memory |\n|---|---:|---:|---:|\n".to_owned();
    for (row, goal, _) in ROWS {
        let of_row = || batches.iter().filter(|batch| batch.row == row);
        let cpu = median(of_row().map(|batch| batch.cpu_milliseconds)).unwrap_or(f64::NAN);
        let memory = median(of_row().map(|batch| batch.peak_mib)).unwrap_or(f64::NAN);
        let _ = writeln!(table, "| {row} | {cpu:.1} ms | {goal:.0} ms | {memory:.0} MiB |");
    }
    table
}
