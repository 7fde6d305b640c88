//! One operation on a repository, to be measured from outside (`perf stat`, `time`):
//! `measure URL CACHE-DIRECTORY refresh|list|provides PATH|owner PATH|requires NAME`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use repodata::{Config, DependencyKind, Error, Freshness, Repo};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, cache, operation, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: measure URL CACHE-DIRECTORY refresh|list|provides PATH|owner PATH|requires NAME");
        return ExitCode::from(2);
    };
    match run(url, cache, operation, rest.first().map_or("", String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(url: &str, cache: &str, operation: &str, subject: &str) -> Result<(), Error> {
    let config = Config {
        mirrors: None,
        id: "measured".to_owned(),
        base_urls: vec![url.to_owned()],
        cache_dir: PathBuf::from(cache),
        keyring: None,
        expire: None,
    };
    let client = download::Client::default();
    let freshness = if operation == "refresh" {
        Freshness::Always
    } else {
        Freshness::IfExpired
    };
    let repo = Repo::load(config, &client, freshness)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    // A closed pipe ends the output, and nothing else.
    let _ = match operation {
        "list" => list(&repo, &mut out),
        "owner" => repo
            .packages()
            .primary_file_owners(subject)
            .try_for_each(|package| writeln!(out, "{package:?}")),
        "provides" => {
            let owners = repo.files(&client)?.owners(subject);
            let packages = owners.into_iter().filter_map(|id| repo.packages().package(id));
            packages
                .into_iter()
                .try_for_each(|package| writeln!(out, "{package:?}"))
        }
        "requires" => {
            let mut found = repo.packages().dependents(DependencyKind::Requires, subject);
            found.try_for_each(|(package, _)| writeln!(out, "{}", package.name()))
        }
        _ => writeln!(out, "{} packages", repo.packages().len()),
    };
    Ok(())
}

fn list(repo: &Repo, out: &mut impl Write) -> std::io::Result<()> {
    repo.packages().sorted().try_for_each(|package| {
        writeln!(
            out,
            "{:55} {}-{} {}",
            package.name(),
            package.version(),
            package.release(),
            package.arch()
        )
    })
}
