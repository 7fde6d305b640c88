//! `needs-restarting`: what an update has not reached yet, because it was running.

use std::collections::BTreeSet;
use std::path::Path;

use rpmfile::Tag;
use serde::Serialize;

use super::context::Context;
use crate::error::Error;
use crate::installed::InstalledSet;
use crate::running::{self, Outdated};

const PROC: &str = "/proc";

/// What only a restart of the machine puts into use: the kernel, the C library and the service manager, by
/// name and by what they provide, since distributions name them differently.
const CORE_NAMES: [&str; 10] = [
    "dbus",
    "dbus-broker",
    "glibc",
    "kernel",
    "kernel-core",
    "libc6",
    "linux",
    "linux-firmware",
    "microcode_ctl",
    "systemd",
];
const CORE_PROVIDES: [&str; 3] = ["installonlypkg(kernel)", "kernel", "libc.so.6()(64bit)"];

/// `needs-restarting [-r|-s]`
pub(crate) fn needs_restarting(context: &Context, _words: &[String]) -> Result<(), Error> {
    if context.options.has("reboothint") {
        return reboot_hint(context);
    }
    let kept = running::kept_dir(&context.root);
    let (found, hidden) =
        running::outdated(Path::new(PROC), &kept).map_err(Error::io("list the processes in", PROC))?;
    if hidden > 0 && !rustix::process::geteuid().is_root() {
        let text = format!("{hidden} processes of others cannot be looked at; run it as root");
        context.output.warning(&text);
    }
    match context.options.has("services") {
        true => services(context, &found),
        false => processes(context, &found),
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown<'p> {
    pid: u32,
    command: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'p str>,
    files: &'p [String],
}

fn processes(context: &Context, found: &[Outdated]) {
    let shown: Vec<Shown<'_>> = found
        .iter()
        .map(|process| Shown {
            pid: process.pid,
            command: &process.command,
            unit: process.unit.as_deref(),
            files: &process.files,
        })
        .collect();
    context.output.document(&shown);
    for process in found {
        context
            .output
            .result(&format!("{} : {}\n", process.pid, process.command));
        if context.output.verbose {
            for file in &process.files {
                context.output.result(&format!("    {file}\n"));
            }
        }
    }
}

fn services(context: &Context, found: &[Outdated]) {
    let units: BTreeSet<&str> = found
        .iter()
        .filter_map(|process| process.unit.as_deref())
        .collect();
    context.output.document(&units);
    units
        .iter()
        .for_each(|unit| context.output.result(&format!("{unit}\n")));
}

/// Whether something that only a restart puts into use was installed after the machine was started.
fn reboot_hint(context: &Context) -> Result<(), Error> {
    let installed = InstalledSet::load(&context.root)?;
    let boot = running::boot_time(Path::new(PROC)).unwrap_or(0);
    let packages = core_packages_since(&installed, boot);
    let document = serde_json::json!({ "Reboot": !packages.is_empty(), "Packages": packages });
    context.output.document(&document);
    if packages.is_empty() {
        context.output.result(
            "No core libraries or services have been updated since boot-up.\nReboot should not be necessary.\n",
        );
        return Ok(());
    }
    let lines: String = packages.iter().map(|name| format!("  * {name}\n")).collect();
    context.output.result(&format!(
        "Core libraries or services have been updated since boot-up:\n{lines}\n\
         Reboot is required to fully utilize these updates.\n"
    ));
    Err(Error::RebootNeeded)
}

fn core_packages_since(installed: &InstalledSet, boot: u32) -> Vec<String> {
    let mut found = BTreeSet::new();
    for package in installed.iter() {
        let header = &package.header;
        let since = header.get_u32(Tag::INSTALL_TIME).is_some_and(|time| time > boot);
        let named = CORE_NAMES.contains(&header.name());
        if since
            && (named
                || header
                    .provides()
                    .iter()
                    .any(|cap| CORE_PROVIDES.contains(&cap.name.as_str())))
        {
            found.insert(header.name().to_owned());
        }
    }
    found.into_iter().collect()
}
