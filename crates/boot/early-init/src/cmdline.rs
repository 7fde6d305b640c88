//! The kernel command line, as far as the way to the root file system needs it.

use crate::root_spec::RootSpec;
use std::time::Duration;

/// How long to wait when nothing is said.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(10);

/// What the command line asks for (Linux Documentation/admin-guide/kernel-parameters.txt).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// `root=`; without one, the partition whose type says that it is a root.
    pub root: RootSpec,
    /// `rootfstype=`, a comma-separated list to try in turn.
    pub fs_types: Vec<String>,
    /// `rootflags=`.
    pub flags: String,
    /// `ro` (the kernel's default) or `rw`, the last one wins.
    pub read_only: bool,
    /// `rootwait=N` or `rootdelay=N` seconds.
    pub wait: Duration,
    /// A bare `rootwait`: go on after the time is over.
    pub wait_forever: bool,
    /// `init=`.
    pub init: Option<String>,
    /// `panic=`: seconds to the restart after a failure, negative at once, 0 never.
    pub panic: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            root: RootSpec::Discoverable,
            fs_types: Vec::new(),
            flags: String::new(),
            read_only: true,
            wait: DEFAULT_WAIT,
            wait_forever: false,
            init: None,
            panic: 0,
        }
    }
}

impl Options {
    /// Reads the text of /proc/cmdline; what is not known is left to others.
    pub fn parse(text: &str) -> Self {
        let mut options = Self::default();
        for word in words(text).into_iter().take_while(|word| word != "--") {
            let (key, value) = word.split_once('=').unwrap_or((&word, ""));
            options.apply(key, value);
        }
        options
    }

    fn apply(&mut self, key: &str, value: &str) {
        match key {
            "root" if !value.is_empty() => self.root = RootSpec::parse(value),
            "rootfstype" => self.fs_types = list(value),
            "rootflags" => self.flags = value.into(),
            "ro" => self.read_only = true,
            "rw" => self.read_only = false,
            "rootwait" if value.is_empty() => self.wait_forever = true,
            "rootwait" | "rootdelay" => self.wait = seconds(value).unwrap_or(self.wait),
            "init" if !value.is_empty() => self.init = Some(value.into()),
            "panic" => self.panic = value.parse().unwrap_or(self.panic),
            _ => {}
        }
    }
}

fn list(value: &str) -> Vec<String> {
    value
        .split(',')
        .filter(|part| !part.is_empty())
        .map(String::from)
        .collect()
}

fn seconds(value: &str) -> Option<Duration> {
    value.parse().ok().map(Duration::from_secs)
}

/// Words split at blanks outside double quotes, quotes removed (Linux lib/cmdline.c, `next_arg`).
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_ascii_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ordinary_line() {
        let options =
            Options::parse("root=PARTUUID=AB-2 rw quiet rootfstype=ext4,xfs rootflags=noatime panic=-1\n");
        assert_eq!(options.root, RootSpec::PartUuid("ab-2".into()));
        assert_eq!(options.fs_types, ["ext4", "xfs"]);
        assert_eq!((options.read_only, options.panic), (false, -1));
        assert_eq!(options.flags, "noatime");
        assert_eq!(options.wait, DEFAULT_WAIT);
    }

    #[test]
    fn the_root_is_read_only_unless_told_and_the_last_word_counts() {
        assert!(Options::parse("").read_only);
        assert!(Options::parse("rw ro").read_only);
        assert!(!Options::parse("ro rw").read_only);
    }

    #[test]
    fn waiting() {
        assert_eq!(Options::parse("rootdelay=3").wait, Duration::from_secs(3));
        assert_eq!(Options::parse("rootwait=7").wait, Duration::from_secs(7));
        assert!(Options::parse("rootwait").wait_forever);
        assert_eq!(Options::parse("rootdelay=soon").wait, DEFAULT_WAIT);
    }

    #[test]
    fn quotes_hold_blanks_together() {
        let options = Options::parse("root=\"PARTLABEL=my root\" init=\"/a b\"");
        assert_eq!(options.root, RootSpec::PartLabel("my root".into()));
        assert_eq!(options.init.as_deref(), Some("/a b"));
    }

    #[test]
    fn arguments_of_init_are_not_options() {
        assert_eq!(Options::parse("ro -- root=/dev/sda1 rw"), Options::parse("ro"));
    }

    #[test]
    fn no_root_means_the_discoverable_one() {
        assert_eq!(Options::parse("quiet").root, RootSpec::Discoverable);
        assert_eq!(Options::parse("root=").root, RootSpec::Discoverable);
    }

    proptest! {
        #[test]
        fn any_text_is_parsed(text in "\\PC*") {
            Options::parse(&text);
        }
    }
}
