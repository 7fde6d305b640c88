//! Which state of a resource a caller has seen.

/// The entity tag of a representation (RFC 9110, section 8.8.3): a number made of its bytes, in quotes.
///
/// It tells states of one resource apart; it is no proof against somebody who makes them alike, who would have to be
/// allowed to write the resource anyway. FNV-1a with 64 bits, over the bytes as they are sent.
pub fn entity_tag(representation: &[u8]) -> String {
    let hash = representation
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("\"{hash:016x}\"")
}
