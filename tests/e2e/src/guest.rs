//! A booted image.

use crate::Server;
use anyhow::{Context as _, ensure};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use vm::{Card, Console, Credential, DirectKernel, Disk, Firmware, Machine, Network, PortForward};

const PASSWORD: &str = "only-for-this-test";

/// Emulated machines are slow and test machines busy; what takes this long is broken.
const BOOT_LIMIT: Duration = Duration::from_secs(600);
const COMMAND_LIMIT: Duration = Duration::from_secs(300);

/// How to start the image.
#[derive(Debug, Clone, Copy)]
pub enum Boot {
    /// QEMU loads the kernel: the fastest.
    DirectKernel,
    /// Firmware, boot loader, unified kernel image: the whole way.
    Firmware(Firmware),
}

/// A booted image with an open root shell on its serial console and its ssh port within reach.
pub struct Guest {
    console: Console,
    machine: Machine,
    ssh_port: u16,
    key: tempfile::TempDir,
}

/// Where `lumen` puts its output.
pub fn build_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../build")
}

/// The kernel that `LUMEN_TEST_KERNEL` names, one of ours.
pub fn kernel_under_test() -> Option<String> {
    std::env::var("LUMEN_TEST_KERNEL")
        .ok()
        .filter(|kernel| kernel != "imported")
}

/// The image of this name with the kernel that `LUMEN_TEST_KERNEL` names, else with its own; `lumen image build NAME
/// --kernel FLAVOUR` builds it.
pub fn image_under_test(name: &str) -> String {
    match kernel_under_test() {
        Some(kernel) => format!("{name}-{kernel}"),
        None => name.to_owned(),
    }
}

/// A TCP port of the host that was free a moment ago.
///
/// # Errors
/// When the host gives none.
pub fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("find a free port")?;
    Ok(listener.local_addr()?.port())
}

impl Guest {
    /// Boot image `name` and log in; `guest_ports` are led to free ports of the host.
    ///
    /// # Errors
    /// With the end of the console's output when it does not come up.
    pub fn boot(name: &str, boot: Boot, guest_ports: &[u16]) -> anyhow::Result<Self> {
        let machine = Machine {
            ports: forwards(guest_ports)?,
            ..machine(name, boot)?
        };
        Self::start(machine)
    }

    /// Boot image `name` from a disk and with a network card of these kinds.
    ///
    /// # Errors
    /// With the end of the console's output when it does not come up.
    pub fn boot_on(name: &str, disk: Disk, card: Card) -> anyhow::Result<Self> {
        let machine = Machine {
            disk,
            card,
            ..machine(name, Boot::DirectKernel)?
        };
        Self::start(machine)
    }

    /// Boot image `name` as a neighbour of this process on the tap device `device`, with the addresses
    /// of `network_unit` (systemd.network(5)).
    ///
    /// # Errors
    /// With the end of the console's output when it does not come up.
    pub fn boot_beside(name: &str, device: &str, network_unit: &str) -> anyhow::Result<Self> {
        let network = Network::Tap {
            device: device.to_owned(),
        };
        let mut guest = Self::start(Machine {
            network,
            ..machine(name, Boot::DirectKernel)?
        })?;
        let file = "/run/systemd/network/10-test.network";
        guest.succeed(&format!(
            "mkdir -p /run/systemd/network; cat >{file} <<'EOF'\n{network_unit}EOF"
        ))?;
        guest.succeed("networkctl reload")?;
        Ok(guest)
    }

    /// Boot image `name` from this copy of its disk, which keeps what the guest writes; with a file for a log of all
    /// writes, see [`Machine::write_log`].
    ///
    /// # Errors
    /// With the end of the console's output when it does not come up.
    pub fn boot_disk(name: &str, disk: &Path, write_log: Option<&Path>) -> anyhow::Result<Self> {
        let machine = Machine {
            image: disk.to_owned(),
            memory_mib: 1024,
            persistent: true,
            write_log: write_log.map(Path::to_owned),
            ..machine(name, Boot::DirectKernel)?
        };
        Self::start(machine)
    }

    /// Boot image `name` from a disk of the guest's own, which [`Guest::restart`] starts again; `guest_ports` are led to
    /// free ports of the host.
    ///
    /// # Errors
    /// With the end of the console's output when it does not come up.
    pub fn boot_kept(name: &str, disk: &Path, guest_ports: &[u16]) -> anyhow::Result<Self> {
        let machine = machine(name, Boot::DirectKernel)?;
        layer(&machine.image, disk)?;
        Self::start(Machine {
            image: disk.to_owned(),
            persistent: true,
            ports: forwards(guest_ports)?,
            ..machine
        })
    }

    /// Lets the guest's tdnf have its packages from here, as the guide says.
    ///
    /// # Errors
    /// When its files cannot be changed.
    pub fn use_repository(&mut self, server: &Server) -> anyhow::Result<()> {
        self.succeed(&format!(
            "echo {} >/etc/tdnf/vars/lumenrepo && sed -i s/^enabled=0/enabled=1/ /etc/yum.repos.d/lumen.repo",
            server.address()
        ))
        .map(drop)
    }

    /// Power off, start again from the same disk, and log in.
    ///
    /// # Errors
    /// When the guest hangs on its way down, or does not come up.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.console.send("systemctl poweroff\n")?;
        self.console.wait(COMMAND_LIMIT)?;
        self.console = self.machine.start()?;
        Ok(self.console.log_in("root", PASSWORD, BOOT_LIMIT)?)
    }

    /// Cut the power: QEMU is killed.
    pub fn cut_power(self) {
        drop(self.console);
    }

    fn start(mut machine: Machine) -> anyhow::Result<Self> {
        let key = make_key()?;
        let public_key = std::fs::read_to_string(key.path().join("key.pub"))?;
        machine
            .credentials
            .push(Credential::text("ssh.authorized_keys.root", &public_key));
        let mut console = machine.start()?;
        console.log_in("root", PASSWORD, BOOT_LIMIT)?;
        let ssh = machine.ports.iter().find(|forward| forward.guest == 22);
        Ok(Self {
            console,
            ssh_port: ssh.map_or(0, |forward| forward.host),
            machine,
            key,
        })
    }

    /// Run a shell command and return its output; anything but status 0 is an error.
    ///
    /// # Errors
    /// With the output when the command fails or hangs.
    pub fn succeed(&mut self, command: &str) -> anyhow::Result<String> {
        let output = self.console.run(command, COMMAND_LIMIT)?;
        ensure!(
            output.status == 0,
            "`{command}` ended with {}:\n{}",
            output.status,
            output.text
        );
        Ok(output.text)
    }

    /// Run a shell command that has to fail and return its output.
    ///
    /// # Errors
    /// When the command succeeds or hangs.
    pub fn fail(&mut self, command: &str) -> anyhow::Result<String> {
        let output = self.console.run(command, COMMAND_LIMIT)?;
        ensure!(
            output.status != 0,
            "`{command}` succeeded and should not:\n{}",
            output.text
        );
        Ok(output.text)
    }

    /// The port of the host that leads to this port of the guest.
    ///
    /// # Errors
    /// When the guest was not booted with it.
    pub fn host_port(&self, guest: u16) -> anyhow::Result<u16> {
        let mut ports = self.machine.ports.iter();
        let forward = ports.find(|forward| forward.guest == guest);
        Ok(forward
            .with_context(|| format!("port {guest} is not led to the host"))?
            .host)
    }

    /// An ssh command line to the guest's root, with the key it was booted with.
    pub fn ssh(&self) -> Command {
        let mut command = Command::new("ssh");
        let key = self.key.path().join("key");
        command
            .arg("-i")
            .arg(key)
            .args(["-p", &self.ssh_port.to_string()]);
        for option in [
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
        ] {
            command.args(["-o", option]);
        }
        command.args([
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "BatchMode=yes",
            "root@127.0.0.1",
        ]);
        command
    }

    /// Copy a file of the host into the guest.
    ///
    /// # Errors
    /// When ssh does not get through or the guest's disk is full.
    pub fn upload(&self, from: &Path, to: &str) -> anyhow::Result<()> {
        let input = std::fs::File::open(from).with_context(|| format!("read {}", from.display()))?;
        let status = self
            .ssh()
            .arg(format!("cat > {to}"))
            .stdin(Stdio::from(input))
            .status()?;
        ensure!(
            status.success(),
            "copying {} to the guest failed: {status}",
            from.display()
        );
        Ok(())
    }

    /// Power off in an orderly way and wait for QEMU to end.
    ///
    /// # Errors
    /// When the guest hangs on its way down.
    pub fn power_off(mut self) -> anyhow::Result<()> {
        self.console.send("systemctl poweroff\n")?;
        Ok(self.console.wait(COMMAND_LIMIT)?)
    }
}

/// ssh and these ports of the guest, at free ports of the host.
fn forwards(guest_ports: &[u16]) -> anyhow::Result<Vec<PortForward>> {
    let lead = |guest: u16| {
        Ok(PortForward {
            host: free_port()?,
            guest,
        })
    };
    std::iter::once(22)
        .chain(guest_ports.iter().copied())
        .map(lead)
        .collect()
}

/// A disk that is `image` until something is written to it.
fn layer(image: &Path, disk: &Path) -> anyhow::Result<()> {
    let image = image
        .canonicalize()
        .with_context(|| format!("read {}", image.display()))?;
    let mut command = Command::new("qemu-img");
    command.args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"]);
    let status = command.arg(image).arg(disk).status();
    let status = status.context("cannot run qemu-img; install the package qemu-utils")?;
    ensure!(status.success(), "qemu-img failed: {status}");
    Ok(())
}

fn machine(name: &str, boot: Boot) -> anyhow::Result<Machine> {
    let image = build_dir().join("image").join(name);
    let (firmware, kernel) = match boot {
        Boot::DirectKernel => (Firmware::default(), Some(direct_kernel(&image)?)),
        Boot::Firmware(firmware) => (firmware, None),
    };
    Ok(Machine {
        // A busy host must not make the guest's units time out. Firmware is left alone: it polls the clock.
        own_time: kernel.is_some(),
        kernel,
        firmware,
        memory_mib: 2048,
        credentials: vec![Credential::text("passwd.plaintext-password.root", PASSWORD)],
        ..Machine::new(image.join(format!("{name}.qcow2")))
    })
}

fn direct_kernel(image: &Path) -> anyhow::Result<DirectKernel> {
    let cmdline = image.join("cmdline");
    let cmdline = std::fs::read_to_string(&cmdline).with_context(|| format!("read {}", cmdline.display()))?;
    let initrd = image.join("initrd");
    Ok(DirectKernel {
        kernel: image.join("vmlinuz"),
        initrd: initrd.exists().then_some(initrd),
        cmdline: cmdline.trim().to_owned(),
    })
}

fn make_key() -> anyhow::Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    let mut command = Command::new("ssh-keygen");
    command
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(directory.path().join("key"));
    let status = command
        .status()
        .context("cannot run ssh-keygen; install the package openssh-client")?;
    ensure!(status.success(), "ssh-keygen failed: {status}");
    Ok(directory)
}
