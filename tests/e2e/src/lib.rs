//! Boots real images in QEMU and talks to them over the serial console.
