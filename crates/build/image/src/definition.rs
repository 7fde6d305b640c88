//! What an image is made of: the schema of `distro/images/NAME.toml`.
//!
//! ```
//! # let text = r#"
//! name = "minimal"
//! summary = "Container host"
//! packages = ["systemd", "bash"]
//!
//! [kernel]
//! package = "linux"
//! cmdline = "rw quiet"
//!
//! [disk]
//! slack = "256 MiB"
//! # "#;
//! # let image = image::definition::Definition::parse(text).unwrap();
//! # assert_eq!(image.hostname, "lumen");
//! ```

use crate::byte_size::ByteSize;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One image: the packages it holds and the disk they are put on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The name people type: `lumen image build NAME`; also the base name of the output.
    pub name: String,
    /// One line that says what the image is for.
    pub summary: String,
    /// Host name written to /etc/hostname.
    #[serde(default = "default_hostname")]
    pub hostname: String,
    /// Packages (names or provides) to install; what they require comes along.
    pub packages: Vec<String>,
    /// Packages that must not come in, not even as someone's requirement.
    #[serde(default)]
    pub excluded: Vec<String>,
    /// The kernel and how it is started.
    pub kernel: Kernel,
    /// The disk and its partitions.
    pub disk: Disk,
    /// Units switched on or off against the presets that packages ship.
    #[serde(default)]
    pub services: Services,
    /// Files written over what packages installed.
    #[serde(default)]
    pub files: Vec<File>,
}

/// The kernel package and its command line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// Package that owns /usr/lib/modules/VERSION/vmlinuz.
    pub package: String,
    /// Options of the kernel; `root=PARTUUID=...` is put before them.
    pub cmdline: String,
    /// Package that owns the initramfs program.
    #[serde(default = "default_init_package")]
    pub init_package: String,
    /// Drivers (module names) put into the initramfs with all that they depend on; those of the usual virtual
    /// disks ([`crate::initramfs::DEFAULT_MODULES`]) unless given.
    #[serde(default)]
    pub modules: Option<Vec<String>>,
}

/// Size and partitions of the disk.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// Fixed size of the whole disk. Exactly one of `size` and `slack` is given.
    #[serde(default)]
    pub size: Option<ByteSize>,
    /// Free space left on the root file system; the disk is as large as that needs.
    #[serde(default)]
    pub slack: Option<ByteSize>,
    /// The EFI system partition.
    #[serde(default)]
    pub esp: Esp,
    /// The root partition.
    #[serde(default)]
    pub root: Root,
}

/// The EFI system partition: FAT32 with systemd-boot and the unified kernel image.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Esp {
    /// Size of the partition.
    pub size: ByteSize,
    /// Partition label (GPT name).
    pub label: String,
}

/// The root partition.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Root {
    /// Its file system.
    pub filesystem: FileSystem,
    /// File system label and partition label (GPT name).
    pub label: String,
    /// Partition type GUID; the Discoverable Partitions Specification's root of the architecture unless given.
    #[serde(rename = "type")]
    pub type_guid: Option<String>,
}

/// File systems a root can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileSystem {
    /// ext4, made by mke2fs.
    Ext4,
}

/// Units whose preset the image decides.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Services {
    /// Units enabled in this image, such as `docker.socket`.
    pub enable: Vec<String>,
    /// Units disabled in this image.
    pub disable: Vec<String>,
}

/// A file (or link, or directory) written after the packages are installed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Absolute path in the image.
    pub path: PathBuf,
    /// Its text. Exactly one of `content`, `source`, `link` and `directory` is given.
    #[serde(default)]
    pub content: Option<String>,
    /// A file beside the definition whose bytes are copied.
    #[serde(default)]
    pub source: Option<PathBuf>,
    /// Target of a symbolic link.
    #[serde(default)]
    pub link: Option<PathBuf>,
    /// `true` makes an empty directory.
    #[serde(default)]
    pub directory: bool,
    /// Permission bits as octal text; `"0644"` for files and `"0755"` for directories unless given.
    #[serde(default)]
    pub mode: Option<String>,
}

fn default_hostname() -> String {
    "lumen".into()
}

fn default_init_package() -> String {
    "early-init".into()
}

impl Default for Esp {
    fn default() -> Self {
        Self {
            size: ByteSize::mib(64),
            label: "esp".into(),
        }
    }
}

impl Default for Root {
    fn default() -> Self {
        Self {
            filesystem: FileSystem::Ext4,
            label: "root".into(),
            type_guid: None,
        }
    }
}

/// Why a definition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// The file could not be read.
    #[error("cannot read the image definition {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No definition has this name.
    #[error("there is no image \"{name}\" in {directory}; it has: {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Where definitions are.
        directory: PathBuf,
        /// The names that exist.
        known: Vec<String>,
    },
    /// Not TOML, a missing or unknown key, or a value of the wrong kind.
    #[error("the image definition {path} is not valid: {source}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why, with the line.
        source: Box<toml::de::Error>,
    },
    /// The values do not fit together.
    #[error("the image definition {path} is not valid: {problem}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl Definition {
    /// Parses and checks the text of a definition that is not (yet) a file.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        Self::parse_file(text, Path::new("(text)"))
    }

    /// Reads `DIRECTORY/NAME.toml`.
    pub fn load(directory: &Path, name: &str) -> Result<Self, DefinitionError> {
        let path = directory.join(format!("{name}.toml"));
        if !is_plain_name(name) || !path.exists() {
            return Err(unknown(directory, name));
        }
        let text = std::fs::read_to_string(&path).map_err(|source| DefinitionError::Read {
            path: path.clone(),
            source,
        })?;
        let definition = Self::parse_file(&text, &path)?;
        if definition.name != name {
            let problem = format!("its name is \"{}\", but the file is {name}.toml", definition.name);
            return Err(DefinitionError::Invalid { path, problem });
        }
        Ok(definition)
    }

    fn parse_file(text: &str, path: &Path) -> Result<Self, DefinitionError> {
        let definition: Self = toml::from_str(text).map_err(|source| DefinitionError::Syntax {
            path: path.into(),
            source: Box::new(source),
        })?;
        match definition.problem() {
            Some(problem) => Err(DefinitionError::Invalid {
                path: path.into(),
                problem,
            }),
            None => Ok(definition),
        }
    }

    fn problem(&self) -> Option<String> {
        self.name_problem()
            .or_else(|| self.disk_problem())
            .or_else(|| self.kernel_problem())
            .or_else(|| self.services_problem())
            .or_else(|| self.files.iter().find_map(File::problem))
    }

    fn name_problem(&self) -> Option<String> {
        if !is_plain_name(&self.name) {
            return Some(format!("name \"{}\" may only have a-z, 0-9 and '-'", self.name));
        }
        if !is_plain_name(&self.hostname) {
            return Some(format!(
                "hostname \"{}\" may only have a-z, 0-9 and '-'",
                self.hostname
            ));
        }
        let twice = self.packages.iter().find(|name| self.excluded.contains(name))?;
        Some(format!("\"{twice}\" is both in packages and in excluded"))
    }

    fn disk_problem(&self) -> Option<String> {
        // FAT32 needs 65525 clusters (of 512 bytes at the least); firmware is only required to read FAT32 there.
        let smallest_esp = ByteSize::mib(34);
        match (self.disk.size, self.disk.slack) {
            (Some(_), Some(_)) => Some("disk has both size and slack; give one of them".into()),
            (None, None) => Some("disk needs a size (\"2 GiB\") or a slack (\"256 MiB\" left free)".into()),
            _ if self.disk.esp.size < smallest_esp => Some(format!(
                "disk.esp.size is {}; FAT32 needs at least {smallest_esp}",
                self.disk.esp.size
            )),
            _ => self.label_problem(),
        }
    }

    fn label_problem(&self) -> Option<String> {
        let long = [&self.disk.root.label, &self.disk.esp.label]
            .into_iter()
            .find(|label| {
                // ext4 keeps 16 bytes; the GPT name (36 UTF-16 units) is the looser limit.
                label.is_empty() || label.len() > 16 || !label.bytes().all(|b| b.is_ascii_graphic())
            })?;
        Some(format!(
            "label \"{long}\" must be 1 to 16 printable ASCII characters"
        ))
    }

    fn kernel_problem(&self) -> Option<String> {
        if self.kernel.cmdline.contains(['\n', '\0']) {
            return Some("kernel.cmdline must be one line".into());
        }
        let root = self
            .kernel
            .cmdline
            .split_whitespace()
            .find(|word| word.starts_with("root="))?;
        Some(format!(
            "kernel.cmdline must not have \"{root}\": the root partition's PARTUUID is added"
        ))
    }

    fn services_problem(&self) -> Option<String> {
        let both = self
            .services
            .enable
            .iter()
            .find(|unit| self.services.disable.contains(unit));
        if let Some(unit) = both {
            return Some(format!("services has {unit} both in enable and in disable"));
        }
        let unit = self
            .services
            .enable
            .iter()
            .chain(&self.services.disable)
            .find(|u| !u.contains('.'))?;
        Some(format!(
            "services: \"{unit}\" has no unit type; write \"{unit}.service\" or the like"
        ))
    }
}

impl File {
    fn problem(&self) -> Option<String> {
        let path = self.path.display();
        let kinds = [
            self.content.is_some(),
            self.source.is_some(),
            self.link.is_some(),
            self.directory,
        ];
        if kinds.iter().filter(|given| **given).count() != 1 {
            return Some(format!(
                "file {path} needs exactly one of content, source, link and directory"
            ));
        }
        let climbs = self
            .path
            .components()
            .any(|part| part == std::path::Component::ParentDir);
        if !self.path.is_absolute() || climbs {
            return Some(format!("file path {path} must be absolute and without \"..\""));
        }
        match self.permissions() {
            None => Some(format!(
                "file {path} has mode {:?}; write octal text like \"0644\"",
                self.mode
            )),
            Some(_) => None,
        }
    }

    /// The permission bits, or nothing when `mode` is not octal.
    pub fn permissions(&self) -> Option<u32> {
        let Some(text) = &self.mode else {
            return Some(if self.directory { 0o755 } else { 0o644 });
        };
        u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777)
    }
}

fn is_plain_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty() && !name.starts_with('-') && name.bytes().all(allowed)
}

fn unknown(directory: &Path, name: &str) -> DefinitionError {
    DefinitionError::Unknown {
        name: name.into(),
        directory: directory.into(),
        known: known(directory),
    }
}

/// The names of all definitions in a directory, sorted.
pub fn known(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
name = "minimal"
summary = "Container host"
packages = ["systemd"]
[kernel]
package = "linux"
cmdline = "rw quiet"
[disk]
slack = "256 MiB"
"#;

    fn refused(change: (&str, &str)) -> String {
        let text = GOOD.replace(change.0, change.1);
        assert_ne!(text, GOOD, "the change must change something");
        Definition::parse(&text).unwrap_err().to_string()
    }

    #[test]
    fn defaults_fill_in_what_is_usual() {
        let image = Definition::parse(GOOD).unwrap();
        assert_eq!(image.disk.esp.size, ByteSize::mib(64));
        assert_eq!(image.disk.root.filesystem, FileSystem::Ext4);
        assert_eq!(image.kernel.init_package, "early-init");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let message = refused(("[kernel]", "[kernel]\ncmdlin = \"x\""));
        assert!(
            message.contains("cmdlin") && message.contains("line"),
            "{message}"
        );
    }

    #[test]
    fn size_and_slack_exclude_each_other() {
        assert!(refused(("slack", "size = \"2 GiB\"\nslack")).contains("both size and slack"));
        assert!(refused(("slack = \"256 MiB\"", "")).contains("needs a size"));
    }

    #[test]
    fn root_is_not_for_the_author_to_choose() {
        assert!(refused(("rw quiet", "root=/dev/vda2 rw")).contains("root=/dev/vda2"));
    }

    #[test]
    fn names_cannot_leave_the_output_folder() {
        assert!(refused(("\"minimal\"", "\"../x\"")).contains("../x"));
    }

    #[test]
    fn files_need_one_kind_and_an_absolute_path() {
        let two = "[[files]]\npath = \"/etc/motd\"\ncontent = \"hi\"\nlink = \"x\"\n[kernel]";
        assert!(refused(("[kernel]", two)).contains("exactly one of"));
        let climbing = "[[files]]\npath = \"/etc/../x\"\ncontent = \"hi\"\n[kernel]";
        assert!(refused(("[kernel]", climbing)).contains("without \"..\""));
        let mode = "[[files]]\npath = \"/x\"\ncontent = \"hi\"\nmode = \"rw\"\n[kernel]";
        assert!(refused(("[kernel]", mode)).contains("octal"));
    }

    #[test]
    fn a_package_cannot_be_wanted_and_excluded() {
        assert!(refused(("[kernel]", "excluded = [\"systemd\"]\n[kernel]")).contains("both in packages"));
    }

    #[test]
    fn an_unknown_image_lists_those_that_exist() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("minimal.toml"), GOOD).unwrap();
        let message = Definition::load(directory.path(), "minimul")
            .unwrap_err()
            .to_string();
        assert!(message.contains("it has: minimal"), "{message}");
        assert!(Definition::load(directory.path(), "minimal").is_ok());
    }

    #[test]
    fn the_file_name_must_be_the_image_name() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("full.toml"), GOOD).unwrap();
        assert!(
            Definition::load(directory.path(), "full")
                .unwrap_err()
                .to_string()
                .contains("full.toml")
        );
    }
}
