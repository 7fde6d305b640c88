//! Settings of the kernel: the library `services`.

use pmd_api::Problem;
use pmd_api::system::Sysctl;
use services::{Key, Value};

use super::{Context, services::problem};

fn of(context: &Context) -> services::Sysctl {
    services::Sysctl::below(&context.root)
}

fn key(text: &str) -> Result<Key, Problem> {
    Key::new(text).map_err(problem)
}

/// What cannot be read, such as what a user wrote who may not read it, has no value to show.
fn shown(found: Value) -> Option<Sysctl> {
    Some(Sysctl {
        key: found.key,
        value: found.value?,
        persistent: found.persistent,
    })
}

fn one(found: Value) -> Result<Sysctl, Problem> {
    let name = found.key.clone();
    shown(found).ok_or_else(|| Problem::conflict(format!("the kernel's setting {name} cannot be read")))
}

/// One setting.
pub(super) fn get(context: &Context, name: &str) -> Result<Sysctl, Problem> {
    of(context).get(&key(name)?).map_err(problem).and_then(one)
}

/// All settings that can be read and begin so.
pub(super) fn list(context: &Context, prefix: &str) -> Result<Vec<Sysctl>, Problem> {
    let found = of(context).list(prefix).map_err(problem)?;
    Ok(found.into_iter().filter_map(shown).collect())
}

/// Sets a setting, now and, if wanted, at each boot. What the kernel refuses is not kept.
pub(super) fn set(context: &Context, name: &str, value: &str, persistent: bool) -> Result<Sysctl, Problem> {
    let found = of(context).set(&key(name)?, value, persistent);
    found.map_err(problem).and_then(one)
}

/// Does not set it at boot any more.
pub(super) fn unset(context: &Context, name: &str) -> Result<Sysctl, Problem> {
    of(context).forget(&key(name)?).map_err(problem)?;
    get(context, name)
}
