//! All fuzz targets: `FUZZ_TARGET` names the entry of `hostile_input::TARGETS` to run.
#![no_main]

use hostile_input::{TARGETS, Target};
use std::sync::OnceLock;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (target().run)(bytes));

fn target() -> &'static Target {
    static TARGET: OnceLock<&'static Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        let found = TARGETS.iter().find(|target| target.name == name);
        found.unwrap_or_else(|| panic!("FUZZ_TARGET={name} names no target"))
    })
}
