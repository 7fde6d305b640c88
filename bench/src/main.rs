//! Measures our minimal image beside a Debian image with the same services, in one run.
//!
//! Both images are built, compressed and booted by the same code on the same machine; boots alternate,
//! so that what else the machine does meets both alike. CPU seconds are reported because wall time on a
//! busy machine is noise. The raw figures are kept beside the table: bench/results/.
//!
//! `bench repository DIR [SUITE]` makes the repository that package managers are compared on, `bench managers DIR` compares them.
//! `bench kernels` measures the kernels of the images that are there.
//! `bench network DIR` measures netmgr and nmctl, whose programs are in DIR; `bench pmd DIR` the management daemon.

mod boot;
mod build;
mod kernels;
mod management;
mod managers;
mod network;
mod repository;
mod results;
mod table;

use anyhow::Context as _;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How often each image is booted; the table shows medians. `LUMEN_BENCH_BOOTS` sets another number.
const BOOTS: usize = 3;

/// One image on disk and how it was made.
#[derive(Debug, Serialize)]
struct Built {
    name: &'static str,
    directory: PathBuf,
    disk: PathBuf,
    build_cpu_seconds: f64,
    packages: usize,
    /// Bytes of the raw disk that are not holes.
    allocated_bytes: u64,
    zstd_bytes: u64,
}

/// Everything measured about one image.
#[derive(Debug, Serialize)]
struct Measured {
    built: Built,
    boots: Vec<boot::Boot>,
}

fn boots() -> anyhow::Result<usize> {
    let given = std::env::var("LUMEN_BENCH_BOOTS").ok();
    given.map_or(Ok(BOOTS), |text| {
        text.parse()
            .with_context(|| format!("LUMEN_BENCH_BOOTS={text} is not a number"))
    })
}

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let here = std::env::current_dir()?;
    enter_project()?;
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => side_by_side(),
        ["repository", out] => repository::make(&here.join(out), repository::SUITE),
        ["repository", out, suite] => repository::make(&here.join(out), suite),
        ["managers", metadata] => managers::side_by_side(&here.join(metadata)),
        ["kernels"] => kernels::measure_all(boots()?),
        ["network", programs] => network::measure_all(&here.join(programs)),
        ["pmd", programs] => management::measure_all(&here.join(programs)),
        _ => anyhow::bail!(
            "usage: bench, bench kernels, bench repository DIR [SUITE], bench managers DIR, bench network DIR, or bench pmd DIR; see bench/README.md"
        ),
    }
}

fn enter_project() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("find the project's folder")?;
    Ok(std::env::set_current_dir(root)?)
}

fn side_by_side() -> anyhow::Result<()> {
    let mut measured = [build::ours()?, build::debian()?].map(|built| Measured {
        built,
        boots: Vec::new(),
    });
    for _ in 0..boots()? {
        for image in &mut measured {
            let boot = boot::measure(&image.built)?;
            eprintln!("bench: {} booted: {boot:?}", image.built.name);
            image.boots.push(boot);
        }
    }
    crate::results::keep("side-by-side", &measured, &table::markdown(&measured))
}
