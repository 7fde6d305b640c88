//! Packs the regular files below a directory into a package: `pack DIR OUT.rpm [LEVEL]`.

use std::path::{Path, PathBuf};

use rpmfile::{Builder, Evr, FileEntry};

fn add(builder: &mut Builder, root: &Path, dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let kind = path.symlink_metadata()?;
        let name = format!("/{}", path.strip_prefix(root).unwrap_or(&path).display());
        if kind.is_dir() {
            builder.file(FileEntry::directory(name));
            add(builder, root, &path)?;
        } else if kind.is_file() {
            builder.file(FileEntry::regular(name, path));
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: pack DIR OUT.rpm [LEVEL]";
    let (dir, out) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let mut builder = Builder::new("packed", Evr::parse("1-1"), "noarch");
    if let Some(level) = arguments.next() {
        builder.zstd_level = level.parse()?;
    }
    add(&mut builder, Path::new(&dir), &PathBuf::from(&dir))?;
    let built = builder.build(Path::new(&out), None)?;
    println!("{} files, {} bytes in {out}", builder.files.len(), built.size);
    Ok(())
}
