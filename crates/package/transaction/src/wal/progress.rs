//! Which steps are done, one line each.

use std::collections::HashSet;
use std::fs::{self, File};

use super::{Context, Failure, Log};

const NAME: &str = "progress";

/// The open progress file.
pub(super) struct Progress {
    file: File,
    done: HashSet<usize>,
}

impl Progress {
    /// Read what was done before, and go on from there.
    pub(super) fn open(log: &Log<'_>) -> Result<Self, Failure> {
        let path = log.file(NAME);
        let done = parse(&fs::read_to_string(&path).unwrap_or_default());
        let file = log.sys.append(&path).context("open", &path)?;
        Ok(Self { file, done })
    }

    pub(super) fn is_done(&self, step: usize) -> bool {
        self.done.contains(&step)
    }

    pub(super) fn done(&mut self, log: &Log<'_>, step: usize) -> Result<(), Failure> {
        let line = format!("{step}\n");
        log.sys
            .write(&self.file, line.as_bytes())
            .context("write", &log.file(NAME))
    }
}

/// A line without its end was being written when the power went: it does not count.
fn parse(text: &str) -> HashSet<usize> {
    let whole = text
        .rfind('\n')
        .map_or("", |end| text.get(..end).unwrap_or_default());
    whole.lines().filter_map(|line| line.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_does_not_count() {
        assert_eq!(parse("0\n1\n1"), HashSet::from([0, 1]));
        assert_eq!(parse("12"), HashSet::new());
        assert_eq!(parse(""), HashSet::new());
    }
}
