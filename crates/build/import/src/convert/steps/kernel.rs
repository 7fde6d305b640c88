//! The kernel beside its modules, and the index files of depmod(8).

use depgen::Found;
use rpmfile::{DepFlags, Dependency};

use super::super::rules::rename;
use super::super::tree::Tree;

const MODULES: &str = "/usr/lib/modules/";

/// Moves `/boot/vmlinuz-KVER` and `/boot/config-KVER` to `/usr/lib/modules/KVER/` and adds the indexes.
pub(super) fn run(tree: &mut Tree, _clamp_time: u32, found: &mut Found) -> Result<(), String> {
    let release = release(tree)?;
    let provided = Dependency::new("kernel-uname-r", DepFlags::EQUAL, release.replace('-', "_"));
    found.provides.insert(provided);
    for name in ["vmlinuz", "config"] {
        let old = format!("/boot/{name}-{release}");
        if !tree.nodes.contains_key(&old) {
            return Err(format!("{old} is missing"));
        }
        rename(tree, &old, format!("{MODULES}{release}/{name}"));
    }
    Ok(())
}

/// The release of the kernel: the one directory below /usr/lib/modules.
fn release(tree: &Tree) -> Result<String, String> {
    let below = |path: &str| path.strip_prefix(MODULES)?.split('/').next().map(str::to_owned);
    let mut releases: Vec<String> = tree.nodes.keys().filter_map(|path| below(path)).collect();
    releases.dedup();
    match releases.as_slice() {
        [one] => Ok(one.clone()),
        other => Err(format!(
            "expected one directory below {MODULES}, found {}",
            other.len()
        )),
    }
}
