//! From the names in recipes to pins.

use deb::Package;

use crate::error::ImportError;
use crate::fetch_suite::Suites;
use crate::lock::{ArchLock, Pin};
use crate::recipe::DebRef;

/// A Debian package a recipe wants.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    pub(crate) recipe: String,
    pub(crate) deb: DebRef,
}

impl Want {
    /// The pin in a lock, by the package's own name.
    pub(crate) fn find<'l>(&self, lock: &'l ArchLock) -> Option<(&'l str, &'l Pin)> {
        match &self.deb {
            DebRef::Name(name) => lock
                .debs
                .get_key_value(name)
                .map(|(name, pin)| (name.as_str(), pin)),
            DebRef::Through { metapackage, prefix } => lock.find_through(metapackage, prefix),
        }
    }

    /// What to call it in messages.
    pub(crate) fn label(&self) -> String {
        match &self.deb {
            DebRef::Name(name) => name.clone(),
            DebRef::Through { metapackage, prefix } => format!("{prefix}* (through {metapackage})"),
        }
    }

    /// The newest version in the suites.
    pub(crate) fn resolve(&self, suites: &Suites) -> Result<(String, Pin), ImportError> {
        match &self.deb {
            DebRef::Name(name) => {
                let (package, security) = self.newest(suites, name)?;
                Ok((package.name.clone(), pin(package, security, None)))
            }
            DebRef::Through { metapackage, prefix } => self.resolve_through(suites, metapackage, prefix),
        }
    }

    fn resolve_through(
        &self,
        suites: &Suites,
        meta: &str,
        prefix: &str,
    ) -> Result<(String, Pin), ImportError> {
        let (metapackage, _) = self.newest(suites, meta)?;
        let chosen = metapackage
            .dependency_names()
            .find(|name| name.starts_with(prefix));
        let Some(chosen) = chosen else {
            return Err(ImportError::NoSuchDependency {
                recipe: self.recipe.clone(),
                metapackage: meta.to_owned(),
                prefix: prefix.to_owned(),
                dependencies: metapackage.dependency_names().collect::<Vec<_>>().join(", "),
            });
        };
        let (package, security) = self.newest(suites, chosen)?;
        Ok((
            package.name.clone(),
            pin(package, security, Some(meta.to_owned())),
        ))
    }

    fn newest(&self, suites: &Suites, name: &str) -> Result<(Package, bool), ImportError> {
        suites.newest(name)?.ok_or_else(|| ImportError::UnknownPackage {
            recipe: self.recipe.clone(),
            name: name.to_owned(),
            suites: suites.names(),
            nearest: suites.nearest(name),
        })
    }
}

fn pin(package: Package, security: bool, through: Option<String>) -> Pin {
    let Package {
        version,
        size,
        sha256,
        filename,
        ..
    } = package;
    Pin {
        version,
        size,
        sha256,
        path: filename,
        security,
        through,
    }
}
