//! The initramfs program: find the root file system, switch to it.
//!
//! One static program runs as PID 1 in the initramfs and does as little as it can: every module loaded and every
//! device waited for is boot time. It looks for the root with the drivers the kernel has built in, loads only
//! drivers whose alias matches a device that is present, and waits for the kernel's events, never by sleeping.
//!
//! The initramfs holds this program as /init and, below [`modules::DIRECTORY`], uncompressed modules with
//! `modules.dep` and `modules.alias` in depmod's format (soft dependencies already written as dependencies).

pub mod boot;
pub mod cmdline;
pub mod disks;
pub mod filesystem;
pub mod glob;
pub mod gpt;
pub mod identifier;
pub mod log;
pub mod mbr;
pub mod modalias;
pub mod modules;
pub mod mount;
pub mod read_at;
pub mod report;
pub mod root_spec;
pub mod search;
pub mod switch;
pub mod uevent;
