//! Loading kernel modules, dependencies first.

use crate::modalias::AliasTable;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Where the initramfs keeps modules.
pub const DIRECTORY: &str = "/lib/modules";

/// Why a module could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// Its file is not in the initramfs.
    #[error("cannot open the module {path}: {source}; the initramfs is incomplete")]
    Open {
        /// The module file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The kernel refused it.
    #[error("the kernel does not take the module {path} (finit_module): {source}")]
    Load {
        /// The module file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The modules of the initramfs and which of them are loaded.
#[derive(Debug, Default)]
pub struct Modules {
    directory: PathBuf,
    /// File of each module (relative), and the modules it depends on, the innermost last as depmod writes them.
    files: BTreeMap<String, (String, Vec<String>)>,
    aliases: AliasTable,
    parameters: Vec<(String, String)>,
    done: BTreeSet<String>,
}

impl Modules {
    /// Reads `modules.dep` and `modules.alias`; an initramfs without them simply has no modules.
    pub fn open(directory: &Path, cmdline: &str) -> Self {
        let text = |name| fs::read_to_string(directory.join(name)).unwrap_or_default();
        Self {
            directory: directory.into(),
            files: parse_dependencies(&text("modules.dep")),
            aliases: AliasTable::parse(&text("modules.alias")),
            parameters: parse_parameters(cmdline),
            done: BTreeSet::new(),
        }
    }

    /// The alias table.
    pub fn aliases(&self) -> &AliasTable {
        &self.aliases
    }

    /// Names of the modules that were loaded.
    pub fn loaded(&self) -> impl Iterator<Item = &str> {
        self.done.iter().map(String::as_str)
    }

    /// Loads what a device, or a file system as `fs-TYPE`, asks for; true when that was something new.
    pub fn load_for(&mut self, alias: &str) -> Result<bool, ModuleError> {
        let wanted: Vec<String> = self
            .aliases
            .modules_for(alias)
            .into_iter()
            .map(String::from)
            .collect();
        let mut new = false;
        for module in wanted {
            new |= self.load(&module)?;
        }
        Ok(new)
    }

    /// Loads a module after those it depends on; true when something was loaded.
    pub fn load(&mut self, module: &str) -> Result<bool, ModuleError> {
        let order = self.order(module);
        for name in &order {
            self.insert(name)?;
        }
        Ok(!order.is_empty())
    }

    /// What is still to be loaded for a module, in order.
    fn order(&self, module: &str) -> Vec<String> {
        let module = canonical(module);
        let Some((_, needs)) = self.files.get(&module) else {
            return Vec::new();
        };
        let names = needs.iter().rev().chain(std::iter::once(&module));
        names.filter(|name| !self.done.contains(*name)).cloned().collect()
    }

    fn insert(&mut self, name: &str) -> Result<(), ModuleError> {
        // A module the kernel refused once is not tried again for every further device.
        self.done.insert(name.into());
        let Some((file, _)) = self.files.get(name) else {
            return Ok(());
        };
        let path = self.directory.join(file);
        let opened = File::open(&path);
        let opened = opened.map_err(|source| ModuleError::Open {
            path: path.clone(),
            source,
        })?;
        match rustix::system::finit_module(&opened, &self.parameters_of(name), 0) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
            Err(source) => Err(ModuleError::Load {
                path,
                source: source.into(),
            }),
        }
    }

    /// `name.key=value` of the kernel command line, which the kernel itself applies to built-in drivers only.
    fn parameters_of(&self, name: &str) -> CString {
        let own = self.parameters.iter().filter(|(module, _)| module == name);
        let words: Vec<&str> = own.map(|(_, setting)| setting.as_str()).collect();
        CString::new(words.join(" ")).unwrap_or_default()
    }
}

/// `kernel/a-b.ko: kernel/c.ko kernel/d.ko` becomes a_b -> (kernel/a-b.ko, [c, d]).
fn parse_dependencies(text: &str) -> BTreeMap<String, (String, Vec<String>)> {
    let line = |line: &str| {
        let (file, needs) = line.split_once(':')?;
        let needs = needs.split_ascii_whitespace().map(module_name).collect();
        Some((module_name(file), (file.to_owned(), needs)))
    };
    text.lines().filter_map(line).collect()
}

fn parse_parameters(cmdline: &str) -> Vec<(String, String)> {
    let setting = |word: &str| {
        let (module, setting) = word.split_once('.')?;
        let is_name = module
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        is_name.then(|| (canonical(module), setting.to_owned()))
    };
    cmdline.split_ascii_whitespace().filter_map(setting).collect()
}

fn module_name(file: &str) -> String {
    let base = file.rsplit('/').next().unwrap_or(file);
    canonical(base.strip_suffix(".ko").unwrap_or(base))
}

/// Modules are named with `_` wherever the file has `-`.
fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules() -> Modules {
        let files = parse_dependencies(
            "k/sd_mod.ko: k/scsi_mod.ko k/scsi-common.ko\nk/scsi_mod.ko: k/scsi-common.ko\nk/scsi-common.ko:\n",
        );
        Modules {
            files,
            ..Modules::default()
        }
    }

    #[test]
    fn dependencies_come_first() {
        assert_eq!(modules().order("sd-mod"), ["scsi_common", "scsi_mod", "sd_mod"]);
    }

    #[test]
    fn what_is_loaded_is_not_loaded_again() {
        let mut modules = modules();
        modules
            .done
            .extend(["scsi_common".to_owned(), "scsi_mod".to_owned()]);
        assert_eq!(modules.order("sd_mod"), ["sd_mod"]);
    }

    #[test]
    fn an_unknown_module_is_nothing_to_do() {
        assert!(!modules().load("nvme").unwrap());
    }

    #[test]
    fn a_missing_file_names_its_path() {
        let mut modules = modules();
        modules.directory = "/nowhere".into();
        let message = modules.load("sd_mod").unwrap_err().to_string();
        assert!(message.contains("/nowhere/k/scsi-common.ko"), "{message}");
        assert!(
            modules.order("scsi_common").is_empty(),
            "it must not be tried again"
        );
    }

    #[test]
    fn parameters_reach_their_module() {
        let parameters = parse_parameters("quiet virtio-blk.queue_depth=4 virtio_blk.poll=1 a/b.c=1 rd.x=1");
        let modules = Modules {
            parameters,
            ..Modules::default()
        };
        assert_eq!(
            modules.parameters_of("virtio_blk").to_str().unwrap(),
            "queue_depth=4 poll=1"
        );
        assert_eq!(modules.parameters_of("sd_mod").to_str().unwrap(), "");
    }
}
