//! What the log of rpmbuild tells about a failure.

/// How many of the last lines an error shows.
const SHOWN_LINES: usize = 25;

/// The stage in which rpmbuild failed: `%build` and the like, `parse` for a spec file it cannot read, `packaging` for
/// what follows `%install`.
pub(crate) fn failed(log: &str) -> &str {
    let exit = log.lines().rev().find_map(|line| {
        let rest = line.trim().strip_prefix("error: Bad exit status from ")?;
        Some(rest.rsplit_once('(')?.1.trim_end_matches(')'))
    });
    match exit {
        Some(stage) => stage,
        None if log.contains("Executing(") => "packaging",
        None => "parse",
    }
}

/// The lines of a log that are worth showing: rpm's own errors when there are such, else the last ones.
pub(crate) fn excerpt(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_is_the_one_rpmbuild_names() {
        let log = "Executing(%prep): /bin/sh\nExecuting(%check): /bin/sh\nerror: Bad exit status from /build/tmp/rpm-tmp.x (%check)\n\n\
                   RPM build errors:\n    Bad exit status from /build/tmp/rpm-tmp.x (%check)\n";
        assert_eq!(failed(log), "%check");
    }

    #[test]
    fn without_a_script_it_is_the_spec_file_or_the_packaging() {
        assert_eq!(failed("error: line 3: Unknown tag: Foo\n"), "parse");
        assert_eq!(
            failed("Executing(%install): /bin/sh\nerror: File not found: /x\n"),
            "packaging"
        );
    }

    #[test]
    fn of_a_long_log_the_end_is_shown() {
        let log: String = (0..100).map(|n| format!("{n}\n")).collect();
        assert!(excerpt(&log).starts_with("75\n") && excerpt(&log).ends_with("99"));
    }
}
