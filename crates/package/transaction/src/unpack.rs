//! Unpack the payloads into the staging folders, several packages at once.

use std::cmp::Reverse;
use std::io::{self, Read};

use rpmfile::{FileInfo, FileType, PayloadEntry};

use crate::Error;
use crate::element::{Incoming, Source};
use crate::fate::Hasher;
use crate::options::Options;
use crate::parallel;
use crate::progress::{Event, Listener};
use crate::set::Set;
use crate::staging::{Placement, Placements, Staging};
use crate::wal::{Attributes, Content, Log, Stage};

/// Stage every file that has a placement. The largest package begins first, so that it is not the last to end alone.
pub(crate) fn unpack(
    log: &Log<'_>,
    set: &Set,
    staging: &Staging,
    options: &Options,
    listener: &dyn Listener,
) -> Result<(), Error> {
    let mut work: Vec<(&Incoming, &Vec<Option<Placement>>)> = rows(set, &staging.placements).collect();
    work.sort_by_key(|(package, _)| Reverse(package.header().install_size()));
    let job = |_, (package, row): &(&Incoming, &Vec<Option<Placement>>)| {
        let job = Job {
            log,
            stage: &staging.stage,
            package,
            row,
            options,
            listener,
        };
        job.run()
    };
    parallel::map(options.threads, &work, job).map(drop)
}

fn rows<'a>(
    set: &'a Set,
    placements: &'a Placements,
) -> impl Iterator<Item = (&'a Incoming, &'a Vec<Option<Placement>>)> {
    set.incoming.iter().zip(placements)
}

struct Job<'a> {
    log: &'a Log<'a>,
    stage: &'a Stage,
    package: &'a Incoming,
    row: &'a [Option<Placement>],
    options: &'a Options,
    listener: &'a dyn Listener,
}

impl Job<'_> {
    fn run(&self) -> Result<(), Error> {
        let Source::File(path, package) = &self.package.source else {
            return Ok(());
        };
        let failed = |source| Error::Unpack {
            path: path.clone(),
            source,
        };
        let mut payload = package.payload().map_err(failed)?;
        while let Some(mut entry) = payload.next_entry().map_err(failed)? {
            if self.options.stops() {
                return Err(Error::Stopped);
            }
            let names = wanted(self.row, &entry);
            let info = entry.info().clone();
            if let Some((first, others)) = names.split_first() {
                self.write(&info, first, &mut entry)?;
                self.link(first, others)?;
                self.listener.hear(&Event::Unpacked { bytes: info.size });
            }
        }
        Ok(())
    }

    fn write(&self, info: &FileInfo, placement: &Placement, entry: &mut dyn Read) -> Result<(), Error> {
        if info.file_type() != FileType::Regular {
            return self.stage(placement, special(info));
        }
        let mut hashing = Hashing {
            inner: entry,
            hasher: Hasher::new(self.algorithm()),
            options: self.options,
        };
        self.stage(placement, Content::File(&mut hashing))?;
        self.check(info, hashing.hasher.finish())
    }

    fn stage(&self, placement: &Placement, content: Content<'_>) -> Result<(), Error> {
        let written = self.stage.write(
            self.log,
            placement.stage,
            placement.slot,
            content,
            &placement.attributes,
        );
        written.map_err(|source| Error::Refused { source })
    }

    fn link(&self, first: &Placement, others: &[&Placement]) -> Result<(), Error> {
        for other in others {
            let content = Content::HardLink(first.slot);
            let linked = self
                .stage
                .write(self.log, other.stage, other.slot, content, &Attributes::default());
            linked.map_err(|source| Error::Refused { source })?;
        }
        Ok(())
    }

    fn algorithm(&self) -> u32 {
        self.package.header().file_digest_algorithm()
    }

    /// The header's digest is what signatures vouch for; the content must be that.
    fn check(&self, info: &FileInfo, found: String) -> Result<(), Error> {
        if info.digest.is_empty() || info.digest.eq_ignore_ascii_case(&found) {
            return Ok(());
        }
        let Source::File(path, _) = &self.package.source else {
            return Ok(());
        };
        let (path, file, expected) = (path.clone(), info.path.clone(), info.digest.clone());
        Err(Error::Damaged {
            path,
            file,
            expected,
            found,
        })
    }
}

/// The placements of an entry's names: several for hard links, none when all are skipped.
fn wanted<'r>(row: &'r [Option<Placement>], entry: &PayloadEntry<'_, '_>) -> Vec<&'r Placement> {
    let names = entry.links().iter();
    let placements: Vec<&Placement> = names.filter_map(|index| row.get(*index)?.as_ref()).collect();
    if entry.links().is_empty() {
        return row
            .get(entry.index())
            .and_then(Option::as_ref)
            .into_iter()
            .collect();
    }
    placements
}

fn special(info: &FileInfo) -> Content<'_> {
    match info.file_type() {
        FileType::Symlink => Content::Symlink(&info.linkto),
        _ => Content::Node {
            mode: u32::from(info.mode),
            device: u64::from(info.rdev),
        },
    }
}

/// Takes the digest of what is read.
struct Hashing<'a> {
    inner: &'a mut dyn Read,
    hasher: Hasher,
    options: &'a Options,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.options.stops() {
            return Err(io::Error::other("asked to stop"));
        }
        let count = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
