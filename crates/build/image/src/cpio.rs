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

    /// That the kernel unpacks such archives is proved by booting them, in the tests of early-init.
    #[test]
    fn the_bytes_are_those_of_the_format() {
        let mut cpio = Cpio::default();
        cpio.file("init", 0o755, b"12345");
        let text = String::from_utf8(cpio.finish()).unwrap();
        let zero = "00000000";
        let entry = [
            "070701", "00000001", "000081ed", zero, zero, "00000001", zero, "00000005",
        ]
        .concat();
        // Four device numbers, the length of the name with its NUL, and a sum that only another variant has.
        let entry = entry + &zero.repeat(4) + "00000005" + zero + "init\0";
        assert!(text.starts_with(&entry), "{text}");
        // 110 bytes of header and 5 of name are padded to 116, the content to a multiple of four.
        assert_eq!(&text[116..124], "12345\0\0\0");
        assert!(text[124..].starts_with("070701") && text.contains("TRAILER!!!\0"));
        assert_eq!(text.len() % 4, 0);
    }

    #[test]
    fn directories_come_with_their_type() {
        let mut cpio = Cpio::default();
        cpio.directory("lib");
        assert_eq!(&cpio.bytes[14..22], b"000041ed");
    }
}
