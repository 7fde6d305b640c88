//! What can go wrong, with the numbers of Photon's library.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;

use networkd::{EditError, InvalidSetting, StoreError};

/// The numbers of `netmgr.h`, from 4097.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "text() says what each means")]
pub enum Code {
    InvalidParameter = 4097,
    NotSupported,
    OutOfMemory,
    ValueNotFound,
    ValueExists,
    InvalidInterface,
    InvalidAddress,
    InvalidMode,
    BadConfigFile,
    WriteFailed,
    TimeOut,
    DhcpTimeOut,
}

impl Code {
    /// All codes, by number.
    pub const ALL: [Code; 12] = [
        Code::InvalidParameter,
        Code::NotSupported,
        Code::OutOfMemory,
        Code::ValueNotFound,
        Code::ValueExists,
        Code::InvalidInterface,
        Code::InvalidAddress,
        Code::InvalidMode,
        Code::BadConfigFile,
        Code::WriteFailed,
        Code::TimeOut,
        Code::DhcpTimeOut,
    ];

    /// The number of the C interface.
    pub fn number(self) -> u32 {
        self as u32
    }

    /// The exit status of the command: 201 to 212.
    pub fn exit_status(self) -> u8 {
        (self.number() - 4096 + 200) as u8
    }

    /// A code by its number or by its exit status.
    pub fn find(number: u32) -> Option<Code> {
        Code::ALL
            .into_iter()
            .find(|code| code.number() == number || u32::from(code.exit_status()) == number)
    }

    /// What it means.
    pub fn text(self) -> &'static str {
        match self {
            Code::InvalidParameter => "invalid parameter",
            Code::NotSupported => "not supported",
            Code::OutOfMemory => "out of memory",
            Code::ValueNotFound => "value not found",
            Code::ValueExists => "value already exists",
            Code::InvalidInterface => "invalid interface",
            Code::InvalidAddress => "invalid address",
            Code::InvalidMode => "invalid mode",
            Code::BadConfigFile => "bad configuration file",
            Code::WriteFailed => "write failed",
            Code::TimeOut => "timed out",
            Code::DhcpTimeOut => "timed out waiting for DHCP",
        }
    }
}

/// What was tried, on what, and why it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter that means nothing.
    #[error("{0}")]
    Parameter(String),
    /// Something that cannot be done here.
    #[error("{0}")]
    NotSupported(String),
    /// Nothing is set.
    #[error("{0}")]
    NotFound(String),
    /// It is there already.
    #[error("{0}")]
    Exists(String),
    /// No such interface, or no such name possible.
    #[error("{0}")]
    Interface(String),
    /// A mode that does not go with the other parameters.
    #[error("{0}")]
    Mode(String),
    /// It did not happen in time.
    #[error("{0}")]
    TimeOut(String),
    /// A value that the daemon would reject.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// A file that cannot be edited.
    #[error("cannot change {}: {source}", path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: EditError,
    },
    /// A file that cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file that cannot be removed, locked or read.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A configuration in another form that makes no sense.
    #[error("{place}: {key}: {what}")]
    Form {
        /// The file and the line, or the word.
        place: String,
        /// The key.
        key: String,
        /// What is wrong with it.
        what: String,
    },
    /// Somebody else has written the file since it was read.
    #[error("{} has been changed by somebody else meanwhile; nothing was written, look at it and try again", .0.display())]
    Changed(PathBuf),
    /// There is no D-Bus, or the service does not run.
    #[error("{0}; files can be edited without it, and count when the service starts")]
    Offline(dbus_client::Error),
    /// A service refused, or did not answer.
    #[error("{}{}", .0, hint(.0))]
    Bus(dbus_client::Error),
    /// A service did not do what it was asked to.
    #[error("{0}")]
    Service(String),
    /// There is no memory left.
    #[error("there is no memory left")]
    Memory,
    /// Something else must be done first.
    #[error("{0}")]
    Busy(String),
    /// The kernel refused.
    #[error("cannot {what}: {source}")]
    Kernel {
        /// What was tried.
        what: String,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// The number of Photon's library.
    pub fn code(&self) -> Code {
        match self {
            Error::Parameter(_) => Code::InvalidParameter,
            Error::NotSupported(_) | Error::Offline(_) => Code::NotSupported,
            Error::NotFound(_) => Code::ValueNotFound,
            Error::Exists(_) => Code::ValueExists,
            Error::Interface(_) => Code::InvalidInterface,
            Error::Mode(_) => Code::InvalidMode,
            Error::TimeOut(_) => Code::TimeOut,
            Error::Memory => Code::OutOfMemory,
            Error::Setting(invalid) if is_address(&invalid.key) => Code::InvalidAddress,
            Error::Setting(_) => Code::InvalidParameter,
            Error::Edit {
                source: EditError::BrokenFile(_),
                ..
            } => Code::BadConfigFile,
            Error::Form { .. } => Code::BadConfigFile,
            Error::Edit { .. } => Code::InvalidParameter,
            Error::Store(StoreError::Read { .. }) => Code::BadConfigFile,
            Error::Store(_)
            | Error::File { .. }
            | Error::Changed(_)
            | Error::Busy(_)
            | Error::Kernel { .. }
            | Error::Bus(_)
            | Error::Service(_) => Code::WriteFailed,
        }
    }
}

/// What to do where the right is missing.
fn hint(error: &dbus_client::Error) -> &'static str {
    if error.is_denial() {
        "; run this as root"
    } else {
        ""
    }
}

impl Error {
    /// The number of errno(3) that says it best; nmctl ends on it.
    pub fn errno(&self) -> i32 {
        use rustix::io::Errno;
        let os = |source: &io::Error| source.raw_os_error().unwrap_or(Errno::IO.raw_os_error());
        let errno = match self {
            Error::Parameter(_) | Error::Mode(_) | Error::Setting(_) | Error::Form { .. } => Errno::INVAL,
            Error::NotSupported(_) => Errno::OPNOTSUPP,
            Error::Offline(_) => Errno::NOTCONN,
            Error::Bus(error) if error.is_denial() => Errno::ACCESS,
            Error::Bus(_) | Error::Service(_) => Errno::IO,
            Error::NotFound(_) => Errno::NOENT,
            Error::Exists(_) => Errno::EXIST,
            Error::Interface(_) => Errno::NODEV,
            Error::TimeOut(_) => Errno::TIMEDOUT,
            Error::Memory => Errno::NOMEM,
            Error::Changed(_) => Errno::STALE,
            Error::Busy(_) => Errno::BUSY,
            Error::Edit {
                source: EditError::BrokenFile(_),
                ..
            } => Errno::BADMSG,
            Error::Edit { .. } => Errno::INVAL,
            Error::File { source, .. } | Error::Kernel { source, .. } => return os(source),
            Error::Store(error) => return error.source().map_or(Errno::IO.raw_os_error(), io_errno),
        };
        errno.raw_os_error()
    }
}

impl Error {
    /// What to do where the right is missing; empty where it is not that.
    pub(crate) fn advice(&self) -> &'static str {
        use rustix::io::Errno;
        let denied = [Errno::ACCESS, Errno::PERM, Errno::ROFS].map(Errno::raw_os_error);
        match self {
            // It says so itself.
            Error::Bus(_) => "",
            _ if self.errno() == denied[2] => "; the file system is read-only",
            _ if denied.contains(&self.errno()) => "; only root may do that: run it as root, or with sudo",
            _ => "",
        }
    }
}

/// The number of the operating system's error somewhere below.
fn io_errno(error: &(dyn std::error::Error + 'static)) -> i32 {
    let found = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::raw_os_error);
    found
        .or_else(|| error.source().map(io_errno))
        .unwrap_or(rustix::io::Errno::IO.raw_os_error())
}

fn is_address(key: &str) -> bool {
    matches!(key, "Address" | "Gateway" | "Destination" | "DNS" | "MACAddress")
}
