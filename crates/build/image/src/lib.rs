//! Image definition to root tree to partitions to disk image.

pub mod byte_size;
pub mod definition;
