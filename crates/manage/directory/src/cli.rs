//! The words and options of `directory`, once: for `pmd-cli directory` and for the program of this crate. Parser, help, manual
//! page and completions come from here.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::{Host, Join, Kind, Leave, Membership, Secret, Server, Test};

/// What can be done about directories.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Join a directory, so that its users can log in here
    Join(Box<JoinOptions>),
    /// Leave it, and put every file back as it was
    Leave(LeaveOptions),
    /// Show which directory this host is in
    Info(OutputOptions),
    /// Try each part on the way of a login
    Test(TestOptions),
}

/// Kinds of directories.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KindOption {
    /// Active Directory, or Samba
    Ad,
    /// LDAP with POSIX accounts
    Ldap,
}

/// Options of `join`.
#[derive(Debug, Args)]
pub struct JoinOptions {
    /// The kind of directory
    pub kind: KindOption,
    /// Its domain, such as example.org
    pub domain: String,
    /// Who may add hosts (ad), or the DN to read as (ldap)
    #[arg(long)]
    pub user: Option<String>,
    /// Read the password from this file, or - for standard input; asked for otherwise
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// A server: HOST, ldap://HOST[:PORT] (StartTLS) or ldaps://HOST[:PORT]; may be repeated. Without, the DNS is asked
    #[arg(long = "server", value_name = "SERVER")]
    pub servers: Vec<String>,
    /// Certificates (PEM) of the CA that signed the LDAP servers'
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Where accounts are in LDAP, if not at the domain's suffix
    #[arg(long, value_name = "DN")]
    pub base: Option<String>,
    /// Where the host's account goes in Active Directory
    #[arg(long, value_name = "DN")]
    pub organizational_unit: Option<String>,
    /// The host's full name in the domain, if it is another than here
    #[arg(long, value_name = "NAME")]
    pub host_name: Option<String>,
    /// Give a directory group a role of pmd; may be repeated
    #[arg(long = "role", value_name = "ROLE=GROUP")]
    pub roles: Vec<String>,
    /// A directory group that may use sudo; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub sudo: Vec<String>,
    /// A directory group that may log in by ssh with a password or a Kerberos ticket; may be repeated
    #[arg(long, value_name = "GROUP")]
    pub ssh: Vec<String>,
    /// Days that users may log in while no server can be reached; 0: for ever
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub offline_days: u32,
    /// Users and groups have the domain in their names: alice@example.org
    #[arg(long)]
    pub qualified: bool,
}

/// Options of `leave`.
#[derive(Debug, Args)]
pub struct LeaveOptions {
    /// Who may remove the host's account from Active Directory; without, it stays there
    #[arg(long)]
    pub user: Option<String>,
    /// Read the password from this file, or - for standard input; asked for otherwise
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// Options of `info`.
#[derive(Debug, Args)]
pub struct OutputOptions {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `test`.
#[derive(Debug, Args)]
pub struct TestOptions {
    /// A user of the directory to look up
    pub user: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Does it on this host. The answer is the exit status: 0, or 1 when a test found something.
///
/// # Errors
/// What to print, with status 1.
pub fn run(command: Command, output: &mut dyn Write) -> anyhow::Result<u8> {
    let host = Host::this();
    match command {
        Command::Join(options) => join(&host, *options, output).map(|()| 0),
        Command::Leave(options) => leave(&host, options, output).map(|()| 0),
        Command::Info(options) => info(&host, &options, output).map(|()| 0),
        Command::Test(options) => test(&host, options, output),
    }
}

fn need_root() -> anyhow::Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("only root may change which directory this host is in");
    }
    Ok(())
}

fn join(host: &Host, options: JoinOptions, output: &mut dyn Write) -> anyhow::Result<()> {
    need_root()?;
    let request = request(options)?;
    let membership = crate::join(host, &request, &mut |line| eprintln!("{line}"))?;
    writeln!(
        output,
        "This host is in the {} {}.",
        membership.kind.shown(),
        membership.domain
    )?;
    Ok(())
}

fn request(options: JoinOptions) -> anyhow::Result<Join> {
    let ca = options.ca.as_ref().map(|path| {
        std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the CA certificates in {}", path.display()))
    });
    let servers = options.servers.iter().map(|server| Server::parse(server));
    Ok(Join {
        kind: match options.kind {
            KindOption::Ad => Kind::Ad,
            KindOption::Ldap => Kind::Ldap,
        },
        servers: servers.collect::<Result<_, _>>()?,
        password: password(options.user.as_deref(), options.password_file.as_ref())?,
        ca: ca.transpose()?,
        roles: roles(&options.roles)?,
        domain: options.domain,
        user: options.user,
        organizational_unit: options.organizational_unit,
        host_name: options.host_name,
        base: options.base,
        sudo: options.sudo,
        ssh: options.ssh,
        offline_days: options.offline_days,
        qualified: options.qualified,
    })
}

fn roles(words: &[String]) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut roles = BTreeMap::<String, Vec<String>>::new();
    for word in words {
        let Some((role, group)) = word.split_once('=') else {
            bail!("--role {word}: give ROLE=GROUP, for example --role admin=\"domain admins\"");
        };
        roles.entry(role.to_owned()).or_default().push(group.to_owned());
    }
    Ok(roles)
}

/// From a file, from standard input, or from the terminal without showing it. Never an argument: others could see it.
fn password(user: Option<&str>, file: Option<&PathBuf>) -> anyhow::Result<Option<Secret>> {
    let Some(user) = user else {
        return Ok(None);
    };
    let text = match file {
        Some(path) if path.as_os_str() == "-" => first_line()?,
        Some(path) => {
            let text = std::fs::read_to_string(path);
            text.with_context(|| format!("cannot read the password in {}", path.display()))?
        }
        None if std::io::stdin().is_terminal() => asked(user)?,
        None => first_line()?,
    };
    Ok(Some(Secret::new(text.strip_suffix('\n').unwrap_or(&text))))
}

fn first_line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("cannot read the password from standard input")?;
    Ok(line)
}

fn asked(user: &str) -> anyhow::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let terminal = std::io::stdin();
    let before = tcgetattr(&terminal).context("cannot ask for the password")?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    eprint!("Password of {user}: ");
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).context("cannot ask for the password")?;
    let line = first_line();
    tcsetattr(&terminal, OptionalActions::Flush, &before).context("cannot show again what is typed")?;
    eprintln!();
    line
}

fn leave(host: &Host, options: LeaveOptions, output: &mut dyn Write) -> anyhow::Result<()> {
    need_root()?;
    let request = Leave {
        password: password(options.user.as_deref(), options.password_file.as_ref())?,
        user: options.user,
    };
    let left = crate::leave(host, &request, &mut |line| eprintln!("{line}"))?;
    writeln!(output, "This host has left {}.", left.membership.domain)?;
    if left.account_stays {
        let computer = left.membership.computer.unwrap_or_default();
        writeln!(
            output,
            "Its account {computer} is still there; an administrator of the domain can remove it."
        )?;
    }
    for path in left.kept {
        writeln!(
            output,
            "Changed by somebody since the host joined, and kept as {}",
            path.display()
        )?;
    }
    Ok(())
}

fn info(host: &Host, options: &OutputOptions, output: &mut dyn Write) -> anyhow::Result<()> {
    let membership = crate::info(host)?;
    if options.json {
        serde_json::to_writer_pretty(&mut *output, &membership)?;
        writeln!(output)?;
        return Ok(());
    }
    match membership {
        None => writeln!(output, "This host is in no directory.")?,
        Some(membership) => show(&membership, output)?,
    }
    Ok(())
}

fn show(membership: &Membership, output: &mut dyn Write) -> std::io::Result<()> {
    let servers: Vec<_> = membership.servers.iter().map(ToString::to_string).collect();
    let roles = membership
        .roles
        .iter()
        .map(|(role, groups)| format!("{role}: {}", groups.join(", ")));
    let rows = [
        ("Directory", membership.kind.shown().to_owned()),
        ("Domain", membership.domain.clone()),
        (
            "Servers",
            if servers.is_empty() {
                "from the DNS".to_owned()
            } else {
                servers.join(", ")
            },
        ),
        ("Host", membership.host.clone()),
        ("Account", membership.computer.clone().unwrap_or_default()),
        ("Base", membership.base.clone().unwrap_or_default()),
        ("Roles", roles.collect::<Vec<_>>().join("; ")),
        ("sudo", membership.sudo.join(", ")),
        ("ssh", membership.ssh.join(", ")),
    ];
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(output, "{name:<10} {value}")?;
    }
    Ok(())
}

fn test(host: &Host, options: TestOptions, output: &mut dyn Write) -> anyhow::Result<u8> {
    let checks = crate::test(host, &Test { user: options.user })?;
    if options.json {
        serde_json::to_writer_pretty(&mut *output, &checks)?;
        writeln!(output)?;
    } else {
        for check in &checks {
            let mark = if check.works { "ok    " } else { "FAILED" };
            writeln!(output, "{mark} {}: {}", check.name, check.detail)?;
        }
    }
    Ok(u8::from(checks.iter().any(|check| !check.works)))
}
