//! Metrics as text: OpenMetrics 1.0 <https://github.com/OpenObservability/OpenMetrics>. The names are node_exporter's,
//! so that what people have made for it works.

use std::fmt::Write as _;

use crate::error::Error;
use crate::host::Host;

/// The kernel's clock ticks per second for user space: `USER_HZ`, 100 on everything that we run on.
const TICKS: f64 = 100.0;

const MODES: [&str; 8] = [
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal",
];

impl Host {
    /// The host's metrics, with the mark that ends them.
    pub fn metrics(&self) -> Result<String, Error> {
        let mut text = Text(String::new());
        self.memory_metrics(&mut text)?;
        self.load_metrics(&mut text);
        self.processor_metrics(&mut text);
        self.network_metrics(&mut text);
        self.filesystem_metrics(&mut text);
        text.0.push_str("# EOF\n");
        Ok(text.0)
    }

    fn memory_metrics(&self, text: &mut Text) -> Result<(), Error> {
        let memory = self.memory()?;
        for (name, value) in [
            ("MemTotal", memory.total),
            ("MemFree", memory.free),
            ("MemAvailable", memory.available),
            ("SwapTotal", memory.swap_total),
            ("SwapFree", memory.swap_free),
        ] {
            let name = format!("node_memory_{name}_bytes");
            text.family(&name, "gauge", "Memory, as /proc/meminfo has it.");
            text.sample(&name, &[], value);
        }
        Ok(())
    }

    fn load_metrics(&self, text: &mut Text) {
        let Ok(info) = self.info() else { return };
        for (name, value) in ["node_load1", "node_load5", "node_load15"]
            .into_iter()
            .zip(info.load)
        {
            text.family(name, "gauge", "Load average.");
            text.sample(name, &[], value);
        }
        text.family("node_time_uptime_seconds", "gauge", "Seconds since boot.");
        text.sample("node_time_uptime_seconds", &[], info.uptime_seconds);
        text.family("node_procs", "gauge", "Processes.");
        text.sample("node_procs", &[], info.processes);
        text.family("node_uname", "info", "What the kernel is.");
        let labels = [
            ("release", info.kernel.as_str()),
            ("machine", info.machine.as_str()),
            ("nodename", info.hostname.as_str()),
        ];
        text.sample("node_uname_info", &labels, 1);
    }

    fn processor_metrics(&self, text: &mut Text) {
        text.family(
            "node_cpu_seconds",
            "counter",
            "Seconds that processors have spent in each mode.",
        );
        let stat = self.read("proc/stat").unwrap_or_default();
        for line in stat.lines() {
            let mut words = line.split_ascii_whitespace();
            let Some(cpu) = words
                .next()
                .and_then(|word| word.strip_prefix("cpu"))
                .filter(|cpu| !cpu.is_empty())
            else {
                continue;
            };
            for (mode, ticks) in MODES.into_iter().zip(words) {
                let seconds = ticks.parse::<f64>().unwrap_or_default() / TICKS;
                text.sample("node_cpu_seconds_total", &[("cpu", cpu), ("mode", mode)], seconds);
            }
        }
    }

    fn network_metrics(&self, text: &mut Text) {
        let devices = self.read("proc/net/dev").unwrap_or_default();
        let rows: Vec<(&str, Vec<&str>)> = devices
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, rest)| (name.trim(), rest.split_ascii_whitespace().collect()))
            .collect();
        for (name, column) in [
            ("receive_bytes", 0),
            ("receive_packets", 1),
            ("receive_errs", 2),
            ("transmit_bytes", 8),
            ("transmit_packets", 9),
            ("transmit_errs", 10),
        ] {
            let family = format!("node_network_{name}");
            text.family(
                &family,
                "counter",
                "What interfaces have seen, as /proc/net/dev has it.",
            );
            for (device, values) in &rows {
                let value: u64 = values
                    .get(column)
                    .and_then(|value| value.parse().ok())
                    .unwrap_or_default();
                text.sample(&format!("{family}_total"), &[("device", device)], value);
            }
        }
    }

    fn filesystem_metrics(&self, text: &mut Text) {
        let mounts = self.mounts().unwrap_or_default();
        for name in ["node_filesystem_size_bytes", "node_filesystem_avail_bytes"] {
            text.family(name, "gauge", "File systems on devices.");
            for mount in &mounts {
                let value = if name.contains("size") {
                    mount.size
                } else {
                    mount.available
                };
                text.sample(
                    name,
                    &[
                        ("device", &mount.device),
                        ("mountpoint", &mount.path),
                        ("fstype", &mount.kind),
                    ],
                    value,
                );
            }
        }
    }
}

/// Text in the format.
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# TYPE {name} {kind}\n# HELP {name} {help}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let pairs: Vec<String> = labels
            .iter()
            .map(|(key, value)| format!("{key}=\"{}\"", escaped(value)))
            .collect();
        let _ = match pairs.is_empty() {
            true => writeln!(self.0, "{name} {value}"),
            false => writeln!(self.0, "{name}{{{}}} {value}", pairs.join(",")),
        };
    }
}

/// The three characters that must be escaped in a label's value.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
