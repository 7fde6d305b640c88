//! Manual pages (man(7)).

use std::fmt::Write as _;

use super::super::flags::Flag;
use super::{shown_commands, shown_flags};
use crate::config::keys::{Key, MAIN, REPOSITORY};

const DESCRIPTION: &str = "installs, updates and removes RPM packages. What is to be changed is shown and asked \
about before; a transaction happens wholly or not at all, also when power fails. Every option can be written with one \
dash or two, and shortened as long as it stays unambiguous. Options and arguments may come in any order.";

/// `tdnf.8`
pub(super) fn command() -> String {
    let mut text = head("TDNF", 8, "package manager");
    text.push_str(
        ".SH SYNOPSIS\n.B tdnf\n[\\fIOPTION\\fR...] \\fICOMMAND\\fR [\\fIARGUMENT\\fR...]\n.br\n.B tdnfj\n",
    );
    let _ = writeln!(text, ".SH DESCRIPTION\n.B tdnf\n{}", escaped(DESCRIPTION));
    text.push_str(".PP\n.B tdnfj\nis \\fBtdnf \\-j \\-y\\fR: it asks nothing and prints one JSON document.\n.SH COMMANDS\n");
    for command in shown_commands() {
        let names: Vec<String> = command
            .names
            .iter()
            .map(|name| format!("\\fB{}\\fR", escaped(name)))
            .collect();
        let heading = format!("{} {}", names.join(", "), escaped(command.arguments));
        let _ = writeln!(text, ".TP\n{}", heading.trim_end());
        let _ = writeln!(text, "{}.", escaped(command.help));
    }
    text.push_str(".SH OPTIONS\n");
    options(&mut text, |flag| flag.of.is_empty());
    for command in shown_commands() {
        let name = command.names[0];
        if shown_flags().any(|flag| flag.of.contains(&name)) {
            let _ = writeln!(text, ".SS Options of {}", escaped(name));
            options(&mut text, |flag| flag.of.contains(&name));
        }
    }
    text.push_str(TAIL);
    text
}

const TAIL: &str = r".SH EXIT STATUS
0 when all went well, also when there was nothing to do. 100 when check\-update found updates and
\fIdnf_check_update_compat\fR is set. Otherwise the low eight bits of the number in the message
\fBError(\fIN\fB)\fR.
.SH SIGNALS
Ctrl\-C, and SIGTERM and SIGHUP, end it with error 1032. What has arrived of a file is kept, and the next run goes on
there. A transaction that is being unpacked is taken back; one that has begun to change the system is completed first.
.SH FILES
.TP
\fI/etc/tdnf/tdnf.conf\fR
configuration, see tdnf.conf(5)
.TP
\fI/etc/yum.repos.d/*.repo\fR
repositories
.TP
\fI/etc/tdnf/protected.d\fR, \fIlocks.d\fR, \fIminversions.d\fR
lists of packages that must not be removed, changed, or be older than a version
.TP
\fI/var/cache/tdnf\fR
metadata and packages
.TP
\fI/usr/lib/sysimage/tdnf/history.db\fR
what was done
.SH SEE ALSO
tdnf.conf(5), rpm(8)
";

/// `tdnf.conf.5`
pub(super) fn configuration() -> String {
    let mut text = head("TDNF.CONF", 5, "configuration of tdnf and of repositories");
    text.push_str(
        ".SH DESCRIPTION\nSettings are written \\fIkey\\fB=\\fIvalue\\fR, one per line, in sections \
         \\fB[\\fIname\\fB]\\fR. Lines that begin with # or ; are comments; a line that begins with a blank goes on \
         with the value before. Switches are 1, yes, true, on and their opposites; lists are separated by blanks or \
         commas. Keys that are not known are left alone.\n.PP\nIn \\fI.repo\\fR files \\fB$releasever\\fR, \
         \\fB$basearch\\fR and the files of \\fIvarsdir\\fR are variables.\n",
    );
    text.push_str(".SH SECTION [MAIN]\n");
    keys(&mut text, MAIN);
    text.push_str(".SH SECTIONS OF REPOSITORIES\nEach section of a \\fI.repo\\fR file is a repository.\n");
    keys(&mut text, REPOSITORY);
    text.push_str(".SH SEE ALSO\ntdnf(8)\n");
    text
}

/// Without a date: the same tables give the same page.
fn head(name: &str, section: u8, about: &str) -> String {
    let lower = name.to_lowercase();
    format!(
        ".\\\" Made by \"tdnf generate\". Do not edit.\n.TH {name} {section} \"\" Lumen\n.SH NAME\n{lower} \\- {about}\n"
    )
}

fn options(text: &mut String, wanted: impl Fn(&Flag) -> bool) {
    for flag in shown_flags().filter(|flag| wanted(flag)) {
        let short = flag
            .short
            .map_or_else(String::new, |letter| format!("\\fB\\-{letter}\\fR, "));
        let value = flag
            .effect
            .value()
            .map_or_else(String::new, |value| format!(" \\fI{}\\fR", escaped(value)));
        let _ = writeln!(text, ".TP\n{short}\\fB\\-\\-{}\\fR{value}", escaped(flag.long));
        let _ = writeln!(text, "{}", escaped(flag.help));
    }
}

fn keys(text: &mut String, keys: &[Key]) {
    for key in keys {
        let _ = writeln!(
            text,
            ".TP\n\\fB{}\\fR ({})",
            escaped(key.name),
            escaped(key.default)
        );
        let _ = writeln!(text, "{}", escaped(key.help));
    }
}

/// Dashes that are to be copied, backslashes, and lines that would begin with a request.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}
