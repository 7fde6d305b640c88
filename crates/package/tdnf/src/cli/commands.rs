//! The one table of commands: dispatch and `--help` come from it.

use super::context::Context;
use super::{change, maintain, query};
use crate::error::Error;

/// One command with its other names.
pub(crate) struct Command {
    pub(crate) names: &'static [&'static str],
    pub(crate) arguments: &'static str,
    pub(crate) help: &'static str,
    /// Fewer words are an error.
    pub(crate) least: usize,
    pub(crate) run: fn(&Context, &[String]) -> Result<(), Error>,
}

const fn command(
    names: &'static [&'static str],
    arguments: &'static str,
    least: usize,
    run: fn(&Context, &[String]) -> Result<(), Error>,
    help: &'static str,
) -> Command {
    Command {
        names,
        arguments,
        help,
        least,
        run,
    }
}

/// Every command, in the order of the help.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Command] = &[
    command(&["autoremove", "autoerase"], "[PACKAGE...]", 0, change::autoremove, "remove what nobody asked for and nothing needs"),
    command(&["check"], "", 0, query::check, "check that what is installed fits together"),
    command(&["check-update"], "[PACKAGE...]", 0, query::check_update, "list packages for which there is a newer one"),
    command(&["clean"], "packages|metadata|dbcache|keys|expire-cache|all", 0, maintain::clean, "remove cached data"),
    command(&["count"], "", 0, query::count, "count installed and available packages"),
    command(&["distro-sync"], "[PACKAGE...]", 0, change::distro_sync, "make installed packages equal to those of the repositories"),
    command(&["downgrade"], "PACKAGE...", 1, change::downgrade, "go back to an older version"),
    command(&["history"], "[list|init|undo|redo|rollback] [N|N-M|last]", 0, maintain::history, "show or change what was done"),
    command(&["info"], "[SCOPE] [PACKAGE...]", 0, query::info, "describe packages"),
    command(&["install"], "PACKAGE|FILE|URL...", 1, change::install, "install packages, and what they need"),
    command(&["list"], "[SCOPE] [PACKAGE...]", 0, query::list, "list packages"),
    command(&["makecache"], "", 0, maintain::makecache, "fetch the metadata of all enabled repositories"),
    command(&["mark"], "install|remove PACKAGE...", 2, maintain::mark, "mark packages as wanted, or as dependencies only"),
    command(&["provides", "whatprovides"], "CAPABILITY|FILE...", 1, query::provides, "find packages that provide something"),
    command(&["recover"], "", 0, maintain::recover, "complete a transaction that was interrupted"),
    command(&["reinstall"], "PACKAGE...", 1, change::reinstall, "install the same packages again"),
    command(&["remove", "erase"], "PACKAGE...", 1, change::remove, "remove packages, and what needs them"),
    command(&["repolist"], "[all|enabled|disabled]", 0, query::repolist, "list repositories"),
    command(&["search"], "WORD...", 1, query::search, "search names, summaries and descriptions"),
    command(&["update", "upgrade", "update-to", "upgrade-to"], "[PACKAGE...]", 0, change::update, "update packages"),
];

/// Finds a command by any of its names.
pub(crate) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_table_once() {
        let mut names: Vec<&str> = COMMANDS
            .iter()
            .flat_map(|command| command.names)
            .copied()
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn aliases_find_their_command() {
        assert_eq!(find("erase").unwrap().names[0], "remove");
        assert!(find("groups").is_none());
    }
}
