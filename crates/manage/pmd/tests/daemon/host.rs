//! A host of a test's own: a directory that is its root, the real daemon and the real helpers on sockets in it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct Host {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) helpers: Vec<(String, Child)>,
    daemon: Child,
    pub(crate) port: u16,
}

/// An answer of curl's.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Checks the status, and that a problem is one of RFC 9457.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        if status >= 400 {
            assert_eq!(
                self.header("content-type"),
                Some("application/problem+json"),
                "{self:?}"
            );
            assert_eq!(self.json()["status"], status);
            assert!(!self.json()["detail"].as_str().unwrap().is_empty());
        }
        self
    }
}

impl Host {
    /// With these helpers, and more lines for pmd.toml.
    pub(crate) fn start(domains: &[&str], more: &str) -> Self {
        Host::start_in(domains, more, None)
    }

    /// With an audit log elsewhere: on a device that is always full.
    pub(crate) fn start_with_audit(domains: &[&str], audit: &str) -> Self {
        Host::start_in(domains, "", Some(audit))
    }

    /// With the system's PAM and name services, which find the tree's `/etc`.
    pub(crate) fn start_with_pam(domains: &[&str]) -> Self {
        let mut host = Host::start(domains, "");
        system_files(host.dir.path());
        host.replace_helper("auth", helper_of_host);
        host
    }

    fn start_in(domains: &[&str], more: &str, audit: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        tree(dir.path(), more, audit);
        let helpers = ["auth"]
            .iter()
            .chain(domains)
            .map(|domain| (domain.to_string(), helper(dir.path(), domain)));
        let helpers = helpers.collect();
        let (daemon, port) = daemon(dir.path());
        Host {
            dir,
            helpers,
            daemon,
            port,
        }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Over the unix socket, as the user who runs the test: an administrator.
    pub(crate) fn local(&self, method: &str, path: &str, body: Option<&str>, headers: &[&str]) -> Answer {
        self.anywhere(method, &format!("/api/v2{path}"), body, headers)
    }

    /// The same, with the whole path.
    pub(crate) fn anywhere(&self, method: &str, path: &str, body: Option<&str>, headers: &[&str]) -> Answer {
        let socket = self.path("run/pmd.sock");
        let mut curl = Command::new("curl");
        curl.arg("--unix-socket").arg(socket);
        call(curl, &format!("http://localhost{path}"), method, body, headers)
    }

    /// Over TLS, with a name and password or without.
    pub(crate) fn remote(&self, user: Option<&str>, method: &str, path: &str, body: Option<&str>) -> Answer {
        self.remote_anywhere(user, method, &format!("/api/v2{path}"), body)
    }

    /// The same, with the whole path.
    pub(crate) fn remote_anywhere(
        &self,
        user: Option<&str>,
        method: &str,
        path: &str,
        body: Option<&str>,
    ) -> Answer {
        let mut curl = self.curl();
        if let Some(user) = user {
            curl.args(["--basic", "--user", user]);
        }
        let url = format!("https://localhost:{}{path}", self.port);
        call(curl, &url, method, body, &[])
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}/api/v2{path}", self.port)
    }

    /// curl that trusts the host's certificate.
    pub(crate) fn curl(&self) -> Command {
        let mut curl = Command::new("curl");
        curl.arg("--http1.1")
            .arg("--cacert")
            .arg(self.path("state/server.crt"));
        curl
    }

    pub(crate) fn audit(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("audit.jsonl")).unwrap();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    pub(crate) fn restart_helper(&mut self, domain: &str) {
        self.replace_helper(domain, helper);
    }

    fn replace_helper(&mut self, domain: &str, start: fn(&Path, &str) -> Child) {
        self.helpers.retain_mut(|(name, child)| {
            name != domain || {
                end(child);
                false
            }
        });
        let helper = start(self.dir.path(), domain);
        self.helpers.push((domain.to_owned(), helper));
    }

    pub(crate) fn daemon_pid(&self) -> u32 {
        self.daemon.id()
    }
}

pub(crate) fn call(
    mut curl: Command,
    url: &str,
    method: &str,
    body: Option<&str>,
    headers: &[&str],
) -> Answer {
    curl.args([
        "--silent",
        "--show-error",
        "--include",
        "--max-time",
        "30",
        "--path-as-is",
        "--request",
        method,
    ]);
    for header in headers {
        curl.args(["--header", header]);
    }
    if let Some(body) = body {
        if !headers
            .iter()
            .any(|header| header.to_lowercase().starts_with("content-type"))
        {
            curl.args(["--header", "content-type: application/json"]);
        }
        curl.args(["--data-binary", body]);
    }
    curl.args(["--header", "expect:"]);
    let output = curl
        .arg("--")
        .arg(url)
        .output()
        .expect("curl, of the package curl");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (headers, text) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("{method} {url}: {}", String::from_utf8_lossy(&output.stderr)));
    Answer {
        status: headers.split(' ').nth(1).unwrap().parse().unwrap(),
        headers: headers.to_owned(),
        text: text.to_owned(),
    }
}

/// Starts a job and follows its events to the end.
pub(crate) fn job(host: &Host, path: &str, body: &Value) -> (Vec<String>, Value) {
    let started = host.local("POST", path, Some(&body.to_string()), &[]).expect(202);
    let location = started.header("location").unwrap().to_owned();
    assert_eq!(
        location,
        format!("/api/v2/jobs/{}", started.json()["id"].as_str().unwrap())
    );
    let mut curl = Command::new("curl")
        .args(["--silent", "--no-buffer", "--max-time", "60", "--unix-socket"])
        .arg(host.path("run/pmd.sock"))
        .arg(format!("http://localhost{location}/events"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(curl.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    curl.wait().unwrap();
    let last = lines.last().unwrap().strip_prefix("data: ").unwrap();
    let ended: Value = serde_json::from_str(last).unwrap();
    let id = location.strip_prefix("/api/v2").unwrap();
    // What came of it can be read again and again.
    for _ in 0..2 {
        assert_eq!(host.local("GET", id, None, &[]).expect(200).json(), ended);
    }
    (lines, ended)
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Users: whoever runs the test is `tester`, an administrator; `vera` may look, `nick` may change the network, `nobody2`
/// has a password and no role.
fn tree(root: &Path, more: &str, audit: Option<&str>) {
    let uid = rustix::process::getuid().as_raw();
    write(
        root,
        "etc/passwd",
        &format!(
            "tester:x:{uid}:5000::/:/bin/sh\nvera:x:5001:5001::/:/bin/sh\nnick:x:5002:5002::/:/bin/sh\n\
         nobody2:x:5003:5003::/:/bin/sh\nadam:x:5004:5004::/:/bin/sh\n"
        ),
    );
    write(
        root,
        "etc/group",
        "tester:x:5000:\npmd-admin:x:100:tester,adam\npmd-viewer:x:101:vera\n\
         pmd-network:x:102:nick\nnobody2:x:5003:\n",
    );
    let users = ["vera", "nick", "nobody2", "adam"];
    let passwords: String = users.iter().map(|user| format!("{user}:{PASSWORD}\n")).collect();
    write(root, "etc/pmd/passwords", &passwords);
    write(root, "etc/hostname", "first\n");
    write(root, "etc/os-release", "ID=lumen\nPRETTY_NAME=\"Lumen OS\"\n");
    write(root, "proc/sys/vm/swappiness", "60\n");
    write(root, "proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 500 kB\n");
    fs::create_dir_all(root.join("run/helper")).unwrap();
    fs::create_dir_all(root.join("state")).unwrap();
    let at = root.display();
    let own = format!("{at}/audit.jsonl");
    let audit = audit.unwrap_or(&own);
    write(
        root,
        "etc/pmd/pmd.toml",
        &format!(
            "{more}\n[listen]\ntls = [\"127.0.0.1:0\"]\nunix = \"{at}/run/pmd.sock\"\nrelay = \"{at}/run/relay.sock\"\n\
         [paths]\nhelpers = \"{at}/run/helper\"\nstate = \"{at}/state\"\naudit = \"{audit}\"\n"
        ),
    );
}

/// A helper as systemd starts it: the listening socket is its standard input. It leaves the machine by itself
/// (`pmd::helper`'s guard); that of the packet filter needs to be root for that, be it of a namespace.
fn helper(root: &Path, domain: &str) -> Child {
    let program = env!("CARGO_BIN_EXE_pmd-helper");
    let command = match domain {
        "firewall" => {
            let mut command = as_root(Command::new("unshare"));
            command.arg(program);
            command
        }
        _ => Command::new(program),
    };
    start(command, root, domain, root)
}

/// Options that make unshare(1) root of a namespace of its own for who is not root.
pub(crate) fn as_root(mut command: Command) -> Command {
    if !rustix::process::getuid().is_root() {
        command.arg("--map-root-user");
    }
    command
}

/// A helper whose host is the machine, but that has the tree's `/etc`, in a mount namespace of its own.
fn helper_of_host(root: &Path, domain: &str) -> Child {
    let mut command = as_root(Command::new("unshare"));
    command.args(["--mount", "--propagation", "private"]);
    command.args(["sh", "-ec", "mount --bind \"$0\" /etc; exec \"$@\""]);
    command
        .arg(root.join("etc"))
        .arg(env!("CARGO_BIN_EXE_pmd-helper"));
    start(command, root, domain, Path::new("/"))
}

fn start(mut command: Command, tree: &Path, domain: &str, root: &Path) -> Child {
    let path = tree.join(format!("run/helper/{domain}.sock"));
    let _ = fs::remove_file(&path);
    let socket = UnixListener::bind(&path).unwrap();
    let uid = rustix::process::getuid().as_raw().to_string();
    command
        .args([domain, "--idle", "600", "--daemon", &uid, "--root"])
        .arg(root)
        .arg("--config")
        .arg(tree.join("etc/pmd/pmd.toml"))
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .spawn()
        .unwrap()
}

/// What PAM and the name services read: the files of the packages pmd and Linux-PAM, and a shadow file. `vera` is
/// disabled: her account expired on the second of January 1970.
fn system_files(root: &Path) {
    let distro = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../distro");
    let copy = |from: &str, to: &str| {
        write(
            root,
            &format!("etc/pam.d/{to}"),
            &fs::read_to_string(distro.join(from)).unwrap(),
        );
    };
    copy("packages/pmd/files/etc/pam.d/pmd", "pmd");
    for name in ["common-auth", "common-account"] {
        copy(&format!("import/files/pam/{name}"), name);
    }
    write(
        root,
        "etc/nsswitch.conf",
        "passwd: files\ngroup: files\nshadow: files\n",
    );
    let hash = Command::new("openssl")
        .args(["passwd", "-6", PASSWORD])
        .output()
        .unwrap();
    let hash = String::from_utf8(hash.stdout).unwrap();
    let hash = hash.trim();
    let line = |(user, end): (&str, &str)| format!("{user}:{hash}:19000:0:99999:7::{end}:\n");
    let users = [("vera", "1"), ("nick", ""), ("nobody2", ""), ("adam", "")];
    write(root, "etc/shadow", &users.map(line).concat());
}

fn daemon(root: &Path) -> (Child, u16) {
    let notify = root.join("run/notify.sock");
    let socket = UnixDatagram::bind(&notify).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let daemon = Command::new(env!("CARGO_BIN_EXE_pmd"))
        .arg("--config")
        .arg(root.join("etc/pmd/pmd.toml"))
        .arg("serve")
        .env("NOTIFY_SOCKET", &notify)
        .stdin(Stdio::null())
        .stderr(fs::File::create(root.join("daemon.log")).unwrap())
        .spawn()
        .unwrap();
    let mut buffer = [0; 4096];
    let log = || fs::read_to_string(root.join("daemon.log")).unwrap_or_default();
    let length = socket
        .recv(&mut buffer)
        .unwrap_or_else(|error| panic!("pmd is not ready: {error}: {}", log()));
    let text = std::str::from_utf8(&buffer[..length]).unwrap();
    let port = text.rsplit_once(':').unwrap().1.trim().parse().unwrap();
    (daemon, port)
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

impl Drop for Host {
    fn drop(&mut self) {
        end(&mut self.daemon);
        self.helpers.iter_mut().for_each(|(_, child)| end(child));
    }
}
