//! Programs that want root, for tests of an ordinary user: rpm changes its root directory, dnf asks who it is.

use std::path::Path;
use std::process::Command;

/// A program as root: of the machine where that is who runs the test, else of a user namespace (unshare(1)) that has also
/// the user's subordinate ids, if he has some (subuid(5)), so that files can be given to others.
pub fn command(program: &str) -> Command {
    if rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user"]);
    if Path::new("/usr/bin/newuidmap").exists() {
        command.arg("--map-auto");
    }
    command.args(["--", program]);
    command
}
