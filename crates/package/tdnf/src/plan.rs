//! What is to be done, detached from where it was found.

use depsolve::{ChangeKind, PackageId, PackageSource, Pool, Reason, Solution};
use repodata::PackageRef;

use crate::local_files::LABEL;
use crate::repository::Repository;
use crate::session::Session;

/// What happens to a package, in the words of the transaction summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// It is installed beside everything else.
    Install,
    /// It replaces an older one.
    Upgrade,
    /// It replaces a newer one.
    Downgrade,
    /// It replaces itself.
    Reinstall,
    /// It is removed.
    Remove,
    /// It is removed because nothing needs it.
    Unneeded,
    /// It is removed because something obsoletes it.
    Obsolete,
}

/// Where a package file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Id of the repository.
    pub repo: String,
    /// Addresses, tried in order.
    pub urls: Vec<String>,
    /// Kind and value of the file's digest; empty for files named by the user.
    pub checksum: (String, String),
    /// Size of the file.
    pub size: u64,
}

impl Origin {
    /// Where the file lies on this machine: those of local repositories and those named by the user are used in place.
    pub(crate) fn local_path(&self) -> Option<std::path::PathBuf> {
        self.urls.first().and_then(|url| download::local_path(url))
    }

    /// A package file of the user.
    fn of_file(path: &std::path::Path) -> Self {
        Self {
            repo: LABEL.to_owned(),
            size: std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
            urls: vec![path.display().to_string()],
            checksum: (String::new(), String::new()),
        }
    }
}

/// One package of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What happens.
    pub operation: Operation,
    /// Name.
    pub name: String,
    /// Architecture.
    pub arch: String,
    /// `[epoch:]version-release`.
    pub evr: String,
    /// Its repository, `@System` for those that go.
    pub repo: String,
    /// Bytes when installed.
    pub install_size: u64,
    /// Why.
    pub reason: Reason,
    /// The file, for those that come.
    pub origin: Option<Origin>,
    /// Rows of the package database it replaces, or its own for those that go.
    pub rows: Vec<u32>,
    /// Installed packages it replaces, by name, version and architecture.
    pub replaces: Vec<String>,
}

impl Item {
    /// `name-[epoch:]version-release.arch`.
    pub fn nevra(&self) -> String {
        format!("{}-{}.{}", self.name, self.evr, self.arch)
    }

    /// Whether it replaces or removes an installed package.
    pub(crate) fn touches(&self, nevra: &str) -> bool {
        self.replaces.iter().any(|other| other == nevra) || (!self.comes() && self.nevra() == nevra)
    }

    /// Bytes to fetch from elsewhere, were nothing cached.
    pub(crate) fn remote_size(&self) -> u64 {
        let remote = self
            .origin
            .as_ref()
            .filter(|origin| origin.local_path().is_none());
        remote.map_or(0, |origin| origin.size)
    }

    /// Whether a package file is installed.
    pub fn comes(&self) -> bool {
        self.origin.is_some()
    }
}

/// Everything to be done in one transaction.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Packages, by operation and name.
    pub items: Vec<Item>,
    /// Requests that were left out, and why.
    pub skipped: Vec<(String, String)>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Bytes to fetch, were nothing cached.
    pub fn download_size(&self) -> u64 {
        self.items
            .iter()
            .filter_map(|item| item.origin.as_ref())
            .map(|origin| origin.size)
            .sum()
    }

    /// Bytes of the files that are not on this machine already, were nothing cached.
    pub(crate) fn remote_size(&self) -> u64 {
        self.items.iter().map(Item::remote_size).sum()
    }

    /// The plan for a solution of the session's pool.
    pub(crate) fn of(session: &Session, pool: &Pool<'_>, solution: &Solution) -> Self {
        let maker = Maker { session, pool };
        let mut items: Vec<Item> = solution.changes.iter().map(|change| maker.item(change)).collect();
        items.sort_by(|a, b| a.operation.cmp(&b.operation).then_with(|| a.name.cmp(&b.name)));
        let skipped = solution
            .skipped
            .iter()
            .map(|(what, why)| (what.clone(), why.to_string()))
            .collect();
        Self { items, skipped }
    }
}

/// Looks up in a session what an item needs.
pub(crate) struct Maker<'s, 'p> {
    pub(crate) session: &'s Session,
    pub(crate) pool: &'p Pool<'s>,
}

impl Maker<'_, '_> {
    fn item(&self, change: &depsolve::Change) -> Item {
        let operation = match (change.kind, change.reason) {
            (ChangeKind::Install, _) => Operation::Install,
            (ChangeKind::Upgrade, _) => Operation::Upgrade,
            (ChangeKind::Downgrade, _) => Operation::Downgrade,
            (ChangeKind::Obsolete, _) => Operation::Obsolete,
            (ChangeKind::Erase, Reason::Unneeded) => Operation::Unneeded,
            (ChangeKind::Erase, _) => Operation::Remove,
        };
        self.make(operation, change.package, change.reason, &change.replaces)
    }

    /// An item for a package of the pool that replaces others.
    pub(crate) fn make(
        &self,
        operation: Operation,
        id: PackageId,
        reason: Reason,
        replaced: &[PackageId],
    ) -> Item {
        let identity = self.pool.identity(id);
        let installed = self.pool.is_installed(id);
        let own = [id];
        Item {
            operation,
            name: identity.name.to_owned(),
            arch: identity.arch.to_owned(),
            evr: identity.evr(),
            repo: self.pool.source_label(id).to_owned(),
            install_size: self.install_size(id),
            reason,
            origin: (!installed).then(|| self.origin(id)),
            rows: if installed { &own } else { replaced }
                .iter()
                .map(|&id| self.row(id))
                .collect(),
            replaces: replaced
                .iter()
                .map(|&id| self.pool.identity(id).to_string())
                .collect(),
        }
    }

    /// The row of an installed package in the database.
    pub(crate) fn row(&self, id: PackageId) -> u32 {
        self.session.installed.get(self.pool.origin(id).1).hnum
    }

    fn package(&self, id: PackageId) -> Option<PackageRef<'_>> {
        let (source, index) = self.pool.origin(id);
        self.session
            .repositories
            .get(source.checked_sub(1)?)?
            .package(index)
    }

    /// When a package was built, if it says so.
    pub(crate) fn build_time(&self, id: PackageId) -> Option<u32> {
        let index = self.pool.origin(id).1;
        match self.package(id) {
            Some(package) => Some(package.build_time()),
            None if self.pool.is_installed(id) => self
                .session
                .installed
                .get(index)
                .header
                .get_u32(rpmfile::Tag::BUILD_TIME),
            None => None,
        }
    }

    fn install_size(&self, id: PackageId) -> u64 {
        let (_, index) = self.pool.origin(id);
        match self.package(id) {
            Some(package) => package.installed_size(),
            None if self.pool.is_installed(id) => self.session.installed.get(index).header.install_size(),
            None => self.session.local.get(index).1.header.install_size(),
        }
    }

    fn origin(&self, id: PackageId) -> Origin {
        let (source, index) = self.pool.origin(id);
        let repository = source
            .checked_sub(1)
            .and_then(|index| self.session.repositories.get(index));
        match repository.zip(self.package(id)) {
            Some((repository, package)) => repository.origin(package),
            None => self.local_origin(index),
        }
    }

    fn local_origin(&self, index: usize) -> Origin {
        Origin::of_file(self.session.local.get(index).0)
    }
}

impl Repository {
    /// Where a package of it comes from.
    pub(crate) fn origin(&self, package: PackageRef<'_>) -> Origin {
        Origin {
            repo: self.config.id.clone(),
            urls: self.repo.package_urls(package),
            checksum: (package.checksum_type().to_owned(), package.checksum().to_owned()),
            size: package.size(),
        }
    }

    /// An item for a package of it that was named.
    pub(crate) fn item(&self, package: PackageRef<'_>) -> Item {
        let identity = crate::repository::identity(package);
        let origin = self.origin(package);
        named(&identity, &self.config.id, package.installed_size(), origin)
    }
}

impl Session {
    /// Items for the package files the user named.
    pub(crate) fn local_items(&self) -> Vec<Item> {
        (0..self.local.len())
            .map(|index| self.local_item(index))
            .collect()
    }

    fn local_item(&self, index: usize) -> Item {
        let (path, package) = self.local.get(index);
        let identity = crate::installed::identity(&package.header);
        named(
            &identity,
            LABEL,
            package.header.install_size(),
            Origin::of_file(path),
        )
    }
}

fn named(identity: &depsolve::Identity<'_>, repo: &str, install_size: u64, origin: Origin) -> Item {
    Item {
        operation: Operation::Install,
        name: identity.name.to_owned(),
        arch: identity.arch.to_owned(),
        evr: identity.evr(),
        repo: repo.to_owned(),
        install_size,
        reason: Reason::User,
        origin: Some(origin),
        rows: Vec::new(),
        replaces: Vec::new(),
    }
}
