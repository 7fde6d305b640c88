//! A network and two machines.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::root::root;

/// Run by the first process of the lab, with the root and the mount point as arguments.
const SETUP: &str = r#"
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$2"
for machine in server client; do
    mkdir -p "$2/$machine.upper" "$2/$machine.work" "$2/$machine"
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/$machine.upper,workdir=$2/$machine.work" "$2/$machine"
    mount -t proc proc "$2/$machine/proc"
    mount --rbind /dev "$2/$machine/dev"
    mount -t tmpfs tmpfs "$2/$machine/run"
    mount -t tmpfs tmpfs "$2/$machine/tmp"
    printf '127.0.0.1 localhost\n10.99.0.1 server.lumen.test server\n10.99.0.2 client.lumen.test client\n' > "$2/$machine/etc/hosts"
    echo 'nameserver 10.99.0.1' > "$2/$machine/etc/resolv.conf"
done
hostname client
ip link set lo up
ip link add server0 type veth peer name client0
ip address add 10.99.0.1/24 dev server0
ip address add 10.99.0.2/24 dev client0
ip link set server0 up
ip link set client0 up
echo ready
exec sleep infinity
"#;

/// A network without a way out, and the machines `server` and `client` on it.
#[derive(Debug)]
pub struct Lab {
    holder: Child,
    /// The first process, whose namespaces are the lab's.
    first: u32,
    folder: TempDir,
}

/// What a script did.
#[derive(Debug)]
pub struct Finished {
    /// Whether it ended with 0.
    pub success: bool,
    /// Output and errors.
    pub text: String,
}

impl Lab {
    /// Makes one.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("unshare");
        command.args([
            "--net",
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--fork",
            "--kill-child",
        ]);
        if !rustix::process::geteuid().is_root() {
            command.args(["--map-root-user", "--map-auto"]);
        }
        command
            .args(["sh", "-c", SETUP, "sh"])
            .arg(root())
            .arg(folder.path());
        let mut holder = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("install util-linux");
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n", "the lab could not be made; see above");
        let first = child_of(holder.id());
        Self {
            holder,
            first,
            folder,
        }
    }

    /// The process whose namespaces are the lab's.
    #[must_use]
    pub fn first_process(&self) -> u32 {
        self.first
    }

    /// Where a machine's file is for us.
    #[must_use]
    pub fn path(&self, machine: &str, path: &str) -> PathBuf {
        let inside = self
            .folder
            .path()
            .join(machine)
            .join(path.trim_start_matches('/'));
        Path::new("/proc")
            .join(self.first.to_string())
            .join("root")
            .join(inside.strip_prefix("/").unwrap())
    }

    /// Writes a machine's file.
    pub fn put(&self, machine: &str, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(machine, path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Copies a program of ours into `/usr/local/bin` of a machine.
    pub fn install(&self, machine: &str, program: &Path, name: &str) {
        let to = self.path(machine, &format!("/usr/local/bin/{name}"));
        fs::copy(program, to).unwrap();
    }

    /// A program that will run in a machine, as its root.
    #[must_use]
    pub fn command(&self, machine: &str, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(self.first.to_string());
        command.args(["--mount", "--net", "--pid", "--uts", "--ipc"]);
        if !rustix::process::geteuid().is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("chroot").arg(self.folder.path().join(machine));
        command.args([
            "env",
            "-i",
            "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
            "LC_ALL=C.UTF-8",
        ]);
        command.arg(program);
        command
    }

    /// Runs a script; how it ended and what it said.
    #[must_use]
    pub fn try_sh(&self, machine: &str, script: &str) -> Finished {
        let mut command = self.command(machine, "sh");
        command.args(["-c", &format!("exec 2>&1\n{script}")]);
        let output = command.stdin(Stdio::null()).output().expect("install util-linux");
        Finished {
            success: output.status.success(),
            text: String::from_utf8_lossy(&output.stdout).into_owned(),
        }
    }

    /// Runs a script that must succeed; what it said.
    pub fn sh(&self, machine: &str, script: &str) -> String {
        let finished = self.try_sh(machine, &format!("set -e\n{script}"));
        assert!(finished.success, "{machine}: {script}\n{}", finished.text);
        finished.text
    }

    /// Starts something that stays, its output in `/run/NAME.log` of the machine.
    pub fn start(&self, machine: &str, name: &str, command: &str) {
        self.sh(
            machine,
            &format!("setsid {command} </dev/null >/run/{name}.log 2>&1 & echo $! > /run/{name}.pid.test"),
        );
    }

    /// Ends what [`Lab::start`] started, and waits until nothing of it is left.
    pub fn stop(&self, machine: &str, name: &str) {
        // The process is the leader of a session, and so its group's.
        self.sh(machine, &format!("pid=$(cat /run/{name}.pid.test); kill -9 -- -$pid 2>/dev/null || kill -9 $pid 2>/dev/null || true"));
    }

    /// Waits until a script succeeds, for a minute at most.
    pub fn wait_for(&self, machine: &str, script: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let finished = self.try_sh(machine, script);
            if finished.success {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{machine}: {script} does not come true\n{}",
                finished.text
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs one test of this very program in a machine: one that is marked `#[ignore]` and asks for what is said in
    /// `variables`. What it said.
    #[must_use]
    pub fn ask_ourselves(&self, machine: &str, test: &str, variables: &[(&str, &str)]) -> Finished {
        let inside = "/usr/local/bin/ourselves";
        if !self.path(machine, inside).exists() {
            self.install(machine, &std::env::current_exe().unwrap(), "ourselves");
        }
        let mut command = self.command(machine, "env");
        command.args(variables.iter().map(|(name, value)| format!("{name}={value}")));
        command.args([inside, "--exact", test, "--ignored", "--nocapture"]);
        let output = command.stdin(Stdio::null()).output().unwrap();
        Finished {
            success: output.status.success(),
            text: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        }
    }
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // The first process of the namespace ends with it, and with that all others.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn child_of(parent: u32) -> u32 {
    let mut text = String::new();
    let path = format!("/proc/{parent}/task/{parent}/children");
    fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}
