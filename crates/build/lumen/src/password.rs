//! A password for one run of an image.

use std::fs::File;
use std::io::Read;

use anyhow::Context;

/// Letters and digits that cannot be mistaken for each other; 32 of them, so that a byte's low bits choose evenly.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// 60 bits from the kernel's random numbers.
pub(crate) fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 12];
    let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    read.context("cannot read random numbers from /dev/urandom")?;
    Ok(bytes
        .iter()
        .map(|byte| LETTERS[usize::from(byte % 32)] as char)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_plain_and_different() {
        let (one, two) = (random().unwrap(), random().unwrap());
        assert_ne!(one, two);
        assert!(one.len() == 12 && one.bytes().all(|byte| LETTERS.contains(&byte)));
    }
}
