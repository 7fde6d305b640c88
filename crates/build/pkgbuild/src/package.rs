//! From a recipe and its files to an RPM.

use crate::entry::{Entries, Entry, Kind, Source, is_config};
use crate::error::Error;
use crate::names::Names;
use crate::recipe::{Architecture, Generated, Recipe};
use depgen::Found;
use rpmfile::{Builder, Dependency, Evr, FileEntry, FileFlags, Signer};
use std::path::{Path, PathBuf};

/// Who distributes the packages. Together with the missing suffix of an import it says: built here.
const VENDOR: &str = "Lumen OS";

/// What every package of one build has in common.
pub(crate) struct Common<'a> {
    /// The key that signs packages.
    pub(crate) signer: &'a dyn Signer,
    /// Its public half, armored.
    pub(crate) public_key: &'a str,
    /// Compression of payloads.
    pub(crate) zstd_level: i32,
}

/// A package about to be written.
pub(crate) struct Draft<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) names: &'a Names,
    pub(crate) entries: &'a Entries,
    /// Dependencies found in the programs, besides those the recipe names.
    pub(crate) found: Found,
}

impl Draft<'_> {
    /// Name of the package file.
    pub(crate) fn file_name(&self) -> String {
        format!(
            "{}-{}-{}.{}.rpm",
            self.recipe.name,
            self.names.version,
            self.recipe.release,
            self.arch()
        )
    }

    fn arch(&self) -> &str {
        match self.recipe.arch {
            Architecture::Noarch => "noarch",
            Architecture::Native => &self.names.arch,
        }
    }

    /// Writes the package into `directory`.
    pub(crate) fn write(&self, directory: &Path, common: &Common<'_>) -> Result<PathBuf, Error> {
        let path = directory.join(self.file_name());
        let failed = |source| Error::Package {
            name: self.recipe.name.clone(),
            source,
        };
        self.builder(common)?
            .build(&path, Some(common.signer))
            .map_err(failed)?;
        Ok(path)
    }

    fn builder(&self, common: &Common<'_>) -> Result<Builder, Error> {
        let recipe = self.recipe;
        let evr = Evr {
            epoch: 0,
            version: self.names.version.clone(),
            release: recipe.release.clone(),
        };
        let mut builder = Builder::new(&recipe.name, evr, self.arch());
        builder.summary.clone_from(&recipe.summary);
        builder.description = recipe.description.trim().to_owned();
        builder.license.clone_from(&recipe.license);
        builder.vendor = Some(VENDOR.into());
        builder.build_time = self.names.clamp_time;
        builder.zstd_level = common.zstd_level;
        self.dependencies(&mut builder)?;
        for (path, entry) in self.entries {
            builder.file(file_entry(path, entry, common.public_key));
        }
        Ok(builder)
    }

    fn dependencies(&self, builder: &mut Builder) -> Result<(), Error> {
        builder.requires = self.parsed(&self.recipe.requires)?;
        builder.requires.extend(self.found.requires.iter().cloned());
        builder.provides = self.parsed(&self.recipe.provides)?;
        builder.provides.extend(self.found.provides.iter().cloned());
        builder.conflicts = self.parsed(&self.recipe.conflicts)?;
        builder.obsoletes = self.parsed(&self.recipe.obsoletes)?;
        builder.recommends = self.parsed(&self.recipe.recommends)?;
        builder.recommends.extend(self.found.recommends.iter().cloned());
        builder.suggests.extend(self.found.suggests.iter().cloned());
        Ok(())
    }

    fn parsed(&self, texts: &[String]) -> Result<Vec<Dependency>, Error> {
        let wrong = |text: &String| Error::Recipe {
            path: PathBuf::from(&self.recipe.name),
            reason: format!("{text:?} is no dependency such as `name` or `name >= 1.2`"),
        };
        let parse = |text: &String| Dependency::parse(&self.names.expand(text)).ok_or_else(|| wrong(text));
        texts.iter().map(parse).collect()
    }
}

fn file_entry(path: &str, entry: &Entry, public_key: &str) -> FileEntry {
    let made = match &entry.kind {
        Kind::Directory => FileEntry::directory(path),
        Kind::Link(target) => FileEntry::symlink(path, target),
        Kind::File(Source::Disk(file)) => FileEntry::regular(path, file.clone()),
        Kind::File(Source::Text(text)) => FileEntry::regular(path, text.as_str()),
        Kind::File(Source::Generated(Generated::SigningKey)) => FileEntry::regular(path, public_key),
    };
    made.mode(u32::from(entry.mode))
        .owner(&entry.user, &entry.group)
        .flags(flags(path, entry))
}

fn flags(path: &str, entry: &Entry) -> FileFlags {
    match () {
        () if is_config(path, entry) => FileFlags::CONFIG | FileFlags::NOREPLACE,
        () if path.starts_with("/usr/share/licenses/") && entry.kind != Kind::Directory => FileFlags::LICENSE,
        () => FileFlags::NONE,
    }
}
