//! OpenPGP: verify detached and clear-text signatures under a policy, sign with our own key
