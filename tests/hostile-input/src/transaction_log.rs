//! The log of a transaction, on a disk that lies.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use transaction::syscalls::Syscalls;
use transaction::wal::{Executor, FOLDER, Failure, Log, Task};

/// A system that says yes to everything and does nothing: the plan under test says who knows what.
struct Nothing;

impl Syscalls for Nothing {
    fn create(&self, _: &Path) -> io::Result<File> {
        File::options().write(true).open("/dev/null")
    }
    fn append(&self, _: &Path) -> io::Result<File> {
        File::options().write(true).open("/dev/null")
    }
    fn write(&self, _: &File, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
    fn make_directory(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn symlink(&self, _: &str, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn make_node(&self, _: &Path, _: u32, _: u64) -> io::Result<()> {
        Ok(())
    }
    fn link(&self, _: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn unlink(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn remove_directory(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn set_mode(&self, _: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }
    fn set_folder_mode(&self, _: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }
    fn set_owner(&self, _: &Path, _: u32, _: u32) -> io::Result<()> {
        Ok(())
    }
    fn set_time(&self, _: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }
    fn set_attribute(&self, _: &Path, _: &str, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
    fn sync(&self, _: &File) -> io::Result<()> {
        Ok(())
    }
    fn sync_filesystem(&self, _: &File) -> io::Result<()> {
        Ok(())
    }
    fn outside(&self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

/// A task of no meaning.
#[derive(Debug, Serialize, Deserialize)]
struct AnyTask(serde_json::Value);

impl Task for AnyTask {
    fn repeatable(&self) -> bool {
        self.0.is_number()
    }
}

struct DoNothing;

impl Executor<AnyTask> for DoNothing {
    type Error = Failure;
    fn execute(&mut self, _: &AnyTask) -> Result<(), Failure> {
        Ok(())
    }
}

/// The files of a log, separated by lines of `---`. An empty commit record stands for the right one: no chance finds
/// a digest.
pub(crate) fn recover(bytes: &[u8]) {
    let Ok(root) = tempfile::tempdir() else { return };
    let folder = root.path().join(FOLDER);
    if fs::create_dir_all(&folder).is_err() {
        return;
    }
    let text = String::from_utf8_lossy(bytes);
    let parts: Vec<&str> = text.splitn(4, "---\n").collect();
    for (name, part) in ["commit", "plan", "progress", "stages"].iter().zip(&parts) {
        let _ = fs::write(folder.join(name), part);
    }
    if let ["", plan, ..] = parts.as_slice() {
        let digest = hex::encode(Sha256::digest(plan));
        let record = serde_json::json!({ "plan": digest, "boot": "" });
        let _ = fs::write(folder.join("commit"), record.to_string());
    }
    let _ = Log::new(root.path(), &Nothing).recover::<AnyTask, Failure>(&mut DoNothing);
}
