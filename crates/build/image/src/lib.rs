//! Image definition to root tree to partitions to disk image
