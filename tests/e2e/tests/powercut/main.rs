//! The power goes in the middle of a transaction, and the system is as before or as after.
//!
//! A guest installs, updates, removes and restores packages while QEMU writes down everything that its disk is told
//! (see [`e2e::WriteLog`]). From the log comes the disk as it may be when the power goes at any given write, with what
//! was not flushed kept, lost, or torn. From each such disk the image boots, recovers, and is examined: by itself, by
//! e2fsck and by rpm. Some are cut again while they recover.
//!
//! Runs with `TEST_LONG=1`. `POWERCUT_SEED` repeats another choice of moments.

mod disk;
mod packages;
mod recording;

use anyhow::{Context as _, bail, ensure};
use e2e::{Cache, Guest, Random, WriteLog};
use recording::{Recording, STATE, Transaction};
use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

/// Cuts in each of the four transactions.
const CUTS: usize = 8;
/// Which of them are cut again.
const AGAIN: usize = 1;

fn main() -> ExitCode {
    if std::env::var_os("TEST_LONG").is_none() || std::env::args().any(|argument| argument == "--list") {
        println!("\ntest result: ok. 0 passed; 0 failed; 1 ignored (set TEST_LONG=1)\n");
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error:#}\n\ntest result: FAILED\n");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let scratch = tempfile::Builder::new()
        .prefix("powercut-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let seed = std::env::var("POWERCUT_SEED").map_or(Ok(1), |seed| seed.parse())?;
    let result = record_and_cut(scratch.path(), seed);
    if result.is_err() {
        println!(
            "seed {seed}; disks and log are left in {}",
            scratch.keep().display()
        );
    }
    result
}

fn record_and_cut(folder: &Path, seed: u64) -> anyhow::Result<()> {
    let recording = Recording::make(folder).context("record an undisturbed run")?;
    for transaction in &recording.transactions {
        println!(
            "{}: writes {} to {} of {}",
            transaction.name,
            transaction.begin,
            transaction.end,
            recording.log.len()
        );
    }
    // Turn about, so that a run that is stopped early has cut each of the four.
    let jobs = (0..CUTS).flat_map(|number| {
        let transactions = recording.transactions.iter();
        transactions.map(move |transaction| (transaction, number))
    });
    let jobs = Mutex::new(jobs.enumerate());
    let sides = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(4);
    std::thread::scope(|scope| {
        let work = |worker: usize| {
            let folder = folder.join(format!("worker-{worker}"));
            std::fs::create_dir(&folder)?;
            let next = || jobs.lock().ok().and_then(|mut jobs| jobs.next());
            while let Some((job, (transaction, number))) = next() {
                let random = Random::new(seed.wrapping_mul(1_000_003) + job as u64);
                let side = Test {
                    folder: &folder,
                    recording: &recording,
                    random,
                }
                .cut(transaction, number);
                // Nobody begins anything new after a failure.
                if side.is_err() {
                    while next().is_some() {}
                }
                sides
                    .lock()
                    .map_err(|_| anyhow::anyhow!("a worker died"))?
                    .push(side?);
            }
            anyhow::Ok(())
        };
        let workers: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || work(worker)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a worker died")))
    })?;
    let sides = sides.into_inner().unwrap_or_default();
    let after = sides.iter().filter(|&&side| side == Side::After).count();
    println!(
        "\ntest result: ok. {} cuts: {} before, {after} after\n",
        sides.len(),
        sides.len() - after
    );
    Ok(())
}

struct Test<'a> {
    /// For the disks of one cut at a time.
    folder: &'a Path,
    recording: &'a Recording,
    random: Random,
}

/// Which of the two states that are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

impl Test<'_> {
    /// The first cut comes when tdnf has just ended and its caller relies on it; the others anywhere.
    fn cut(&mut self, transaction: &Transaction, number: usize) -> anyhow::Result<Side> {
        let inside = transaction.end - transaction.begin;
        let (at, cache) = match number {
            0 => (transaction.end, Cache::Lost),
            _ => (
                transaction.begin + 1 + self.random.below(inside),
                Cache::choose(&mut self.random),
            ),
        };
        let disk = self.folder.join("cut");
        disk::copy(&self.recording.disk, &disk)?;
        self.recording.log.cut(&disk, at, cache, &mut self.random)?;
        let what = format!("{} cut at {at}, {cache:?}", transaction.name);
        let side = match number == AGAIN {
            true => self.cut_again(transaction, &disk, &what)?,
            false => self.examine(transaction, &disk, None, &what)?,
        };
        ensure!(
            number > 0 || side == Side::After,
            "{what}: tdnf had ended, and its work is lost"
        );
        Ok(side)
    }

    /// Cut the first boot from this disk as well. What was decided stays decided.
    fn cut_again(&mut self, transaction: &Transaction, disk: &Path, what: &str) -> anyhow::Result<Side> {
        let (again, log) = (self.folder.join("again"), self.folder.join("log-of-recovery"));
        disk::copy(disk, &again)?;
        std::fs::write(&log, "")?;
        let side = self.examine(transaction, disk, Some(&log), what)?;
        let log = WriteLog::open(&log)?;
        let (at, cache) = (self.random.below(log.len()), Cache::choose(&mut self.random));
        log.cut(&again, at, cache, &mut self.random)?;
        let what = format!("{what}, its recovery at {at} of {}, {cache:?}", log.len());
        let then = self.examine(transaction, &again, None, &what)?;
        ensure!(side == then, "{what}: {side:?} became {then:?}");
        Ok(side)
    }

    fn examine(
        &self,
        transaction: &Transaction,
        disk: &Path,
        log: Option<&Path>,
        what: &str,
    ) -> anyhow::Result<Side> {
        let start = Instant::now();
        let side = self
            .booted(transaction, disk, log)
            .with_context(|| what.to_owned())?;
        println!(
            "test {what} ... ok: {side:?} ({:.1} s)",
            start.elapsed().as_secs_f64()
        );
        Ok(side)
    }

    fn booted(&self, transaction: &Transaction, disk: &Path, log: Option<&Path>) -> anyhow::Result<Side> {
        let mut guest = Guest::boot_disk("minimal", disk, log)?;
        let running =
            guest.succeed("systemctl is-system-running --wait || systemctl --failed --no-legend --plain")?;
        ensure!(running == "running", "the system is {running}");
        guest.fail("test -e /var/lib/tdnf/transaction")?;
        let left = guest.succeed("find / -xdev -name '.tdnf-*' -o -xdev -name '*.tdnf-new'")?;
        ensure!(left.is_empty(), "left behind: {left}");
        let state = guest.succeed(STATE)?;
        guest.succeed("tdnf check && tdnf history list >/dev/null && sync")?;
        guest.cut_power();
        let side = side(transaction, &state)?;
        self.compare(disk, &state)?;
        Ok(side)
    }

    /// Real rpm finds the packages that tdnf lists, and nothing that it does not find on an undisturbed system.
    fn compare(&self, disk: &Path, state: &str) -> anyhow::Result<()> {
        let verdict = disk::verify(disk, self.folder)?;
        let listed = state.lines().filter(|line| line.starts_with("cut-")).count();
        ensure!(
            verdict.installed == listed,
            "rpm knows {} packages, tdnf {listed}",
            verdict.installed
        );
        let known = &self.recording.differences;
        let new: Vec<_> = verdict
            .differences
            .iter()
            .filter(|line| !known.contains(line))
            .collect();
        ensure!(new.is_empty(), "rpm -Va: {new:#?}");
        Ok(())
    }
}

fn side(transaction: &Transaction, state: &str) -> anyhow::Result<Side> {
    if state == transaction.before {
        return Ok(Side::Before);
    }
    if state == transaction.after {
        return Ok(Side::After);
    }
    let lines = |text: &str| {
        text.lines()
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let (before, after, now) = (
        lines(&transaction.before),
        lines(&transaction.after),
        lines(state),
    );
    let against = |other: &std::collections::BTreeSet<String>| {
        now.symmetric_difference(other).cloned().collect::<Vec<_>>()
    };
    anyhow::bail!(
        "neither before nor after; differs from before in {:#?}\nfrom after in {:#?}",
        against(&before),
        against(&after)
    )
}
