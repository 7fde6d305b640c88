//! Sizes as people write them in an image definition: `"512 MiB"`, `"2 GiB"`, `"4096"`.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;
use std::str::FromStr;

/// A number of bytes, written with a binary unit so that nobody has to guess between 1000 and 1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(pub u64);

const UNITS: [(&str, u64); 4] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
];

impl ByteSize {
    /// `count` mebibytes.
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// This size rounded up to a multiple of `unit`.
    pub const fn round_up(self, unit: u64) -> Self {
        Self(self.0.div_ceil(unit) * unit)
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.chars().take_while(char::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let factor = factor(unit.trim()).ok_or_else(|| complaint(text))?;
        let number: u64 = number.parse().map_err(|_| complaint(text))?;
        number
            .checked_mul(factor)
            .map(Self)
            .ok_or_else(|| format!("\"{text}\" is more than 2^64 bytes"))
    }
}

fn factor(unit: &str) -> Option<u64> {
    if unit.is_empty() {
        return Some(1);
    }
    UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, factor)| *factor)
}

fn complaint(text: &str) -> String {
    format!("\"{text}\" is not a size; write a whole number and KiB, MiB, GiB or TiB, like \"512 MiB\"")
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, factor)| self.0 >= *factor) {
            Some((name, factor)) if self.0.is_multiple_of(*factor) => write!(f, "{} {name}", self.0 / factor),
            Some((name, factor)) => write!(f, "{:.1} {name}", self.0 as f64 / *factor as f64),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_binary() {
        assert_eq!("2 GiB".parse(), Ok(ByteSize(2 << 30)));
        assert_eq!("33MiB".parse(), Ok(ByteSize::mib(33)));
        assert_eq!("512".parse(), Ok(ByteSize(512)));
    }

    #[test]
    fn ambiguous_or_huge_sizes_are_refused_with_advice() {
        for bad in ["2G", "GiB", "1.5 GiB", "-1", "", "16777216 TiB"] {
            assert!(bad.parse::<ByteSize>().is_err(), "{bad}");
        }
        assert!(
            "2 GB"
                .parse::<ByteSize>()
                .unwrap_err()
                .contains("like \"512 MiB\"")
        );
    }

    #[test]
    fn shown_in_the_largest_whole_unit() {
        assert_eq!(ByteSize(3 << 30).to_string(), "3 GiB");
        assert_eq!(ByteSize(3 << 29).to_string(), "1.5 GiB");
        assert_eq!(ByteSize(100).to_string(), "100 bytes");
    }
}
