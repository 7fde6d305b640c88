//! One undisturbed life of the system, every write of which is known.

use crate::{disk, packages};
use e2e::{Guest, Server, WriteLog};
use std::path::{Path, PathBuf};

/// A file that is written to directly, past every cache: a write to it stands in the log where it happened.
const MARK: &str = "/var/lib/cut-mark";

/// What is to be as before or as after: packages, files with all their attributes and contents, traces of scriptlets.
pub(crate) const STATE: &str = "{ tdnf -q list installed | grep '^cut-'; cd /; \
     find opt/cut etc/cut -type d -printf '%p %m %u %g\\n' -o -printf '%p %y %m %u %g %s %T@ %n %l\\n'; \
     find opt/cut etc/cut var/lib/cut -type f -exec sha256sum {} +; } 2>/dev/null | LC_ALL=C sort";

/// A transaction and where it stands in the log.
#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) name: &'static str,
    /// How many entries the log had when tdnf was started, and when it had ended.
    pub(crate) begin: usize,
    pub(crate) end: usize,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// The disk before, and everything that was written to it.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) disk: PathBuf,
    pub(crate) log: WriteLog,
    pub(crate) transactions: Vec<Transaction>,
    /// What rpm says of the system at the end: files that live.
    pub(crate) differences: Vec<String>,
}

impl Recording {
    /// Boot a fresh disk, install, update, remove and take the removal back.
    pub(crate) fn make(folder: &Path) -> anyhow::Result<Self> {
        let (disk, live, log) = (folder.join("disk"), folder.join("live"), folder.join("log"));
        disk::fresh(&disk)?;
        disk::copy(&disk, &live)?;
        std::fs::write(&log, "")?;
        packages::write(&folder.join("repository"))?;
        let server = Server::start(&folder.join("repository"))?;
        let mut guest = Guest::boot_disk("minimal", &live, Some(&log))?;
        guest.succeed("systemctl is-system-running --wait")?;
        guest.succeed(&format!(
            "dd if=/dev/zero of={MARK} bs=4096 count=1 conv=fsync && sync"
        ))?;
        let states = transactions(&mut guest, &server)?;
        guest.succeed("sync")?;
        guest.cut_power();
        let differences = disk::verify(&live, folder)?.differences;
        std::fs::remove_file(&live)?;
        let log = WriteLog::open(&log)?;
        let transactions = located(states, &log)?;
        Ok(Self {
            disk,
            log,
            transactions,
            differences,
        })
    }
}

fn transactions(guest: &mut Guest, server: &Server) -> anyhow::Result<Vec<(&'static str, String, String)>> {
    let last = packages::name(packages::COUNT - 1);
    let install = format!("tdnf -y {} install {last}", server.options("1"));
    let update = format!("tdnf -y {} update", server.options("2"));
    let remove = format!("tdnf -y remove {}", packages::name(0));
    let mut done = Vec::new();
    for (name, command) in [
        ("install", install.as_str()),
        ("update", &update),
        ("remove", &remove),
        ("undo", "tdnf -y history undo last"),
    ] {
        let before = guest.succeed(STATE)?;
        guest.succeed("sync")?;
        guest.succeed(&format!(
            "{} && {command} && {}",
            mark(name, "begin"),
            mark(name, "end")
        ))?;
        let after = guest.succeed(STATE)?;
        anyhow::ensure!(before != after, "{name} changed nothing");
        done.push((name, before, after));
        // A file of the administrator's, which each later transaction has to respect.
        guest.succeed("[ ! -e /etc/cut/cut-03.conf ] || echo '# by hand' >>/etc/cut/cut-03.conf; sync")?;
    }
    Ok(done)
}

fn text(name: &str, point: &str) -> String {
    format!("the mark of {name}: {point};")
}

/// The shell itself prints, so that no log of executed commands has the text.
fn mark(name: &str, point: &str) -> String {
    format!(
        "printf '%-4096s' '{}' | dd of={MARK} bs=4096 iflag=fullblock oflag=direct conv=notrunc status=none",
        text(name, point)
    )
}

fn located(states: Vec<(&'static str, String, String)>, log: &WriteLog) -> anyhow::Result<Vec<Transaction>> {
    let locate = |(name, before, after)| {
        Ok(Transaction {
            name,
            begin: log.find(&text(name, "begin"))?,
            end: log.find(&text(name, "end"))?,
            before,
            after,
        })
    };
    states.into_iter().map(locate).collect()
}
