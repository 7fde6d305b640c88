//! Entrances for bytes of others, for tests with bytes that nobody would send in good faith.

/// What a DNS server answers.
pub fn dns_answer(bytes: &[u8]) {
    crate::discover::read_answer(bytes);
}

/// What an LDAP server answers.
pub fn ldap_message(bytes: &[u8]) {
    crate::probe::read_answer(bytes);
}
