//! What `root=` names.

use std::fmt;

/// A root file system by one of its identifiers. UUIDs are kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootSpec {
    /// `PARTUUID=`: unique GUID of a GPT partition, or DOS signature and number.
    PartUuid(String),
    /// `PARTLABEL=`: GPT partition name.
    PartLabel(String),
    /// `UUID=` of the file system.
    Uuid(String),
    /// `LABEL=` of the file system.
    Label(String),
    /// A device by its kernel name, without `/dev/`.
    Device(String),
    /// No `root=`: the first GPT partition whose type is this architecture's root (Discoverable Partitions
    /// Specification).
    Discoverable,
}

/// Root type GUID of this architecture (Discoverable Partitions Specification, table of type UUIDs).
pub const ROOT_TYPE: &str = if cfg!(target_arch = "aarch64") {
    "b921b045-1df0-41c3-af44-4c6f280d3fae"
} else {
    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
};

impl RootSpec {
    /// Reads the value of `root=`; udev's links (`/dev/disk/by-uuid/...`) are understood without udev.
    pub fn parse(value: &str) -> Self {
        let tagged = value.split_once('=').and_then(|(tag, id)| Self::tagged(tag, id));
        tagged
            .or_else(|| Self::udev_link(value))
            .unwrap_or_else(|| match value {
                "gpt-auto" | "dissect" => Self::Discoverable,
                _ => Self::Device(value.trim_start_matches("/dev/").into()),
            })
    }

    fn tagged(tag: &str, id: &str) -> Option<Self> {
        match tag {
            "PARTUUID" => Some(Self::PartUuid(id.to_ascii_lowercase())),
            "PARTLABEL" => Some(Self::PartLabel(id.into())),
            "UUID" => Some(Self::Uuid(id.to_ascii_lowercase())),
            "LABEL" => Some(Self::Label(id.into())),
            _ => None,
        }
    }

    fn udev_link(value: &str) -> Option<Self> {
        let (kind, id) = value.strip_prefix("/dev/disk/by-")?.split_once('/')?;
        Self::tagged(&kind.to_ascii_uppercase(), id)
    }

    /// Whether file systems have to be read to find it; the partition table is enough otherwise.
    pub fn needs_superblock(&self) -> bool {
        matches!(self, Self::Uuid(_) | Self::Label(_))
    }
}

impl fmt::Display for RootSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PartUuid(id) => write!(f, "PARTUUID={id}"),
            Self::PartLabel(label) => write!(f, "PARTLABEL={label}"),
            Self::Uuid(id) => write!(f, "UUID={id}"),
            Self::Label(label) => write!(f, "LABEL={label}"),
            Self::Device(name) => write!(f, "/dev/{name}"),
            Self::Discoverable => write!(f, "a partition of type {ROOT_TYPE} (no root= was given)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        for text in [
            "PARTUUID=0a-b",
            "PARTLABEL=Root",
            "UUID=0a",
            "LABEL=Root",
            "/dev/vda2",
            "/dev/mapper/r",
        ] {
            assert_eq!(RootSpec::parse(text).to_string(), text);
        }
    }

    #[test]
    fn uuids_ignore_case_and_labels_do_not() {
        assert_eq!(RootSpec::parse("UUID=AB"), RootSpec::Uuid("ab".into()));
        assert_eq!(RootSpec::parse("LABEL=AB"), RootSpec::Label("AB".into()));
    }

    #[test]
    fn udev_links_need_no_udev() {
        assert_eq!(
            RootSpec::parse("/dev/disk/by-partuuid/AB"),
            RootSpec::PartUuid("ab".into())
        );
        assert_eq!(
            RootSpec::parse("/dev/disk/by-label/x"),
            RootSpec::Label("x".into())
        );
    }
}
