//! Installed and available packages.

use crate::Empty;
use crate::names::{Label, Line, PackageSpec};

words! {
    /// Which packages.
    pub enum Filter {
        /// Installed and available ones.
        All,
        /// Installed ones.
        Installed,
        /// Those that a repository offers.
        Available,
        /// Newer versions of installed ones.
        Updates,
        /// Older versions of installed ones.
        Downgrades,
    }

    /// What to do with packages.
    pub enum Action {
        /// Install.
        Install,
        /// Remove.
        Erase,
        /// Install again what is installed.
        Reinstall,
        /// To the newest version; all, if none is named.
        Update,
        /// To an older version.
        Downgrade,
        /// To exactly what the repositories offer.
        DistroSync,
        /// Remove what nothing needs any more.
        Autoremove,
    }

    /// What to do with a transaction of the past.
    pub enum PastAction {
        /// Undo it.
        Undo,
        /// Do it again.
        Redo,
        /// Go back to just after it.
        Rollback,
    }
}

shapes! {
    /// Which packages to list.
    pub struct PackageQuery {
        /// Which.
        #[serde(default = "installed")]
        pub filter: Filter,
        /// Only those that match one of these.
        #[serde(default)]
        pub names: Vec<PackageSpec>,
        /// Only those with this in name, summary or description.
        #[serde(default)]
        pub search: Option<Line>,
        /// Only those that provide this capability or file.
        #[serde(default)]
        pub provides: Option<PackageSpec>,
    }

    /// Which package.
    pub struct OnePackage {
        /// Its name, or a pattern.
        pub name: PackageSpec,
    }

    /// A package.
    pub struct Package {
        /// Name.
        pub name: String,
        /// Architecture.
        pub arch: String,
        /// Epoch.
        pub epoch: u32,
        /// Version.
        pub version: String,
        /// Release.
        pub release: String,
        /// Its repository, `@System` for installed ones.
        pub repository: String,
        /// Bytes when installed.
        pub install_size: u64,
        /// One line about it.
        pub summary: String,
        /// All about it; in answers about one package only.
        pub description: Option<String>,
        /// Its home.
        pub url: String,
        /// Its licence.
        pub license: String,
        /// Whether it is installed.
        pub installed: bool,
    }

    /// How many packages are installed.
    pub struct Count {
        /// The number.
        pub count: u64,
    }

    /// A configured repository.
    pub struct RepositoryInfo {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// Its address.
        pub baseurl: String,
        /// Keys its packages are signed with.
        pub gpgkey: Vec<String>,
        /// Whether it is used.
        pub enabled: bool,
        /// Whether signatures of packages are checked.
        pub gpgcheck: bool,
        /// Whether the signature of its metadata is checked.
        pub repo_gpgcheck: bool,
        /// Whether to go on without it.
        pub skip_if_unavailable: bool,
        /// Seconds after which its metadata is asked for again; none for never.
        pub metadata_expire: Option<u64>,
    }

    /// A change of what is installed. Which repositories are used and whether signatures are checked is the host's
    /// configuration and cannot be asked for.
    pub struct Change {
        /// What to do.
        pub action: Action,
        /// With which packages.
        #[serde(default)]
        #[schemars(length(max = 1000))]
        pub packages: Vec<PackageSpec>,
        /// Allow to remove others for it.
        #[serde(default)]
        pub allow_erasing: bool,
        /// Only the best versions will do.
        #[serde(default)]
        pub best: bool,
        /// Only what a security advisory names.
        #[serde(default)]
        pub security: bool,
        /// Never choose these.
        #[serde(default)]
        pub exclude: Vec<PackageSpec>,
        /// Fetch and check only.
        #[serde(default)]
        pub download_only: bool,
    }

    /// What would change.
    pub struct Plan {
        /// Packages that come for the first time.
        pub install: Vec<Planned>,
        /// Packages that get newer.
        pub update: Vec<Planned>,
        /// Packages that get older.
        pub downgrade: Vec<Planned>,
        /// Packages that are installed again.
        pub reinstall: Vec<Planned>,
        /// Packages that go.
        pub erase: Vec<Planned>,
        /// What was left out, and why.
        pub skipped: Vec<String>,
        /// Bytes to fetch.
        pub download_size: u64,
    }

    /// One package of a plan.
    pub struct Planned {
        /// Name.
        pub name: String,
        /// Architecture.
        pub arch: String,
        /// `[epoch:]version-release`.
        pub evr: String,
        /// Its repository.
        pub repository: String,
        /// Bytes when installed.
        pub install_size: u64,
    }

    /// A transaction of the past.
    pub struct HistoryEntry {
        /// Its number.
        pub id: u64,
        /// When, RFC 3339.
        pub time: String,
        /// What was asked for.
        pub command: String,
        /// Packages that came.
        pub added: Vec<String>,
        /// Packages that went.
        pub removed: Vec<String>,
    }

    /// What to do with a transaction of the past.
    pub struct Past {
        /// Its number.
        #[schemars(range(min = 0, max = 9007199254740991_u64))]
        pub id: u64,
        /// What to do.
        pub action: PastAction,
    }

    /// Why packages are there.
    pub struct Mark {
        /// Installed packages.
        #[schemars(length(min = 1, max = 1000))]
        pub packages: Vec<Label>,
        /// Whether they came for others' sake, and so may go with them.
        pub auto: bool,
    }
}

fn installed() -> Filter {
    Filter::Installed
}

operations! {
    Packages "packages";

    /// List packages.
    "list" list(PackageQuery) -> Vec<Package> = Get "/packages", Read;
    /// How many packages are installed.
    "count" count(Empty) -> Count = Get "/packages/count", Read;
    /// Configured repositories.
    "repositories" repositories(Empty) -> Vec<RepositoryInfo> = Get "/packages/repositories", Read;
    /// What a change would do.
    "plan" plan(Change) -> Plan = Post "/packages/plan", Read;
    /// Install, remove or update packages, all or nothing.
    "change" change(Change) -> Plan = Post "/packages/transactions", Change, job true;
    /// Transactions of the past.
    "history" history(Empty) -> Vec<HistoryEntry> = Get "/packages/transactions", Read;
    /// Undo or redo a transaction, or go back to it.
    "past" past(Past) -> Plan = Post "/packages/past", Change, job true;
    /// Mark packages as wanted, or as there for others' sake.
    "mark" mark(Mark) -> Empty = Put "/packages/marks", Change;
    /// Ask the repositories for their metadata.
    "refresh" refresh(Empty) -> Empty = Post "/packages/refresh", Change, job true;
    /// Remove cached packages and metadata.
    "clean" clean(Empty) -> Empty = Post "/packages/clean", Change;
    /// One package: installed and available versions.
    "info" info(OnePackage) -> Vec<Package> = Get "/packages/{name}", Read;
}
