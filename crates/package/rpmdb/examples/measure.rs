//! Records packages in a database of their own and lists them: `measure DIR PACKAGE.rpm...`.

use std::path::Path;
use std::time::Instant;

use rpmdb::{InstallInfo, Mode, RpmDb};
use rpmfile::Package;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().ok_or("usage: measure DIR PACKAGE.rpm...")?;
    let begun = Instant::now();
    let packages = arguments.map(Package::open).collect::<Result<Vec<_>, _>>()?;
    println!("{} packages opened in {:?}", packages.len(), begun.elapsed());
    let begun = Instant::now();
    let mut db = RpmDb::open(Path::new(&root), Mode::Write)?;
    let change = db.begin()?;
    for package in &packages {
        change.add(package, &InstallInfo::default())?;
    }
    change.commit()?;
    db.close()?;
    println!("recorded in {:?}", begun.elapsed());
    let begun = Instant::now();
    let mut names = Vec::new();
    RpmDb::open(Path::new(&root), Mode::Read)?.for_each(|package| names.push(package.header.nevra()))?;
    println!("{} listed in {:?}", names.len(), begun.elapsed());
    Ok(())
}
