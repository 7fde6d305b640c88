//! Why Kerberos did not do it.

/// Why Kerberos did not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system has no usable library.
    #[error("cannot open libgssapi_krb5.so.2: {why}; install krb5-libs")]
    Load {
        /// What the loader said.
        why: String,
    },
    /// A name that is no service.
    #[error("{name:?} is no name of a service such as HTTP@host.example.org: {why}")]
    Name {
        /// The name.
        name: String,
        /// What the library said.
        why: String,
    },
    /// No usable key or ticket.
    #[error("no Kerberos credentials ({from}): {why}")]
    Credentials {
        /// Where they were looked for.
        from: String,
        /// What the library said.
        why: String,
    },
    /// The token of the other side was not accepted: forged, replayed, expired, for somebody else, or no token at all.
    #[error("the Kerberos token was not accepted: {why}")]
    Refused {
        /// What the library said.
        why: String,
    },
    /// The mechanism wants more messages than one each way: it is not Kerberos.
    #[error("only Kerberos is spoken here, which needs one message; NTLM and others are refused")]
    NotKerberos,
    /// No token could be made for a service.
    #[error("cannot get a Kerberos token for {target}: {why}; check `klist`, and that the service exists")]
    Initiate {
        /// The service.
        target: String,
        /// What the library said.
        why: String,
    },
    /// A text with a NUL.
    #[error("the {what} contains a NUL character")]
    Nul {
        /// Which text.
        what: &'static str,
    },
}
