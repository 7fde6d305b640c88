//! The table that people read.

use crate::Measured;
use crate::boot::Boot;
use std::fmt::Write as _;

/// One line a figure, one column an image.
pub(crate) fn markdown(images: &[Measured]) -> String {
    let mut table = String::from("| |");
    images
        .iter()
        .for_each(|image| table += &format!(" {} |", image.built.name));
    table += "\n|---|";
    images.iter().for_each(|_| table += "---:|");
    table.push('\n');
    row(&mut table, images, "build from ready packages, CPU-s", |image| {
        format!("{:.1}", image.built.build_cpu_seconds)
    });
    row(&mut table, images, "packages", |image| {
        image.built.packages.to_string()
    });
    row(&mut table, images, "raw disk, allocated MB", |image| {
        megabytes(image.built.allocated_bytes)
    });
    row(&mut table, images, "zstd -3, MB", |image| {
        megabytes(image.built.zstd_bytes)
    });
    row(&mut table, images, "boot to ssh listening, CPU-s", |image| {
        seconds(image, |boot| boot.ssh_cpu_seconds)
    });
    row(&mut table, images, "boot to ssh answering, CPU-s", |image| {
        seconds(image, |boot| boot.answer_cpu_seconds)
    });
    row(&mut table, images, "boot to finished, CPU-s", |image| {
        seconds(image, |boot| boot.finished_cpu_seconds)
    });
    row(&mut table, images, "memory used 10 s after boot, MiB", used_mib);
    table
}

fn row(table: &mut String, images: &[Measured], name: &str, figure: impl Fn(&Measured) -> String) {
    // Writing to a String does not fail.
    let _ = write!(table, "| {name} |");
    images
        .iter()
        .for_each(|image| table.push_str(&format!(" {} |", figure(image))));
    table.push('\n');
}

fn megabytes(bytes: u64) -> String {
    (bytes / 1_000_000).to_string()
}

fn seconds(image: &Measured, figure: impl Fn(&Boot) -> f64) -> String {
    let mut figures: Vec<f64> = image.boots.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    format!("{:.1}", figures[figures.len() / 2])
}

fn used_mib(image: &Measured) -> String {
    let mut figures: Vec<u64> = image.boots.iter().map(|boot| boot.used_mib).collect();
    figures.sort_unstable();
    figures[figures.len() / 2].to_string()
}
