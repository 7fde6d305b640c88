//! The way from the first instruction to the real init.

use crate::cmdline::Options;
use crate::disks::Devices;
use crate::modules::{DIRECTORY, Modules};
use crate::search::Search;
use crate::{log, mount, switch};
use rustix::system::{RebootCommand, reboot};
use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

/// Boots; returns the reason when that is impossible, with the options that say what to do then.
pub fn boot() -> (Options, String) {
    if let Err(error) = mount::mount_kernel_filesystems() {
        return (Options::default(), error.to_string());
    }
    let cmdline = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
    let options = Options::parse(&cmdline);
    let Err(reason) = start(&options, &cmdline);
    (options, reason)
}

fn start(options: &Options, cmdline: &str) -> Result<Infallible, String> {
    let devices = Devices::default();
    let mut modules = Modules::open(Path::new(DIRECTORY), cmdline);
    let root = Search {
        devices: &devices,
        options,
        modules: &mut modules,
    }
    .run()?;
    let kind =
        mount::mount_root(&root, options, &devices, &mut modules).map_err(|error| error.to_string())?;
    log::info(&summary(&options.root.to_string(), &root.device, &kind, &modules));
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    Err(switch::switch_root(options.init.as_deref(), &arguments).to_string())
}

fn summary(wanted: &str, device: &str, kind: &str, modules: &Modules) -> String {
    let loaded: Vec<&str> = modules.loaded().collect();
    let loaded = if loaded.is_empty() {
        "none".into()
    } else {
        loaded.join(" ")
    };
    format!("root {wanted} is /dev/{device} ({kind}); modules loaded: {loaded}")
}

/// After a failure: restarts as `panic=` says, so that boot counting can fall back to the previous system.
pub fn give_up(options: &Options, reason: &str) -> ! {
    log::failure(reason);
    if options.panic > 0 {
        log::failure(&format!(
            "restarting in {} s (panic= on the kernel command line)",
            options.panic
        ));
        std::thread::sleep(Duration::from_secs(options.panic.unsigned_abs()));
    }
    if options.panic != 0 {
        let _ = reboot(RebootCommand::Restart);
    }
    log::failure("stopped; restart the machine");
    loop {
        std::thread::park();
    }
}
