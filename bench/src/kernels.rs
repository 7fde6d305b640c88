//! What kernels cost: the time until they start their first program, the memory they keep, their size on disk.
//!
//! All are started alike: by QEMU directly, on one virtual processor, with the same initramfs, whose only program says that it
//! was started, prints /proc/meminfo and switches the machine off. So nothing of the system counts. The kernels are those of
//! the images of `minimal` that are there.

use anyhow::{Context as _, ensure};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use vm::{Console, DirectKernel, Machine};

/// The kernel of the image as its description has it, Debian's for clouds, and ours.
const KERNELS: [(&str, &str); 5] = [
    ("Debian cloud", "minimal"),
    ("linux-esx", "minimal-linux-esx"),
    ("linux-secure", "minimal-linux-secure"),
    ("linux-rt", "minimal-linux-rt"),
    ("linux", "minimal-linux"),
];

/// The package of Debian's.
const IMPORTED: &str = "linux-cloud";

const MEMORY_MIB: u32 = 1024;
const LIMIT: Duration = Duration::from_secs(600);
/// What the first program says; see `bench/first-program`.
const MARK: &str = "BENCH-init";

/// A kernel and where its image lies.
#[derive(Debug, Serialize)]
struct Kernel {
    name: &'static str,
    directory: PathBuf,
    /// Bytes of the bootable file.
    image_bytes: u64,
    /// Bytes of the package: the bootable file, modules and their indexes.
    package_bytes: u64,
    starts: Vec<Start>,
}

/// One start.
#[derive(Debug, Serialize)]
struct Start {
    /// CPU seconds of QEMU until the first program ran.
    cpu_seconds: f64,
    memory_total_kib: u64,
    slab_kib: u64,
    /// Neither free nor given up on demand, when nothing but the first program runs.
    used_kib: u64,
}

/// Starts every kernel in turn and writes table and raw figures.
pub(crate) fn measure_all(times: usize) -> anyhow::Result<()> {
    let mut kernels = present()?;
    ensure!(
        !kernels.is_empty(),
        "no image of minimal is in build/image; run `make image` first"
    );
    let initrd = initramfs()?;
    for _ in 0..times {
        for kernel in &mut kernels {
            let start = start(kernel, &initrd).with_context(|| format!("start {}", kernel.name))?;
            eprintln!("bench: {}: {start:?}", kernel.name);
            kernel.starts.push(start);
        }
    }
    crate::results::keep("kernels", &kernels, &markdown(&kernels))
}

fn present() -> anyhow::Result<Vec<Kernel>> {
    let images = KERNELS
        .iter()
        .map(|(name, image)| (*name, Path::new("build/image").join(image)));
    images
        .filter(|(_, directory)| directory.join("vmlinuz").is_file())
        .map(|(name, directory)| {
            Ok(Kernel {
                name,
                image_bytes: std::fs::metadata(directory.join("vmlinuz"))?.len(),
                package_bytes: package_bytes(&directory)?,
                directory,
                starts: Vec::new(),
            })
        })
        .collect()
}

/// Of the packages in the image, the one that is a kernel.
fn package_bytes(directory: &Path) -> anyhow::Result<u64> {
    let path = directory.join("manifest.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let manifest: serde_json::Value = serde_json::from_str(&text)?;
    let packages = manifest["packages"]
        .as_array()
        .context("the manifest lists no packages")?;
    let is_kernel = |package: &&serde_json::Value| {
        let name = package["name"].as_str().unwrap_or_default();
        name == IMPORTED || KERNELS.iter().any(|(kernel, _)| *kernel == name)
    };
    let kernel = packages
        .iter()
        .find(is_kernel)
        .context("no kernel is in the manifest")?;
    kernel["size"]
        .as_u64()
        .context("the kernel's package has no size")
}

/// An archive with one static program, made by `bench/first-program`.
fn initramfs() -> anyhow::Result<PathBuf> {
    let path = PathBuf::from("build/bench/first-program.cpio");
    std::fs::create_dir_all("build/bench")?;
    let status = Command::new("bench/first-program")
        .arg(&path)
        .status()
        .context("run bench/first-program")?;
    ensure!(status.success(), "bench/first-program failed: {status}");
    Ok(path)
}

fn start(kernel: &Kernel, initrd: &Path) -> anyhow::Result<Start> {
    let machine = Machine {
        kernel: Some(DirectKernel {
            kernel: kernel.directory.join("vmlinuz"),
            initrd: Some(initrd.to_owned()),
            cmdline: "console=ttyS0,115200 quiet panic=-1".into(),
        }),
        memory_mib: MEMORY_MIB,
        ..Machine::new(disk(&kernel.directory)?)
    };
    let mut console = machine.start()?;
    console.expect(MARK, LIMIT)?;
    let cpu_seconds = console.cpu_seconds()?;
    let total = kibibytes("MemTotal:", &mut console)?;
    let available = kibibytes("MemAvailable:", &mut console)?;
    let slab_kib = kibibytes("Slab:", &mut console)?;
    Ok(Start {
        cpu_seconds,
        memory_total_kib: total,
        slab_kib,
        used_kib: total - available,
    })
}

/// The disk of the image: it is there and is not used.
fn disk(directory: &Path) -> anyhow::Result<PathBuf> {
    let name = directory
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let disk = directory.join(format!("{name}.qcow2"));
    ensure!(disk.is_file(), "{} is not there", disk.display());
    Ok(disk)
}

/// `KEY   123 kB` of /proc/meminfo.
fn kibibytes(key: &str, console: &mut Console) -> anyhow::Result<u64> {
    console.expect(key, LIMIT)?;
    let text = console.expect("kB", LIMIT)?;
    text.trim()
        .parse()
        .with_context(|| format!("no number after {key}: {text:?}"))
}

fn markdown(kernels: &[Kernel]) -> String {
    let mut table = String::from("| |");
    kernels
        .iter()
        .for_each(|kernel| table += &format!(" {} |", kernel.name));
    table += "\n|---|";
    kernels.iter().for_each(|_| table += "---:|");
    table.push('\n');
    row(&mut table, kernels, "start to first program, CPU-s", |kernel| {
        format!("{:.2}", median(kernel, |start| start.cpu_seconds))
    });
    row(&mut table, kernels, "the same, of Debian's", |kernel| {
        share(kernels, kernel, |one| median(one, |start| start.cpu_seconds))
    });
    row(&mut table, kernels, "bootable file, MB", |kernel| {
        megabytes(kernel.image_bytes)
    });
    row(&mut table, kernels, "with modules, MB", |kernel| {
        megabytes(kernel.package_bytes)
    });
    row(&mut table, kernels, "the same, of Debian's", |kernel| {
        share(kernels, kernel, |one| one.package_bytes as f64)
    });
    row(
        &mut table,
        kernels,
        "memory the kernel leaves of 1024 MiB, MiB",
        |kernel| mebibytes(kernel, |start| start.memory_total_kib),
    );
    row(&mut table, kernels, "slab, MiB", |kernel| {
        mebibytes(kernel, |start| start.slab_kib)
    });
    row(
        &mut table,
        kernels,
        "used, with the first program, MiB",
        |kernel| mebibytes(kernel, |start| start.used_kib),
    );
    table
}

fn row(table: &mut String, kernels: &[Kernel], name: &str, figure: impl Fn(&Kernel) -> String) {
    // Writing to a String does not fail.
    let _ = write!(table, "| {name} |");
    kernels
        .iter()
        .for_each(|kernel| table.push_str(&format!(" {} |", figure(kernel))));
    table.push('\n');
}

/// Against the first, when that is Debian's.
fn share(kernels: &[Kernel], kernel: &Kernel, figure: impl Fn(&Kernel) -> f64) -> String {
    match kernels.first().filter(|first| first.name == KERNELS[0].0) {
        Some(first) => format!("{:.2}", figure(kernel) / figure(first)),
        None => String::new(),
    }
}

fn median(kernel: &Kernel, figure: impl Fn(&Start) -> f64) -> f64 {
    crate::results::median(kernel.starts.iter().map(figure)).unwrap_or(f64::NAN)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

fn mebibytes(kernel: &Kernel, figure: impl Fn(&Start) -> u64) -> String {
    format!("{:.1}", median(kernel, |start| figure(start) as f64) / 1024.0)
}
