//! What there is newer, and what speaks for it.

use crate::Empty;
use crate::packages::Plan;

words! {
    /// How bad what an advisory repairs is.
    pub enum Severity {
        /// Not said.
        Unknown,
        /// Low.
        Low,
        /// Moderate.
        Moderate,
        /// Important.
        Important,
        /// Critical.
        Critical,
    }
}

shapes! {
    /// Which advisories.
    pub struct AdvisoryQuery {
        /// Only about security.
        #[serde(default)]
        pub security: bool,
        /// At least so bad.
        #[serde(default)]
        pub severity: Option<Severity>,
    }

    /// Why an update exists.
    pub struct Advisory {
        /// Its id.
        pub id: String,
        /// `security`, `bugfix`, `enhancement` or `newpackage`.
        pub kind: String,
        /// How bad.
        pub severity: Severity,
        /// One line about it.
        pub title: String,
        /// All about it.
        pub description: String,
        /// When it was published, as the repository has it.
        pub issued: String,
        /// CVE numbers and other references.
        pub references: Vec<String>,
        /// Packages that repair it here, name-version-release.arch.
        pub packages: Vec<String>,
        /// Whether the host must be restarted after it.
        pub reboot: bool,
    }

    /// What updates there are.
    pub struct Status {
        /// What an update of everything would do.
        pub plan: Plan,
        /// How many advisories about security concern installed packages.
        pub security: u64,
        /// Whether something that runs is older than what is installed.
        pub restart_needed: bool,
    }
}

operations! {
    Updates "updates";

    /// What an update of everything would do.
    "status" status(Empty) -> Status = Get "/updates", Read;
    /// Advisories that concern installed packages.
    "advisories" advisories(AdvisoryQuery) -> Vec<Advisory> = Get "/updates/advisories", Read;
}
