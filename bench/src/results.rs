//! What every benchmark ends with: figures that are kept, and the table that people read.

use serde::Serialize;
use std::path::Path;

/// Keeps the raw figures and the table as `bench/results/NAME.json` and `.md`, and prints the table.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn keep(name: &str, figures: &impl Serialize, table: &str) -> anyhow::Result<()> {
    let results = Path::new("bench/results");
    std::fs::create_dir_all(results)?;
    let raw = serde_json::to_string_pretty(figures)? + "\n";
    std::fs::write(results.join(format!("{name}.json")), raw)?;
    std::fs::write(results.join(format!("{name}.md")), table)?;
    print!("{table}");
    Ok(())
}

/// The middle one, the upper of two; none of nothing.
pub(crate) fn median(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}
