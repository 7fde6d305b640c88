//! Image definition to root tree to partitions to disk image.
//!
//! [`Build`] fills a tree with packages and turns it into a disk, without any privilege and byte for byte the same
//! each time: owners, modes and capabilities come from the package database, file systems are made by programs of the
//! tools root, identifiers are derived from the content. [`inspect`] tells what is in a finished image.

mod archive;
mod build;
pub mod byte_size;
mod configure;
mod cpio;
pub mod definition;
mod disk;
mod error;
mod esp;
mod ext4;
mod identity;
pub mod initramfs;
pub mod inspect;
mod install;
mod installed;
mod kernel;
mod kernel_module;
mod layout;
pub mod manifest;
mod output;
mod output_lock;
mod owners;
mod partition_table;
pub mod progress;
mod tools;
mod tree;

pub use build::Build;
pub use disk::{Format, Image};
pub use error::Error;
pub use installed::{Origin, PackageRecord};
