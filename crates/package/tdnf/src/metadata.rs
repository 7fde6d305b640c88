//! Questions about packages that the index does not answer: files, change logs, addresses, advisories.

use std::collections::{BTreeMap, BTreeSet};

use repodata::{Advisory, Changelog};

use crate::error::Error;
use crate::repository::Repository;
use crate::session::Session;

impl Session {
    /// The open repository of an id.
    pub(crate) fn repository(&self, id: &str) -> Option<&Repository> {
        self.repositories
            .iter()
            .find(|repository| repository.config.id == id)
    }

    /// All paths of a package on offer.
    pub(crate) fn files_of(&self, repo: &str, package: u32) -> Result<Vec<String>, Error> {
        let Some(repository) = self.repository(repo) else {
            return Ok(Vec::new());
        };
        let files = repository.repo.files(repository.client()).map_err(failed(repo))?;
        Ok(files.files_of(package).collect())
    }

    /// The packages of a repository that have a path which fits: of those that primary lists, and of all others
    /// unless the repository's complete lists are not to be read.
    pub(crate) fn owners_of(&self, repo: &str, fits: &dyn Fn(&str) -> bool) -> Result<BTreeSet<u32>, Error> {
        let Some(repository) = self.repository(repo) else {
            return Ok(BTreeSet::new());
        };
        let path_fits = |dir: &str, base: &str| fits(&format!("{dir}/{base}"));
        if repository.config.skip_md_filelists {
            let listed = repository.repo.packages().primary_files();
            let owners = listed.filter(|(_, dir, base)| path_fits(dir, base));
            return Ok(owners.map(|(package, _, _)| package.id()).collect());
        }
        let files = repository.repo.files(repository.client()).map_err(failed(repo))?;
        Ok(files.search(path_fits).map(|(package, _)| package).collect())
    }

    /// The change logs of packages of a repository, by checksum.
    pub(crate) fn changelogs(
        &self,
        repo: &str,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, Vec<Changelog>>, Error> {
        let repository = self.repository(repo).filter(|found| !found.config.skip_md_other);
        let Some(repository) = repository else {
            return Ok(BTreeMap::new());
        };
        let logs = repository.repo.changelogs(repository.client(), wanted);
        logs.map_err(failed(repo))
    }

    /// The advisories of all repositories that are to be looked at for them.
    pub(crate) fn advisories(&self) -> Result<Vec<Advisory>, Error> {
        let mut all = Vec::new();
        for repository in &self.repositories {
            if !repository.config.skip_md_updateinfo {
                let id = &repository.config.id;
                all.extend(
                    repository
                        .repo
                        .advisories(repository.client())
                        .map_err(failed(id))?,
                );
            }
        }
        Ok(all)
    }

    /// The first address of a package on offer; empty for installed ones.
    pub(crate) fn location(&self, (repo, package): (&str, u32)) -> String {
        let found = self.repository(repo).and_then(|repository| {
            let package = repository.package(package as usize)?;
            repository.repo.package_urls(package).into_iter().next()
        });
        found.unwrap_or_default()
    }
}

fn failed(repo: &str) -> impl FnOnce(repodata::Error) -> Error {
    let repo = repo.to_owned();
    move |source| Error::Repo { repo, source }
}
