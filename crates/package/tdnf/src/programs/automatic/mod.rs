//! `tdnf-automatic`: shows or installs updates, from a timer or by hand, and says what it did.

mod emit;
mod settings;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::command::Tdnf;
use super::options::{self, Flag, Parsed};
use settings::{Kind, Settings};

const CONFIG: &str = "/etc/tdnf/automatic.conf";
const TDNF_CONFIG: &str = "/etc/tdnf/tdnf.conf";

const HELP: &str = "
tdnf-automatic help:
tdnf-automatic [{-c|--conf config-file}(optional)] [{-i|--install}] [{-n|--notify}] [{-t|--timer}] [{-h|--help}] [{-v|--version}]

-c, --conf\ttdnf-automatic configuration file (/etc/tdnf/automatic.conf)
-i, --install\tinstall updates, whatever apply_updates says
-n, --notify\tshow available updates; goes before --install
-t, --timer\twait for a random time first, at most random_sleep seconds
-r, --installroot\twork on the system below this directory
-h, --help\tshow this help
-v, --version\tshow the version
";

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag { short: 'c', long: "conf", takes_value: true },
    Flag { short: 'i', long: "install", takes_value: false },
    Flag { short: 'n', long: "notify", takes_value: false },
    Flag { short: 't', long: "timer", takes_value: false },
    Flag { short: 'r', long: "installroot", takes_value: true },
    Flag { short: 'v', long: "version", takes_value: false },
    Flag { short: 'h', long: "help", takes_value: false },
];

/// Why it failed, with the original's exit status.
struct Failure {
    status: u8,
    text: String,
}

fn failed(status: u8, text: impl Into<String>) -> Failure {
    Failure {
        status,
        text: text.into(),
    }
}

/// Runs the program with its arguments.
pub(super) fn run(words: Vec<String>) -> ExitCode {
    let parsed = match options::parse(FLAGS, words) {
        Ok(parsed) if parsed.words.is_empty() => parsed,
        Ok(_) => return refuse(22, "there are no arguments but options"),
        Err(error) if error.contains("needs a value") => return refuse(1, &error),
        Err(error) => return refuse(22, &error),
    };
    if parsed.has('h') {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if parsed.has('v') {
        println!("tdnf-automatic - version: {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    println!("\ntdnf-automatic - started at {}...\n", emit::now());
    let status = match act(&parsed) {
        Ok(()) => 0,
        Err(failure) => {
            eprintln!("{}", failure.text);
            failure.status
        }
    };
    let text = format!(
        "\ntdnf-automatic - completed with exit status {status} at {}...\n",
        emit::now()
    );
    if status == 0 {
        println!("{text}")
    } else {
        eprintln!("{text}")
    }
    ExitCode::from(status)
}

fn refuse(status: u8, text: &str) -> ExitCode {
    eprintln!("tdnf-automatic: {text}\n{HELP}");
    ExitCode::from(status)
}

fn act(parsed: &Parsed) -> Result<(), Failure> {
    let root = parsed.value('r').map(PathBuf::from);
    let mut tdnf = Tdnf { config: None, root };
    if !tdnf.allowed() {
        return Err(failed(13, "tdnf-automatic - it must be run as root..."));
    }
    let settings = read_settings(parsed, &tdnf)?;
    tdnf.config.clone_from(&settings.tdnf_conf);
    let config = settings
        .tdnf_conf
        .clone()
        .unwrap_or_else(|| tdnf.path(TDNF_CONFIG));
    if !config.is_file() {
        return Err(failed(
            2,
            format!("tdnf conf '{}' does not exist...", config.display()),
        ));
    }
    if parsed.has('t') {
        random_sleep(settings.random_sleep);
    }
    refresh(&tdnf, settings.network_online_timeout)?;
    let job = Job {
        install: wants_install(parsed, &settings),
        tdnf,
        settings,
    };
    job.run()
}

fn read_settings(parsed: &Parsed, tdnf: &Tdnf) -> Result<Settings, Failure> {
    let path = parsed.value('c').map_or_else(|| tdnf.path(CONFIG), PathBuf::from);
    let text = fs::read_to_string(&path).ok().filter(|text| !text.is_empty());
    let Some(text) = text else {
        let text = format!("Configuration file: '{}' does not exist", path.display());
        return Err(failed(2, text));
    };
    Settings::parse(&text, &path.display().to_string()).map_err(|error| failed(22, error))
}

/// Showing goes before installing. Without a word on the command line, the file decides.
fn wants_install(parsed: &Parsed, settings: &Settings) -> bool {
    match (parsed.has('n'), parsed.has('i')) {
        (true, _) => false,
        (false, true) => true,
        (false, false) => settings.apply && !settings.show,
    }
}

fn random_sleep(most: u64) {
    if most == 0 {
        return;
    }
    // Only to spread machines over time: what the clock's fraction and our number give is random enough.
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = u64::from(clock.subsec_nanos()) ^ u64::from(std::process::id()).wrapping_mul(0x9e37_79b9);
    let seconds = seed % most;
    println!("Sleep for {seconds} second(s)...");
    sleep(Duration::from_secs(seconds));
}

/// Asks the repositories, again and again until the time is up: the network may only be coming.
fn refresh(tdnf: &Tdnf, timeout: u64) -> Result<(), Failure> {
    let end = Instant::now() + Duration::from_secs(timeout);
    loop {
        let output = tdnf
            .output(&["-q", "--refresh", "makecache"])
            .map_err(|error| failed(65, format!("tdnf command not found: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let status = if timeout == 0 { 121 } else { 64 };
            return Err(failed(
                status,
                format!("{reason}\nFailed to refresh repo cache..."),
            ));
        }
        sleep(left.min(Duration::from_secs(3)));
    }
}

struct Job {
    tdnf: Tdnf,
    settings: Settings,
    install: bool,
}

impl Job {
    fn run(&self) -> Result<(), Failure> {
        let updates = self.updates()?;
        let name = self.system_name();
        if updates.is_empty() {
            let text = format!("\nNo updates available on {name}. System upto date...\n");
            return self.emit(&text);
        }
        let list = updates.join("\n");
        if !self.install {
            return self.emit(&format!(
                "\nThe following updates are available on - {name}:\n{list}\n"
            ));
        }
        let done = self.tdnf.run(&self.words("-y"));
        if !done.map_err(|error| failed(65, error.to_string()))? {
            return Err(failed(121, "tdnf update failed, nothing was changed..."));
        }
        let text = format!("\nThe following updates are applied on - {name}:\n{list}\n");
        self.emit(&format!("{text}\n--- Updates completed at {} ---\n", emit::now()))
    }

    fn words(&self, first: &'static str) -> Vec<&'static str> {
        let mut words = vec![first];
        if self.settings.kind == Kind::Security {
            words.push("--security");
        }
        words.push("update");
        words
    }

    /// What an update would do, from the plan that it prints: packages that come.
    fn updates(&self) -> Result<Vec<String>, Failure> {
        let wrong = |text: String| {
            failed(
                121,
                format!("{text}\nUnexpected error while checking for updates..."),
            )
        };
        let output = self
            .tdnf
            .output(&self.words("-j"))
            .map_err(|error| wrong(error.to_string()))?;
        let plan: Value = serde_json::from_slice(&output.stdout).map_err(|error| wrong(error.to_string()))?;
        if !output.status.success() {
            return Err(wrong(
                plan["ErrorMessage"].as_str().unwrap_or_default().to_owned(),
            ));
        }
        let kinds = ["Install", "Upgrade", "Downgrade"];
        let items = kinds.iter().filter_map(|kind| plan[*kind].as_array()).flatten();
        let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
        Ok(items
            .map(|item| format!("{}-{}", text(item, "Name"), text(item, "Evr")))
            .collect())
    }

    fn system_name(&self) -> String {
        let own = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        self.settings.system_name.clone().unwrap_or_else(own)
    }

    fn emit(&self, text: &str) -> Result<(), Failure> {
        if self.settings.to_stdio {
            println!("{text}");
        }
        match &self.settings.to_file {
            Some(path) => emit::to_file(path, text).map_err(|error| failed(121, error)),
            None => Ok(()),
        }
    }
}
