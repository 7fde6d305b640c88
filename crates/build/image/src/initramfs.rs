//! The initramfs: one static program and the drivers a root disk may need.

use crate::cpio::Cpio;
use crate::error::did_you_mean;
use crate::kernel_module::{KernelModule, ModuleIndex, canonical};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where the initramfs program is in a tree.
pub const INIT_PROGRAM: &str = "usr/lib/lumen/early-init";

/// Root disks of QEMU/KVM, VMware, Hyper-V, Xen, SATA and NVMe. A driver that a kernel lacks is left out: not
/// every architecture has each of them.
pub const DEFAULT_MODULES: [&str; 10] = [
    "virtio_blk",
    "virtio_scsi",
    "sd_mod",
    "ahci",
    "ata_piix",
    "nvme",
    "vmw_pvscsi",
    "hv_storvsc",
    "xen_blkfront",
    "ext4",
];

/// The kernel decompresses as fast whatever the level was; 19 costs about a second here.
const ZSTD_LEVEL: i32 = 19;

/// Why an initramfs cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum InitramfsError {
    /// The program is not in the tree.
    #[error("cannot read the initramfs program {path}: {source}; the image needs the package early-init")]
    Program {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The module directory cannot be read.
    #[error("cannot look through the kernel's modules in {path}: {source}")]
    Index {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A module cannot be read.
    #[error("cannot read the kernel module {path}: {source}")]
    Module {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The kernel has no such module.
    #[error("the kernel in {path} has no module {name}{}", did_you_mean(suggestions))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Module directory.
        path: PathBuf,
        /// Close names.
        suggestions: Vec<String>,
    },
    /// zstd failed.
    #[error("cannot compress the initramfs: {source}")]
    Compress {
        /// Why.
        source: std::io::Error,
    },
}

/// Builds the compressed archive for the kernel whose modules are in `directory` (`/usr/lib/modules/VERSION`).
/// `modules` names the drivers; without it, [`DEFAULT_MODULES`] that the kernel has.
pub fn build(
    program: &Path,
    directory: &Path,
    modules: Option<&[String]>,
) -> Result<Vec<u8>, InitramfsError> {
    let init = std::fs::read(program).map_err(|source| InitramfsError::Program {
        path: program.into(),
        source,
    })?;
    let index = ModuleIndex::open(directory).map_err(|source| InitramfsError::Index {
        path: directory.into(),
        source,
    })?;
    let wanted = modules.map_or_else(|| defaults(&index), <[String]>::to_vec);
    let mut found = BTreeMap::new();
    for name in &wanted {
        gather(&index, directory, &canonical(name), &mut found)?;
    }
    let archive = archive(&init, &found);
    zstd::encode_all(&archive[..], ZSTD_LEVEL).map_err(|source| InitramfsError::Compress { source })
}

fn defaults(index: &ModuleIndex) -> Vec<String> {
    DEFAULT_MODULES
        .iter()
        .filter(|name| index.file(name).is_some())
        .map(|name| (*name).into())
        .collect()
}

type Found = BTreeMap<String, KernelModule>;

/// Adds a module and all that it depends on.
fn gather(
    index: &ModuleIndex,
    directory: &Path,
    name: &str,
    found: &mut Found,
) -> Result<(), InitramfsError> {
    if found.contains_key(name) || index.is_built_in(name) {
        return Ok(());
    }
    let Some(path) = index.file(name) else {
        let suggestions = depsolve::nearest(name, index.names(), 3)
            .into_iter()
            .map(String::from)
            .collect();
        return Err(InitramfsError::Unknown {
            name: name.into(),
            path: directory.into(),
            suggestions,
        });
    };
    let module = KernelModule::read(path).map_err(|source| InitramfsError::Module {
        path: path.into(),
        source,
    })?;
    let needs = module.needs.clone();
    found.insert(name.into(), module);
    // A soft dependency may name a module that this kernel does not have; a hard one always exists.
    for need in needs.iter().filter(|need| index.file(need).is_some()) {
        gather(index, directory, need, found)?;
    }
    Ok(())
}

fn archive(init: &[u8], modules: &Found) -> Vec<u8> {
    let mut cpio = Cpio::default();
    for directory in ["dev", "lib", "lib/modules", "proc", "sys", "sysroot"] {
        cpio.directory(directory);
    }
    cpio.file("init", 0o755, init);
    cpio.file(
        "lib/modules/modules.dep",
        0o644,
        dependency_list(modules).as_bytes(),
    );
    cpio.file("lib/modules/modules.alias", 0o644, alias_list(modules).as_bytes());
    for (name, module) in modules {
        // Uncompressed: the whole archive is compressed once, and the program needs no decompressor.
        cpio.file(&format!("lib/modules/{name}.ko"), 0o644, &module.bytes);
    }
    cpio.finish()
}

/// Lines of depmod's modules.dep: a module and what it needs, the outermost first.
fn dependency_list(modules: &Found) -> String {
    let mut text = String::new();
    for name in modules.keys() {
        let _ = write!(text, "{name}.ko:");
        for need in load_order(modules, name)
            .iter()
            .rev()
            .filter(|need| *need != name)
        {
            let _ = write!(text, " {need}.ko");
        }
        text.push('\n');
    }
    text
}

/// Every module needed for `name` and itself, dependencies first.
fn load_order(modules: &Found, name: &str) -> Vec<String> {
    let mut order = Vec::new();
    visit(modules, name, &mut Vec::new(), &mut order);
    order
}

fn visit(modules: &Found, name: &str, path: &mut Vec<String>, order: &mut Vec<String>) {
    let Some(module) = modules.get(name) else { return };
    // Soft dependencies can form a circle.
    if order.iter().any(|done| done == name) || path.iter().any(|above| above == name) {
        return;
    }
    path.push(name.into());
    module
        .needs
        .iter()
        .for_each(|need| visit(modules, need, path, order));
    path.pop();
    order.push(name.into());
}

fn alias_list(modules: &Found) -> String {
    let mut text = String::new();
    for (name, module) in modules {
        for alias in &module.aliases {
            let _ = writeln!(text, "alias {alias} {name}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(needs: &[&str], aliases: &[&str]) -> KernelModule {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        KernelModule {
            bytes: b"ko".to_vec(),
            needs: owned(needs),
            aliases: owned(aliases),
        }
    }

    fn modules() -> Found {
        BTreeMap::from([
            (
                "sd_mod".into(),
                module(&["scsi_mod", "scsi_common"], &["scsi:t-0x00*"]),
            ),
            ("scsi_mod".into(), module(&["scsi_common"], &[])),
            ("scsi_common".into(), module(&[], &[])),
        ])
    }

    #[test]
    fn dependencies_are_listed_as_depmod_does() {
        let text = dependency_list(&modules());
        assert!(text.contains("sd_mod.ko: scsi_mod.ko scsi_common.ko\n"), "{text}");
        assert!(text.contains("scsi_common.ko:\n"), "{text}");
    }

    #[test]
    fn the_program_reads_back_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("modules.dep"), dependency_list(&modules())).unwrap();
        std::fs::write(folder.path().join("modules.alias"), alias_list(&modules())).unwrap();
        let read = early_init::modules::Modules::open(folder.path(), "");
        assert_eq!(read.aliases().modules_for("scsi:t-0x00"), ["sd_mod"]);
    }

    #[test]
    fn circles_of_soft_dependencies_end() {
        let circle = BTreeMap::from([
            ("a".into(), module(&["b"], &[])),
            ("b".into(), module(&["a"], &[])),
        ]);
        assert_eq!(load_order(&circle, "a"), ["b", "a"]);
    }

    #[test]
    fn an_unknown_module_suggests_others() {
        let tree = tempfile::tempdir().unwrap();
        let kernel = tree.path().join("kernel");
        std::fs::create_dir(&kernel).unwrap();
        std::fs::write(kernel.join("virtio_blk.ko.xz"), "").unwrap();
        let program = tree.path().join("init");
        std::fs::write(&program, "").unwrap();
        let error = build(&program, tree.path(), Some(&["virtio_block".into()]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("did you mean virtio_blk?"), "{error}");
    }

    #[test]
    fn a_missing_program_names_the_package() {
        let error = build(Path::new("/nowhere/init"), Path::new("/nowhere"), None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("package early-init"), "{error}");
    }
}
