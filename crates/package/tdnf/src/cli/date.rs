//! Dates as the original prints them.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};

/// `Fri Nov 20 2026 09:55`, in UTC.
pub(crate) fn date_time(seconds: i64) -> String {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[weekday repr:short] [month repr:short] [day] [year] [hour]:[minute]");
    written(seconds, FORM)
}

/// `Fri Nov 20 2026`, in UTC.
pub(crate) fn date(seconds: i64) -> String {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[weekday repr:short] [month repr:short] [day] [year]");
    written(seconds, FORM)
}

/// `Fri Nov 20 09:55:53 2026` as of asctime(3), in UTC.
pub(crate) fn moment(seconds: i64) -> String {
    const FORM: &[BorrowedFormatItem<'_>] = format_description!(
        "[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:[second] [year]"
    );
    written(seconds, FORM)
}

/// A number of seconds that is no date is written as the number.
fn written(seconds: i64, form: &[BorrowedFormatItem<'_>]) -> String {
    let date = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let text = date.and_then(|date| date.format(form).ok());
    text.unwrap_or_else(|| seconds.to_string())
}

/// Seconds since 1970 of `2026-11-20`, `2026-11-20 09:55:53` (UTC) or of a number of seconds.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let (year, month, day) = (numbers.next()?.parse().ok()?, numbers.next()?, numbers.next()?);
    let month = month.parse::<u8>().ok()?.try_into().ok()?;
    let date = Date::from_calendar_date(year, month, day.parse().ok()?).ok()?;
    let mut rest = || numbers.next().map_or(Some(0), |part| part.parse().ok());
    let time = Time::from_hms(rest()?, rest()?, rest()?).ok()?;
    Some(date.with_time(time).assume_utc().unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date_time(0), "Thu Jan 01 1970 00:00");
        assert_eq!(date_time(951_782_400), "Tue Feb 29 2000 00:00");
        assert_eq!(date_time(1_795_168_553), "Fri Nov 20 2026 09:55");
        assert_eq!(moment(1_430_481_600), "Fri May  1 12:00:00 2015");
    }

    #[test]
    fn dates_are_read_back() {
        assert_eq!(parse("2015-05-01 12:00:00"), Some(1_430_481_600));
        assert_eq!(parse("2000-02-29"), Some(951_782_400));
        assert_eq!(parse("1795168553"), Some(1_795_168_553));
        for text in ["", "soon", "2015-13-01", "99999999999999999999-01-01"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
