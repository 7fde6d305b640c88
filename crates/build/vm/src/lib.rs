//! Run an image in QEMU and talk to its serial console
