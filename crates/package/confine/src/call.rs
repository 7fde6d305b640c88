//! Do something with a root as our own, without any program in it.
//!
//! [`Confine::run`] needs a program in the root. What runs inside of us does not: a copy of this process enters the root
//! and goes on there. It is the way of rpm's `<lua>` scriptlets, which must work where there is nothing yet.
//!
//! The copy sees the tree as it is: without `/proc` and `/dev`, as under rpm. An ordinary user becomes root of a user
//! namespace that holds only himself. The network is left where the system allows it.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, WaitOptions, waitpid};

use crate::run::{input_file, memory_file, read_back};
use crate::{Confine, Error, Finished};

/// What the copy ends with when it cannot enter the root; why is in its output.
const NOT_ENTERED: i32 = 126;

impl Confine {
    /// Do `work` in a copy of this process that has the root as its own; it ends with the status returned.
    ///
    /// `work` must not use the standard streams of `std`: another thread may hold their locks. What it writes to the
    /// descriptors 1 and 2 is collected.
    ///
    /// # Errors
    /// When the copy cannot be made; one that fails is no error here.
    pub fn call(&self, input: &[u8], work: impl FnOnce() -> i32) -> Result<Finished, Error> {
        if !self.binds.is_empty() || self.read_only {
            return Err(Error::NoBinds {
                root: self.root.clone(),
            });
        }
        let failed = |source| Error::Exchange {
            program: "a copy of this program".to_owned(),
            root: self.root.clone(),
            source,
        };
        let input = input_file(input).map_err(failed)?;
        let mut output = memory_file("output").map_err(failed)?;
        let pid = fork::child(|| self.enter_and(&input, &output, work)).map_err(failed)?;
        let status = wait(pid).map_err(failed)?;
        let output = read_back(&mut output).map_err(failed)?;
        Ok(Finished { status, output })
    }

    /// In the copy.
    fn enter_and(&self, input: &File, output: &File, work: impl FnOnce() -> i32) -> i32 {
        match self.become_confined(input, output) {
            Ok(()) => work(),
            Err(error) => {
                let text = format!("cannot enter {}: {error}\n", self.root.display());
                let _ = rustix::io::write(output, text.as_bytes());
                NOT_ENTERED
            }
        }
    }

    fn become_confined(&self, input: &File, output: &File) -> io::Result<()> {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        rustix::stdio::dup2_stdin(input)?;
        rustix::stdio::dup2_stdout(output)?;
        rustix::stdio::dup2_stderr(output)?;
        let _ = rustix::process::setsid();
        self.replace_variables()?;
        if !self.is_system() {
            self.change_root()?;
        }
        Ok(rustix::process::chdir(&self.directory)?)
    }

    fn replace_variables(&self) -> io::Result<()> {
        let variables = self.variables();
        fork::remove_all_variables();
        variables
            .iter()
            .try_for_each(|(name, value)| fork::set_variable(name, value))
    }

    fn change_root(&self) -> io::Result<()> {
        if !rustix::process::geteuid().is_root() {
            fork::become_root_of_own_namespace()?;
        }
        if !self.network {
            let _ = fork::leave_network(); // as far as the system allows it, as the documentation of the module says
        }
        Ok(rustix::process::chroot(&self.root)?)
    }
}

fn wait(pid: Pid) -> io::Result<ExitStatus> {
    loop {
        match waitpid(Some(pid), WaitOptions::empty()) {
            Ok(Some((_, status))) => return Ok(ExitStatus::from_raw(status.as_raw())),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
