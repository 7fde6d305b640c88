//! The date of everything that is made: that of the pinned state.

use anyhow::Context;
use import::Lock;

use crate::project::Project;

/// Seconds since 1970. Without a lock file there is nothing to build from.
pub(crate) fn of_lock(project: &Project, arch: &str) -> anyhow::Result<u32> {
    let path = project.lock();
    let lock = Lock::load(&path)?;
    let pins = lock.get(arch).with_context(|| {
        format!(
            "{} pins nothing for {arch}; run `lumen import --arch {arch}` first",
            path.display()
        )
    })?;
    u32::try_from(pins.date()).with_context(|| format!("the dates in {} are beyond 2106", path.display()))
}
