//! Manual pages and completions, made from the table in [`crate::cli`].

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;

use crate::cli::Cli;

pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lumen", &mut text);
    Ok(io::stdout().write_all(&text)?)
}

/// Prints `lumen(1)`, or writes it and the pages of the commands to a directory.
pub(crate) fn pages(out: Option<&Path>) -> anyhow::Result<()> {
    match out {
        None => Ok(clap_mangen::Man::new(Cli::command()).render(&mut io::stdout())?),
        Some(dir) => {
            fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
            clap_mangen::generate_to(Cli::command(), dir)
                .with_context(|| format!("cannot write manual pages to {}", dir.display()))
        }
    }
}
