//! A container image made on the spot, so that no registry is needed.

use anyhow::{Context as _, ensure};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program in the container: greets, or answers one HTTP request after the other.
const PROGRAM: &str = r#"
use std::io::{Read, Write};
fn main() {
    if std::env::args().nth(1).as_deref() != Some("serve") {
        println!("hello from the container");
        return;
    }
    let listener = std::net::TcpListener::bind("0.0.0.0:8000").expect("bind");
    for stream in listener.incoming() {
        let mut stream = stream.expect("accept");
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nserved");
    }
}
"#;

/// Write an archive for `docker load` with one static program as image `hello:latest`.
///
/// # Errors
/// When the compiler is missing or `directory` cannot be written.
pub fn container_archive(directory: &Path) -> anyhow::Result<PathBuf> {
    let program = compile(directory)?;
    let layer = layer(&program)?;
    let config = json!({
        "architecture": "amd64", "os": "linux",
        "config": { "Entrypoint": ["/hello"] },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", hex::encode(Sha256::digest(&layer)))] },
    });
    let manifest =
        json!([{ "Config": "config.json", "RepoTags": ["hello:latest"], "Layers": ["layer.tar"] }]);
    let path = directory.join("hello.tar");
    let mut archive = tar::Builder::new(std::fs::File::create(&path)?);
    append(&mut archive, "config.json", config.to_string().as_bytes(), 0o644)?;
    append(
        &mut archive,
        "manifest.json",
        manifest.to_string().as_bytes(),
        0o644,
    )?;
    append(&mut archive, "layer.tar", &layer, 0o644)?;
    archive.finish()?;
    Ok(path)
}

fn compile(directory: &Path) -> anyhow::Result<Vec<u8>> {
    let (source, program) = (directory.join("hello.rs"), directory.join("hello"));
    std::fs::write(&source, PROGRAM)?;
    let mut rustc = Command::new("rustc");
    rustc.args([
        "--edition",
        "2024",
        "-O",
        "-C",
        "target-feature=+crt-static",
        "-C",
        "strip=symbols",
        "-o",
    ]);
    let status = rustc.arg(&program).arg(&source).status().context("run rustc")?;
    ensure!(status.success(), "rustc cannot build a static program: {status}");
    Ok(std::fs::read(program)?)
}

fn layer(program: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut layer = tar::Builder::new(Vec::new());
    append(&mut layer, "hello", program, 0o755)?;
    Ok(layer.into_inner()?)
}

fn append<W: std::io::Write>(
    archive: &mut tar::Builder<W>,
    name: &str,
    bytes: &[u8],
    mode: u32,
) -> anyhow::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(mode);
    header.set_cksum();
    Ok(archive.append_data(&mut header, name, bytes)?)
}
