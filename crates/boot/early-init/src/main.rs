//! PID 1 of the initramfs; see the library for how it works.

use early_init::{boot, switch};
use std::path::Path;

fn main() {
    if std::process::id() != 1 || !switch::is_initramfs(Path::new("/")) {
        eprintln!("early-init runs as /init of an initramfs only; anywhere else it would delete files");
        std::process::exit(2);
    }
    let (options, reason) = boot::boot();
    boot::give_up(&options, &reason);
}
