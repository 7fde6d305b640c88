//! `pmd`: the management daemon, and what an administrator does with it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use pmd::config::{self, Config};
use pmd::{audit, setup, tls};

/// The management daemon.
#[derive(Parser)]
#[command(version)]
struct Line {
    /// The configuration.
    #[arg(long, default_value = config::FILE, global = true)]
    config: PathBuf,
    #[command(subcommand)]
    command: Do,
}

#[derive(Subcommand)]
enum Do {
    /// Serve; systemd does this.
    Serve,
    /// Turn it on, now and at each boot.
    Enable,
    /// Turn it off.
    Disable,
    /// Print the OpenAPI document.
    Openapi,
    /// Look whether the configuration can be used.
    Check,
    /// The audit log.
    Audit {
        #[command(subcommand)]
        what: AuditLine,
    },
    /// The certificate of our own making.
    Certificate {
        #[command(subcommand)]
        what: CertificateLine,
    },
}

#[derive(Subcommand)]
enum AuditLine {
    /// Check that no line was changed, removed or put in.
    Verify {
        /// The log, if not that of the configuration.
        file: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum CertificateLine {
    /// Make a new key and certificate; `systemctl reload pmd` takes them up.
    Rotate,
    /// Print the certificate, for clients to trust.
    Show,
}

fn main() -> ExitCode {
    let line = Line::parse();
    match run(&line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pmd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(line: &Line) -> anyhow::Result<()> {
    match &line.command {
        Do::Serve => pmd::serve(&line.config),
        Do::Enable => enable(&line.config),
        Do::Disable => setup::switch(false),
        Do::Openapi => print(&serde_json::to_string_pretty(&pmd_api::openapi::document())?),
        Do::Check => Config::load(&line.config).map(drop),
        Do::Audit {
            what: AuditLine::Verify { file },
        } => verify(&line.config, file.as_deref()),
        Do::Certificate { what } => certificate(&line.config, what),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    // When nobody reads, there is nobody to tell either.
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(())
}

fn enable(path: &Path) -> anyhow::Result<()> {
    let config = Config::load(path)?;
    setup::switch(true)?;
    let places: Vec<String> = config.listen.tls.iter().map(ToString::to_string).collect();
    print(&format!(
        "pmd is on: https at {}, and {}. The firewall lets nobody in yet; the guide says how.",
        places.join(", "),
        config.listen.unix.unwrap_or_default().display()
    ))
}

fn verify(path: &Path, file: Option<&Path>) -> anyhow::Result<()> {
    let file = match file {
        Some(file) => file.to_owned(),
        None => Config::load(path)?.paths.audit,
    };
    let count =
        audit::verify(&file).with_context(|| format!("{} is not as it was written", file.display()))?;
    print(&format!("{count} entries, none changed, removed or put in"))
}

fn certificate(path: &Path, what: &CertificateLine) -> anyhow::Result<()> {
    let config = Config::load(path)?;
    let files = tls::Files::of(&config)?;
    match what {
        CertificateLine::Rotate if !files.own => {
            anyhow::bail!(
                "{} is not of our making; replace it and reload",
                files.certificate.display()
            )
        }
        CertificateLine::Rotate => files.make(config.tls.days),
        CertificateLine::Show => {
            let text = std::fs::read_to_string(&files.certificate)
                .with_context(|| format!("cannot read {}", files.certificate.display()))?;
            print(text.trim_end())
        }
    }
}
