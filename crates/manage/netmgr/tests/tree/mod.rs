//! A root directory to try commands on.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use netmgr::command::{Output, main};

/// Where an interface's own file is.
pub const ETH0: &str = "etc/systemd/network/10-eth0.network";

pub struct Tree(tempfile::TempDir);

impl Tree {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let tree = Tree(tempfile::tempdir().unwrap());
        for (path, text) in files {
            tree.put(path, text);
        }
        tree
    }

    /// With a file for eth0 that has a comment and a setting nobody knows.
    pub fn eth0(rest: &str) -> Self {
        Tree::new(&[(
            ETH0,
            &format!("# mine\n[Match]\nName=eth0\n\n[X-Site]\nRack=7\n{rest}"),
        )])
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn put(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_default()
    }

    /// Runs a command; words are cut at spaces, and `''` is an empty one.
    pub fn run(&self, command: &str) -> Output {
        let root = self.path().to_str().unwrap();
        let words = command
            .split(' ')
            .map(|word| if word == "''" { "" } else { word });
        let arguments: Vec<String> = ["--root", root]
            .into_iter()
            .chain(words)
            .map(str::to_owned)
            .collect();
        main(&arguments)
    }

    /// Runs a command that must go well and print nothing.
    pub fn ok(&self, command: &str) {
        assert_eq!(self.run(command), Output::default(), "{command}");
    }

    /// What a command prints that must go well.
    pub fn says(&self, command: &str) -> String {
        let output = self.run(command);
        assert_eq!((output.status, output.err.as_str()), (0, ""), "{command}");
        output.out
    }

    /// The status and the message of a command that must fail and leave all files as they are.
    pub fn fails(&self, command: &str) -> (u8, String) {
        let before = self.files();
        let output = self.run(command);
        assert_eq!(self.files(), before, "{command}");
        assert!(
            output.out.is_empty() && output.err.starts_with("Error: "),
            "{command}: {output:?}"
        );
        (output.status, output.err)
    }

    /// What eth0's file says beyond the part that must stay.
    pub fn eth0_rest(&self) -> String {
        let text = self.read(ETH0);
        let kept = "# mine\n[Match]\nName=eth0\n\n[X-Site]\nRack=7\n";
        text.strip_prefix(kept)
            .unwrap_or_else(|| panic!("the user's part has changed:\n{text}"))
            .to_owned()
    }

    /// All files below etc.
    pub fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut left = vec![self.path().join("etc")];
        while let Some(directory) = left.pop() {
            for entry in fs::read_dir(directory).into_iter().flatten() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => left.push(path),
                    false => drop(found.insert(path.clone(), fs::read_to_string(path).unwrap())),
                }
            }
        }
        found
    }
}
