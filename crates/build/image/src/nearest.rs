//! "Did you mean": names close to a mistyped one.

/// Up to three names, the closest first; names that share nothing with it are not offered.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let limit = wanted.chars().count() / 3 + 1;
    let mut close: Vec<(usize, &str)> = names
        .map(|name| (distance(wanted, name), name))
        .filter(|(distance, name)| *distance <= limit || name.contains(wanted))
        .collect();
    close.sort_unstable();
    close.dedup();
    close
        .into_iter()
        .take(3)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// "; did you mean a, b?", or nothing.
pub(crate) fn hint(suggestions: &[String]) -> String {
    match suggestions {
        [] => String::new(),
        some => format!("; did you mean {}?", some.join(", ")),
    }
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_found() {
        let names = ["openssh-server", "openssl", "bash"];
        assert_eq!(nearest("opensh-server", names.into_iter()), ["openssh-server"]);
        assert_eq!(nearest("opensl", names.into_iter()), ["openssl"]);
        assert!(nearest("kubernetes", names.into_iter()).is_empty());
    }

    #[test]
    fn distances() {
        assert_eq!(
            (
                distance("", "ab"),
                distance("kitten", "sitting"),
                distance("a", "a")
            ),
            (2, 3, 0)
        );
    }
}
