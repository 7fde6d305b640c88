//! Relations between packages as Debian writes them (Debian Policy, 7.1), and as RPM compares them.

use std::cmp::Ordering;

use rpmfile::Evr;

/// One alternative: a name, and perhaps a condition on the version.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) name: String,
    pub(crate) version: Option<(Operator, Version)>,
}

/// `<<`, `<=`, `=`, `>=`, `>>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

impl Operator {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "<<" => Self::Less,
            "<=" => Self::AtMost,
            "=" => Self::Equal,
            ">=" => Self::AtLeast,
            ">>" => Self::Greater,
            _ => return None,
        })
    }

    /// As in the attribute `flags` of rpm-md.
    pub(crate) fn flags(self) -> &'static str {
        match self {
            Self::Less => "LT",
            Self::AtMost => "LE",
            Self::Equal => "EQ",
            Self::AtLeast => "GE",
            Self::Greater => "GT",
        }
    }

    fn admits(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::AtLeast => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
        }
    }
}

/// Epoch, version and release: what is after Debian's last `-` becomes the release.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) epoch: u32,
    pub(crate) version: String,
    pub(crate) release: Option<String>,
}

impl Version {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let version: deb::Version = text.parse().ok()?;
        Some(Self {
            epoch: version.epoch,
            version: version.upstream.replace('-', "."),
            release: (!version.revision.is_empty()).then_some(version.revision),
        })
    }

    /// As RPM compares: a release only counts when both have one.
    fn compare(&self, other: &Self) -> Ordering {
        let whole = |version: &Self, release: bool| {
            let release = if release { version.release.clone() } else { None };
            Evr::new(
                version.epoch,
                version.version.clone(),
                release.unwrap_or_default(),
            )
        };
        let both = self.release.is_some() && other.release.is_some();
        whole(self, both).cmp(&whole(other, both))
    }
}

impl Relation {
    /// Reads `name:any (>= 1.2-3) [amd64]`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let name = text.trim().split([' ', '(', '[']).next()?;
        let name = name.split(':').next().filter(|name| !name.is_empty())?;
        let condition = text.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
        let version = condition.and_then(|(condition, _)| {
            let mut words = condition.split_ascii_whitespace();
            Some((Operator::read(words.next()?)?, Version::parse(words.next()?)?))
        });
        Some(Self {
            name: name.to_owned(),
            version,
        })
    }

    /// Whether a package of the right name meets the condition by RPM's rules.
    pub(crate) fn admits(&self, version: &Version) -> bool {
        match &self.version {
            Some((operator, wanted)) => operator.admits(version.compare(wanted)),
            None => true,
        }
    }

    /// The same without its condition.
    pub(crate) fn unversioned(&self) -> Self {
        Self {
            name: self.name.clone(),
            version: None,
        }
    }
}

/// Reads a field: each item a list of alternatives.
pub(crate) fn parse_field(text: &str) -> Vec<Vec<Relation>> {
    let items = text.split(',').map(|item| item.split('|'));
    items
        .map(|alternatives| alternatives.filter_map(Relation::parse).collect())
        .filter(|alternatives: &Vec<Relation>| !alternatives.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_compared_as_rpm_does() {
        let field = parse_field("a:any (>= 1.2-3) | b, c (<< 2~) [amd64]");
        assert_eq!((field.len(), field[0].len()), (2, 2));
        let version = |text| Version::parse(text).unwrap();
        assert!(field[0][0].admits(&version("1.2-3")));
        assert!(!field[0][0].admits(&version("1.2-2")));
        assert!(!field[1][0].admits(&version("1:1")), "the epoch decides");
        assert!(field[1][0].admits(&version("1.9-1")));
    }
}
