//! Which addresses a repository has: those of the configuration, or of a list of mirrors that is asked for; and
//! which of them worked last.

use std::time::Duration;

use download::Client;

use super::metalink::{self, Metalink};
use super::repo::Config;
use super::store::Store;
use crate::error::Error;

/// Lists of mirrors are some kilobytes.
const LIMIT: u64 = 4 << 20;
/// How long the mirror that worked is asked first.
const MEMORY: Duration = Duration::from_secs(86_400);

/// Where the list of mirrors is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MirrorSource {
    /// Address of a metalink document, which also says what `repomd.xml` must be.
    Metalink(String),
    /// Address of a text with an address in each line.
    List(String),
}

impl MirrorSource {
    fn url(&self) -> &str {
        match self {
            Self::Metalink(url) | Self::List(url) => url,
        }
    }

    /// Its name in the cache.
    fn file(&self) -> &'static str {
        match self {
            Self::Metalink(_) => "metalink",
            Self::List(_) => "mirrorlist",
        }
    }
}

/// The configuration with the addresses there are now, and the document that vouches for `repomd.xml`.
pub(crate) fn ask(
    config: Config,
    client: &Client,
    store: &Store,
) -> Result<(Config, Option<Metalink>), Error> {
    let Some(source) = config.mirrors.clone() else {
        return Ok((remembered(config, store), None));
    };
    let bytes = match client.get_bytes(source.url(), LIMIT) {
        Ok(bytes) => bytes,
        // An old list of mirrors is as good as a new one; an old metalink document describes an old repository.
        Err(error) => match (&source, store.note(source.file())) {
            (MirrorSource::List(_), Ok(bytes)) => bytes,
            _ => {
                return Err(Error::FetchMetadata {
                    id: config.id,
                    reason: error.to_string(),
                });
            }
        },
    };
    let (bases, metalink) = read(&config, &source, &bytes)?;
    store.save_note(source.file(), &bytes)?;
    Ok((remembered(with_bases(config, bases), store), metalink))
}

/// The configuration with the addresses that were known last, without asking anyone.
pub(crate) fn known(config: Config, store: &Store) -> Config {
    let Some(source) = config.mirrors.clone() else {
        return remembered(config, store);
    };
    let bytes = store.note(source.file()).unwrap_or_default();
    match read(&config, &source, &bytes) {
        Ok((bases, _)) => remembered(with_bases(config, bases), store),
        Err(_) => config,
    }
}

fn read(
    config: &Config,
    source: &MirrorSource,
    bytes: &[u8],
) -> Result<(Vec<String>, Option<Metalink>), Error> {
    let bad = |fault| Error::Metalink {
        id: config.id.clone(),
        url: download::without_credentials(source.url()),
        fault,
    };
    match source {
        MirrorSource::Metalink(_) => {
            let metalink = metalink::parse(bytes).map_err(bad)?;
            Ok((metalink.bases.clone(), Some(metalink)))
        }
        MirrorSource::List(_) => {
            let bases = list(&String::from_utf8_lossy(bytes));
            match bases.is_empty() && config.base_urls.is_empty() {
                true => Err(bad(metalink::MetalinkFault::NoMirror)),
                false => Ok((bases, None)),
            }
        }
    }
}

/// An address in each line; what else is there (comments, the HTML of an error page) is passed over.
pub(crate) fn list(text: &str) -> Vec<String> {
    let web = |line: &&str| line.starts_with("http://") || line.starts_with("https://");
    let lines = text.lines().map(str::trim).filter(web);
    lines
        .filter(|line| !line.contains(char::is_whitespace))
        .map(|line| line.trim_end_matches('/').to_owned())
        .collect()
}

/// Mirrors first; what is configured besides them is the last resort.
fn with_bases(mut config: Config, mut bases: Vec<String>) -> Config {
    bases.append(&mut config.base_urls);
    config.base_urls = bases;
    config
}

/// The address that worked last comes first.
fn remembered(mut config: Config, store: &Store) -> Config {
    let fresh = store.note_age("mirror").is_some_and(|age| age < MEMORY);
    let good = store.note("mirror").ok().filter(|_| fresh);
    let place = good.and_then(|good| config.base_urls.iter().position(|base| base.as_bytes() == good));
    if let Some(place) = place {
        config.base_urls[..=place].rotate_right(1);
    }
    config
}

/// Remembers which address worked. That it is the first one needs no memory, unless there was another.
pub(crate) fn remember(config: &Config, store: &Store, base: &str) {
    let first = config.base_urls.first().is_some_and(|first| first == base);
    if !first && config.base_urls.len() > 1 {
        // Without it only the next refresh is slower.
        let _ = store.save_note("mirror", base.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_an_address_in_each_line() {
        let text = "# mirrors\nhttp://a/x/\n\n  https://b\nftp://c\n<html>http://d\nhttp://e f\n";
        assert_eq!(list(text), ["http://a/x", "https://b"]);
    }
}
