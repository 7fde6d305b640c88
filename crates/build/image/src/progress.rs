//! What a build is doing, for a bar or a line on the terminal.

use std::time::Duration;

/// The parts of a build that take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Choosing and installing packages into the tree.
    Install,
    /// Files and services of the definition.
    Configure,
    /// Initramfs and unified kernel image.
    Kernel,
    /// The root file system.
    RootFileSystem,
    /// The EFI system partition and the partition table.
    Disk,
    /// Other formats.
    Convert,
}

impl Step {
    /// As a line on the terminal.
    pub fn title(self) -> &'static str {
        match self {
            Self::Install => "installing packages",
            Self::Configure => "configuring",
            Self::Kernel => "assembling the kernel image",
            Self::RootFileSystem => "making the root file system",
            Self::Disk => "making the disk",
            Self::Convert => "converting to qcow2",
        }
    }
}

/// Something worth showing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A step begins.
    Begin(Step),
    /// A step has ended.
    End {
        /// Which.
        step: Step,
        /// How long it took.
        time: Duration,
    },
}

/// Is told what happens.
pub type Progress<'a> = &'a dyn Fn(Event);
