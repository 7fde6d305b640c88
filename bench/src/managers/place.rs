//! Repositories, a server, and roots to work on.

use anyhow::{Context as _, ensure};
use repodata::{WriteOptions, write_repo};
use rpmfile::{Builder, Evr, FileEntry};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How many packages are installed, with how many files of how many bytes: the average of small packages.
const PACKAGES: usize = 100;
const FILES: usize = 20;
const BYTES: usize = 4096;

/// Everything the rows need.
pub(crate) struct Place {
    /// On disk, for caches and one kind of roots.
    pub(crate) folder: PathBuf,
    /// In memory, for the other.
    pub(crate) memory: PathBuf,
    /// The packages that are installed.
    pub(crate) packages: Vec<PathBuf>,
    /// A path that only filelists has.
    pub(crate) path: String,
    server: Child,
}

impl Place {
    /// Make everything new; `metadata` is the folder of the large repository.
    pub(crate) fn make(metadata: &Path) -> anyhow::Result<Self> {
        let folder = std::env::current_dir()?.join("build/bench/managers");
        let memory = PathBuf::from("/dev/shm/lumen-bench");
        for folder in [&folder, &memory] {
            let _ = fs::remove_dir_all(folder);
            fs::create_dir_all(folder)?;
        }
        let served = folder.join("served");
        fs::create_dir_all(&served)?;
        copy(metadata, &served.join("large"))?;
        let packages = small_packages(&served.join("small"))?;
        let (server, port) = serve(&served)?;
        for (name, root) in [("large", "large-root"), ("small", "small-root")] {
            configure(&folder.join(root), &format!("http://127.0.0.1:{port}/{name}"))?;
        }
        let path = path_in_filelists(metadata)?;
        Ok(Self {
            folder,
            memory,
            packages,
            path,
            server,
        })
    }

    /// A new root like the configured one, on disk or in memory.
    pub(crate) fn new_root(&self, in_memory: bool) -> anyhow::Result<PathBuf> {
        let root = if in_memory { &self.memory } else { &self.folder }.join("fresh");
        let _ = fs::remove_dir_all(&root);
        copy(&self.folder.join("small-root"), &root)?;
        Ok(root)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.memory);
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let status = Command::new("cp").arg("-rT").args([from, to]).status()?;
    ensure!(status.success(), "cannot copy {}", from.display());
    Ok(())
}

fn small_packages(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let mut paths = Vec::new();
    for number in 0..PACKAGES {
        let mut package = Builder::new(format!("small-{number:03}"), Evr::parse("1-1"), "noarch");
        package.license = "MIT".into();
        let home = format!("/opt/small-{number:03}");
        package.file(FileEntry::directory(&home));
        for file in 0..FILES {
            let text = format!("{number} {file} some text that is no noise\n").repeat(BYTES / 16);
            package.file(FileEntry::regular(format!("{home}/{file}"), &text[..BYTES]));
        }
        let path = folder.join(package.nevra.file_name());
        package.build(&path, None)?;
        paths.push(path);
    }
    write_repo(folder, &WriteOptions::new(1_767_225_600))?;
    Ok(paths)
}

/// `lumen repo serve`: persistent connections and ranges.
fn serve(folder: &Path) -> anyhow::Result<(Child, String)> {
    let mut command = Command::new("target/release/lumen");
    command
        .args(["repo", "serve", "--port", "0", "--dir"])
        .arg(folder);
    let child = command.stdout(Stdio::piped()).spawn();
    let mut child = child.context("run target/release/lumen; build it first")?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("the server's output")?).read_line(&mut line)?;
    let port = line.rsplit_once(':').map_or("", |(_, after)| after);
    let port: String = port.chars().take_while(char::is_ascii_digit).collect();
    ensure!(!port.is_empty(), "`lumen repo serve` said {line:?}");
    Ok((child, port))
}

/// The same repository for tdnf and dnf. Signatures are off: neither repository has any.
fn configure(root: &Path, url: &str) -> anyhow::Result<()> {
    for folder in ["etc/yum.repos.d", "etc/tdnf", "usr/lib/sysimage/rpm"] {
        fs::create_dir_all(root.join(folder))?;
    }
    let repository =
        format!("[bench]\nname=bench\nbaseurl={url}\nenabled=1\ngpgcheck=0\nmetadata_expire=never\n");
    fs::write(root.join("etc/yum.repos.d/bench.repo"), repository)?;
    Ok(fs::write(
        root.join("etc/tdnf/tdnf.conf"),
        "[main]\ngpgcheck=0\n",
    )?)
}

/// One from the middle that primary does not list.
fn path_in_filelists(metadata: &Path) -> anyhow::Result<String> {
    let mut files = fs::read_dir(metadata.join("repodata"))?
        .flatten()
        .map(|entry| entry.path());
    let path = files.find(|path| path.to_string_lossy().ends_with("filelists.xml.gz"));
    let path = path.context("the repository has no filelists.xml.gz")?;
    let file = fs::File::open(&path).with_context(|| format!("open {}", path.display()))?;
    let lines = BufReader::new(flate2::read::GzDecoder::new(file)).lines();
    let documents = lines.map_while(Result::ok).filter_map(|line| {
        let path = line.split_once("<file>")?.1.split_once("</file>")?.0.to_owned();
        path.starts_with("/usr/share/doc/").then_some(path)
    });
    documents
        .skip(50_000)
        .find(|path| !path.contains('&'))
        .context("no path below /usr/share/doc in filelists")
}
