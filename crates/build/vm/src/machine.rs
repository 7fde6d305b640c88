//! What to start: a description of the guest and the QEMU command line for it.

use crate::{Accelerator, Card, Console, Disk, Error, Firmware};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

/// The guest's processor architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit PC.
    X86_64,
    /// 64-bit ARM.
    Aarch64,
}

impl Architecture {
    /// The architecture this program was built for.
    pub fn host() -> Self {
        if cfg!(target_arch = "aarch64") {
            Self::Aarch64
        } else {
            Self::X86_64
        }
    }

    fn emulator(self) -> (&'static str, &'static str) {
        match self {
            Self::X86_64 => ("qemu-system-x86_64", "qemu-system-x86"),
            Self::Aarch64 => ("qemu-system-aarch64", "qemu-system-arm"),
        }
    }
}

/// A TCP port of the host that leads to a port of the guest; bound to 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortForward {
    /// The port on the host's loopback address.
    pub host: u16,
    /// The port in the guest.
    pub guest: u16,
}

impl FromStr for PortForward {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let pair = text
            .split_once(':')
            .and_then(|(host, guest)| Some((host.parse().ok()?, guest.parse().ok()?)));
        let (host, guest) = pair.ok_or_else(|| Error::PortForward {
            given: text.to_owned(),
        })?;
        Ok(Self { host, guest })
    }
}

/// How the guest reaches others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Network {
    /// QEMU's own address translation: the guest reaches out, only forwarded ports lead in.
    #[default]
    User,
    /// A tap device that exists already: host and guest are neighbours on one link.
    Tap {
        /// The device's name.
        device: String,
    },
}

/// A systemd credential handed to the guest through SMBIOS (systemd.io/CREDENTIALS): how a test or a
/// trial run logs in without anything being baked into the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The credential's name, for example `passwd.plaintext-password.root`.
    pub name: String,
    /// Its value.
    pub value: Vec<u8>,
}

impl Credential {
    /// A credential with a textual value.
    pub fn text(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.as_bytes().to_vec(),
        }
    }

    fn argument(&self) -> String {
        format!(
            "type=11,value=io.systemd.credential.binary:{}={}",
            self.name,
            STANDARD.encode(&self.value)
        )
    }
}

/// A kernel that QEMU loads itself, without firmware and boot loader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectKernel {
    /// The kernel image.
    pub kernel: PathBuf,
    /// The initramfs, if the kernel needs one.
    pub initrd: Option<PathBuf>,
    /// The kernel command line.
    pub cmdline: String,
}

/// A guest to start.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The disk image; its format is read from the file's ending (`qcow2`, else raw).
    pub image: PathBuf,
    /// The guest's architecture.
    pub architecture: Architecture,
    /// What runs before the kernel; ignored with `kernel`.
    pub firmware: Firmware,
    /// Boot this kernel directly.
    pub kernel: Option<DirectKernel>,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Virtual processors.
    pub processors: u32,
    /// What the disk is attached to; ignored with `write_log`.
    pub disk: Disk,
    /// The network card.
    pub card: Card,
    /// How the guest reaches others.
    pub network: Network,
    /// TCP ports led into the guest, with [`Network::User`].
    pub ports: Vec<PortForward>,
    /// Credentials for systemd in the guest.
    pub credentials: Vec<Credential>,
    /// Keep what the guest writes; otherwise it goes to a temporary overlay.
    pub persistent: bool,
    /// With `persistent`: write down in this file, in order, every write and flush that reaches the disk, in the
    /// format of dm-log-writes (Linux, admin-guide/device-mapper/log-writes.rst; QEMU's driver `blklogwrites`).
    pub write_log: Option<PathBuf>,
    /// Under emulation, let the guest's time pass with its instructions instead of the host's clock, so that no
    /// timeout in the guest depends on how busy the host is. Costs about a sixth.
    pub own_time: bool,
}

impl Machine {
    /// A guest with one processor and 1 GiB that boots `image` through UEFI and keeps nothing.
    pub fn new(image: impl Into<PathBuf>) -> Self {
        Self {
            image: image.into(),
            architecture: Architecture::host(),
            firmware: Firmware::default(),
            kernel: None,
            memory_mib: 1024,
            processors: 1,
            disk: Disk::default(),
            card: Card::default(),
            network: Network::default(),
            ports: Vec::new(),
            credentials: Vec::new(),
            persistent: false,
            write_log: None,
            own_time: false,
        }
    }

    /// The QEMU command that starts this guest with its first serial port on standard input and output.
    /// `scratch` takes what the guest may change beside its disk and must outlive the guest.
    ///
    /// # Errors
    /// When the image or the firmware is missing, or `scratch` cannot be written.
    pub fn command(&self, scratch: &Path) -> Result<Command, Error> {
        if !self.image.exists() {
            return Err(Error::ImageMissing {
                path: self.image.clone(),
            });
        }
        let mut command = Command::new(self.architecture.emulator().0);
        command
            .args(self.processor_arguments())
            .args(self.disk_arguments())
            .args(self.network_arguments());
        command.args(self.boot_arguments(scratch)?);
        for credential in &self.credentials {
            command.arg("-smbios").arg(credential.argument());
        }
        Ok(command)
    }

    /// Start the guest with its console in the hands of the caller's program.
    ///
    /// # Errors
    /// As [`Machine::command`], and when QEMU is missing or does not start.
    pub fn start(&self) -> Result<Console, Error> {
        let scratch = tempfile::Builder::new().prefix("lumen-vm-").tempdir();
        let scratch = scratch.map_err(|source| Error::Prepare {
            path: std::env::temp_dir(),
            source,
        })?;
        let mut command = self.command(scratch.path())?;
        command.args(["-serial", "stdio", "-monitor", "none"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let child = command.spawn().map_err(|source| self.start_error(source))?;
        Ok(Console::new(child, scratch))
    }

    /// Hand the guest's console to the person at this terminal, until the guest powers off.
    /// `Ctrl-A X` ends QEMU.
    ///
    /// # Errors
    /// As [`Machine::start`].
    pub fn attach(&self) -> Result<std::process::ExitStatus, Error> {
        let scratch = tempfile::Builder::new().prefix("lumen-vm-").tempdir();
        let scratch = scratch.map_err(|source| Error::Prepare {
            path: std::env::temp_dir(),
            source,
        })?;
        let mut command = self.command(scratch.path())?;
        command.args(["-serial", "mon:stdio"]);
        command.status().map_err(|source| self.start_error(source))
    }

    fn start_error(&self, source: std::io::Error) -> Error {
        let (program, package) = self.architecture.emulator();
        match source.kind() {
            std::io::ErrorKind::NotFound => Error::EmulatorMissing {
                program: program.to_owned(),
                package,
            },
            _ => Error::Start {
                program: program.to_owned(),
                source,
            },
        }
    }

    fn processor_arguments(&self) -> Vec<String> {
        let machine = match (self.architecture, self.firmware) {
            (Architecture::X86_64, Firmware::SecureBoot) => "q35,smm=on",
            (Architecture::X86_64, _) => "q35",
            (Architecture::Aarch64, _) => "virt",
        };
        let mut arguments = vec!["-machine".into(), machine.into()];
        let accelerator = Accelerator::detect(self.architecture);
        let own_time = self.own_time && accelerator == Accelerator::Tcg;
        for argument in accelerator.arguments(self.architecture) {
            // Instructions are counted in one thread only.
            let argument = if own_time {
                argument.replace("thread=multi", "thread=single")
            } else {
                argument.into()
            };
            arguments.push(argument);
        }
        if own_time {
            // 2 ns an instruction; idle time passes as it does outside, for the sake of the network.
            arguments.extend(["-icount", "shift=1,sleep=on"].map(String::from));
        }
        arguments.extend([
            "-m".into(),
            self.memory_mib.to_string(),
            "-smp".into(),
            self.processors.to_string(),
        ]);
        arguments.extend(["-nodefaults", "-display", "none", "-no-reboot"].map(String::from));
        arguments
    }

    fn disk_arguments(&self) -> Vec<String> {
        if let Some(log) = self.write_log.as_ref().filter(|_| self.persistent) {
            return self.logged_disk_arguments(log);
        }
        let format = if self.image.extension().is_some_and(|ending| ending == "qcow2") {
            "qcow2"
        } else {
            "raw"
        };
        let path = self.image.display().to_string().replace(',', ",,");
        let snapshot = if self.persistent { "off" } else { "on" };
        // What the guest writes to an overlay is thrown away, so nobody waits for it to reach the disk.
        let cache = if self.persistent { "writeback" } else { "unsafe" };
        let drive = format!(
            "if=none,id=disk,format={format},snapshot={snapshot},cache={cache},discard=unmap,file={path}"
        );
        let mut arguments = vec!["-drive".into(), drive];
        for device in self.disk.devices().into_iter().chain(["virtio-rng-pci"]) {
            arguments.extend(["-device".into(), device.into()]);
        }
        arguments
    }

    /// The host need not flush: what a loss of power would leave is worked out from the log. Without discards, so that
    /// the log has nothing but writes and flushes.
    fn logged_disk_arguments(&self, log: &Path) -> Vec<String> {
        let file = |path: &Path| path.display().to_string().replace(',', ",,");
        let medium = format!(
            "driver=raw,node-name=medium,file.driver=file,file.cache.no-flush=on,file.filename={}",
            file(&self.image)
        );
        let log = format!("driver=file,node-name=log,filename={}", file(log));
        let [medium, log, disk, device, random] = [
            medium.as_str(),
            &log,
            "driver=blklogwrites,node-name=disk,file=medium,log=log",
            "virtio-blk-pci,drive=disk,bootindex=1,write-cache=on,discard=off,write-zeroes=off",
            "virtio-rng-pci",
        ];
        let arguments = ["-blockdev", medium, "-blockdev", log, "-blockdev", disk];
        let devices = ["-device", device, "-device", random];
        arguments.into_iter().chain(devices).map(String::from).collect()
    }

    fn network_arguments(&self) -> Vec<String> {
        let mut backend = match &self.network {
            Network::User => String::from("user,id=net"),
            Network::Tap { device } => format!("tap,id=net,ifname={device},script=no,downscript=no"),
        };
        for port in self.ports.iter().filter(|_| self.network == Network::User) {
            backend += &format!(",hostfwd=tcp:127.0.0.1:{}-:{}", port.host, port.guest);
        }
        vec![
            "-netdev".into(),
            backend,
            "-device".into(),
            self.card.device().into(),
        ]
    }

    fn boot_arguments(&self, scratch: &Path) -> Result<Vec<String>, Error> {
        let extra = Accelerator::detect(self.architecture).kernel_arguments();
        let Some(direct) = &self.kernel else {
            return self.firmware_arguments(extra, scratch);
        };
        let mut arguments = vec!["-kernel".into(), direct.kernel.display().to_string()];
        if let Some(initrd) = &direct.initrd {
            arguments.extend(["-initrd".into(), initrd.display().to_string()]);
        }
        arguments.extend(["-append".into(), format!("{} {extra}", direct.cmdline)]);
        Ok(arguments)
    }

    /// systemd-stub appends the SMBIOS string to the command line inside the unified kernel image.
    fn firmware_arguments(&self, extra: &str, scratch: &Path) -> Result<Vec<String>, Error> {
        let mut arguments = self.firmware.arguments(scratch)?;
        arguments.extend([
            "-smbios".into(),
            format!("type=11,value=io.systemd.stub.kernel-cmdline-extra={extra}"),
        ]);
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(machine: &Machine) -> String {
        let scratch = tempfile::tempdir().unwrap();
        let command = machine.command(scratch.path()).unwrap();
        command
            .get_args()
            .map(|argument| argument.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn machine() -> (tempfile::NamedTempFile, Machine) {
        let image = tempfile::NamedTempFile::with_suffix(".qcow2").unwrap();
        let machine = Machine {
            firmware: Firmware::Bios,
            ..Machine::new(image.path())
        };
        (image, machine)
    }

    #[test]
    fn ports_are_bound_to_loopback_only() {
        let (_image, machine) = machine();
        let forward = "2222:22".parse().unwrap();
        let line = line(&Machine {
            ports: vec![forward],
            ..machine
        });
        assert!(line.contains("hostfwd=tcp:127.0.0.1:2222-:22"), "{line}");
    }

    #[test]
    fn the_image_stays_untouched_unless_asked_for() {
        let (_image, machine) = machine();
        assert!(line(&machine).contains("format=qcow2,snapshot=on"));
        assert!(
            line(&Machine {
                persistent: true,
                ..machine
            })
            .contains("snapshot=off")
        );
    }

    #[test]
    fn time_is_counted_in_instructions_only_under_emulation() {
        let (_image, machine) = machine();
        let line = line(&Machine {
            own_time: true,
            ..machine
        });
        assert_eq!(
            line.contains("-icount shift=1"),
            line.contains("-accel tcg"),
            "{line}"
        );
    }

    #[test]
    fn writes_are_logged_with_the_cache_that_needs_flushes() {
        let (_image, machine) = machine();
        let line = line(&Machine {
            persistent: true,
            write_log: Some("/log,1".into()),
            ..machine
        });
        assert!(
            line.contains("driver=file,node-name=log,filename=/log,,1"),
            "{line}"
        );
        assert!(line.contains("driver=blklogwrites,node-name=disk,file=medium,log=log"));
        assert!(line.contains("write-cache=on,discard=off"));
    }

    #[test]
    fn disk_and_card_may_be_those_of_another_hypervisor() {
        let (_image, machine) = machine();
        let line = line(&Machine {
            disk: Disk::Pvscsi,
            card: Card::Vmxnet3,
            ..machine
        });
        assert!(
            line.contains("-device pvscsi,id=scsi -device scsi-hd,drive=disk,bus=scsi.0"),
            "{line}"
        );
        assert!(
            line.contains("vmxnet3,netdev=net") && !line.contains("virtio-blk"),
            "{line}"
        );
    }

    #[test]
    fn a_credential_travels_as_base64() {
        let credential = Credential::text("passwd.plaintext-password.root", "a,b");
        assert_eq!(
            credential.argument(),
            "type=11,value=io.systemd.credential.binary:passwd.plaintext-password.root=YSxi"
        );
    }

    #[test]
    fn a_wrong_port_forward_says_how_to_write_one() {
        for given in ["22", "a:b", "1:70000", ""] {
            let error = given.parse::<PortForward>().unwrap_err().to_string();
            assert!(error.contains("HOST:GUEST"), "{error}");
        }
    }

    #[test]
    fn a_missing_image_says_how_to_build_it() {
        let error = Machine::new("/nonexistent.raw")
            .command(Path::new("/tmp"))
            .unwrap_err();
        assert!(error.to_string().contains("lumen image build"), "{error}");
    }
}
