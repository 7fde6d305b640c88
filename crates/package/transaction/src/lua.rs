//! Scriptlets in rpm's embedded language.

use std::path::Path;

use confine::{Confine, Finished};
use rpmlua::Script as Chunk;

use crate::task::Script;

/// Run one with `root` as its own. Nothing of it need be there: see [`Confine::call`].
pub(crate) fn run(root: &Path, script: &Script) -> Result<Finished, confine::Error> {
    let title = format!("{}({})", script.section, script.package);
    let files: Vec<&str> = script.input.lines().collect();
    let chunk = Chunk {
        name: &title,
        body: &script.body,
        arguments: &script.arguments,
        files: &files,
    };
    Confine::new(root).call(script.input.as_bytes(), || match rpmlua::run(&chunk) {
        Ok(()) => 0,
        Err(error) => {
            let text = format!("error: {error}\n");
            let _ = rustix::io::write(rustix::stdio::stderr(), text.as_bytes());
            1
        }
    })
}
