//! The archive format of the initramfs: cpio "newc" (Linux Documentation/driver-api/early-userspace/buffer-format.rst).

/// An archive in memory. Owner is root and time zero for everything: the kernel keeps neither for long.
#[derive(Debug, Default)]
pub(crate) struct Cpio {
    bytes: Vec<u8>,
    inode: u32,
}

const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const TRAILER: &str = "TRAILER!!!";

impl Cpio {
    /// A directory; its parents must have been added before.
    pub(crate) fn directory(&mut self, path: &str) {
        self.entry(path, DIRECTORY | 0o755, 2, &[]);
    }

    /// A regular file.
    pub(crate) fn file(&mut self, path: &str, permissions: u32, data: &[u8]) {
        self.entry(path, REGULAR | permissions, 1, data);
    }

    /// The finished archive.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.entry(TRAILER, 0, 1, &[]);
        self.bytes
    }

    fn entry(&mut self, path: &str, mode: u32, links: u32, data: &[u8]) {
        self.inode += 1;
        let (size, name_size) = (data.len() as u32, path.len() as u32 + 1);
        // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
        let fields = [self.inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name_size, 0];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(data);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    #[test]
    fn real_cpio_lists_it() {
        let mut cpio = Cpio::default();
        cpio.directory("lib");
        cpio.file("lib/a", 0o755, b"12345");
        cpio.file("b", 0o644, b"");
        let mut list = Command::new("cpio");
        list.args(["-tv", "--quiet"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = list.spawn().expect("cpio is missing: apt-get install cpio");
        child.stdin.take().unwrap().write_all(&cpio.finish()).unwrap();
        let text = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!((lines[0][0], lines[0][8]), ("drwxr-xr-x", "lib"), "{text}");
        assert_eq!(
            (lines[1][0], lines[1][4], lines[1][8]),
            ("-rwxr-xr-x", "5", "lib/a"),
            "{text}"
        );
        assert_eq!((lines[2][4], lines[2][8]), ("0", "b"), "{text}");
    }
}
