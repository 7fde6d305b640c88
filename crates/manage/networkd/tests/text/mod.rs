//! Random files.

use proptest::prelude::*;

/// Text made of everything the format finds special.
pub(crate) fn text() -> impl Strategy<Value = Vec<u8>> {
    let of = |choices: &'static [&'static str]| prop::sample::select(choices);
    let piece = prop_oneof![
        8 => of(&["\n"]),
        2 => of(&["\\\n"]),
        1 => of(&["\r\n", "\r", "\0", "\\", " ", "\t", "\u{fffe}", "=", "]", "["]),
        4 => of(&["[Network]\n", "[Route]\n", "[Link]\r\n", " [Network] \n"]),
        6 => of(&["DNS=a", " DNS = a b", "NTP=x", "DNS=", "Gateway=1", "a"]),
        2 => of(&["# c", " ;DNS=c", "#"]),
    ];
    let pieces = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes());
    (prop::bool::weighted(0.1), pieces).prop_map(|(mark, text)| {
        if mark {
            [b"\xef\xbb\xbf", &text[..]].concat()
        } else {
            text
        }
    })
}
