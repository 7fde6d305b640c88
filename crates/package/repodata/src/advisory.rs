//! Advisories: what an update fixes (`updateinfo.xml`).

/// One advisory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advisory {
    /// Its name, such as `LUMEN-2026-17`.
    pub id: String,
    /// `security`, `bugfix`, `enhancement` or `newpackage`.
    pub kind: String,
    /// `Critical`, `Important`, `Moderate`, `Low`, or nothing.
    pub severity: String,
    /// One line.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Who publishes it.
    pub from: String,
    /// `final`, as a rule.
    pub status: String,
    /// When it was issued, as `YYYY-MM-DD HH:MM:SS` or seconds since 1970.
    pub issued: String,
    /// When it was last changed, in the same form.
    pub updated: String,
    /// Bugs and vulnerabilities.
    pub references: Vec<Reference>,
    /// The packages that have the fix.
    pub packages: Vec<AdvisoryPackage>,
}

/// A bug or vulnerability that an advisory refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reference {
    /// `cve`, `bugzilla` or `self`.
    pub kind: String,
    /// Such as `CVE-2026-1234`.
    pub id: String,
    /// Where to read more.
    pub href: String,
    /// One line.
    pub title: String,
}

/// A package that has the fix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdvisoryPackage {
    /// Its name.
    pub name: String,
    /// Epoch; `0` when there is none.
    pub epoch: String,
    /// Version.
    pub version: String,
    /// Release.
    pub release: String,
    /// Architecture.
    pub arch: String,
    /// File name.
    pub file_name: String,
    /// Whether a restart of the machine is needed for the fix to work.
    pub reboot_suggested: bool,
}
