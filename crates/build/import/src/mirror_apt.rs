//! The Debian mirrors that the host's own apt uses: `sources.list(5)`, in both of its formats.

use std::fs;
use std::path::{Path, PathBuf};

use deb::{Paragraph, paragraphs};

/// Names a host's own suite may have; any of them is proof of a Debian archive.
const SUITES: [&str; 10] = [
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "sid",
    "oldstable",
    "stable",
    "testing",
    "unstable",
];

/// The addresses found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sources {
    pub(crate) main: Option<String>,
    pub(crate) security: Option<String>,
}

/// One archive of the host.
#[derive(Debug, Clone)]
struct Source {
    url: String,
    suites: Vec<String>,
    components: Vec<String>,
}

impl Sources {
    /// Reads `sources.list` and `sources.list.d` below a directory; what cannot be read is as if it were empty.
    pub(crate) fn read(apt: &Path) -> Self {
        let sources: Vec<Source> = files(apt).iter().flat_map(|path| parse(path)).collect();
        let by_path = |end: &str| {
            sources
                .iter()
                .find(|source| source.has_main() && source.url.ends_with(end))
        };
        let by_suite = |security: bool| sources.iter().find(|source| source.is_debian(security));
        let url = |source: &Source| source.url.clone();
        Self {
            main: by_path("/debian").or_else(|| by_suite(false)).map(url),
            security: by_path("/debian-security").or_else(|| by_suite(true)).map(url),
        }
    }
}

impl Source {
    /// Other vendors also end their addresses in `/debian`, but call their components otherwise.
    fn has_main(&self) -> bool {
        self.components
            .iter()
            .any(|component| component == "main" || component == "updates/main")
    }

    fn is_debian(&self, security: bool) -> bool {
        let known = |suite: &String| match suite.strip_suffix("-security") {
            Some(stem) => security && SUITES.contains(&stem),
            None => !security && SUITES.contains(&suite.as_str()),
        };
        self.has_main() && self.suites.iter().any(known)
    }
}

fn files(apt: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(apt.join("sources.list.d"))
        .into_iter()
        .flatten()
        .flatten();
    let mut more: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    more.sort();
    [vec![apt.join("sources.list")], more].concat()
}

fn parse(path: &Path) -> Vec<Source> {
    let text = fs::read_to_string(path).unwrap_or_default();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("list") => text.lines().filter_map(one_line).collect(),
        Some("sources") => paragraphs(&text).flat_map(stanza).collect(),
        _ => Vec::new(),
    }
}

/// `deb [ option=value ] URI suite component...`
fn one_line(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim().strip_prefix("deb")?;
    let line = line.strip_prefix([' ', '\t'])?.trim_start();
    let line = match line.strip_prefix('[') {
        Some(options) => options.split_once(']')?.1,
        None => line,
    };
    let mut words = line.split_ascii_whitespace().map(str::to_owned);
    let url = address(&words.next()?)?;
    Some(Source {
        url,
        suites: vec![words.next()?],
        components: words.collect(),
    })
}

fn stanza(stanza: Paragraph<'_>) -> Vec<Source> {
    let words = |field| {
        stanza
            .lines(field)
            .flat_map(str::split_ascii_whitespace)
            .map(str::to_owned)
            .collect()
    };
    let types: Vec<String> = words("Types");
    let disabled = stanza
        .get("Enabled")
        .is_some_and(|value| matches!(value, "no" | "false" | "0"));
    if disabled || !types.iter().any(|kind| kind == "deb") {
        return Vec::new();
    }
    let urls: Vec<String> = words("URIs");
    let source = |url: &String| {
        Some(Source {
            url: address(url)?,
            suites: words("Suites"),
            components: words("Components"),
        })
    };
    urls.iter().filter_map(source).collect()
}

/// An address that can be fetched from. `mirror+file:` names a file with a list of them: Debian's cloud images do so.
fn address(uri: &str) -> Option<String> {
    if let Some(list) = uri.strip_prefix("mirror+file:") {
        let text = fs::read_to_string(list.trim_start_matches("//")).ok()?;
        let first = text
            .lines()
            .find_map(|line| line.split_ascii_whitespace().next())?;
        return address(first);
    }
    let uri = uri.trim_end_matches('/');
    if let Some(path) = uri.strip_prefix("file:") {
        return Some(format!("file:///{}", path.trim_start_matches('/')));
    }
    (uri.starts_with("http://") || uri.starts_with("https://")).then(|| uri.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Sources {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sources.list.d")).unwrap();
        for (name, text) in files {
            fs::write(
                dir.path().join(name),
                text.replace("DIR", dir.path().to_str().unwrap()),
            )
            .unwrap();
        }
        Sources::read(dir.path())
    }

    fn both(main: &str, security: &str) -> Sources {
        Sources {
            main: Some(main.to_owned()),
            security: Some(security.to_owned()),
        }
    }

    #[test]
    fn one_line_sources_are_read_whatever_their_suite() {
        let text = "# deb http://old/debian sid main\ndeb-src http://s/debian sid main\n\
            deb [arch=amd64 signed-by=/k.gpg] http://m/debian/ bookworm main # fast\n\
            deb http://m/debian-security bookworm-security main contrib\n";
        assert_eq!(
            found(&[("sources.list", text)]),
            both("http://m/debian", "http://m/debian-security")
        );
    }

    #[test]
    fn stanzas_are_read_and_disabled_ones_are_not() {
        let text = "Types: deb\nURIs: http://off/debian\nSuites: sid\nComponents: main\nEnabled: no\n\n\
            # a comment\nTypes: deb deb-src\nURIs: http://m/debian\nSuites: bookworm bookworm-updates\nComponents: main\n\n\
            Types: deb\nURIs: http://s/debian-security/\nSuites: bookworm-security\nComponents: main\n";
        assert_eq!(
            found(&[("sources.list.d/debian.sources", text)]),
            both("http://m/debian", "http://s/debian-security")
        );
    }

    #[test]
    fn other_vendors_are_no_mirrors() {
        let text =
            "deb https://vendor/linux/debian bookworm stable\ndeb https://node/node_20.x nodistro main\n";
        assert_eq!(found(&[("sources.list.d/v.list", text)]), Sources::default());
    }

    #[test]
    fn odd_paths_are_known_by_their_suites() {
        let text = "deb http://m/pub/os trixie main\ndeb http://m/sec trixie-security updates/main\n";
        assert_eq!(
            found(&[("sources.list", text)]),
            both("http://m/pub/os", "http://m/sec")
        );
    }

    #[test]
    fn lists_of_mirrors_are_followed() {
        let text = "Types: deb\nURIs: mirror+file://DIR/m.list\nSuites: trixie\nComponents: main\n";
        let found = found(&[
            ("m.list", "https://m/debian\n"),
            ("sources.list.d/debian.sources", text),
        ]);
        assert_eq!(found.main.as_deref(), Some("https://m/debian"));
    }
}
