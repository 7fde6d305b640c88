//! What a certificate says about one of its keys over time: bindings and revocations, already checked.

use pgp::packet::{RevocationCode, Signature, SubpacketData};

use crate::error::Reason;
use crate::policy;

/// A verified self-signature that binds a key to its certificate from some time on.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    made: u32,
    ends: Option<u32>,
    key_ends: Option<u32>,
    may_sign: Option<bool>,
}

impl Binding {
    /// Reads a self-signature that has been verified already; `None` when it does not count under the policy.
    pub(crate) fn from_signature(signature: &Signature, key_made: u32) -> Option<Self> {
        policy::check_hash(signature).ok()?;
        policy::check_critical(signature).ok()?;
        let made = signature.created()?.as_secs();
        Some(Self {
            made,
            ends: policy::expiry(signature, made),
            key_ends: key_expiry(signature, key_made),
            may_sign: signing_flag(signature),
        })
    }

    fn is_live(&self, time: u32) -> bool {
        self.made <= time && self.ends.is_none_or(|end| time < end)
    }

    /// Whether this binding allows signing.
    pub(crate) fn may_sign(&self) -> bool {
        self.may_sign == Some(true)
    }
}

/// A key's lifetime counts from its creation; zero means for ever (RFC 9580, 5.2.3.13).
fn key_expiry(signature: &Signature, key_made: u32) -> Option<u32> {
    let lifetime = signature.key_expiration_time()?.as_secs();
    (lifetime != 0).then(|| key_made.saturating_add(lifetime))
}

/// `None` when there is no key flags subpacket, which is not the same as flags without "may sign".
fn signing_flag(signature: &Signature) -> Option<bool> {
    signature
        .config()?
        .hashed_subpackets()
        .find_map(|packet| match &packet.data {
            SubpacketData::KeyFlags(flags) => Some(flags.sign()),
            _ => None,
        })
}

/// A verified revocation.
#[derive(Debug, Clone)]
pub(crate) struct Revocation {
    made: u32,
    hard: bool,
}

impl Revocation {
    /// Reads a revocation that has been verified already. A weak digest does not help a revoked key: to believe a
    /// forged revocation does less harm than to overlook a real one.
    pub(crate) fn from_signature(signature: &Signature) -> Self {
        Self {
            made: signature.created().map_or(0, |time| time.as_secs()),
            hard: is_hard(signature),
        }
    }

    /// A key that may be in foreign hands could have signed with any date, so its old signatures are worth nothing
    /// either; a superseded or retired key's are (RFC 9580, 5.2.3.31).
    fn applies(&self, time: u32) -> bool {
        self.hard || self.made <= time
    }
}

fn is_hard(signature: &Signature) -> bool {
    !matches!(
        signature.revocation_reason_code(),
        Some(RevocationCode::KeySuperseded | RevocationCode::KeyRetired | RevocationCode::CertUserIdInvalid)
    )
}

/// One key's history within its certificate.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) bindings: Vec<Binding>,
    pub(crate) revocations: Vec<Revocation>,
}

impl History {
    /// Whether the key was bound, not revoked and not expired at `time`.
    pub(crate) fn check_valid(&self, time: u32) -> Result<(), Reason> {
        if self.revocations.iter().any(|revocation| revocation.applies(time)) {
            return Err(Reason::KeyRevoked);
        }
        let binding = self.in_force(time).ok_or(Reason::NotBound)?;
        match binding.key_ends {
            Some(end) if end <= time => Err(Reason::KeyExpired),
            _ => Ok(()),
        }
    }

    /// Whether the key was allowed to sign data at `time`.
    pub(crate) fn check_may_sign(&self, time: u32) -> Result<(), Reason> {
        let newest_with_flags = self
            .live(time)
            .filter(|binding| binding.may_sign.is_some())
            .max_by_key(|binding| binding.made);
        let binding = newest_with_flags.or_else(|| self.in_force(time));
        match binding.is_some_and(Binding::may_sign) {
            true => Ok(()),
            false => Err(Reason::MayNotSign),
        }
    }

    fn live(&self, time: u32) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.is_live(time))
    }

    /// The newest binding at `time`. Certificates are often distributed with only the latest self-signature; then the
    /// owner's first statement that is left also speaks for the time before it.
    fn in_force(&self, time: u32) -> Option<&Binding> {
        let newest = self.live(time).max_by_key(|binding| binding.made);
        newest.or_else(|| {
            self.bindings
                .iter()
                .filter(|binding| binding.made > time)
                .min_by_key(|binding| binding.made)
        })
    }
}
