//! What `repoquery` is to print.

use depsolve::RelationKind;

use super::super::flags::Options;
use super::format::Format;
use crate::error::Error;

/// All ways to depend on something (dnf(8), `repoquery --depends`).
pub(super) const DEPENDS: [RelationKind; 5] = [
    RelationKind::Requires,
    RelationKind::Recommends,
    RelationKind::Suggests,
    RelationKind::Supplements,
    RelationKind::Enhances,
];

/// A flag that asks for dependencies, also a tag of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DependencyKey {
    /// Name of the flag and of the tag.
    pub(super) flag: &'static str,
    /// Key in JSON.
    pub(super) key: &'static str,
    pub(super) kinds: &'static [RelationKind],
    /// Only what has to be there before the package is installed.
    pub(super) before: bool,
}

const fn key(flag: &'static str, key: &'static str, kinds: &'static [RelationKind]) -> DependencyKey {
    DependencyKey {
        flag,
        key,
        kinds,
        before: false,
    }
}

/// All of them.
pub(super) const DEPENDENCY_KEYS: [DependencyKey; 10] = [
    key("provides", "Provides", &[RelationKind::Provides]),
    key("obsoletes", "Obsoletes", &[RelationKind::Obsoletes]),
    key("conflicts", "Conflicts", &[RelationKind::Conflicts]),
    key("requires", "Requires", &[RelationKind::Requires]),
    key("recommends", "Recommends", &[RelationKind::Recommends]),
    key("suggests", "Suggests", &[RelationKind::Suggests]),
    key("supplements", "Supplements", &[RelationKind::Supplements]),
    key("enhances", "Enhances", &[RelationKind::Enhances]),
    key("depends", "Depends", &DEPENDS),
    DependencyKey {
        before: true,
        ..key("requires-pre", "RequiresPre", &[RelationKind::Requires])
    },
];

/// What is asked about each package; names and versions when nothing is.
#[derive(Debug, Default)]
pub(super) struct Question {
    pub(super) dependencies: Option<DependencyKey>,
    pub(super) files: bool,
    pub(super) changelogs: bool,
    pub(super) source: bool,
    pub(super) location: bool,
    pub(super) format: Option<Format>,
}

impl Question {
    pub(super) fn of(options: &Options) -> Result<Self, Error> {
        let asked = options
            .asked
            .iter()
            .filter_map(|flag| DEPENDENCY_KEYS.iter().find(|key| key.flag == *flag));
        let mut asked: Vec<DependencyKey> = asked.copied().collect();
        asked.dedup();
        if let [first, second, ..] = asked[..] {
            let text = format!(
                "--{} and --{}: only one kind of dependency at a time",
                first.flag, second.flag
            );
            return Err(Error::Usage { code: 914, text });
        }
        let question = Self {
            dependencies: asked.first().copied(),
            files: options.has("list"),
            changelogs: options.has("changelogs"),
            source: options.source,
            location: options.has("location"),
            format: options.value("qf").map(Format::parse).transpose()?,
        };
        if question.format.is_some() && question.dependencies.is_some() {
            let text = "--qf and a kind of dependency cannot be combined; use a tag such as %{requires}";
            return Err(Error::Usage {
                code: 917,
                text: text.to_owned(),
            });
        }
        Ok(question)
    }
}
