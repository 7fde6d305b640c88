//! A process that ends with its owner, and what it has used.

use anyhow::Context as _;
use std::fs;
use std::process::Child;

/// A process.
#[derive(Debug)]
pub(super) struct Process(pub(super) Child);

impl Process {
    /// Processor time of all its threads: proc(5), `schedstat`, nanoseconds.
    pub(super) fn cpu_milliseconds(&self) -> anyhow::Result<f64> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.0.id()))?;
        let mut sum = 0.0;
        for thread in threads {
            // A thread may end meanwhile.
            let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            let first = text.split_whitespace().next();
            sum += first.and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0);
        }
        Ok(sum / 1e6)
    }

    /// Its share of memory: proc(5), `Pss`, kilobytes.
    pub(super) fn memory_mib(&self) -> anyhow::Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        Ok(number.context("smaps_rollup has no Pss")? / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
