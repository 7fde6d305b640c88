//! The licence of a package, from Debian's machine-readable copyright files.

use std::collections::BTreeSet;

/// Debian's short names and those of SPDX. What is not here becomes `LicenseRef-NAME`.
const SPDX: &[(&str, &str)] = &[
    ("apache-2", "Apache-2.0"),
    ("apache-2.0", "Apache-2.0"),
    ("artistic", "Artistic-1.0-Perl"),
    ("bsd-2-clause", "BSD-2-Clause"),
    ("bsd-3-clause", "BSD-3-Clause"),
    ("bsd-4-clause", "BSD-4-Clause"),
    ("bsl-1.0", "BSL-1.0"),
    ("cc0", "CC0-1.0"),
    ("cc0-1.0", "CC0-1.0"),
    ("curl", "curl"),
    ("expat", "MIT"),
    ("gfdl-1.3", "GFDL-1.3-only"),
    ("gfdl-1.3+", "GFDL-1.3-or-later"),
    ("gpl-1+", "GPL-1.0-or-later"),
    ("gpl-2", "GPL-2.0-only"),
    ("gpl-2+", "GPL-2.0-or-later"),
    ("gpl-2.0", "GPL-2.0-only"),
    ("gpl-3", "GPL-3.0-only"),
    ("gpl-3+", "GPL-3.0-or-later"),
    ("isc", "ISC"),
    ("lgpl-2", "LGPL-2.0-only"),
    ("lgpl-2+", "LGPL-2.0-or-later"),
    ("lgpl-2.1", "LGPL-2.1-only"),
    ("lgpl-2.1+", "LGPL-2.1-or-later"),
    ("lgpl-3", "LGPL-3.0-only"),
    ("lgpl-3+", "LGPL-3.0-or-later"),
    ("mit", "MIT"),
    ("mpl-2.0", "MPL-2.0"),
    ("openldap-2.8", "OLDAP-2.8"),
    ("psf-2", "PSF-2.0"),
    ("zlib", "Zlib"),
];

/// More names than this are of build scripts and tests rather than of the program.
const MAX_NAMES: usize = 6;

/// An SPDX expression for copyright files, keyed by package. A file that is not machine readable, and a package
/// without one, are referred to by name: the text itself is in /usr/share/licenses.
pub(super) fn license<'a>(copyrights: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut names = BTreeSet::new();
    for (package, bytes) in copyrights {
        let text = String::from_utf8_lossy(bytes);
        let found = of_files(&text);
        match found.is_empty() {
            true => drop(names.insert(format!("LicenseRef-{}", id(package)))),
            false => names.extend(found),
        }
    }
    match names.is_empty() {
        true => "LicenseRef-Debian".to_owned(),
        false => names.into_iter().collect::<Vec<_>>().join(" AND "),
    }
}

/// The licences of the `Files` stanzas: all if they are few, else that of `Files: *`.
fn of_files(text: &str) -> BTreeSet<String> {
    if !text.trim_start().starts_with("Format:") {
        return BTreeSet::new();
    }
    let stanzas =
        || deb::paragraphs(text).filter_map(|stanza| Some((stanza.get("Files")?, stanza.get("License")?)));
    let all: BTreeSet<String> = stanzas().filter_map(|(_, license)| expression(license)).collect();
    match all.len() <= MAX_NAMES {
        true => all,
        false => stanzas()
            .filter(|(files, _)| *files == "*")
            .filter_map(|(_, license)| expression(license))
            .collect(),
    }
}

/// `GPL-2+ or BSD-3-clause` as `(GPL-2.0-or-later OR BSD-3-Clause)`.
fn expression(debian: &str) -> Option<String> {
    let debian = debian.replace(',', " ");
    let words: Vec<&str> = debian.split_whitespace().collect();
    let mut parts = Vec::new();
    for word in &words {
        match word.to_ascii_lowercase().as_str() {
            "or" | "and/or" => parts.push("OR".to_owned()),
            "and" => parts.push("AND".to_owned()),
            "with" => parts.push("WITH".to_owned()),
            "exception" | "exceptions" => {}
            name => parts.push(spdx(name)),
        }
    }
    // Prose, or an exception of Debian's own wording: one name for the whole.
    let is_expression = parts.len() % 2 == 1 && !parts.contains(&"WITH".to_owned());
    match (parts.len(), is_expression) {
        (0, _) => None,
        (1, _) => parts.pop(),
        (_, true) if alternates(&parts) => Some(format!("({})", parts.join(" "))),
        _ => Some(format!("LicenseRef-{}", id(&words.join("-")))),
    }
}

/// Name, operator, name, operator, name.
fn alternates(parts: &[String]) -> bool {
    parts
        .iter()
        .enumerate()
        .all(|(at, part)| (at % 2 == 1) == matches!(part.as_str(), "OR" | "AND"))
}

fn spdx(name: &str) -> String {
    match SPDX.iter().find(|(debian, _)| *debian == name) {
        Some((_, spdx)) => (*spdx).to_owned(),
        None => format!("LicenseRef-{}", id(name)),
    }
}

/// SPDX allows letters, digits, dots and dashes.
fn id(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        license([("pkg", text.as_bytes())].into_iter())
    }

    #[test]
    fn short_names_become_spdx() {
        let text = "Format: https://x\n\nFiles: *\nLicense: GPL-2+\n\nFiles: a\nLicense: Expat\n\nLicense: GPL-2+\n text\n";
        assert_eq!(of(text), "GPL-2.0-or-later AND MIT");
        assert_eq!(
            of("Format: x\n\nFiles: *\nLicense: GPL-2+ or BSD-3-clause\n"),
            "(GPL-2.0-or-later OR BSD-3-Clause)"
        );
        assert_eq!(
            of("Format: x\n\nFiles: *\nLicense: public-domain\n"),
            "LicenseRef-public-domain"
        );
        assert_eq!(
            of("Format: x\n\nFiles: *\nLicense: GPL-3+ with OpenSSL exception\n"),
            "LicenseRef-GPL-3--with-OpenSSL-exception"
        );
    }

    #[test]
    fn prose_is_referred_to() {
        assert_eq!(of("This package was debianized by..."), "LicenseRef-pkg");
        assert_eq!(license(std::iter::empty()), "LicenseRef-Debian");
    }

    #[test]
    fn many_licences_leave_the_main_one() {
        let more: String = (0..9)
            .map(|n| format!("\nFiles: f{n}\nLicense: L{n}\n"))
            .collect();
        assert_eq!(of(&format!("Format: x\n\nFiles: *\nLicense: MIT\n{more}")), "MIT");
    }
}
