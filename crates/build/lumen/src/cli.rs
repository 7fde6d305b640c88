//! The command line, as one table: help, manual page and completions come from it.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Build Lumen OS: import pinned packages, build our own, make repositories and images.
#[derive(Debug, Parser)]
#[command(
    name = "lumen",
    version,
    propagate_version = true,
    disable_help_subcommand = true
)]
#[command(after_help = "Exit status: 0 done, 1 failed, 2 wrong usage.\n\n\
    Results go to build/ in the project, downloads to $XDG_CACHE_HOME/lumen; both may be deleted at any time.")]
pub(crate) struct Cli {
    /// The project's directory; otherwise the one around the working directory
    #[arg(long, global = true, value_name = "DIR", env = "LUMEN_PROJECT")]
    pub(crate) project: Option<PathBuf>,
    /// Say nothing but results, notices and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch what distro/import names, as lumen.lock pins it, and make RPMs of it
    Import(ImportOptions),
    /// Build our own packages
    #[command(subcommand)]
    Package(PackageCommand),
    /// Make a repository of all packages, or serve it
    #[command(subcommand)]
    Repo(RepoCommand),
    /// Build disk images, run them, look into them
    #[command(subcommand)]
    Image(ImageCommand),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page per command to a directory
    Manual {
        /// The directory
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// What many commands need to know.
#[derive(Debug, Clone, Args)]
pub(crate) struct Target {
    /// The architecture to build for
    #[arg(long, value_name = "ARCH", default_value = std::env::consts::ARCH, value_parser = ["x86_64", "aarch64"])]
    pub(crate) arch: String,
    /// The directory of the signing key, which is made on first use [default: build/keys]
    #[arg(long, value_name = "DIR", env = "LUMEN_KEYS")]
    pub(crate) keys: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// Pin everything anew at its newest version and say what changed
    #[arg(long, conflicts_with = "locked")]
    pub(crate) update: bool,
    /// Fail rather than change lumen.lock
    #[arg(long)]
    pub(crate) locked: bool,
    /// The Debian mirror [default: the host's own, from /etc/apt]
    #[arg(long, value_name = "URL", env = "LUMEN_MIRROR")]
    pub(crate) mirror: Option<String>,
    /// The mirror of Debian's security updates [default: the host's own, or beside the mirror]
    #[arg(long, value_name = "URL", env = "LUMEN_SECURITY_MIRROR")]
    pub(crate) security_mirror: Option<String>,
    /// Where files that the mirror dropped still are; {archive} in it stands for debian or debian-security
    #[arg(long, value_name = "URL", env = "LUMEN_ARCHIVE_MIRROR")]
    pub(crate) archive_mirror: Option<String>,
    /// Downloads at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) parallel: u8,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Print what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PackageCommand {
    /// Build packages of distro/packages, unless they are up to date
    Build {
        /// The packages
        #[arg(required_unless_present = "all", value_name = "NAME")]
        names: Vec<String>,
        /// Build every package there is, but those whose recipes say that they are built only by name
        #[arg(long, conflicts_with = "names")]
        all: bool,
        #[command(flatten)]
        spec: SpecOptions,
        #[command(flatten)]
        target: Target,
        /// Print what was done as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the packages of distro/packages
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
}

/// How packages with a spec file are built.
#[derive(Debug, Clone, Args)]
pub(crate) struct SpecOptions {
    /// Run the packages' own tests (%check)
    #[arg(long)]
    pub(crate) check: bool,
    /// Go on where a failed build stopped, in its directory, unless an input has changed since
    #[arg(long)]
    pub(crate) resume: bool,
    /// Only unpack and prepare the sources (%prep), and leave them for --shell
    #[arg(long, conflicts_with_all = ["all", "check", "resume"])]
    pub(crate) prep: bool,
    /// Open a shell in the directory and the sandbox of a failed build
    #[arg(long, conflicts_with_all = ["all", "check", "resume", "prep"])]
    pub(crate) shell: bool,
    /// Packages at the same time; each uses all processors
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: u8,
    /// The Debian mirror, for sources [default: the host's own, from /etc/apt]
    #[arg(long, value_name = "URL", env = "LUMEN_MIRROR")]
    pub(crate) mirror: Option<String>,
    /// The mirror of Debian's security updates [default: the host's own, or beside the mirror]
    #[arg(long, value_name = "URL", env = "LUMEN_SECURITY_MIRROR")]
    pub(crate) security_mirror: Option<String>,
    /// Where files that the mirror dropped still are; {archive} in it stands for debian or debian-security
    #[arg(long, value_name = "URL", env = "LUMEN_ARCHIVE_MIRROR")]
    pub(crate) archive_mirror: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RepoCommand {
    /// Put all packages into build/repo/ARCH and write signed metadata
    Build {
        #[command(flatten)]
        target: Target,
        /// Print what was done as JSON
        #[arg(long)]
        json: bool,
    },
    /// Serve build/repo over HTTP until interrupted
    Serve {
        /// The address to listen on
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
        bind: IpAddr,
        /// The port to listen on; 0 takes a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Another directory to serve [default: build/repo]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImageCommand {
    /// Build the image that distro/images/NAME.toml describes
    Build(BuildOptions),
    /// Start an image in QEMU, its console on this terminal
    Run(RunOptions),
    /// Look into an image: partitions, packages, open ports, setuid files, enabled units
    Inspect {
        /// An image built here, or a disk image file
        #[arg(value_name = "NAME|FILE")]
        image: String,
        /// Print all of it as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BuildOptions {
    /// The image
    pub(crate) name: String,
    /// File formats, separated by commas; the raw disk is always made
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_value = "qcow2")]
    pub(crate) format: Vec<image::Format>,
    /// The kernel's package, such as linux-esx; the image is then called NAME-FLAVOUR [default: imported, the one in the
    /// description]
    #[arg(long, value_name = "FLAVOUR")]
    pub(crate) kernel: Option<String>,
    /// Where the image goes [default: build/image/NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Print what was built as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// An image built here, or a disk image file
    #[arg(value_name = "NAME|FILE")]
    pub(crate) image: String,
    /// The image with this kernel, as built by `lumen image build NAME --kernel FLAVOUR`
    #[arg(long, value_name = "FLAVOUR")]
    pub(crate) kernel: Option<String>,
    /// Start the kernel directly, without firmware and boot loader
    #[arg(long)]
    pub(crate) kernel_direct: bool,
    /// What runs before the kernel
    #[arg(long, value_enum, default_value_t = FirmwareName::Uefi)]
    pub(crate) firmware: FirmwareName,
    /// Memory in MiB
    #[arg(long, value_name = "MiB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) memory: u32,
    /// Virtual processors
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) cpus: u32,
    /// Lead a port of 127.0.0.1 to one of the guest; may be repeated
    #[arg(long, value_name = "HOST:GUEST")]
    pub(crate) port: Vec<vm::PortForward>,
    /// The password of root in this run [default: a random one, which is printed]
    #[arg(long)]
    pub(crate) password: Option<String>,
    /// A public key that may log in as root by ssh in this run
    #[arg(long, value_name = "FILE")]
    pub(crate) ssh_key: Option<PathBuf>,
    /// Keep what the guest writes to its disk
    #[arg(long)]
    pub(crate) persistent: bool,
    /// The architecture of the image
    #[arg(long, value_name = "ARCH", default_value = std::env::consts::ARCH, value_parser = ["x86_64", "aarch64"])]
    pub(crate) arch: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FirmwareName {
    /// UEFI
    Uefi,
    /// The classic PC BIOS
    Bios,
    /// UEFI with Secure Boot
    Secureboot,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_table_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn update_and_locked_exclude_each_other() {
        assert!(Cli::try_parse_from(["lumen", "import", "--update", "--locked"]).is_err());
        assert!(Cli::try_parse_from(["lumen", "import", "--locked"]).is_ok());
    }

    #[test]
    fn a_package_or_all_must_be_named() {
        assert!(Cli::try_parse_from(["lumen", "package", "build"]).is_err());
        assert!(Cli::try_parse_from(["lumen", "package", "build", "--all", "tdnf"]).is_err());
        assert!(Cli::try_parse_from(["lumen", "package", "build", "--all"]).is_ok());
    }
}
