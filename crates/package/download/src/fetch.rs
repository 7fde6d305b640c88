use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::access::without_credentials;
use crate::cache::Cache;
use crate::client::{Client, final_error};
use crate::error::Error;
use crate::part::Part;
use crate::progress::{Event, Progress};
use crate::retry::Retries;
use crate::source::Failure;

/// A file wanted in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What to call it in messages.
    pub name: String,
    /// Where it may be: asked in this order.
    pub urls: Vec<String>,
    /// SHA-256 or SHA-512 in lower-case hex: the length tells which.
    pub digest: String,
    /// Size in bytes.
    pub size: u64,
}

/// How one round over all addresses ended.
enum Round {
    Done,
    /// At least one address is worth another try.
    Again(String),
}

impl Client {
    /// Brings a file into the cache, unless it is there, and returns its path.
    pub fn fetch(&self, cache: &Cache, request: &Request, progress: Progress<'_>) -> Result<PathBuf, Error> {
        if let Some(path) = find(cache, request, progress)? {
            return Ok(path);
        }
        let mut part = Part::open(cache, request)?;
        // While we waited for the lock another program may have finished the file.
        if let Some(path) = find(cache, request, progress)? {
            part.discard();
            return Ok(path);
        }
        let (name, size) = (request.name.as_str(), request.size);
        progress(Event::Started {
            name,
            size,
            have: part.length,
        });
        self.fill(&mut part, progress, request)?;
        let path = part.finish(cache)?;
        progress(Event::Finished {
            name,
            cached: false,
            size,
        });
        Ok(path)
    }

    /// Fetches many files at a time; the paths are in the order of the requests.
    ///
    /// On failure every file was tried nevertheless, except that a full disk or an unwritable cache ends
    /// it at once; the failures come with the numbers of their requests.
    pub fn fetch_all(
        &self,
        cache: &Cache,
        requests: &[Request],
        progress: Progress<'_>,
    ) -> Result<Vec<PathBuf>, Vec<(usize, Error)>> {
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let results = Mutex::new(Vec::with_capacity(requests.len()));
        let work = || {
            while let Some(number) = take(&next, &stop, requests.len()) {
                let result = self.fetch(cache, &requests[number], progress);
                let local = result.as_ref().is_err_and(Error::is_local);
                stop.fetch_or(local, Ordering::Relaxed);
                results
                    .lock()
                    .unwrap_or_else(|poisoned| poisoned.into_inner())
                    .push((number, result));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.options.parallel.min(requests.len()) {
                scope.spawn(work);
            }
        });
        sort_out(
            results
                .into_inner()
                .unwrap_or_else(|poisoned| poisoned.into_inner()),
        )
    }

    fn fill(&self, part: &mut Part<'_>, progress: Progress<'_>, request: &Request) -> Result<(), Error> {
        let mut retries = Retries::new(self.options.retries, self.options.pause);
        loop {
            let before = part.length;
            let Round::Again(cause) = self.round(part, progress, request)? else {
                return Ok(());
            };
            let name = request.name.as_str();
            let Some(pause) = retries.next(part.length > before) else {
                let failure = Failure::Transient(cause);
                return Err(final_error(name, &request.urls.join(", "), failure));
            };
            progress(Event::Retry {
                name,
                cause: &without_credentials(&cause),
                pause,
            });
            std::thread::sleep(pause);
        }
    }

    /// Tries each address once. An error is final.
    fn round(&self, part: &mut Part<'_>, progress: Progress<'_>, request: &Request) -> Result<Round, Error> {
        let mut transient = None;
        let mut refused = None;
        for url in self.by_health(&request.urls) {
            let outcome = self.transfer(part, url, progress, request);
            let failed = !matches!(outcome, Ok(()) | Err(Stop::Failure(Failure::Gone)));
            self.note(url, failed);
            match outcome {
                Ok(()) => return Ok(Round::Done),
                Err(Stop::Failure(Failure::Gone)) => {}
                Err(Stop::Failure(Failure::Transient(cause))) => transient = Some(cause),
                Err(Stop::Failure(failure)) => refused = Some(final_error(&request.name, url, failure)),
                Err(Stop::Wrong(error)) if error.is_local() => return Err(error),
                Err(Stop::Wrong(error)) => refused = Some(error),
            }
        }
        match (transient, refused) {
            (Some(cause), _) => Ok(Round::Again(cause)),
            (None, Some(error)) => Err(error),
            (None, None) => Err(final_error(
                &request.name,
                &request.urls.join(", "),
                Failure::Gone,
            )),
        }
    }

    /// Fetches what is missing from one address and checks the whole.
    fn transfer(
        &self,
        part: &mut Part<'_>,
        url: &str,
        progress: Progress<'_>,
        request: &Request,
    ) -> Result<(), Stop> {
        let resumed = part.length > 0;
        if part.length < request.size || request.size == 0 {
            match self.receive(part, url, progress, request) {
                // The server has less than we have: ours is not a piece of its file.
                Err(Stop::Failure(Failure::Range)) if resumed => {}
                other => other?,
            }
        }
        let Some(found) = part.fault() else {
            return Ok(());
        };
        discarded(part, progress, request);
        part.reset()?;
        match resumed {
            true => self.transfer(part, url, progress, request),
            false => Err(Stop::Wrong(mismatch(request, url, found))),
        }
    }

    fn receive(
        &self,
        part: &mut Part<'_>,
        url: &str,
        progress: Progress<'_>,
        request: &Request,
    ) -> Result<(), Stop> {
        let mut stream = self.open(url, part.length)?;
        if stream.start != part.length {
            discarded(part, progress, request);
            part.reset()?;
        }
        let mut buffer = vec![0; 1 << 16];
        while part.length <= request.size {
            let read = stream.reader.read(&mut buffer);
            let count = read.map_err(|error| Failure::Transient(error.to_string()))?;
            if count == 0 {
                return end(part.length, request.size);
            }
            part.append(&buffer[..count])?;
            progress(Event::Received {
                name: &request.name,
                bytes: count as u64,
            });
        }
        Ok(())
    }
}

fn discarded(part: &Part<'_>, progress: Progress<'_>, request: &Request) {
    progress(Event::Discarded {
        name: &request.name,
        bytes: part.length,
    });
}

/// A stream that ends early is a cut connection, not a wrong file: servers without Content-Length close.
fn end(length: u64, size: u64) -> Result<(), Stop> {
    match length < size {
        true => Err(Stop::Failure(Failure::Transient(format!(
            "the connection ended after {length} of {size} bytes"
        )))),
        false => Ok(()),
    }
}

/// Why a transfer did not end with the right file.
enum Stop {
    Failure(Failure),
    Wrong(Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Wrong(error)
    }
}

fn find(cache: &Cache, request: &Request, progress: Progress<'_>) -> Result<Option<PathBuf>, Error> {
    let found = cache.find(&request.digest, request.size)?;
    if found.is_some() {
        progress(Event::Finished {
            name: &request.name,
            cached: true,
            size: request.size,
        });
    }
    Ok(found)
}

fn mismatch(request: &Request, url: &str, found: String) -> Error {
    Error::Mismatch {
        name: without_credentials(&request.name),
        url: without_credentials(url),
        expected: request.digest.clone(),
        size: request.size,
        found,
    }
}

fn take(next: &AtomicUsize, stop: &AtomicBool, count: usize) -> Option<usize> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    (number < count && !stop.load(Ordering::Relaxed)).then_some(number)
}

fn sort_out(mut results: Vec<(usize, Result<PathBuf, Error>)>) -> Result<Vec<PathBuf>, Vec<(usize, Error)>> {
    results.sort_by_key(|(number, _)| *number);
    let (mut paths, mut errors) = (Vec::new(), Vec::new());
    for (number, result) in results {
        match result {
            Ok(path) => paths.push(path),
            Err(error) => errors.push((number, error)),
        }
    }
    if errors.is_empty() { Ok(paths) } else { Err(errors) }
}
