//! From a finished tree to a bootable disk.

use crate::byte_size::ByteSize;
use crate::definition::Definition;
use crate::error::Error;
use crate::esp::{self, EspFile};
use crate::ext4;
use crate::identity::{Identity, Uuid};
use crate::installed::PackageRecord;
use crate::kernel::{EfiPrograms, Kernel};
use crate::layout::Layout;
use crate::manifest::{FORMAT, Manifest, PartitionRecord};
use crate::output::Output;
use crate::owners::Owners;
use crate::partition_table::{self, Partition};
use crate::progress::{Event, Progress, Step};
use crate::tools::{DiskFile, Tools, run_on_host};
use crate::tree::{self, Entry};
use crate::{initramfs, installed};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// EFI system partition (Discoverable Partitions Specification).
const ESP_TYPE: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
const ROOT_X86_64: &str = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
const ROOT_AARCH64: &str = "b921b045-1df0-41c3-af44-4c6f280d3fae";
/// No menu: a key held while the machine starts shows it (loader.conf(5)).
const LOADER_CONF: &str = "timeout 0\neditor no\n";

/// File formats of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// The disk's bytes, with holes.
    Raw,
    /// QEMU's format.
    Qcow2,
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "raw" => Ok(Self::Raw),
            "qcow2" => Ok(Self::Qcow2),
            _ => Err(format!(
                "there is no format \"{text}\"; the formats are raw and qcow2"
            )),
        }
    }
}

/// A tree and what to make of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assembly<'a> {
    /// The image's definition.
    pub(crate) definition: &'a Definition,
    /// Such as x86_64.
    pub(crate) architecture: &'a str,
    /// The finished tree.
    pub(crate) root: &'a Path,
    /// The tools root.
    pub(crate) tools: &'a Path,
    /// Folder for the results.
    pub(crate) output: &'a Path,
    /// Seconds since 1970 that no file is younger than.
    pub(crate) epoch: u64,
    /// Formats beside the raw disk, which is always made.
    pub(crate) formats: &'a [Format],
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its description.
    pub manifest: Manifest,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// What the steps hand on.
struct Boot {
    kernel: Kernel,
    initrd: Vec<u8>,
    cmdline: String,
    uki: Vec<u8>,
    programs: EfiPrograms,
}

impl Assembly<'_> {
    /// Makes the disk and what goes with it; the folder keeps its old content if anything fails.
    pub(crate) fn run(&self, progress: Progress<'_>) -> Result<Image, Error> {
        let headers = installed::headers(self.root)?;
        let packages: Vec<PackageRecord> = headers.iter().map(PackageRecord::new).collect();
        let identity = self.identity(&packages)?;
        let mut owners = Owners::read(self.root, &headers)?;
        self.definition
            .files
            .iter()
            .for_each(|file| owners.forget(&file.path));
        let kernel = Kernel::find(self.root)?;
        kernel.leave_out(&headers)?;
        let entries = tree::list(self.root, &owners, self.epoch)?;
        let layout = Layout::new(self.definition, &entries)?;
        let output = Output::new(self.output, self.space(&layout))?;
        let boot = step(progress, Step::Kernel, || self.boot(&identity, kernel))?;
        let manifest = self.manifest(&identity, &layout, &boot, packages)?;
        self.write_disk(&output, &identity, &layout, &entries, &boot, progress)?;
        self.write_rest(&output, &manifest, &boot, progress)?;
        let files = output.publish(&self.names(), &self.stale_names())?;
        Ok(Image { manifest, files })
    }

    /// Equal packages, definition and time make an equal image; anything else makes another one.
    fn identity(&self, packages: &[PackageRecord]) -> Result<Identity, Error> {
        let definition = format!("{:?}", self.definition);
        let mut parts: Vec<Vec<u8>> = vec![
            definition.into(),
            self.architecture.into(),
            self.epoch.to_string().into(),
        ];
        parts.extend(
            packages
                .iter()
                .map(|package| format!("{} {}", package.name, package.sha256).into()),
        );
        // The definition has the names of these files only.
        for file in self.definition.files.iter().filter(|file| file.source.is_some()) {
            let path = self.root.join(file.path.strip_prefix("/").unwrap_or(&file.path));
            parts.push(fs::read(&path).map_err(Error::read("file of the image", &path))?);
        }
        Ok(Identity::new(parts.iter().map(Vec::as_slice)))
    }

    /// The raw disk has holes; what is certain is that the content is written, once for every format.
    fn space(&self, layout: &Layout) -> ByteSize {
        let slack = self.definition.disk.slack.map_or(0, |slack| slack.0);
        let content = if self.definition.disk.slack.is_some() {
            layout.disk - slack
        } else {
            0
        };
        ByteSize(
            content
                * (1 + self
                    .formats
                    .iter()
                    .filter(|format| **format != Format::Raw)
                    .count() as u64),
        )
    }

    fn boot(&self, identity: &Identity, kernel: Kernel) -> Result<Boot, Error> {
        let program = self.root.join(initramfs::INIT_PROGRAM);
        let initrd = initramfs::build(
            &program,
            &kernel.directory,
            self.definition.kernel.modules.as_deref(),
        )?;
        let root = identity.uuid("root partition");
        let cmdline = format!("root=PARTUUID={root} {}", self.definition.kernel.cmdline);
        let programs = EfiPrograms::read(self.tools, self.architecture)?;
        let uki = secureboot::Uki {
            stub: &programs.stub,
            linux: &kernel.image,
            initrd: Some(&initrd),
            cmdline: &cmdline,
            os_release: &self.os_release()?,
            uname: &kernel.version,
        }
        .assemble()?;
        Ok(Boot {
            kernel,
            initrd,
            cmdline,
            uki,
            programs,
        })
    }

    fn os_release(&self) -> Result<String, Error> {
        let path = self.root.join("usr/lib/os-release");
        fs::read_to_string(&path).map_err(Error::read(
            "description of the system (package lumen-release)",
            &path,
        ))
    }

    fn write_disk(
        &self,
        output: &Output,
        identity: &Identity,
        layout: &Layout,
        entries: &[Entry],
        boot: &Boot,
        progress: Progress<'_>,
    ) -> Result<(), Error> {
        let name = self.raw_name();
        let path = output.work().join(&name);
        let tools = Tools {
            root: self.tools,
            work: output.work(),
            epoch: self.epoch,
        };
        let disk = create(&path, layout.disk).map_err(Error::write("disk image", &path))?;
        let root = &self.definition.disk.root;
        let target = DiskFile {
            tools: &tools,
            name: &name,
            layout,
            identity,
        };
        step(progress, Step::RootFileSystem, || {
            ext4::make(&target, &root.label, self.root, entries)
        })?;
        step(progress, Step::Disk, || {
            esp::make(&target, &self.definition.disk.esp.label, &self.esp_files(boot))?;
            let table = partition_table::write(
                &disk,
                layout.disk,
                identity.uuid("disk"),
                &self.partitions(identity, layout)?,
            );
            table.map_err(Error::write("partition table of", &path))
        })
    }

    fn esp_files<'b>(&self, boot: &'b Boot) -> Vec<EspFile<'b>> {
        let programs = &boot.programs;
        vec![
            (format!("EFI/BOOT/{}", programs.fallback_name), &programs.boot[..]),
            (format!("EFI/systemd/{}", programs.boot_name), &programs.boot[..]),
            (
                format!("EFI/Linux/{}-{}.efi", self.definition.name, boot.kernel.version),
                &boot.uki[..],
            ),
            ("loader/loader.conf".into(), LOADER_CONF.as_bytes()),
        ]
    }

    fn partitions(&self, identity: &Identity, layout: &Layout) -> Result<[Partition; 2], Error> {
        let disk = &self.definition.disk;
        let given = disk.root.type_guid.as_deref();
        let root_type = given.unwrap_or(if self.architecture == "aarch64" {
            ROOT_AARCH64
        } else {
            ROOT_X86_64
        });
        Ok([
            Partition {
                type_guid: guid(ESP_TYPE)?,
                uuid: identity.uuid("esp partition"),
                label: disk.esp.label.clone(),
                start: layout.esp_start,
                size: layout.esp_size,
            },
            Partition {
                type_guid: guid(root_type)?,
                uuid: identity.uuid("root partition"),
                label: disk.root.label.clone(),
                start: layout.root_start,
                size: layout.root_size,
            },
        ])
    }

    fn manifest(
        &self,
        identity: &Identity,
        layout: &Layout,
        boot: &Boot,
        packages: Vec<PackageRecord>,
    ) -> Result<Manifest, Error> {
        let partitions = self.partitions(identity, layout)?;
        let record = |(part, filesystem): (&Partition, &str)| PartitionRecord {
            label: part.label.clone(),
            type_guid: part.type_guid.to_string(),
            uuid: part.uuid.to_string(),
            start: part.start,
            size: part.size,
            filesystem: filesystem.into(),
        };
        Ok(Manifest {
            format: FORMAT,
            name: self.definition.name.clone(),
            summary: self.definition.summary.clone(),
            architecture: self.architecture.into(),
            time: self.epoch,
            kernel: boot.kernel.version.clone(),
            cmdline: boot.cmdline.clone(),
            disk_size: layout.disk,
            disk_uuid: identity.uuid("disk").to_string(),
            partitions: partitions.iter().zip(["vfat", "ext4"]).map(record).collect(),
            packages,
        })
    }

    fn write_rest(
        &self,
        output: &Output,
        manifest: &Manifest,
        boot: &Boot,
        progress: Progress<'_>,
    ) -> Result<(), Error> {
        output.write("vmlinuz", &boot.kernel.image)?;
        output.write("initrd", &boot.initrd)?;
        output.write("cmdline", format!("{}\n", boot.cmdline).as_bytes())?;
        let json = serde_json::to_string_pretty(manifest).unwrap_or_default() + "\n";
        output.write("manifest.json", json.as_bytes())?;
        if self.formats.contains(&Format::Qcow2) {
            step(progress, Step::Convert, || self.qcow2(output))?;
        }
        Ok(())
    }

    /// One request at a time (`-m 1`): with more, the order of clusters is a matter of luck.
    fn qcow2(&self, output: &Output) -> Result<(), Error> {
        let words = ["convert", "-m", "1", "-f", "raw", "-O", "qcow2"].map(PathBuf::from);
        let files = [self.raw_name(), self.qcow2_name()].map(|name| output.work().join(name));
        let arguments: Vec<PathBuf> = words.into_iter().chain(files).collect();
        run_on_host("qemu-img", "qemu-utils", &arguments)
    }

    fn raw_name(&self) -> String {
        format!("{}.raw", self.definition.name)
    }

    fn qcow2_name(&self) -> String {
        format!("{}.qcow2", self.definition.name)
    }

    fn names(&self) -> Vec<String> {
        let mut names = vec![self.raw_name()];
        names.extend(self.formats.contains(&Format::Qcow2).then(|| self.qcow2_name()));
        names.extend(["vmlinuz", "initrd", "cmdline", "manifest.json"].map(String::from));
        names
    }

    /// Disks in formats not asked for this time: an earlier build's would be taken for this one's.
    fn stale_names(&self) -> Vec<String> {
        let asked = self.formats.contains(&Format::Qcow2);
        (!asked).then(|| self.qcow2_name()).into_iter().collect()
    }
}

fn create(path: &Path, size: u64) -> std::io::Result<File> {
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)?;
    file.set_len(size)?;
    Ok(file)
}

fn guid(text: &str) -> Result<Uuid, Error> {
    let problem = || crate::definition::DefinitionError::Invalid {
        path: "disk.root".into(),
        problem: format!("\"{text}\" is not a GUID"),
    };
    Uuid::parse(text).ok_or_else(|| problem().into())
}

/// Announces a part of the work and how long it took.
pub(crate) fn step<T>(
    progress: Progress<'_>,
    step: Step,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    progress(Event::Begin(step));
    let start = Instant::now();
    let result = work()?;
    progress(Event::End {
        step,
        time: start.elapsed(),
    });
    Ok(result)
}
