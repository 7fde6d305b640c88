//! Pinned distribution binaries converted to signed RPMs.

mod arch;
mod closure;
mod convert;
mod error;
mod fetch;
mod fetch_suite;
mod lock;
mod lock_change;
mod lock_date;
mod lock_resolve;
mod mirror;
mod mirror_apt;
mod progress;
pub mod recipe;
mod run;
mod stamp;
mod work;

pub use arch::Arch;
pub use closure::{Unresolved, unresolved};
pub use convert::{CONVERTER_VERSION, ConvertContext, ConvertError, convert, normalise};
pub use error::ImportError;
pub use lock::{ArchLock, Lock, LockError, Pin};
pub use lock_change::Change;
pub use mirror::{MirrorSettings, Mirrors, NoMirror};
pub use progress::{Event, Progress, Step};
pub use recipe::{DebRef, PackageRecipe, RecipeError, Recipes};
pub use run::{Import, Mode, Summary};
pub use work::{ConvertFailure, Converter};
