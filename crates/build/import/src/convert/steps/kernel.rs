//! The kernel beside its modules, and the index files of depmod(8).

use std::collections::BTreeMap;

use depgen::Found;
use rpmfile::{DepFlags, Dependency};

use super::super::rules::rename;
use super::super::tree::{Node, Tree};

mod index;
mod module;
mod tables;

use self::module::Module;
use self::tables::Tables;

const MODULES: &str = "/usr/lib/modules/";

/// Requires the kernel whose modules these are.
pub(super) fn require_kernel(tree: &Tree, found: &mut Found) -> Result<(), String> {
    found.requires.insert(uname_release(&release(tree)?));
    Ok(())
}

/// What Fedora's kernels provide, and what modules of one kernel require.
fn uname_release(release: &str) -> Dependency {
    Dependency::new("kernel-uname-r", DepFlags::EQUAL, release.replace('-', "_"))
}

/// Moves `/boot/vmlinuz-KVER` and `/boot/config-KVER` to `/usr/lib/modules/KVER/` and adds the indexes.
///
/// vmlinuz is `%missingok`: once it is part of a unified kernel image on the EFI system partition, the copy beside the
/// modules is only a waste of 12 MB.
pub(super) fn run(tree: &mut Tree, clamp_time: u32, found: &mut Found) -> Result<(), String> {
    let release = release(tree)?;
    found.provides.insert(uname_release(&release));
    for name in ["vmlinuz", "config"] {
        let old = format!("/boot/{name}-{release}");
        if !tree.nodes.contains_key(&old) {
            return Err(format!("{old} is missing"));
        }
        rename(tree, &old, format!("{MODULES}{release}/{name}"));
    }
    let directory = format!("{MODULES}{release}/");
    if let Some(node) = tree.nodes.get_mut(&format!("{directory}vmlinuz")) {
        node.missing_ok = true;
    }
    for (name, bytes) in indexes(tree, &directory)? {
        tree.nodes
            .insert(format!("{directory}{name}"), Node::file(bytes, 0o644, clamp_time));
    }
    Ok(())
}

/// The index files, by name.
fn indexes(tree: &Tree, directory: &str) -> Result<BTreeMap<&'static str, Vec<u8>>, String> {
    let mut modules = Vec::new();
    for (path, node) in tree.nodes.range(directory.to_owned()..) {
        let Some(name) = path.strip_prefix(directory) else {
            break;
        };
        if let Some(bytes) = node.bytes().filter(|_| Module::is_module(name)) {
            modules.push(Module::read(name, bytes).map_err(|problem| format!("{path}: {problem}"))?);
        }
    }
    let text = |name: &str| {
        let bytes = tree
            .nodes
            .get(&format!("{directory}{name}"))
            .and_then(Node::bytes)
            .unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    };
    let (order, builtin, modinfo) = (
        text("modules.order"),
        text("modules.builtin"),
        text("modules.builtin.modinfo"),
    );
    Ok(Tables::new(modules, &order).files(&builtin, &modinfo))
}

/// The release of the kernel: the one directory below /usr/lib/modules.
fn release(tree: &Tree) -> Result<String, String> {
    let below = |path: &str| path.strip_prefix(MODULES)?.split('/').next().map(str::to_owned);
    let mut releases: Vec<String> = tree.nodes.keys().filter_map(|path| below(path)).collect();
    releases.dedup();
    match releases.as_slice() {
        [one] => Ok(one.clone()),
        other => Err(format!(
            "expected one directory below {MODULES}, found {}",
            other.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for path in paths {
            tree.nodes
                .insert((*path).to_owned(), Node::file(&b"x"[..], 0o644, 0));
        }
        tree
    }

    #[test]
    fn the_kernel_moves_beside_its_modules() {
        let mut tree = tree(&[
            "/boot/vmlinuz-6.1-c",
            "/boot/config-6.1-c",
            "/usr/lib/modules/6.1-c/modules.order",
        ]);
        let mut found = Found::default();
        run(&mut tree, 0, &mut found).unwrap();
        assert!(tree.nodes["/usr/lib/modules/6.1-c/vmlinuz"].missing_ok);
        assert!(tree.nodes.contains_key("/usr/lib/modules/6.1-c/modules.dep.bin"));
        assert!(!tree.nodes.keys().any(|path| path.starts_with("/boot/")));
        assert_eq!(found.provides.first().unwrap().evr, "6.1_c");
        require_kernel(&tree, &mut found).unwrap();
        assert_eq!(found.requires, found.provides);
    }

    /// A module as far as depmod looks: `.modinfo`, exported and undefined symbols.
    fn compile(dir: &Path, name: &str, info: &[&str], exports: &str, uses: &str) {
        let info: String = info.iter().map(|entry| format!("{entry}\\0")).collect();
        let mut source =
            format!("static const char i[] __attribute__((section(\".modinfo\"), used)) = \"{info}\";\n");
        if !exports.is_empty() {
            source += &format!(
                "const char __kstrtab_{exports}[] __attribute__((section(\"__ksymtab_strings\"), used)) = \"{exports}\";\n"
            );
            source +=
                &format!("int __ksymtab_{exports} __attribute__((section(\"__ksymtab\"), used)) = 1;\n");
        }
        if !uses.is_empty() {
            source += &format!("int {uses}(void);\nint f_{name}(void) {{ return {uses}(); }}\n");
        }
        let (c, ko) = (dir.join("module.c"), dir.join(format!("{name}.ko")));
        std::fs::write(&c, source).unwrap();
        let status = Command::new("cc")
            .args(["-c", "-o"])
            .args([&ko, &c])
            .status()
            .expect("install the package `gcc`");
        assert!(status.success());
    }

    #[test]
    fn the_indexes_are_those_of_depmod() {
        let dir = tempfile::tempdir().unwrap();
        let modules = dir.path().join("lib/modules/6.1-c");
        std::fs::create_dir_all(modules.join("kernel")).unwrap();
        let kernel = modules.join("kernel");
        compile(
            &kernel,
            "low-level",
            &["alias=pci:v*-[a-z]x", "depends="],
            "low_symbol",
            "",
        );
        compile(
            &kernel,
            "middle",
            &["depends=low-level", "softdep=pre: crc"],
            "middle_symbol",
            "low_symbol",
        );
        let devices = [
            "alias=devname:net/tun",
            "alias=char-major-10-200",
            "depends=middle",
        ];
        compile(&kernel, "top", &devices, "", "middle_symbol");
        std::fs::remove_file(kernel.join("module.c")).unwrap();
        std::fs::write(
            modules.join("modules.order"),
            "kernel/top.ko\nkernel/low-level.ko\nkernel/middle.ko\n",
        )
        .unwrap();
        std::fs::write(
            modules.join("modules.builtin"),
            "kernel/fs/ext4.ko\nkernel/a-b.ko\n",
        )
        .unwrap();
        std::fs::write(
            modules.join("modules.builtin.modinfo"),
            "ext4.alias=fs-ext4\0ext4.license=GPL\0",
        )
        .unwrap();

        let mut tree = tree(&["/boot/vmlinuz-6.1-c", "/boot/config-6.1-c"]);
        for path in walk(&modules) {
            let name = format!(
                "/usr/lib/modules/6.1-c/{}",
                path.strip_prefix(&modules).unwrap().display()
            );
            tree.nodes
                .insert(name, Node::file(std::fs::read(path).unwrap(), 0o644, 0));
        }
        run(&mut tree, 0, &mut Found::default()).unwrap();
        let depmod = ["/usr/sbin/depmod", "/sbin/depmod"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let depmod = depmod.expect("depmod is missing: install the package `kmod`");
        let status = Command::new(depmod)
            .arg("-b")
            .arg(dir.path())
            .arg("6.1-c")
            .status()
            .unwrap();
        assert!(status.success());
        for path in walk(&modules)
            .into_iter()
            .filter(|path| path.extension().is_none_or(|ext| ext != "ko"))
        {
            let name = path.strip_prefix(&modules).unwrap().display().to_string();
            let ours = tree.nodes[&format!("/usr/lib/modules/6.1-c/{name}")]
                .bytes()
                .unwrap();
            let (ours, theirs) = (ours.to_vec(), std::fs::read(&path).unwrap());
            assert_eq!(comparable(&name, ours), comparable(&name, theirs), "{name}");
        }
    }

    /// depmod writes the text of symbols in the order of a hash table, and the nodes of a trie in one that differs from
    /// version to version.
    fn comparable(name: &str, bytes: Vec<u8>) -> String {
        if name.ends_with(".bin") && bytes.starts_with(&0xb007_f457_u32.to_be_bytes()) {
            let mut entries = Vec::new();
            read_trie(&bytes, number(&bytes, 8), String::new(), &mut entries);
            return entries.join("\n");
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines: Vec<&str> = text.lines().collect();
        if name == "modules.symbols" {
            lines.sort_unstable();
        }
        lines.join("\n")
    }

    fn number(bytes: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    fn text(bytes: &[u8], at: usize) -> &str {
        let text = bytes[at..].split(|byte| *byte == 0).next().unwrap();
        std::str::from_utf8(text).unwrap()
    }

    /// A node of libkmod-index.c and what is below it: the offset's highest bits tell whether there are a prefix, values,
    /// and children, in the file in the order prefix, children, values.
    fn read_trie(bytes: &[u8], node: u32, mut key: String, entries: &mut Vec<String>) {
        let mut at = (node & 0x0fff_ffff) as usize;
        if node & 0x8000_0000 != 0 {
            key += text(bytes, at);
            at += text(bytes, at).len() + 1;
        }
        let mut children = Vec::new();
        if node & 0x2000_0000 != 0 {
            let (first, last) = (bytes[at], bytes[at + 1]);
            for (index, letter) in (first..=last).enumerate() {
                children.push((letter, number(bytes, at + 2 + 4 * index)));
            }
            at += 2 + 4 * children.len();
        }
        if node & 0x4000_0000 != 0 {
            let count = number(bytes, at);
            at += 4;
            for _ in 0..count {
                let value = text(bytes, at + 4);
                entries.push(format!("{key} {} {value}", number(bytes, at)));
                at += 4 + value.len() + 1;
            }
        }
        for (letter, child) in children.into_iter().filter(|(_, child)| *child != 0) {
            read_trie(bytes, child, format!("{key}{}", char::from(letter)), entries);
        }
    }

    fn walk(dir: &Path) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.extend(walk(&path))
            } else {
                files.push(path)
            }
        }
        files
    }

    #[test]
    fn compressed_modules_are_read() {
        let dir = tempfile::tempdir().unwrap();
        compile(dir.path(), "a", &["alias=x"], "", "");
        let plain = dir.path().join("a.ko");
        let status = Command::new("xz").arg("--check=crc32").arg(&plain).status();
        assert!(status.expect("install the package `xz-utils`").success());
        let mut tree = tree(&["/boot/vmlinuz-1", "/boot/config-1"]);
        let packed = std::fs::read(dir.path().join("a.ko.xz")).unwrap();
        tree.nodes.insert(
            "/usr/lib/modules/1/kernel/a.ko.xz".into(),
            Node::file(packed, 0o644, 0),
        );
        run(&mut tree, 0, &mut Found::default()).unwrap();
        let text = |name: &str| String::from_utf8_lossy(tree.nodes[name].bytes().unwrap()).into_owned();
        assert_eq!(text("/usr/lib/modules/1/modules.dep"), "kernel/a.ko.xz:\n");
        assert!(text("/usr/lib/modules/1/modules.alias").ends_with("alias x a\n"));
    }

    #[test]
    fn a_package_that_is_no_kernel_is_refused() {
        let refused = |paths: &[&str]| run(&mut tree(paths), 0, &mut Found::default()).unwrap_err();
        assert!(refused(&[]).contains("found 0"));
        assert!(refused(&["/usr/lib/modules/1/a", "/usr/lib/modules/2/a"]).contains("found 2"));
        assert!(refused(&["/usr/lib/modules/1/a"]).contains("vmlinuz-1 is missing"));
        let broken = ["/usr/lib/modules/1/a.ko", "/boot/vmlinuz-1", "/boot/config-1"];
        assert!(refused(&broken).contains("a.ko"));
    }
}
