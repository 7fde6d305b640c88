//! The programs beside `tdnf`. They are one binary under several names: the name it is called by decides.

mod automatic;
mod cache_updateinfo;
mod command;
mod config;
mod history_util;
mod options;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Runs the program that the first argument names; any name that is not in the list is `tdnf` itself.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let rest = || {
        let words = arguments.iter().skip(1);
        words
            .map(|word| word.to_string_lossy().into_owned())
            .collect::<Vec<_>>()
    };
    match name(arguments.first()).as_str() {
        "tdnf-automatic" => automatic::run(rest()),
        "tdnf-cache-updateinfo" => cache_updateinfo::run(rest()),
        "tdnf-config" => config::run(rest()),
        "tdnf-history-util" => history_util::run(rest()),
        _ => crate::cli::run(arguments),
    }
}

fn name(first: Option<&OsString>) -> String {
    let base = first.and_then(|path| Path::new(path).file_name());
    base.unwrap_or_default().to_string_lossy().into_owned()
}
