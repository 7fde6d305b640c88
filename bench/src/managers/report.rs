//! The table that people read.

use super::measure::Figures;
use super::rows::{ROWS, Row};
use super::{Program, Run};
use crate::results;
use std::fmt::Write as _;

/// One line a row, medians.
pub(crate) fn markdown(runs: &[Run]) -> String {
    let mut table =
        String::from("| | tdnf | dnf | rpm | tdnf / dnf | goal |\n|---|---:|---:|---:|---:|---|\n");
    for row in ROWS {
        let cells = Program::ALL.map(|program| cell(runs, row, program));
        let ratio = match (median(runs, row, Program::Tdnf), median(runs, row, Program::Dnf)) {
            (Some(ours), Some(theirs)) => format!("{:.2}", ours / theirs),
            _ => String::new(),
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            table,
            "| {} | {} | {ratio} | {} |",
            row.name,
            cells.join(" | "),
            row.goal
        );
    }
    table
}

fn of<'a>(runs: &'a [Run], row: &'a Row, program: Program) -> impl Iterator<Item = &'a Figures> {
    let wanted = move |run: &&Run| run.row == row.name && run.program == program;
    runs.iter().filter(wanted).map(|run| &run.figures)
}

/// Of what the goal speaks of.
fn median(runs: &[Run], row: &Row, program: Program) -> Option<f64> {
    results::median(of(runs, row, program).map(|figures| {
        if row.wall {
            figures.wall_seconds
        } else {
            figures.cpu_seconds
        }
    }))
}

fn cell(runs: &[Run], row: &Row, program: Program) -> String {
    let cpu = results::median(of(runs, row, program).map(|figures| figures.cpu_seconds));
    let wall = results::median(of(runs, row, program).map(|figures| figures.wall_seconds));
    let memory = results::median(of(runs, row, program).map(|figures| figures.peak_mib));
    match (cpu, wall, memory) {
        (Some(cpu), Some(wall), Some(memory)) if row.wall => {
            format!("{wall:.2} s wall, {cpu:.2} s CPU, {memory:.0} MiB")
        }
        (Some(cpu), _, Some(memory)) => format!("{cpu:.3} s, {memory:.0} MiB"),
        _ => String::new(),
    }
}
