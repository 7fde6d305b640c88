//! The host: what it is, its name, its clock, its kernel's settings; and turning it off.

use crate::Empty;
use crate::names::{HostName, Label, Line, SysctlKey};

shapes! {
    /// What the host is.
    pub struct Info {
        /// Host name.
        pub hostname: String,
        /// `PRETTY_NAME` of os-release(5).
        pub os: String,
        /// `ID` of os-release(5).
        pub os_id: String,
        /// `VERSION_ID` of os-release(5).
        pub os_version: String,
        /// Release of the kernel.
        pub kernel: String,
        /// Version of the kernel, as uname(2) has it.
        pub kernel_version: String,
        /// Architecture in the kernel's terms.
        pub machine: String,
        /// machine-id(5).
        pub machine_id: String,
        /// Changes with each boot.
        pub boot_id: String,
        /// Seconds since boot.
        pub uptime_seconds: u64,
        /// Processes.
        pub processes: u64,
        /// Processors that are online.
        pub processors: u32,
        /// Bytes of memory.
        pub memory_total: u64,
        /// Bytes of memory that can be had without swapping.
        pub memory_available: u64,
        /// Bytes of memory that nothing uses.
        pub memory_free: u64,
        /// Load averages over 1, 5 and 15 minutes.
        pub load: Vec<f64>,
    }

    /// The host's name.
    pub struct Name {
        /// The static name, /etc/hostname.
        pub name: HostName,
    }

    /// The host's name as it is.
    pub struct NameNow {
        /// The static name; empty when none is set.
        pub name: String,
    }

    /// The clock.
    pub struct Time {
        /// Now, RFC 3339, UTC.
        pub now: String,
        /// Time zone of the tz database.
        pub timezone: String,
        /// Whether the clock follows time servers.
        pub ntp: bool,
        /// Whether it is right, as far as the kernel knows.
        pub synchronized: bool,
    }

    /// Changes to the clock.
    pub struct TimeChange {
        /// Time zone of the tz database, `Europe/Berlin`.
        #[serde(default)]
        pub timezone: Option<Line>,
        /// Follow time servers.
        #[serde(default)]
        pub ntp: Option<bool>,
    }

    /// A setting of the kernel.
    pub struct Sysctl {
        /// Its name, with dots.
        pub key: String,
        /// Its value.
        pub value: String,
        /// The value that is set at boot by the API's own file, if it is.
        pub persistent: Option<String>,
    }

    /// Which settings.
    pub struct SysctlQuery {
        /// Only those whose name begins so, `net.ipv4`.
        #[serde(default)]
        pub prefix: Option<Label>,
    }

    /// Which setting.
    pub struct OneSysctl {
        /// Its name, with dots.
        pub key: SysctlKey,
    }

    /// A new value of a setting.
    pub struct SetSysctl {
        /// Its name, with dots.
        pub key: SysctlKey,
        /// Its value.
        pub value: Line,
        /// Whether to set it at each boot too.
        #[serde(default)]
        pub persistent: bool,
    }

    /// When to turn off.
    pub struct Shutdown {
        /// Why; it goes to the journal.
        #[serde(default)]
        pub reason: Option<Line>,
    }

    /// Somebody who is logged in.
    pub struct LoginSession {
        /// systemd-logind's id.
        pub id: String,
        /// The user's number.
        pub uid: u32,
        /// The user.
        pub user: String,
        /// The seat, if any.
        pub seat: String,
    }
}

operations! {
    System "system";

    /// What the host is and how it is.
    "info" info(Empty) -> Info = Get "/system/info", Read;
    /// The host's name.
    "hostname" hostname(Empty) -> NameNow = Get "/system/hostname", Read;
    /// Set the host's name.
    "set-hostname" set_hostname(Name) -> NameNow = Put "/system/hostname", Change;
    /// The clock.
    "time" time(Empty) -> Time = Get "/system/time", Read;
    /// Set the time zone; follow time servers or not.
    "set-time" set_time(TimeChange) -> Time = Patch "/system/time", Change;
    /// Settings of the kernel.
    "sysctls" sysctls(SysctlQuery) -> Vec<Sysctl> = Get "/system/sysctl", Read;
    /// One setting of the kernel.
    "sysctl" sysctl(OneSysctl) -> Sysctl = Get "/system/sysctl/{key}", Read;
    /// Set a setting of the kernel, now and, if wanted, at each boot.
    "set-sysctl" set_sysctl(SetSysctl) -> Sysctl = Put "/system/sysctl/{key}", Change;
    /// Do not set it at boot any more; its value stays until then.
    "unset-sysctl" unset_sysctl(OneSysctl) -> Sysctl = Delete "/system/sysctl/{key}", Change;
    /// Who is logged in.
    "sessions" sessions(Empty) -> Vec<LoginSession> = Get "/system/sessions", Read;
    /// Metrics for Prometheus and the like.
    "metrics" metrics(Empty) -> String = Get "/system/metrics", Read,
        media "application/openmetrics-text; version=1.0.0; charset=utf-8";
    /// Restart the host.
    "reboot" reboot(Shutdown) -> Empty = Post "/system/reboot", Change;
    /// Turn the host off.
    "poweroff" poweroff(Shutdown) -> Empty = Post "/system/poweroff", Change;
}
