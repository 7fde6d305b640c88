//! Instead of the library `identity`, in builds without it: nobody is let in but by a tree of a test's.

use pmd_api::message::{AuthCall, AuthReply};

use super::Options;

/// Nobody.
pub(super) fn of_host(_: &AuthCall, _: &Options) -> AuthReply {
    AuthReply::Unavailable(
        "this build of pmd-helper has no PAM; build it with the feature `identities`".to_owned(),
    )
}

/// Nobody.
pub(super) fn presented(_: &AuthCall, _: &Options) -> AuthReply {
    AuthReply::Refused("this build knows passwords only".to_owned())
}
