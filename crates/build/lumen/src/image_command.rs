//! `lumen image build`, `lumen image run` and `lumen image inspect`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use image::definition::Definition;
use image::progress::Event;
use image::{Build, Image};
use keyring::Keyring;
use pkgbuild::catalog::Catalog;
use serde::Serialize;
use vm::{Architecture, Credential, DirectKernel, Firmware, Machine};

use crate::cli::{BuildOptions, FirmwareName, ImageCommand, RunOptions, Target};
use crate::console::{self, Console, Unit};
use crate::date;
use crate::keys::Keys;
use crate::password;
use crate::project::Project;
use crate::stopwatch::Stopwatch;
use crate::tools_root::ToolsRoot;

#[derive(Debug, Serialize)]
struct Built<'a> {
    name: &'a str,
    packages: usize,
    kernel: &'a str,
    disk_size: u64,
    files: &'a [PathBuf],
}

pub(crate) fn run(
    command: &ImageCommand,
    project: &dyn Fn() -> anyhow::Result<Project>,
    console: &Console,
) -> anyhow::Result<()> {
    match command {
        ImageCommand::Build(options) => build(options, &project()?, console),
        ImageCommand::Run(options) => start(options, project, console),
        ImageCommand::Inspect { image, json } => inspect(image, *json, project),
    }
}

fn build(options: &BuildOptions, project: &Project, console: &Console) -> anyhow::Result<()> {
    let _lock = project.lock_build(|text| console.notice(text))?;
    let watch = Stopwatch::start();
    let definition = definition(options, project)?;
    let target = &options.target;
    let keys = Keys::open(&project.keys(target.keys.as_deref()))?;
    let repository = repository(project, &target.arch)?;
    let time = date::of_lock(project, &target.arch)?;
    let build = Build {
        definition: &definition,
        beside: &project.images(),
        architecture: &target.arch,
        repository: &repository,
        trusted: &Keyring::from_armored(keys.public.as_bytes())?,
        cache: &project.metadata_cache(),
        tools: &tools(project, target, &keys, time, console)?,
        output: &options
            .out
            .clone()
            .unwrap_or_else(|| project.image(&definition.name)),
        epoch: u64::from(time),
        formats: &options.format,
    };
    let image = show_steps(&build, console)?;
    report(&image, options.json)?;
    console.say(&format!(
        "Built the image {} in {}",
        definition.name,
        watch.spent()
    ));
    Ok(())
}

fn definition(options: &BuildOptions, project: &Project) -> anyhow::Result<Definition> {
    let mut definition = Definition::load(&project.images(), &options.name)?;
    if let Some(kernel) = flavour(options.kernel.as_deref()) {
        definition.kernel.package = kernel.to_owned();
        let own = own_words(&project.kernel_cmdlines().join(kernel))?;
        definition.kernel.cmdline = join_words(&definition.kernel.cmdline, &own);
        definition.name = with_kernel(&definition.name, Some(kernel));
    }
    Ok(definition)
}

/// What the description says is called `imported`, since that is what it is.
const IMPORTED: &str = "imported";

/// The kernel asked for, unless it is the one in the description.
fn flavour(asked: Option<&str>) -> Option<&str> {
    asked.filter(|kernel| *kernel != IMPORTED)
}

/// What a flavour puts behind an image's command line: the words of `distro/kernel/cmdline/FLAVOUR` without its comments;
/// nothing when there is no such file. Of an option that is given twice, the kernel takes the last.
fn own_words(path: &Path) -> anyhow::Result<String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" "))
}

fn join_words(image: &str, own: &str) -> String {
    [image, own].join(" ").trim().to_owned()
}

/// The name of an image with another kernel than the one in its description: both can be there.
fn with_kernel(image: &str, kernel: Option<&str>) -> String {
    match flavour(kernel) {
        Some(kernel) => format!("{image}-{kernel}"),
        None => image.to_owned(),
    }
}

fn repository(project: &Project, arch: &str) -> anyhow::Result<PathBuf> {
    let repository = project.repo().join(arch);
    match repository.join("repodata/repomd.xml").exists() {
        true => Ok(repository),
        false => bail!(
            "there is no repository at {}; run `lumen repo build` first",
            repository.display()
        ),
    }
}

fn tools(
    project: &Project,
    target: &Target,
    keys: &Keys,
    time: u32,
    console: &Console,
) -> anyhow::Result<PathBuf> {
    let catalog = Catalog::load(&project.packages())?;
    let compiled = pkgbuild::compiled_files(&project.build(), &target.arch, &catalog);
    ToolsRoot {
        project,
        arch: &target.arch,
        keys,
        time,
        compiled: &compiled,
    }
    .ensure(console)
}

/// Runs the build, each step with its own bar or lines.
fn show_steps(build: &Build<'_>, console: &Console) -> anyhow::Result<Image> {
    let show = |event: Event| match event {
        Event::Begin(step) => console.begin(&capital(step.title()), 1, Unit::Whole),
        Event::End { .. } => console.end(),
        _ => {}
    };
    Ok(build.run(&show)?)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

fn report(image: &Image, json: bool) -> anyhow::Result<()> {
    let manifest = &image.manifest;
    if json {
        return console::print_json(&Built {
            name: &manifest.name,
            packages: manifest.packages.len(),
            kernel: &manifest.kernel,
            disk_size: manifest.disk_size,
            files: &image.files,
        });
    }
    image
        .files
        .iter()
        .try_for_each(|file| console::print(&file.display().to_string()))
}

fn inspect(image: &str, json: bool, project: &dyn Fn() -> anyhow::Result<Project>) -> anyhow::Result<()> {
    let report = image::inspect::inspect(&find(image, project)?.image)?;
    match json {
        true => console::print_json(&report),
        false => console::print(report.to_string().trim_end()),
    }
}

/// What is started, and where the files beside it are.
struct Found {
    image: PathBuf,
    dir: PathBuf,
}

fn start(
    options: &RunOptions,
    project: &dyn Fn() -> anyhow::Result<Project>,
    console: &Console,
) -> anyhow::Result<()> {
    let found = find(&with_kernel(&options.image, options.kernel.as_deref()), project)?;
    let kernel = options
        .kernel_direct
        .then(|| direct_kernel(&found.dir))
        .transpose()?;
    let machine = Machine {
        architecture: architecture(&options.arch),
        firmware: firmware(options.firmware),
        kernel,
        memory_mib: options.memory,
        processors: options.cpus,
        ports: options.port.clone(),
        credentials: credentials(options, console)?,
        persistent: options.persistent,
        ..Machine::new(found.image)
    };
    console.say("Ctrl-A X ends QEMU.");
    let status = machine.attach()?;
    match status.success() {
        true => Ok(()),
        false => bail!("QEMU ended with {status}; what it said is above"),
    }
}

/// A file, or the image of that name.
fn find(image: &str, project: &dyn Fn() -> anyhow::Result<Project>) -> anyhow::Result<Found> {
    let path = Path::new(image);
    if path.is_file() {
        let dir = path.parent().unwrap_or(Path::new(".")).to_owned();
        return Ok(Found {
            image: path.to_owned(),
            dir,
        });
    }
    if image.contains('/') {
        bail!("there is no image file {image}");
    }
    let dir = project()?.image(image);
    let candidates = ["qcow2", "raw"].map(|ending| dir.join(format!("{image}.{ending}")));
    let found = candidates.into_iter().find(|path| path.is_file());
    let image = found.with_context(|| {
        format!(
            "there is no image {image} in {}; run `lumen image build {image}` first",
            dir.display()
        )
    })?;
    Ok(Found { image, dir })
}

fn direct_kernel(dir: &Path) -> anyhow::Result<DirectKernel> {
    let cmdline = dir.join("cmdline");
    let text = fs::read_to_string(&cmdline).with_context(|| {
        format!("--kernel-direct needs the files that `lumen image build` leaves beside the image; cannot read {}", cmdline.display())
    })?;
    let initrd = dir.join("initrd");
    Ok(DirectKernel {
        kernel: dir.join("vmlinuz"),
        initrd: initrd.exists().then_some(initrd),
        cmdline: text.trim().to_owned(),
    })
}

/// Nothing is baked into the image: how to log in is told to systemd in the guest (systemd.io/CREDENTIALS).
fn credentials(options: &RunOptions, console: &Console) -> anyhow::Result<Vec<Credential>> {
    let password = match &options.password {
        Some(password) => password.clone(),
        None => password::random()?,
    };
    if options.password.is_none() {
        console.notice(&format!(
            "Log in as root with the password {password} (for this run only)."
        ));
    }
    let mut credentials = vec![Credential::text("passwd.plaintext-password.root", &password)];
    if let Some(path) = &options.ssh_key {
        let key = fs::read_to_string(path)
            .with_context(|| format!("cannot read the ssh key {}", path.display()))?;
        credentials.push(Credential::text("ssh.authorized_keys.root", &key));
    }
    Ok(credentials)
}

fn architecture(name: &str) -> Architecture {
    if name == "aarch64" {
        Architecture::Aarch64
    } else {
        Architecture::X86_64
    }
}

fn firmware(name: FirmwareName) -> Firmware {
    match name {
        FirmwareName::Uefi => Firmware::Uefi,
        FirmwareName::Bios => Firmware::Bios,
        FirmwareName::Secureboot => Firmware::SecureBoot,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flavour_adds_to_the_command_line() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("linux-x");
        fs::write(&file, "# why\nlsm=a  b\n\n# why\nc\n").unwrap();
        assert_eq!(own_words(&file).unwrap(), "lsm=a b c");
        assert_eq!(own_words(&directory.path().join("linux-y")).unwrap(), "");
        assert_eq!(join_words("rw quiet", "lsm=a"), "rw quiet lsm=a");
        assert_eq!(join_words("rw quiet", ""), "rw quiet");
    }

    #[test]
    fn an_image_with_another_kernel_has_another_name() {
        assert_eq!(with_kernel("minimal", Some("linux-esx")), "minimal-linux-esx");
        assert_eq!(with_kernel("minimal", Some("imported")), "minimal");
        assert_eq!(with_kernel("minimal", None), "minimal");
    }
}
