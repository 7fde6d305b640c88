//! Measures our tdnf beside dnf and rpm: the same repository, the same machine, in turn.
//!
//! Figures are medians of five. Each run of a row is done by every program before the next run begins, so that what
//! else the machine does meets all alike. CPU seconds are those of the program and its children, memory is its peak.

mod measure;
mod place;
mod report;
mod rows;

use anyhow::Context as _;
use measure::Figures;
pub(crate) use measure::measure;
use place::Place;
use serde::Serialize;
use std::path::Path;

/// How often each row is measured.
const RUNS: usize = 5;

/// A program that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Program {
    Tdnf,
    Dnf,
    Rpm,
}

impl Program {
    const ALL: [Self; 3] = [Self::Tdnf, Self::Dnf, Self::Rpm];

    fn name(self) -> &'static str {
        match self {
            Self::Tdnf => "tdnf",
            Self::Dnf => "dnf",
            Self::Rpm => "rpm",
        }
    }
}

/// One run of one row by one program.
#[derive(Debug, Serialize)]
struct Run {
    row: &'static str,
    program: Program,
    run: usize,
    #[serde(flatten)]
    figures: Figures,
}

/// Measures everything on the repository in `metadata` (see [`crate::repository`]) and writes table and raw figures.
pub(crate) fn side_by_side(metadata: &Path) -> anyhow::Result<()> {
    let place = Place::make(metadata).context("prepare the comparison of package managers")?;
    let mut runs = Vec::new();
    for row in rows::ROWS {
        for run in 0..RUNS {
            for program in Program::ALL {
                let Some(figures) = row.measure(&place, program)? else {
                    continue;
                };
                eprintln!("bench: {}, {}: {figures:?}", row.name, program.name());
                runs.push(Run {
                    row: row.name,
                    program,
                    run,
                    figures,
                });
            }
        }
    }
    crate::results::keep("package-managers", &runs, &report::markdown(&runs))
}
