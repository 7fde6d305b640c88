//! Unified kernel images: one PE file the firmware can load, verify and measure as a whole.
//!
//! The format is the [UKI specification](https://uapi-group.org/specifications/specs/unified_kernel_image/): the
//! kernel, its initrd, command line and a description of the system are sections appended to systemd's UEFI stub.

mod layout;
mod read;
mod uki;

pub use layout::PeError;
pub use read::sections;
pub use uki::Uki;
