//! Image definition to root tree to partitions to disk image.

pub mod byte_size;
mod cpio;
pub mod definition;
pub mod initramfs;
mod kernel_module;
mod nearest;
