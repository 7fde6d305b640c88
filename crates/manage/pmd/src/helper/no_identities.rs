//! Instead of the library `identity`, in builds without it: local users by the kernel's word, and nobody else.

use pmd_api::message::{AuthCall, AuthReply};

use super::Options;

/// Users of the host's own by their number; nobody else.
pub(super) fn of_host(asked: &AuthCall, options: &Options) -> AuthReply {
    match asked {
        AuthCall::Uid { .. } => super::auth::of_tree(asked, options),
        _ => AuthReply::Unavailable(
            "this build of pmd-helper has no PAM; build it with the feature `identities`".to_owned(),
        ),
    }
}

/// Nobody.
pub(super) fn presented(_: &AuthCall, _: &Options) -> AuthReply {
    AuthReply::Refused("this build knows passwords only".to_owned())
}
