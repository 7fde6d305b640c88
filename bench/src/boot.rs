//! Boots an image and notes what each mark on the way has cost.

use crate::Built;
use anyhow::Context as _;
use serde::Serialize;
use std::time::Duration;
use vm::{Console, Credential, DirectKernel, Machine};

const LIMIT: Duration = Duration::from_secs(900);

/// Runs in both guests alike: tells the console when port 22 is listened on, when sshd says its first line to one who
/// connects after the network is configured, when the boot has finished, and the memory in use ten seconds later. It
/// comes as a credential, so nothing is added to either image.
const SSH_PROBE: &str = "[Unit]\nDefaultDependencies=no\nAfter=ssh.service sshd.service ssh.socket\n\
    [Service]\nType=oneshot\nStandardOutput=tty\nTTYPath=/dev/console\nExecStart=/bin/echo BENCH-ssh\n";
const ANSWER_PROBE: &str = "[Unit]\nDefaultDependencies=no\nAfter=network.target ssh.service sshd.service ssh.socket\n\
    [Service]\nType=oneshot\nStandardOutput=tty\nTTYPath=/dev/console\n\
    ExecStart=/bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/22 && read -r line <&3 && echo BENCH-answer'\n";
const FINISHED_PROBE: &str = "[Unit]\nDefaultDependencies=no\nAfter=basic.target\n\
    [Service]\nType=simple\nStandardOutput=tty\nTTYPath=/dev/console\n\
    ExecStart=/bin/sh -c 'systemctl is-system-running --wait >/dev/null; echo BENCH-finished; sleep 10; \
    while read key value unit; do case $key in MemTotal:|MemAvailable:) echo BENCH-$key $value;; esac; done \
    </proc/meminfo; echo BENCH-end'\n";
const WANTS: &str = "[Unit]\nWants=bench-ssh.service bench-answer.service bench-finished.service\n";

/// What one boot has cost.
#[derive(Debug, Serialize)]
pub(crate) struct Boot {
    /// CPU seconds of QEMU until ssh's port was open.
    pub(crate) ssh_cpu_seconds: f64,
    /// CPU seconds of QEMU until sshd answered.
    pub(crate) answer_cpu_seconds: f64,
    /// CPU seconds of QEMU until systemd had no job left.
    pub(crate) finished_cpu_seconds: f64,
    /// MiB not available ten seconds later.
    pub(crate) used_mib: u64,
}

/// Boot with one processor and the kernel loaded directly.
pub(crate) fn measure(image: &Built) -> anyhow::Result<Boot> {
    let mut console = machine(image)?.start()?;
    console.expect("BENCH-ssh", LIMIT)?;
    let ssh_cpu_seconds = console.cpu_seconds()?;
    console.expect("BENCH-answer", LIMIT)?;
    let answer_cpu_seconds = console.cpu_seconds()?;
    console.expect("BENCH-finished", LIMIT)?;
    let finished_cpu_seconds = console.cpu_seconds()?;
    let total = kibibytes_after("BENCH-MemTotal:", &mut console)?;
    let available = kibibytes_after("BENCH-MemAvailable:", &mut console)?;
    Ok(Boot {
        ssh_cpu_seconds,
        answer_cpu_seconds,
        finished_cpu_seconds,
        used_mib: (total - available) / 1024,
    })
}

fn kibibytes_after(mark: &str, console: &mut Console) -> anyhow::Result<u64> {
    console.expect(mark, LIMIT)?;
    let text = console.expect("\n", LIMIT)?;
    text.trim()
        .parse()
        .with_context(|| format!("no number after {mark}: {text:?}"))
}

fn machine(image: &Built) -> anyhow::Result<Machine> {
    let cmdline = image.directory.join("cmdline");
    let cmdline = match std::fs::read_to_string(&cmdline) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => "root=/dev/vda rw console=ttyS0 quiet systemd.firstboot=no".to_owned(),
    };
    let kernel = DirectKernel {
        kernel: image.directory.join("vmlinuz"),
        initrd: Some(image.directory.join("initrd")),
        cmdline,
    };
    let credentials = [
        ("systemd.extra-unit.bench-ssh.service", SSH_PROBE),
        ("systemd.extra-unit.bench-answer.service", ANSWER_PROBE),
        ("systemd.extra-unit.bench-finished.service", FINISHED_PROBE),
        ("systemd.unit-dropin.multi-user.target", WANTS),
    ];
    Ok(Machine {
        kernel: Some(kernel),
        memory_mib: 2048,
        credentials: credentials
            .iter()
            .map(|(name, value)| Credential::text(name, value))
            .collect(),
        ..Machine::new(&image.disk)
    })
}
