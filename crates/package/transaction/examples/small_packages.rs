//! Write small packages to measure with: `small_packages FOLDER COUNT FILES BYTES`

use rpmfile::{Builder, Evr, FileEntry};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, numbers @ ..] = arguments.as_slice() else {
        return Err("which folder?".into());
    };
    let numbers: Vec<usize> = numbers
        .iter()
        .map(|number| number.parse())
        .collect::<Result<_, _>>()?;
    let [count, files, bytes] = numbers[..] else {
        return Err("how many packages, files, bytes?".into());
    };
    for package in 0..count {
        let mut builder = Builder::new(format!("small{package}"), Evr::parse("1-1"), "noarch");
        builder.license = "MIT".into();
        let directory = format!("/opt/small{package}");
        builder.file(FileEntry::directory(&directory));
        for file in 0..files {
            let content: String = (0..bytes)
                .map(|byte| char::from(b'a' + ((byte * file + package) % 26) as u8))
                .collect();
            builder.file(FileEntry::regular(
                format!("{directory}/{file}"),
                content.as_str(),
            ));
        }
        builder.build(
            &std::path::Path::new(folder).join(builder.nevra.file_name()),
            None,
        )?;
    }
    Ok(())
}
