//! Kernel modules: where they are, what they say about themselves.

use object::{Object, ObjectSection};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A module, unpacked, with what its .modinfo section declares (Linux include/linux/module.h).
#[derive(Debug)]
pub(crate) struct KernelModule {
    /// The ELF file.
    pub(crate) bytes: Vec<u8>,
    /// Patterns of the devices (or file systems, `fs-xfs`) it serves.
    pub(crate) aliases: Vec<String>,
    /// Modules whose symbols it uses, and those it asks to have loaded before (`softdep: pre`).
    pub(crate) needs: Vec<String>,
}

impl KernelModule {
    /// Reads a .ko, .ko.xz or .ko.zst.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        open(path)?.read_to_end(&mut bytes)?;
        let information = modinfo(&bytes).map_err(io::Error::other)?;
        let values = |key: &str| {
            let prefix = format!("{key}=");
            information
                .iter()
                .filter_map(move |line| line.strip_prefix(&prefix).map(String::from))
        };
        let depends = values("depends").flat_map(|line| line.split(',').map(canonical).collect::<Vec<_>>());
        let soft = values("softdep").flat_map(|line| soft_dependencies(&line));
        let needs = depends.chain(soft).filter(|name| !name.is_empty()).collect();
        let aliases = values("alias").collect();
        Ok(Self {
            aliases,
            needs,
            bytes,
        })
    }
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let file = io::BufReader::new(File::open(path)?);
    Ok(match path.extension().and_then(|extension| extension.to_str()) {
        Some("xz") => Box::new(lzma_rust2::XzReader::new(file, true)),
        Some("zst") => Box::new(zstd::Decoder::with_buffer(file)?),
        _ => Box::new(file),
    })
}

fn modinfo(elf: &[u8]) -> Result<Vec<String>, object::Error> {
    let file = object::File::parse(elf)?;
    let Some(section) = file.section_by_name(".modinfo") else {
        return Ok(Vec::new());
    };
    let entries = section
        .data()?
        .split(|byte| *byte == 0)
        .filter(|entry| !entry.is_empty());
    Ok(entries
        .map(|entry| String::from_utf8_lossy(entry).into_owned())
        .collect())
}

/// `pre: a b post: c` asks for a and b.
fn soft_dependencies(line: &str) -> Vec<String> {
    let words = line
        .split_ascii_whitespace()
        .skip_while(|word| *word != "pre:")
        .skip(1);
    words
        .take_while(|word| !word.ends_with(':'))
        .map(canonical)
        .collect()
}

/// Modules are named with `_` wherever the file has `-`.
pub(crate) fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

/// The modules of one kernel by name.
#[derive(Debug)]
pub(crate) struct ModuleIndex {
    files: BTreeMap<String, PathBuf>,
    built_in: Vec<String>,
}

impl ModuleIndex {
    /// Looks through `/usr/lib/modules/VERSION` of a tree.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        if directory.join("kernel").is_dir() {
            collect(&directory.join("kernel"), &mut files)?;
        }
        // A kernel without modules has no list either.
        let list = fs::read_to_string(directory.join("modules.builtin")).unwrap_or_default();
        Ok(Self {
            files,
            built_in: list.lines().map(|line| module_name(Path::new(line))).collect(),
        })
    }

    /// The module's file.
    pub(crate) fn file(&self, name: &str) -> Option<&Path> {
        self.files.get(&canonical(name)).map(PathBuf::as_path)
    }

    /// Whether the kernel itself holds the driver.
    pub(crate) fn is_built_in(&self, name: &str) -> bool {
        self.built_in.contains(&canonical(name))
    }

    /// Every name, for suggestions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().chain(&self.built_in).map(String::as_str)
    }
}

fn collect(directory: &Path, files: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else if path.to_string_lossy().contains(".ko") {
            files.insert(module_name(&path), path);
        }
    }
    Ok(())
}

fn module_name(path: &Path) -> String {
    let base = path.file_name().unwrap_or_default().to_string_lossy();
    canonical(base.split(".ko").next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_dependencies_before_are_taken() {
        assert_eq!(
            soft_dependencies("pre: crc32c aes-x post: z"),
            ["crc32c", "aes_x"]
        );
        assert!(soft_dependencies("post: z").is_empty());
    }

    #[test]
    fn names_of_files_in_every_packing() {
        assert_eq!(
            module_name(Path::new("kernel/drivers/nvme/host/nvme-core.ko.xz")),
            "nvme_core"
        );
        assert_eq!(module_name(Path::new("a/virtio_blk.ko")), "virtio_blk");
    }

    #[test]
    fn built_in_drivers_are_known() {
        let tree = tempfile::tempdir().unwrap();
        fs::write(tree.path().join("modules.builtin"), "kernel/fs/ext4/ext4.ko\n").unwrap();
        let index = ModuleIndex::open(tree.path()).unwrap();
        assert!(index.is_built_in("ext4") && !index.is_built_in("xfs"));
        assert_eq!(index.file("ext4"), None);
    }
}
