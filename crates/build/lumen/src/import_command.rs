//! `lumen import`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use download::{Cache, Client};
use import::{
    Arch, CONVERTER_VERSION, ConvertContext, ConvertFailure, Converter, Event, Import, MirrorSettings, Mode,
    PackageRecipe, Step, Summary, convert,
};
use keyring::PackageSigner;
use pkgbuild::catalog::Catalog;

use crate::ZSTD_LEVEL;
use crate::cli::ImportOptions;
use crate::console::{self, Console, Unit};
use crate::keys::Keys;
use crate::project::Project;
use crate::settings::Settings;
use crate::stopwatch::Stopwatch;

pub(crate) fn run(options: &ImportOptions, project: &Project, console: &Console) -> anyhow::Result<()> {
    let _lock = project.lock_build(|text| console.notice(text))?;
    let watch = Stopwatch::start();
    let arch = Arch::from_rpm(&options.target.arch).context("this architecture cannot be imported")?;
    let keys = Keys::open(&project.keys(options.target.keys.as_deref()))?;
    let import = settings(options, project, arch)?;
    let converter = |recipe: &PackageRecipe, debs: &[PathBuf], date: u64, out_dir: &Path| {
        make(recipe, debs, date, out_dir, &arch, &keys)
    };
    let identity = format!(
        "converter {CONVERTER_VERSION} zstd {ZSTD_LEVEL} key {}",
        keys.signing.fingerprint()
    );
    let converter = Converter {
        identity,
        convert: &converter,
    };
    let summary = import.run(&converter, &|event| show(console, event))?;
    report(&summary, options, console, &watch)
}

fn make(
    recipe: &PackageRecipe,
    debs: &[PathBuf],
    date: u64,
    out_dir: &Path,
    arch: &Arch,
    keys: &Keys,
) -> Result<Vec<PathBuf>, ConvertFailure> {
    let signer = PackageSigner {
        key: &keys.signing,
        time: u32::try_from(date)?,
    };
    let context = ConvertContext {
        arch,
        clamp_time: date,
        signer: Some(&signer),
        out_dir,
        zstd_level: ZSTD_LEVEL,
    };
    Ok(convert(recipe, debs, &context)?)
}

fn settings(options: &ImportOptions, project: &Project, arch: Arch) -> anyhow::Result<Import> {
    let file = Settings::load()?;
    let mode = match (options.update, options.locked) {
        (true, _) => Mode::Update,
        (_, true) => Mode::Locked,
        _ => Mode::Normal,
    };
    let parallel = usize::from(options.parallel);
    Ok(Import {
        arch,
        mode,
        recipes: project.recipes(),
        keys: project.recipes().join("keys"),
        lock: project.lock(),
        out: project.rpms(),
        mirrors: MirrorSettings {
            mirror: options.mirror.clone().or(file.mirror),
            security_mirror: options.security_mirror.clone().or(file.security_mirror),
            archive_mirror: options.archive_mirror.clone().or(file.archive_mirror),
        },
        apt: PathBuf::from("/etc/apt"),
        elsewhere: own_offers(project, &arch)?,
        cache: Cache::of_user(),
        client: Client::new(download::Options {
            parallel,
            ..download::Options::default()
        }),
    })
}

/// What our own packages offer to imported ones. A project may have none.
fn own_offers(project: &Project, arch: &Arch) -> anyhow::Result<Vec<String>> {
    let packages = project.packages();
    if !packages.is_dir() {
        return Ok(Vec::new());
    }
    Ok(Catalog::load(&packages)?.offers(arch.rpm(), project.root())?)
}

fn show(console: &Console, event: Event<'_>) {
    match event {
        Event::Notice(text) => console.notice(text),
        Event::Begin { step, items, bytes } => begin(console, step, items, bytes),
        Event::Download(event) => show_download(console, event),
        Event::Converted { name, .. } => {
            console.detail(name);
            console.advance(1);
        }
        Event::End(_) => console.end(),
        _ => {}
    }
}

fn begin(console: &Console, step: Step, items: usize, bytes: u64) {
    match step {
        Step::Index => console.begin("Fetching the signed indexes", items as u64, Unit::Items),
        Step::Download => console.begin(&format!("Fetching {items} packages"), bytes, Unit::Bytes),
        Step::Convert => console.begin("Converting packages", items as u64, Unit::Items),
        _ => {}
    }
}

fn show_download(console: &Console, event: download::Event<'_>) {
    match event {
        download::Event::Started { name, have, .. } => {
            console.detail(name);
            console.advance(have);
        }
        download::Event::Received { bytes, .. } => console.advance(bytes),
        download::Event::Discarded { bytes, .. } => console.take_back(bytes),
        download::Event::Finished {
            cached: true, size, ..
        } => console.advance(size),
        download::Event::Retry { name, cause, pause } => {
            console.notice(&format!(
                "{name}: {cause}; trying again in {:.1} s",
                pause.as_secs_f64()
            ));
        }
        _ => {}
    }
}

fn report(
    summary: &Summary,
    options: &ImportOptions,
    console: &Console,
    watch: &Stopwatch,
) -> anyhow::Result<()> {
    if options.json {
        return console::print_json(summary);
    }
    match summary.changes.len() {
        // A first import: a list of everything tells nothing.
        pinned if pinned == summary.pinned && pinned > 0 => {
            console.say(&format!("Pinned {pinned} Debian packages"))
        }
        _ => summary
            .changes
            .iter()
            .try_for_each(|change| console::print(&change.to_string()))?,
    }
    console.say(&format!(
        "Imported {} packages ({} converted, {} up to date) in {}",
        summary.converted.len() + summary.unchanged,
        summary.converted.len(),
        summary.unchanged,
        watch.spent()
    ));
    Ok(())
}
