//! Saying what happened: to the kernel log, and failures to the console too.

use std::fs::OpenOptions;
use std::io::Write;

const NAME: &str = "early-init";

/// One line in the kernel log, shown on the console unless the command line says `quiet`.
pub fn info(message: &str) {
    kernel_log(6, message);
}

/// Lines on the console whatever its log level is, and in the kernel log for netconsole and pstore.
pub fn failure(message: &str) {
    // The kernel lets a program write ten lines in five seconds unless told otherwise.
    let _ = std::fs::write("/proc/sys/kernel/printk_devkmsg", "on\n");
    for line in message.lines() {
        // PID 1 starts with /dev/console as its standard error; there is nowhere to report that it cannot be
        // written.
        let _ = writeln!(std::io::stderr(), "{NAME}: {line}");
        kernel_log(7, line);
    }
}

fn kernel_log(level: u8, line: &str) {
    if let Ok(mut log) = OpenOptions::new().write(true).open("/dev/kmsg") {
        let _ = log.write_all(format!("<{level}>{NAME}: {line}\n").as_bytes());
    }
}
