//! Upstream's sources: fetched before anything is built, each checked against its SHA-512.

use crate::catalog::Located;
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::recipe::{Source, Spec};
use download::{Cache, Client, Request};
use std::fs;
use std::path::{Path, PathBuf};

/// Says where a file of the Debian archive may be, or why nobody knows.
pub type Urls<'a> = &'a (dyn Fn(&Source) -> Result<Vec<String>, String> + Sync);

/// Fetches the sources of a recipe; their files in the cache.
pub(crate) fn fetch(
    spec: &Spec,
    cache: &Cache,
    client: &Client,
    urls: Urls<'_>,
    progress: download::Progress<'_>,
) -> Result<Vec<(String, PathBuf)>, String> {
    let mut found = Vec::new();
    for source in &spec.sources {
        let request = Request {
            name: source.file_name().to_owned(),
            // Without a mirror, what the cache has is still good.
            urls: match cache.path(&source.sha512).exists() {
                true => urls(source).unwrap_or_default(),
                false => urls(source)?,
            },
            digest: source.sha512.clone(),
            size: source.size,
        };
        let path = client
            .fetch(cache, &request, progress)
            .map_err(|error| error.to_string())?;
        found.push((source.file_name().to_owned(), path));
    }
    Ok(found)
}

/// The spec file of a recipe.
pub(crate) fn spec_file(package: &Located, spec: &Spec) -> PathBuf {
    let name = PathBuf::from(format!("{}.spec", package.recipe.name));
    package.directory.join(spec.file.as_ref().unwrap_or(&name))
}

/// The files of the project that the spec file may use: all that lie beside the recipe, and in the directories it names.
pub(crate) fn local_files(package: &Located, spec: &Spec) -> Result<Vec<PathBuf>, Error> {
    let mut found = files_in(&package.directory)?;
    for directory in &spec.with {
        found.extend(files_in(&package.directory.join(directory))?);
    }
    let spec_file = spec_file(package, spec);
    found.retain(|path| *path != spec_file && path.file_name().is_some_and(|name| name != "package.toml"));
    found.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    Ok(found)
}

/// The files of the project that the package is made from: all that lie beside the recipe, and of the directories it shares
/// with others those that its spec file names as a source or a patch. So a change there concerns who uses it.
pub(crate) fn used_files(package: &Located, spec: &Spec, named: &[String]) -> Result<Vec<PathBuf>, Error> {
    let mut files = local_files(package, spec)?;
    files.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.parent() == Some(&package.directory) || named.iter().any(|one| *one == name)
    });
    Ok(files)
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = |source| Error::Read {
        what: "directory of sources",
        path: directory.into(),
        source,
    };
    let entries = fs::read_dir(directory).map_err(read)?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.is_file()).collect())
}

/// Adds all that the package is made from and that is known before anything is fetched; `local` are files of the project.
pub(crate) fn add_to(
    fingerprint: &mut Fingerprint,
    package: &Located,
    spec: &Spec,
    local: &[PathBuf],
) -> Result<(), Error> {
    fingerprint.add(&package.recipe.name);
    fingerprint.add_file(&spec_file(package, spec))?;
    for file in local {
        fingerprint.add(file.file_name().unwrap_or_default().as_encoded_bytes());
        fingerprint.add_file(file)?;
    }
    for source in &spec.sources {
        fingerprint.add(source.file_name());
        fingerprint.add(&source.sha512);
    }
    for argument in definitions(spec) {
        fingerprint.add(argument);
    }
    Ok(())
}

/// The macros a recipe sets, as arguments of rpmbuild and rpmspec.
pub(crate) fn definitions(spec: &Spec) -> Vec<String> {
    let own = spec.define.iter().map(|(name, value)| format!("{name} {value}"));
    let relaxed = spec
        .relax
        .keys()
        .map(|flag| format!("_relax_{} 1", flag.replace('-', "_")));
    own.chain(relaxed)
        .flat_map(|text| ["--define".to_owned(), text])
        .collect()
}
