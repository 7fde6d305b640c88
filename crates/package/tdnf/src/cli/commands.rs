//! The one table of commands: dispatch, `--help`, manual pages and completions come from it.

use super::context::Context;
use super::{
    change, consistency, download, generate, lock, maintain, query, repoquery, reposync, restarting,
    updateinfo, why,
};
use crate::error::Error;

/// One command with its other names.
pub(crate) struct Command {
    pub(crate) names: &'static [&'static str],
    pub(crate) arguments: &'static str,
    /// Empty for commands that are not in the help.
    pub(crate) help: &'static str,
    /// Fewer words are an error.
    pub(crate) least: usize,
    /// What its words stand for, for completions.
    pub(crate) takes: Takes,
    pub(crate) run: fn(&Context, &[String]) -> Result<(), Error>,
}

/// What the words of a command stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// It takes none.
    Nothing,
    /// Anything; there is nothing to offer.
    Text,
    /// One of these, then packages.
    Words(&'static [&'static str]),
    /// Installed packages.
    Installed,
    /// Packages of the repositories, or package files.
    Available,
    /// A directory.
    Directory,
}

const fn command(
    names: &'static [&'static str],
    arguments: &'static str,
    least: usize,
    takes: Takes,
    run: fn(&Context, &[String]) -> Result<(), Error>,
    help: &'static str,
) -> Command {
    Command {
        names,
        arguments,
        help,
        least,
        takes,
        run,
    }
}

use Takes::{Available, Directory, Installed, Nothing, Text, Words};

/// What `list`, `info` and `updateinfo` can be limited to.
const SCOPES: &[&str] = &[
    "all",
    "installed",
    "available",
    "extras",
    "obsoletes",
    "recent",
    "upgrades",
    "updates",
    "downgrades",
];

/// Every command, in the order of the help.
#[rustfmt::skip]
pub(crate) const COMMANDS: &[Command] = &[
    command(&["autoremove", "autoerase"], "[PACKAGE...]", 0, Installed, change::autoremove, "remove what nobody asked for and nothing needs"),
    command(&["check"], "", 0, Nothing, consistency::check, "check that what is installed fits together"),
    command(&["check-local"], "DIR", 1, Directory, consistency::check_local, "check that the packages of a directory fit together"),
    command(&["check-update"], "[PACKAGE...]", 0, Installed, query::check_update, "list packages for which there is a newer one"),
    command(&["clean"], "packages|metadata|dbcache|keys|plugins|expire-cache|all", 0, Words(&["packages", "metadata", "dbcache", "keys", "plugins", "expire-cache", "all"]), maintain::clean, "remove cached data"),
    command(&["count"], "", 0, Nothing, query::count, "count installed and available packages"),
    command(&["distro-sync"], "[PACKAGE...]", 0, Installed, change::distro_sync, "make installed packages equal to those of the repositories"),
    command(&["downgrade"], "[PACKAGE...]", 0, Installed, change::downgrade, "go back to an older version"),
    command(&["download"], "PACKAGE...", 1, Available, download::download, "put package files into a directory"),
    command(&["generate"], "bash|zsh|fish|tdnf.8|tdnf.conf.5|table", 1, Nothing, generate::generate, ""),
    command(&["history"], "[list|init|update|rollback|undo|redo] [N|N-M|last]", 0, Words(&["list", "init", "update", "rollback", "undo", "redo"]), maintain::history, "show or change what was done"),
    command(&["info"], "[SCOPE] [PACKAGE...]", 0, Words(SCOPES), query::info, "describe packages"),
    command(&["install"], "PACKAGE|FILE|URL...", 1, Available, change::install, "install packages, and what they need"),
    command(&["list"], "[SCOPE] [PACKAGE...]", 0, Words(SCOPES), query::list, "list packages"),
    command(&["lock"], "write|check|install [FILE]", 1, Words(&["write", "check", "install"]), lock::lock, "pin a system to the byte, or make it what was pinned"),
    command(&["makecache"], "", 0, Nothing, maintain::makecache, "fetch the metadata of all enabled repositories"),
    command(&["mark"], "install|remove PACKAGE...", 2, Words(&["install", "remove"]), maintain::mark, "mark packages as wanted, or as dependencies only"),
    command(&["needs-restarting"], "", 0, Nothing, restarting::needs_restarting, "list processes that still use files that were replaced"),
    command(&["provides", "whatprovides"], "CAPABILITY|FILE...", 1, Text, query::provides, "find packages that provide something"),
    command(&["recover"], "", 0, Nothing, maintain::recover, "complete a transaction that was interrupted"),
    command(&["reinstall"], "PACKAGE...", 1, Installed, change::reinstall, "install the same packages again"),
    command(&["remove", "erase"], "PACKAGE...", 1, Installed, change::remove, "remove packages, and what needs them"),
    command(&["repolist"], "[all|enabled|disabled]", 0, Words(&["all", "enabled", "disabled"]), query::repolist, "list repositories"),
    command(&["repoquery"], "[PACKAGE]", 0, Available, repoquery::repoquery, "search packages by their relations, print what is asked about them"),
    command(&["reposync"], "", 0, Nothing, reposync::reposync, "copy repositories to a directory"),
    command(&["search"], "WORD...", 1, Text, query::search, "search names, summaries and descriptions"),
    command(&["update", "upgrade", "update-to", "upgrade-to"], "[PACKAGE...]", 0, Installed, change::update, "update packages"),
    command(&["updateinfo"], "[summary|list|info] [all|installed|available|updates] [PACKAGE...]", 0, Words(&["summary", "list", "info", "all", "installed", "available", "updates"]), updateinfo::updateinfo, "show what updates would fix"),
    command(&["why"], "PACKAGE...", 1, Installed, why::why, "show what keeps packages installed"),
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
