//! What a kernel module says about itself: its `.modinfo` section and the symbols it exports.

use std::io::Read;

use object::{Object, ObjectSection, ObjectSymbol};

/// Larger than any module of a cloud kernel, unpacked.
const MAX_SIZE: u64 = 64 << 20;

/// A kernel module.
#[derive(Debug, Clone, Default)]
pub(super) struct Module {
    /// Below the directory of the kernel's release: `kernel/fs/ext4/ext4.ko.xz`.
    pub(super) path: String,
    /// `nf_tables`: the file's name with underscores.
    pub(super) name: String,
    /// Modules it needs, by name.
    pub(super) depends: Vec<String>,
    /// Names it answers to, patterns of fnmatch(3).
    pub(super) aliases: Vec<String>,
    /// Modules to load before and after it, in the syntax of modprobe.d(5).
    pub(super) softdeps: Vec<String>,
    /// Modules it may use.
    pub(super) weakdeps: Vec<String>,
    /// Symbols it exports.
    pub(super) symbols: Vec<String>,
}

impl Module {
    pub(super) fn is_module(path: &str) -> bool {
        stem(path).is_some()
    }

    pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Self, String> {
        let plain = unpack(path, bytes).map_err(|error| format!("cannot unpack: {error}"))?;
        let object = object::File::parse(&*plain).map_err(|error| format!("not a kernel module: {error}"))?;
        let mut module = Self {
            path: path.to_owned(),
            name: stem(path).map(name).unwrap_or_default(),
            ..Self::default()
        };
        let info = object
            .section_by_name(".modinfo")
            .and_then(|section| section.data().ok())
            .unwrap_or_default();
        info.split(|&byte| byte == 0)
            .for_each(|entry| module.information(&String::from_utf8_lossy(entry)));
        let exported = object
            .symbols()
            .filter_map(|symbol| symbol.name().ok()?.strip_prefix("__ksymtab_"));
        module.symbols = exported.map(str::to_owned).collect();
        module.symbols.sort();
        Ok(module)
    }

    /// One `key=value`.
    fn information(&mut self, entry: &str) {
        let Some((key, value)) = entry.split_once('=') else {
            return;
        };
        match key {
            "depends" => {
                self.depends = value
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(name)
                    .collect()
            }
            "alias" => self.aliases.push(value.to_owned()),
            "softdep" => self.softdeps.push(value.to_owned()),
            "weakdep" => self.weakdeps.push(value.to_owned()),
            _ => {}
        }
    }
}

/// The name of a module by that of its file; the kernel takes `-` and `_` as one.
pub(super) fn name(text: &str) -> String {
    text.replace('-', "_")
}

/// `ext4` of `kernel/fs/ext4/ext4.ko.xz`.
pub(super) fn stem(path: &str) -> Option<&str> {
    let file = path.rsplit('/').next()?;
    [".ko", ".ko.xz", ".ko.zst", ".ko.gz"]
        .into_iter()
        .find_map(|end| file.strip_suffix(end))
}

fn unpack(path: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    let packed = !path.ends_with(".ko");
    match packed {
        true => drop(
            deb::decompress(path, bytes)?
                .take(MAX_SIZE)
                .read_to_end(&mut plain)?,
        ),
        false => plain.extend_from_slice(bytes),
    }
    Ok(plain)
}
