//! What can go wrong between the image file and a shell in the guest.

use std::path::PathBuf;
use std::time::Duration;

/// A failure to start or to talk to a guest; each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The emulator is not on the machine.
    #[error("cannot start {program}: it is not installed; install the package {package}")]
    EmulatorMissing {
        /// The program looked for on `PATH`.
        program: String,
        /// Debian's package that brings it.
        package: &'static str,
    },
    /// The emulator is there but did not start.
    #[error("cannot start {program}: {source}")]
    Start {
        /// The program that was started.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// No firmware file at any of the places where distributions keep it.
    #[error("no UEFI firmware found (looked for {looked_for}); install the package ovmf")]
    FirmwareMissing {
        /// The candidates, comma separated.
        looked_for: String,
    },
    /// A file could not be prepared for the guest.
    #[error("cannot prepare {path} for the guest: {source}")]
    Prepare {
        /// The file concerned.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The disk image is not there.
    #[error("no image at {path}; build it first with `lumen image build`")]
    ImageMissing {
        /// The file looked for.
        path: PathBuf,
    },
    /// The console was closed: the guest powered off or QEMU died.
    #[error("the guest ended while waiting for {expected:?}; its last output was:\n{tail}")]
    Ended {
        /// The text waited for.
        expected: String,
        /// The end of the console's output.
        tail: String,
    },
    /// The expected text did not come in time.
    #[error("waited {waited:?} for {expected:?} on the console; the last output was:\n{tail}")]
    Timeout {
        /// The text waited for.
        expected: String,
        /// How long.
        waited: Duration,
        /// The end of the console's output.
        tail: String,
    },
    /// Writing to the console failed.
    #[error("cannot write to the guest's console: {source}")]
    Write {
        /// What the system said.
        source: std::io::Error,
    },
    /// The emulator's CPU time could not be read.
    #[error("cannot read the CPU time of process {pid} from /proc: {reason}")]
    CpuTime {
        /// QEMU's process id.
        pid: u32,
        /// What was wrong.
        reason: String,
    },
    /// A port forward that is not HOST:GUEST.
    #[error("`{given}` is not a port forward; write HOST:GUEST, for example 2222:22")]
    PortForward {
        /// What was given.
        given: String,
    },
}
