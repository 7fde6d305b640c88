//! One of our kernels: it starts from the disks of every hypervisor, and keeps what its flavour promises.
//!
//! `LUMEN_TEST_KERNEL` names the kernel; without it there is none to test, since compiling one takes half an hour.

use anyhow::{Context as _, ensure};
use e2e::{
    Boot, Check, Guest, build_dir, build_module, image_under_test, kernel_under_test, run_suite,
    static_program,
};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use vm::{Card, Disk};

/// What a signed module ends with (Linux, `include/linux/module_signature.h`), after the signature and 12 bytes about it, the
/// last four of which are its length.
const SIGNED: &[u8] = b"~Module signature appended~\n";
const ABOUT: usize = 12;

fn main() -> ExitCode {
    if kernel_under_test().is_none() {
        println!("LUMEN_TEST_KERNEL names no kernel of ours, so there is nothing to test");
        return ExitCode::SUCCESS;
    }
    let promises = run_suite(
        || Guest::boot(&image_under_test("minimal"), Boot::DirectKernel, &[]),
        &[
            Check {
                name: "is the one that was asked for",
                run: is_ours,
            },
            Check {
                name: "gives no window into its memory",
                run: no_windows,
            },
            Check {
                name: "has no page that is writable and executable",
                run: no_writable_code,
            },
            Check {
                name: "refuses who writes to the kernel's text, or code to memory where he has given that up",
                run: intruder,
            },
            Check {
                name: "takes a module from outside of its sources where root may do anything",
                run: outside_module,
            },
            Check {
                name: "is on time, if it is made for that",
                run: on_time,
            },
            Check {
                name: "takes modules of its own, and unsigned ones only where root may do anything",
                run: modules,
            },
        ],
    );
    let machines = [
        ("NVMe", Disk::Nvme, Card::VirtioNet),
        ("SATA", Disk::Ahci, Card::VirtioNet),
        ("VMware's disk and network card", Disk::Pvscsi, Card::Vmxnet3),
    ];
    let mut all_well = promises == ExitCode::SUCCESS;
    for (name, disk, card) in machines {
        println!("\nfrom {name}:");
        let code = run_suite(
            || Guest::boot_on(&image_under_test("minimal"), disk, card),
            &[
                Check {
                    name: "is running, with no failed unit",
                    run: running,
                },
                Check {
                    name: "has an address",
                    run: has_address,
                },
            ],
        );
        all_well &= code == ExitCode::SUCCESS;
    }
    if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn flavour() -> anyhow::Result<String> {
    kernel_under_test().context("LUMEN_TEST_KERNEL names no kernel")
}

fn is_ours(guest: &mut Guest) -> anyhow::Result<()> {
    let release = guest.succeed("uname -r")?;
    let flavour = flavour()?;
    let ending = flavour.trim_start_matches("linux");
    ensure!(
        release.starts_with("6.12.") && release.ends_with(ending),
        "{release}"
    );
    let realtime = guest.succeed("uname -v")?.contains("PREEMPT_RT");
    ensure!(realtime == (flavour == "linux-rt"), "PREEMPT_RT: {realtime}");
    Ok(())
}

fn no_windows(guest: &mut Guest) -> anyhow::Result<()> {
    for path in ["/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore"] {
        guest.succeed(&format!("test ! -e {path}"))?;
    }
    let locked = guest.succeed("cat /sys/kernel/security/lockdown")?;
    let wanted = if flavour()? == "linux-secure" {
        "[confidentiality]"
    } else {
        "[none]"
    };
    ensure!(locked.contains(wanted), "lockdown: {locked}");
    Ok(())
}

/// What the kernel finds itself when it checks its page tables (`CONFIG_DEBUG_WX`), where the flavour has that check.
fn no_writable_code(guest: &mut Guest) -> anyhow::Result<()> {
    let found = guest.succeed("journalctl -k -b --no-pager -q | grep -i 'W+X' || true")?;
    ensure!(
        !found.contains("FAILED") && !found.contains("insecure"),
        "{found}"
    );
    if flavour()? == "linux-secure" {
        ensure!(
            found.contains("passed, no W+X pages found"),
            "no check was made: {found:?}"
        );
    }
    Ok(())
}

/// What every flavour refuses of what `programs/intruder.c` tries.
const REFUSED: [&str; 10] = [
    "/dev/mem",
    "/dev/kmem",
    "/dev/port",
    "/proc/kcore",
    "kernel text by /proc/self/mem",
    "kernel text by process_vm_writev",
    "kernel text by read",
    "kernel text by mmap",
    "writable code by mmap",
    "writable code by mprotect",
];

/// And what linux-secure refuses as well.
const REFUSED_BY_SECURE: [&str; 6] = [
    "/dev/cpu/0/msr",
    "addresses of the kernel",
    "ports of the hardware",
    "another kernel by kexec",
    "io_uring",
    "userfaultfd",
];

fn intruder(guest: &mut Guest) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    guest.upload(&static_program("intruder", directory.path())?, "/root/intruder")?;
    let said = guest.succeed("chmod 755 /root/intruder && /root/intruder")?;
    let secure: &[&str] = match flavour()? == "linux-secure" {
        true => &REFUSED_BY_SECURE,
        false => &[],
    };
    for name in REFUSED.iter().chain(secure) {
        let refused = said
            .lines()
            .any(|line| line.starts_with(&format!("{name}: refused")));
        ensure!(refused, "{name} is not refused:\n{said}");
    }
    Ok(())
}

fn outside_module(guest: &mut Guest) -> anyhow::Result<()> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let module = build_module(&flavour()?, directory.path())?;
    guest.upload(&module, "/root/outside.ko")?;
    if flavour()? == "linux-secure" {
        return refused(&guest.fail("insmod /root/outside.ko 2>&1")?);
    }
    guest.succeed("insmod /root/outside.ko && rmmod outside")?;
    let said = guest.succeed("journalctl -k -b --no-pager -q -g 'outside: '")?;
    ensure!(
        said.contains("outside: loaded") && said.contains("outside: unloaded"),
        "{said}"
    );
    Ok(())
}

fn refused(said: &str) -> anyhow::Result<()> {
    ensure!(
        said.contains("not permitted") || said.contains("rejected"),
        "{said}"
    );
    Ok(())
}

/// cyclictest(8): wakes up every millisecond, and counts how many microseconds late that was. How late an emulated processor is
/// says nothing; that the counting works, and that a thread of the highest priority may run, does.
fn on_time(guest: &mut Guest) -> anyhow::Result<()> {
    if flavour()? != "linux-rt" {
        return Ok(());
    }
    for package in ["numactl-libs", "rt-tests"] {
        let file = imported(package)?;
        guest.upload(&file, &format!("/root/{package}.rpm"))?;
    }
    guest.succeed("tdnf -y --disablerepo='*' install /root/numactl-libs.rpm /root/rt-tests.rpm")?;
    let said = guest.succeed(
        "cyclictest --mlockall --priority=99 --interval=1000 --loops=2000 --histogram=400 --quiet",
    )?;
    let histogram = said.lines().filter(|line| is_of_histogram(line)).count();
    ensure!(histogram == 400, "a histogram of {histogram} lines: {said}");
    let (counted, beyond) = (
        figure(&said, "# Total:")?,
        figure(&said, "# Histogram Overflows:")?,
    );
    ensure!(counted + beyond == 2000, "{counted} and {beyond} of 2000: {said}");
    println!(
        "linux-rt: {}",
        said.lines()
            .filter(|line| line.contains("Latencies"))
            .collect::<Vec<_>>()
            .join(" ")
    );
    let version = guest.succeed("uname -v")?;
    ensure!(version.contains("PREEMPT_RT"), "uname -v: {version}");
    Ok(())
}

/// `000017 000003`: three times 17 microseconds late.
fn is_of_histogram(line: &str) -> bool {
    let number = |word: &str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let words: Vec<&str> = line.split_whitespace().collect();
    words.len() == 2 && words.into_iter().all(number)
}

/// The number behind a title, of one thread.
fn figure(said: &str, title: &str) -> anyhow::Result<u64> {
    let rest = said.lines().find_map(|line| line.trim().strip_prefix(title));
    let rest = rest.with_context(|| format!("{title} is missing: {said}"))?;
    Ok(rest.trim().parse()?)
}

/// The file of an imported package.
fn imported(name: &str) -> anyhow::Result<PathBuf> {
    let packages = build_dir().join("rpms/x86_64");
    let start = format!("{name}-");
    for entry in std::fs::read_dir(&packages)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let rest = file.strip_prefix(&start);
        if rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit())) {
            return Ok(packages.join(file));
        }
    }
    anyhow::bail!("{} has no {name}; run `make image`", packages.display())
}

fn modules(guest: &mut Guest) -> anyhow::Result<()> {
    guest.succeed("modprobe dummy && rmmod dummy")?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("dummy.ko");
    std::fs::write(&file, unsigned(&unpacked("dummy")?)?)?;
    guest.upload(&file, "/root/dummy.ko")?;
    if flavour()? == "linux-secure" {
        return refused(&guest.fail("insmod /root/dummy.ko 2>&1")?);
    }
    guest.succeed("insmod /root/dummy.ko && rmmod dummy").map(drop)
}

/// A module of the kernel under test, from the tree of the image.
fn unpacked(name: &str) -> anyhow::Result<Vec<u8>> {
    let tree = build_dir()
        .join("image")
        .join(image_under_test("minimal"))
        .join("root/usr/lib/modules");
    let release = std::fs::read_dir(&tree)?
        .next()
        .context("no modules are in the tree")??;
    let path: PathBuf = release.path().join(format!("kernel/drivers/net/{name}.ko.zst"));
    let output = Command::new("zstd")
        .args(["-dcq"])
        .arg(&path)
        .output()
        .context("cannot run zstd")?;
    ensure!(output.status.success(), "zstd cannot unpack {}", path.display());
    Ok(output.stdout)
}

fn unsigned(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let body = module.strip_suffix(SIGNED).context("the module is not signed")?;
    let (signed, about) = body.split_at(body.len().saturating_sub(ABOUT));
    let length = about.last_chunk::<4>().context("the module is cut off")?;
    let length = usize::try_from(u32::from_be_bytes(*length))?;
    Ok(signed[..signed.len().saturating_sub(length)].to_vec())
}

fn running(guest: &mut Guest) -> anyhow::Result<()> {
    let state =
        guest.succeed("systemctl is-system-running --wait || systemctl --failed --no-legend --plain")?;
    ensure!(state == "running", "{state}");
    Ok(())
}

fn has_address(guest: &mut Guest) -> anyhow::Result<()> {
    let addresses = guest.succeed("ip -4 -o address show scope global")?;
    ensure!(addresses.contains("10.0.2."), "{addresses}");
    Ok(())
}
