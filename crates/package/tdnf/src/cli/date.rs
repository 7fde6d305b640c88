//! Dates as the original prints them.

/// `Fri Nov 20 2026 09:55`, in UTC.
pub(crate) fn date_time(seconds: i64) -> String {
    let rest = seconds.rem_euclid(86_400);
    format!("{} {:02}:{:02}", date(seconds), rest / 3600, rest / 60 % 60)
}

/// `Fri Nov 20 2026`, in UTC.
pub(crate) fn date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let (year, month, day) = civil(days);
    format!("{} {} {day:02} {year}", weekday(days), MONTHS[month - 1])
}

/// `Fri Nov 20 09:55:53 2026` as of asctime(3), in UTC.
pub(crate) fn moment(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!(
        "{} {} {day:>2} {:02}:{:02}:{:02} {year}",
        weekday(days),
        MONTHS[month - 1],
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

/// Seconds since 1970 of `2026-11-20`, `2026-11-20 09:55:53` (UTC) or of a number of seconds.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let mut rest = || numbers.next().flatten().unwrap_or(0);
    let (hour, minute, second) = (rest(), rest(), rest());
    let sane = (1..=12).contains(&month) && (1..=31).contains(&day) && (0..10_000).contains(&year);
    sane.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

fn weekday(days: i64) -> &'static str {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    DAYS[days.rem_euclid(7) as usize]
}

/// Days since 1970 of a date (the same, `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = year - i64::from(month <= 2);
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a number of days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, usize, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 {
        month_shifted + 3
    } else {
        month_shifted - 9
    };
    (
        year_of_era + era * 400 + i64::from(month <= 2),
        month as usize,
        day,
    )
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
