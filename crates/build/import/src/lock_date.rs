//! Dates of the lock file: `2026-09-12T07:55:41Z` (RFC 3339, UTC only).

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Writes seconds since 1970; what is beyond the year 9999 is its last second.
pub(crate) fn format(seconds: u64) -> String {
    const LAST: i64 = 253_402_300_799;
    let seconds = i64::try_from(seconds).unwrap_or(LAST).min(LAST);
    let date = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    date.format(&Rfc3339).unwrap_or_default()
}

/// Reads what [`format`] writes, and nothing else.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let date = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let seconds = date.unix_timestamp().try_into().ok()?;
    (format(seconds) == text).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_date_1() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_709_164_800, "2024-02-29T00:00:00Z"),
            (1_789_199_741, "2026-09-12T07:55:41Z"),
        ] {
            assert_eq!(format(seconds), text);
            assert_eq!(parse(text), Some(seconds));
        }
    }

    #[test]
    fn every_day_of_a_century_survives() {
        assert!((0..36_525).all(|day| parse(&format(day * 86_400 + 7)) == Some(day * 86_400 + 7)));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-09-12 07:55:41",
            "2026-09-12T07:55:41+02:00",
            "2026-13-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
