//! The text of progress bars.

use super::output::size;

/// Numbers of the original: `NAME                          12345  50%`; and a bar where there is room for one.
pub(crate) fn transfer(name: &str, done: u64, total: u64, width: usize) -> String {
    let done = done.min(total);
    let text = format!("{} {:>3}%", numbers(name, done), percent(done, total));
    let room = width.saturating_sub(text.len() + 4);
    if room < 8 {
        return text.chars().take(width.saturating_sub(1)).collect();
    }
    format!("{text} [{}]", bar(done, total, room))
}

/// `NAME                          12345`
pub(crate) fn numbers(name: &str, bytes: u64) -> String {
    // A name comes from elsewhere and must not steer the terminal.
    let name = name.replace(char::is_control, "?");
    format!("{name:<35} {bytes:>10}")
}

/// `Downloading [#####     ]  50% 1.00M/2.00M 512.00k/s`
pub(crate) fn whole(doing: &str, done: u64, total: u64, speed: Option<u64>, width: usize) -> String {
    let done = done.min(total);
    let speed = speed.map_or_else(String::new, |speed| format!(" {}/s", size(speed)));
    let numbers = format!(
        "{:>3}% {}/{}{speed}",
        percent(done, total),
        size(done),
        size(total)
    );
    let room = width.saturating_sub(doing.len() + numbers.len() + 5).max(4);
    format!("{doing} [{}] {numbers}", bar(done, total, room))
}

fn percent(done: u64, total: u64) -> u64 {
    (u128::from(done) * 100)
        .checked_div(u128::from(total))
        .map_or(100, |percent| percent as u64)
}

fn bar(done: u64, total: u64, room: usize) -> String {
    let filled = room * percent(done, total) as usize / 100;
    format!("{}{}", "#".repeat(filled), " ".repeat(room - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fits_its_line_and_never_overflows() {
        for done in [0, 1, 500, 1000, 5000] {
            for width in [40, 60, 80, 200] {
                let lines = [
                    whole("Downloading", done, 1000, Some(12_345), width.max(60)),
                    transfer("a-name-1-1.noarch", done, 1000, width),
                ];
                assert!(
                    lines[0].len() < width.max(60) && lines[1].len() < width,
                    "{lines:?}"
                );
            }
        }
        assert!(whole("Unpacking", 1000, 1000, None, 60).contains("100%"));
        assert!(whole("Unpacking", 0, 0, None, 60).contains("100%"));
    }

    #[test]
    fn a_transfer_has_the_columns_of_the_original() {
        let text = transfer("app-1-1.noarch", 500, 1000, 80);
        let expected = format!("{:<35} {:>10}  50% [", "app-1-1.noarch", 500);
        assert!(text.starts_with(&expected), "{text}");
        assert!(!transfer("\u{1b}[2J", 1, 2, 80).contains('\u{1b}'));
    }
}
