//! Users of Active Directory and LDAP on this host: join, leave, look, test.
//!
//! Who logs in is looked up and checked by sssd, which knows directories, caches what it learnt, and lets people in when
//! no server can be reached; a host is made a member of an Active Directory by adcli. Both are well kept, and neither
//! knows what the host looked like before. That is what is here:
//!
//! | | |
//! |---|---|
//! | [`join`](fn@join) | find the servers, see that they are what they say, make the host a member, and write the configuration of sssd, Kerberos, PAM, NSS, sudo, ssh and pmd as one change |
//! | [`leave`](fn@leave) | remove the host from the directory, and put every file back as it was |
//! | [`info`] | what was joined |
//! | [`test`] | each part on the way of a login, tried in order |
//!
//! A change is recorded before its first file is written ([`change`]), so a crash in the middle is undone by the next call, and
//! in every state between, local users can log in: PAM and NSS go on to the next module when sssd is not there.

pub mod change;
pub mod cli;
mod discover;
mod error;
mod files;
mod host;
mod info;
mod join;
mod leave;
mod membership;
mod names;
mod probe;
mod services;
mod test;
mod tool;

pub use discover::{Server, Transport};
pub use error::Error;
pub use host::Host;
pub use info::{granted_roles, info};
pub use join::{Join, join};
pub use leave::{Leave, Left, leave};
pub use membership::{Kind, Membership};
pub use test::{Check, Test, test};
pub use tool::Secret;

/// What long work says about itself, a line for each step.
pub type Progress<'a> = &'a mut dyn FnMut(&str);
