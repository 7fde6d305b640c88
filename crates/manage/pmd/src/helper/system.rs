//! The host: its name, clock, kernel; metrics; turning it off.

use std::fmt::Write as _;
use std::fs;

use dbus_client::{Call, Connection, Value};
use pmd_api::system::*;
use pmd_api::{Empty, Problem};

use super::{Context, network, sysctl};

/// Does what the domain `system` offers.
pub(super) struct System {
    context: Context,
}

impl System {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        System { context }
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.context.path(path))
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    fn release(&self, key: &str) -> String {
        let text = match self.read("/etc/os-release") {
            text if text.is_empty() => self.read("/usr/lib/os-release"),
            text => text,
        };
        let found = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    }

    /// A line `Key:   12345 kB` of /proc/meminfo, in bytes.
    fn memory(&self, key: &str) -> u64 {
        let text = self.read("/proc/meminfo");
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        number.unwrap_or(0) * 1024
    }

    fn turn_off(&self, method: &str, asked: &Shutdown) -> Result<Empty, Problem> {
        self.context.need_live("turning off")?;
        let reason = asked.reason.as_deref().unwrap_or("no reason given");
        eprintln!(
            "<5>pmd-helper system: {method} asked for by {}: {reason}",
            self.context.caller
        );
        call(LOGIND, method, &[Value::Bool(false)]).map(|_| Empty {})
    }
}

/// A service, its object and interface on the bus.
type Object = (&'static str, &'static str, &'static str);
const LOGIND: Object = (
    "org.freedesktop.login1",
    "/org/freedesktop/login1",
    "org.freedesktop.login1.Manager",
);
const TIMEDATE: Object = (
    "org.freedesktop.timedate1",
    "/org/freedesktop/timedate1",
    "org.freedesktop.timedate1",
);

fn call(
    (service, path, interface): Object,
    method: &str,
    arguments: &[Value],
) -> Result<Vec<Value>, Problem> {
    let mut bus = Connection::system().map_err(|error| Problem::unavailable(error.to_string()))?;
    bus.call(&Call {
        service,
        path,
        interface,
        method,
        arguments,
        start: true,
    })
    .map_err(|error| Problem::unavailable(format!("{service} {method}: {error}")))
}

fn property((service, path, interface): Object, name: &str) -> Option<Value> {
    let arguments = [Value::text(interface), Value::text(name)];
    call(
        (service, path, "org.freedesktop.DBus.Properties"),
        "Get",
        &arguments,
    )
    .ok()?
    .into_iter()
    .next()
}

impl Handler for System {
    fn info(&mut self, _: Empty) -> Result<Info, Problem> {
        let uname = rustix::system::uname();
        let text = |field: &std::ffi::CStr| field.to_string_lossy().into_owned();
        let uptime = self.read("/proc/uptime");
        let load = self.read("/proc/loadavg");
        let processes = fs::read_dir(self.context.path("/proc")).map_or(0, |entries| {
            let numbers = entries.flatten().filter(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .bytes()
                    .all(|byte| byte.is_ascii_digit())
            });
            numbers.count() as u64
        });
        Ok(Info {
            hostname: network::hostname(&self.context)?,
            os: self.release("PRETTY_NAME"),
            os_id: self.release("ID"),
            os_version: self.release("VERSION_ID"),
            kernel: text(uname.release()),
            kernel_version: text(uname.version()),
            machine: text(uname.machine()),
            machine_id: self.read("/etc/machine-id"),
            boot_id: self.read("/proc/sys/kernel/random/boot_id"),
            uptime_seconds: uptime
                .split('.')
                .next()
                .and_then(|whole| whole.parse().ok())
                .unwrap_or(0),
            processes,
            processors: std::thread::available_parallelism().map_or(1, |count| count.get() as u32),
            memory_total: self.memory("MemTotal"),
            memory_available: self.memory("MemAvailable"),
            memory_free: self.memory("MemFree"),
            load: load
                .split_whitespace()
                .take(3)
                .filter_map(|number| number.parse().ok())
                .collect(),
        })
    }

    fn hostname(&mut self, _: Empty) -> Result<NameNow, Problem> {
        network::hostname(&self.context).map(|name| NameNow { name })
    }

    fn set_hostname(&mut self, asked: Name) -> Result<NameNow, Problem> {
        network::set_hostname(&self.context, &asked.name)?;
        self.hostname(Empty {})
    }

    fn time(&mut self, _: Empty) -> Result<Time, Problem> {
        let live = self.context.is_live();
        let flag = |name| {
            live.then(|| property(TIMEDATE, name)?.as_bool())
                .flatten()
                .unwrap_or(false)
        };
        let link = fs::read_link(self.context.path("/etc/localtime")).unwrap_or_default();
        let zone = link
            .to_string_lossy()
            .split_once("zoneinfo/")
            .map(|(_, zone)| zone.to_owned());
        Ok(Time {
            now: crate::clock::now(),
            timezone: zone.unwrap_or_else(|| "UTC".to_owned()),
            ntp: flag("NTP"),
            synchronized: flag("NTPSynchronized"),
        })
    }

    fn set_time(&mut self, asked: TimeChange) -> Result<Time, Problem> {
        if let Some(zone) = &asked.timezone {
            let plain = zone
                .split('/')
                .all(|part| !part.is_empty() && !part.starts_with('.'));
            if !plain
                || !self
                    .context
                    .path("/usr/share/zoneinfo")
                    .join(zone.as_str())
                    .is_file()
            {
                return Err(Problem::invalid(format!(
                    "there is no time zone {}",
                    zone.as_str()
                )));
            }
        }
        self.context.need_live("the clock")?;
        if let Some(zone) = &asked.timezone {
            call(TIMEDATE, "SetTimezone", &[Value::text(zone), Value::Bool(false)])?;
        }
        if let Some(ntp) = asked.ntp {
            call(TIMEDATE, "SetNTP", &[Value::Bool(ntp), Value::Bool(false)])?;
        }
        self.time(Empty {})
    }

    fn sysctls(&mut self, asked: SysctlQuery) -> Result<Vec<Sysctl>, Problem> {
        sysctl::list(&self.context, asked.prefix.as_deref().unwrap_or_default())
    }

    fn sysctl(&mut self, asked: OneSysctl) -> Result<Sysctl, Problem> {
        sysctl::get(&self.context, &asked.key)
    }

    fn set_sysctl(&mut self, asked: SetSysctl) -> Result<Sysctl, Problem> {
        sysctl::set(&self.context, &asked.key, &asked.value, asked.persistent)?;
        sysctl::get(&self.context, &asked.key)
    }

    fn unset_sysctl(&mut self, asked: OneSysctl) -> Result<Sysctl, Problem> {
        sysctl::unset(&self.context, &asked.key)?;
        sysctl::get(&self.context, &asked.key)
    }

    fn sessions(&mut self, _: Empty) -> Result<Vec<LoginSession>, Problem> {
        self.context.need_live("who is logged in")?;
        let found = call(LOGIND, "ListSessions", &[])?;
        let sessions = found.first().map(Value::items).unwrap_or_default();
        Ok(sessions.iter().filter_map(session).collect())
    }

    fn metrics(&mut self, _: Empty) -> Result<String, Problem> {
        let info = self.info(Empty {})?;
        let mut out = String::new();
        let mut gauge = |name: &str, unit: &str, about: &str, value: f64| {
            let _ = writeln!(out, "# TYPE {name} gauge");
            if !unit.is_empty() {
                let _ = writeln!(out, "# UNIT {name} {unit}");
            }
            let _ = writeln!(out, "# HELP {name} {about}\n{name} {value}");
        };
        gauge(
            "node_uptime_seconds",
            "seconds",
            "Time since boot.",
            info.uptime_seconds as f64,
        );
        gauge(
            "node_memory_total_bytes",
            "bytes",
            "Memory.",
            info.memory_total as f64,
        );
        gauge(
            "node_memory_available_bytes",
            "bytes",
            "Memory that can be had.",
            info.memory_available as f64,
        );
        gauge("node_processes", "", "Processes.", info.processes as f64);
        gauge("node_processors", "", "Processors.", f64::from(info.processors));
        for (minutes, load) in [1, 5, 15].iter().zip(&info.load) {
            gauge(&format!("node_load{minutes}"), "", "Load average.", *load);
        }
        out.push_str(&self.links());
        out.push_str("# EOF\n");
        Ok(out)
    }

    fn reboot(&mut self, asked: Shutdown) -> Result<Empty, Problem> {
        self.turn_off("Reboot", &asked)
    }

    fn poweroff(&mut self, asked: Shutdown) -> Result<Empty, Problem> {
        self.turn_off("PowerOff", &asked)
    }
}

fn session(value: &Value) -> Option<LoginSession> {
    let [id, uid, user, seat, ..] = value.items() else {
        return None;
    };
    Some(LoginSession {
        id: id.as_text()?.to_owned(),
        uid: u32::try_from(uid.as_number()?).ok()?,
        user: user.as_text()?.to_owned(),
        seat: seat.as_text()?.to_owned(),
    })
}

impl System {
    /// Bytes of each interface, out of /proc/net/dev (proc_net(5)).
    fn links(&self) -> String {
        let text = self.read("/proc/net/dev");
        let rows: Vec<(String, Vec<u64>)> = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, numbers)| {
                let numbers = numbers
                    .split_whitespace()
                    .filter_map(|number| number.parse().ok());
                (name.trim().to_owned(), numbers.collect())
            })
            .collect();
        let mut out = String::new();
        for (metric, column) in [
            ("node_network_receive_bytes", 0),
            ("node_network_transmit_bytes", 8),
        ] {
            let _ = writeln!(out, "# TYPE {metric} counter\n# UNIT {metric} bytes");
            for (name, numbers) in &rows {
                if let Some(value) = numbers.get(column) {
                    let _ = writeln!(out, "{metric}_total{{device=\"{name}\"}} {value}");
                }
            }
        }
        out
    }
}
