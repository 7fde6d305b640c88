//! How severe an advisory is: CVSS base scores, or words for ranges of them.

/// A severity as a CVSS v3 base score. Words mean the lowest score of their range (CVSS v3.1 specification,
/// section 5, and the words of Red Hat's advisories).
pub(crate) fn score(text: &str) -> Option<f32> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "none" => Some(0.0),
        "low" => Some(0.1),
        "moderate" | "medium" => Some(4.0),
        "important" | "high" => Some(7.0),
        "critical" => Some(9.0),
        number => number.parse().ok().filter(|score| (0.0..=10.0).contains(score)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_on_one_scale() {
        assert!(score("critical") > score("Important") && score("8.1") > score("high"));
        assert_eq!(score("6.9").map(|s| s >= 7.0), Some(false));
        for text in ["", "grave", "11", "NaN", "-1"] {
            assert_eq!(score(text), None, "{text}");
        }
    }
}
