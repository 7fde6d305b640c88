//! Names a person may have meant.

/// The `limit` candidates closest to `wanted`, best first; empty when nothing is near.
///
/// Near is: one contains the other as a word part, or the optimal-string-alignment distance (insert,
/// delete, replace, swap neighbours) is at most a third of the length.
pub fn nearest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    let allowed = (wanted.chars().count() / 3).clamp(1, 4);
    let mut scored: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|name| Some((score(wanted, name, allowed)?, name)))
        .collect();
    scored.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| a.1.len().cmp(&b.1.len()))
            .then(a.1.cmp(b.1))
    });
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(limit).map(|(_, name)| name).collect()
}

/// Lower is nearer.
fn score(wanted: &str, name: &str, allowed: usize) -> Option<usize> {
    if let Some(distance) = distance_within(wanted, name, allowed) {
        return Some(distance * 2);
    }
    let contained =
        wanted.len() >= 3 && (name.contains(wanted) || (name.len() >= 3 && wanted.contains(name)));
    contained.then_some(allowed * 2 + 1)
}

fn distance_within(a: &str, b: &str, allowed: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    let distance = distance(&a, &b);
    (distance <= allowed).then_some(distance)
}

/// Optimal string alignment distance, in three rows.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(previous[j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_found() {
        let names = ["bash", "strace", "dash", "openssl", "openssl-libs"];
        assert_eq!(nearest("starce", names, 3), ["strace"]);
        assert_eq!(nearest("bsah", names, 3), ["bash"]);
        assert_eq!(nearest("ssl", names, 3), ["openssl", "openssl-libs"]);
        assert!(nearest("kubernetes", names, 3).is_empty());
    }
}
