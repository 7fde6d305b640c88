//! nsswitch.conf(5): sssd is asked after what is on the host, so that a directory can never take the place of a local account.

/// Where it is.
pub(super) const FILE: &str = "/etc/nsswitch.conf";

/// What sssd knows (sssd.conf(5), services).
const DATABASES: [&str; 3] = ["passwd", "group", "shadow"];

/// The file with `sss` last in each database.
pub(super) fn with_sss(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(added).collect();
    for database in DATABASES {
        if !lines.iter().any(|line| of_database(line, database)) {
            lines.push(format!("{database}: files sss"));
        }
    }
    lines.join("\n") + "\n"
}

fn of_database(line: &str, database: &str) -> bool {
    line.trim_start()
        .strip_prefix(database)
        .is_some_and(|rest| rest.trim_start().starts_with(':'))
}

fn added(line: &str) -> String {
    let known = DATABASES.iter().any(|database| of_database(line, database));
    let (words, comment) = line
        .split_once('#')
        .map_or((line, None), |(words, comment)| (words, Some(comment)));
    if !known || words.split_whitespace().any(|word| word == "sss") {
        return line.to_owned();
    }
    match comment {
        None => format!("{} sss", words.trim_end()),
        Some(comment) => format!("{} sss #{comment}", words.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sss_is_last_in_three_databases_and_the_rest_is_as_it_was() {
        let before = "# c\npasswd:     files systemd\ngroup:      files [SUCCESS=merge] systemd # x\n\nhosts: files dns\n";
        let after = "# c\npasswd:     files systemd sss\ngroup:      files [SUCCESS=merge] systemd sss # x\n\nhosts: files dns\nshadow: files sss\n";
        assert_eq!(with_sss(before), after);
        assert_eq!(with_sss(after), after);
    }

    #[test]
    fn a_database_with_a_similar_name_is_another() {
        let text = with_sss("passwd_compat: nis\ngroup : files\n");
        assert!(
            text.starts_with("passwd_compat: nis\ngroup : files sss\n"),
            "{text}"
        );
    }
}
