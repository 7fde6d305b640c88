//! `repoquery`: selects packages, and prints what is asked about them.

mod answer;
mod format;
mod question;
mod select;

use super::context::Context;
use super::flags::Options;
use crate::error::Error;
use crate::session::Session;
use question::Question;

/// `repoquery [PACKAGE]`
pub(crate) fn repoquery(context: &Context, words: &[String]) -> Result<(), Error> {
    if words.len() > 1 {
        let text = "repoquery takes one package at most; use a pattern, or a,b with --what...".to_owned();
        return Err(Error::Usage { code: 902, text });
    }
    let question = Question::of(&context.options)?;
    let session = session_for(context)?;
    let found = select::select(context, &session, words)?;
    answer::answer(context, &session, &question, &found)
}

/// What is installed is known without any repository.
fn session_for(context: &Context) -> Result<Session, Error> {
    match needs_repositories(&context.options) {
        true => context.session_with_repos(),
        false => context.session(),
    }
}

fn needs_repositories(options: &Options) -> bool {
    let of_installed = ["installed", "duplicates", "userinstalled"];
    let of_offered = ["available", "upgrades", "downgrades", "extras"];
    !of_installed.iter().any(|flag| options.has(flag)) || of_offered.iter().any(|flag| options.has(flag))
}
