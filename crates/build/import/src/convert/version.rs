//! Debian versions to RPM versions that a package of our own always beats.
//!
//! Debian's epochs, `+really` detours and repacking marks answer questions of Debian's history. Taken over, they would
//! make the import newer than the same software built here: `1:1.3.dfsg+really1.3.1-1` beats `1.3.1-1` for ever. So
//! only the upstream version stays, and the release begins with `0.s0` (stage 0), which every release we make exceeds.

use rpmfile::Evr;

/// What Debian appends to a version when it removes files from the upstream archive.
const REPACKED: [&str; 5] = ["dfsg", "ds", "repack", "debian", "orig"];

/// Version and release of the import of a Debian version, deb-version(7).
pub fn normalise(debian: &str) -> Evr {
    let without_epoch = debian.split_once(':').map_or(debian, |(_, rest)| rest);
    let (upstream, revision) = without_epoch.rsplit_once('-').unwrap_or((without_epoch, ""));
    let (upstream, update) = split_stable_update(upstream);
    let version = without_repacking(after_really(upstream));
    let revision = format!("{}{update}", if revision.is_empty() { "0" } else { revision });
    Evr::new(0, legal(&version), format!("0.s0.{}", legal(&revision)))
}

/// `2.12.7+dfsg+really2.9.14` is 2.9.14: a downgrade without an epoch.
fn after_really(version: &str) -> &str {
    version.rsplit_once("really").map_or(version, |(_, real)| real)
}

/// `20250419+deb13u1`: packages without a revision carry the mark of a stable update in their version.
fn split_stable_update(version: &str) -> (&str, &str) {
    let marks = ["+deb", "~deb"]
        .into_iter()
        .filter_map(|mark| version.rfind(mark));
    let is_update = |at: &usize| version[at + 4..].starts_with(|c: char| c.is_ascii_digit());
    match marks.filter(is_update).max() {
        Some(at) => version.split_at(at),
        None => (version, ""),
    }
}

/// Removes marks such as `+dfsg1`, `~ds1` and `.dfsg`.
fn without_repacking(version: &str) -> String {
    let mut kept = String::with_capacity(version.len());
    let mut rest = version;
    while let Some(at) = rest.find(['+', '~', '.']) {
        let (before, mark) = rest.split_at(at);
        kept.push_str(before);
        match repacking_length(&mark[1..]) {
            Some(length) => rest = &mark[1 + length..],
            None => {
                kept.push_str(&mark[..1]);
                rest = &mark[1..];
            }
        }
    }
    kept + rest
}

/// The length of a mark at the start of a text: its name, a number, and nothing more before the next part.
fn repacking_length(text: &str) -> Option<usize> {
    let name = REPACKED.into_iter().find(|name| text.starts_with(name))?;
    let end = text.find(['+', '~']).unwrap_or(text.len());
    let number = &text[name.len()..end];
    number
        .chars()
        .all(|c| c.is_ascii_digit() || c == '.')
        .then_some(end)
}

/// Characters rpm refuses in a version (rpm's build/parsePreamble.c, ALLOWED_CHARS_VERREL) become underscores.
fn legal(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._+%~^".contains(c);
    text.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The odd ones among the 177 packages of a Debian 13 host, and some more.
    const CASES: [(&str, &str, &str); 26] = [
        ("5.2.37-2+b10", "5.2.37", "0.s0.2+b10"),
        ("20250419", "20250419", "0.s0.0"),
        ("20250419+deb13u1", "20250419", "0.s0.0+deb13u1"),
        ("1.7.24~ds1-6+deb13u1", "1.7.24", "0.s0.6+deb13u1"),
        ("1.1.15+ds1-2+b4", "1.1.15", "0.s0.2+b4"),
        ("26.1.5+dfsg1-9+deb13u1", "26.1.5", "0.s0.9+deb13u1"),
        ("2:9.1.1230-2", "9.1.1230", "0.s0.2"),
        ("1:1.3.dfsg+really1.3.1-1+b1", "1.3.1", "0.s0.1+b1"),
        (
            "2.12.7+dfsg+really2.9.14-2.1+deb13u3",
            "2.9.14",
            "0.s0.2.1+deb13u3",
        ),
        ("1:4.16.0-2+really2.41.5-0+deb13u1", "2.41.5", "0.s0.0+deb13u1"),
        (
            "2.4+20151223.gitfa8646d.1-2+b5",
            "2.4+20151223.gitfa8646d.1",
            "0.s0.2+b5",
        ),
        ("3.1-20250104-1", "3.1_20250104", "0.s0.1"),
        ("6.5+20250216-2", "6.5+20250216", "0.s0.2"),
        ("2.8.3-1~deb13u1", "2.8.3", "0.s0.1~deb13u1"),
        ("10.46-1~deb13u2", "10.46", "0.s0.1~deb13u2"),
        ("1:10.0p1-7+deb13u4", "10.0p1", "0.s0.7+deb13u4"),
        ("7.6.q-36", "7.6.q", "0.s0.36"),
        ("2026c-0+deb13u1", "2026c", "0.s0.0+deb13u1"),
        ("5.3.28+dfsg2-9", "5.3.28", "0.s0.9"),
        ("2:6.3.0+dfsg-3", "6.3.0", "0.s0.3"),
        ("1.64.0-1.1+deb13u1", "1.64.0", "0.s0.1.1+deb13u1"),
        ("1:2.75-10+deb13u1+b3", "2.75", "0.s0.10+deb13u1+b3"),
        ("4.20.1+dfsg-3", "4.20.1", "0.s0.3"),
        ("1.0~rc2+dfsg.1-4", "1.0~rc2", "0.s0.4"),
        ("1.9.16p2-3+deb13u2", "1.9.16p2", "0.s0.3+deb13u2"),
        ("1.0.ds2~beta-1", "1.0~beta", "0.s0.1"),
    ];

    #[test]
    fn odd_versions() {
        for (debian, version, release) in CASES {
            let evr = normalise(debian);
            let got = (evr.epoch, evr.version.as_str(), evr.release.as_str());
            assert_eq!(got, (0, version, release), "{debian}");
        }
    }

    #[test]
    fn our_own_build_always_wins() {
        for (debian, version, _) in CASES {
            assert!(Evr::new(0, version, "1") > normalise(debian), "{debian}");
            assert!(
                Evr::new(0, version, "0.1") > normalise(debian),
                "{debian}: even a 0.1"
            );
        }
    }

    #[test]
    fn an_update_in_debian_is_an_update_here() {
        let updates = [
            ("3.5.6-1", "3.5.6-1+b1"),
            ("3.5.6-1+b1", "3.5.7-1~deb13u1"),
            ("3.5.7-1~deb13u1", "3.5.7-1~deb13u2"),
            ("3.5.7-1~deb13u2", "3.5.7-1"),
            ("10.0p1-7", "10.0p1-7+deb13u4"),
            ("20250419", "20250419+deb13u1"),
            (
                "2.12.7+dfsg+really2.9.14-2.1",
                "2.12.7+dfsg+really2.9.14-2.1+deb13u3",
            ),
            ("1.7.24~ds1-6", "1.7.24~ds1-6+deb13u1"),
            ("6.12.107-1", "6.12.117-1"),
        ];
        for (old, new) in updates {
            assert!(normalise(new) > normalise(old), "{old} to {new}");
        }
    }
}
