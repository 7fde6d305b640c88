//! Values as bytes: section "Marshaling (Wire Format)".

use crate::error::Error;
use crate::signature::{alignment, split_first};
use crate::value::Value;

/// The longest array: section "Array".
const LONGEST: usize = 64 << 20;
/// How deeply values may be nested, variants included.
const DEPTH: usize = 128;

/// Writes values in little endian.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn align(&mut self, to: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0);
    }

    pub(crate) fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.align(N);
        self.bytes.extend_from_slice(&bytes);
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        self.put(length(text.len())?.to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(0);
        Ok(())
    }

    pub(crate) fn signature(&mut self, text: &str) -> Result<(), Error> {
        let length = u8::try_from(text.len()).map_err(|_| Error::Malformed("the signature is too long"))?;
        self.bytes.push(length);
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(0);
        Ok(())
    }

    pub(crate) fn value(&mut self, value: &Value) -> Result<(), Error> {
        match value {
            Value::Byte(number) => self.put([*number]),
            Value::Bool(truth) => self.put(u32::from(*truth).to_le_bytes()),
            Value::I16(number) => self.put(number.to_le_bytes()),
            Value::U16(number) => self.put(number.to_le_bytes()),
            Value::I32(number) => self.put(number.to_le_bytes()),
            Value::U32(number) | Value::Descriptor(number) => self.put(number.to_le_bytes()),
            Value::I64(number) => self.put(number.to_le_bytes()),
            Value::U64(number) => self.put(number.to_le_bytes()),
            Value::Double(number) => self.put(number.to_le_bytes()),
            Value::Text(text) | Value::Path(text) => self.text(text)?,
            Value::Signature(text) => self.signature(text)?,
            Value::Array(element, items) => self.array(element, items)?,
            Value::Struct(fields) => {
                self.align(8);
                fields.iter().try_for_each(|field| self.value(field))?;
            }
            Value::Entry(pair) => {
                self.align(8);
                self.value(&pair.0)?;
                self.value(&pair.1)?;
            }
            Value::Variant(inner) => {
                self.signature(&inner.signature())?;
                self.value(inner)?;
            }
        }
        Ok(())
    }

    /// The length counts the elements, not what aligns the first.
    fn array(&mut self, element: &str, items: &[Value]) -> Result<(), Error> {
        self.put([0; 4]);
        let place = self.bytes.len() - 4;
        self.align(alignment(element));
        let start = self.bytes.len();
        items.iter().try_for_each(|item| self.value(item))?;
        let written = length(self.bytes.len() - start)?.to_le_bytes();
        if let Some(slot) = self.bytes.get_mut(place..place + 4) {
            slot.copy_from_slice(&written);
        }
        Ok(())
    }
}

fn length(bytes: usize) -> Result<u32, Error> {
    match u32::try_from(bytes) {
        Ok(number) if bytes <= LONGEST => Ok(number),
        _ => Err(Error::Malformed("the value is too long")),
    }
}

/// Reads values of either endianness.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    big: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], big: bool) -> Self {
        Reader { bytes, at: 0, big }
    }

    pub(crate) fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let end = self.at.checked_add(count).ok_or(Error::Malformed(CUT))?;
        let found = self.bytes.get(self.at..end).ok_or(Error::Malformed(CUT))?;
        self.at = end;
        Ok(found)
    }

    /// A number of `N` bytes, in little endian.
    fn number<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.align(N);
        let mut bytes: [u8; N] = self.take(N)?.try_into().map_err(|_| Error::Malformed(CUT))?;
        if self.big {
            bytes.reverse();
        }
        Ok(bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.number().map(u32::from_le_bytes)
    }

    fn text(&mut self, length: usize) -> Result<String, Error> {
        let bytes = self.take(length)?;
        match self.take(1)? {
            [0] => {}
            _ => return Err(Error::Malformed("a string does not end with zero")),
        }
        String::from_utf8(bytes.to_vec()).map_err(|_| Error::Malformed("a string is not UTF-8"))
    }

    /// The values of a whole signature.
    pub(crate) fn values(&mut self, signature: &str, depth: usize) -> Result<Vec<Value>, Error> {
        let mut rest = signature;
        let mut found = Vec::new();
        while !rest.is_empty() {
            let (first, tail) = split_first(rest).ok_or(Error::Malformed("a signature means nothing"))?;
            found.push(self.value(first, depth)?);
            rest = tail;
        }
        Ok(found)
    }

    fn value(&mut self, signature: &str, depth: usize) -> Result<Value, Error> {
        if depth > DEPTH {
            return Err(Error::Malformed("values are nested too deeply"));
        }
        let value = match signature.as_bytes().first() {
            Some(b'y') => Value::Byte(u8::from_le_bytes(self.number()?)),
            Some(b'b') => Value::Bool(self.u32()? != 0),
            Some(b'n') => Value::I16(i16::from_le_bytes(self.number()?)),
            Some(b'q') => Value::U16(u16::from_le_bytes(self.number()?)),
            Some(b'i') => Value::I32(i32::from_le_bytes(self.number()?)),
            Some(b'u') => Value::U32(self.u32()?),
            Some(b'h') => Value::Descriptor(self.u32()?),
            Some(b'x') => Value::I64(i64::from_le_bytes(self.number()?)),
            Some(b't') => Value::U64(u64::from_le_bytes(self.number()?)),
            Some(b'd') => Value::Double(f64::from_le_bytes(self.number()?)),
            Some(b's') => Value::Text(self.long_text()?),
            Some(b'o') => Value::Path(self.long_text()?),
            Some(b'g') => Value::Signature(self.short_text()?),
            Some(b'a') => self.array(signature.get(1..).unwrap_or_default(), depth)?,
            Some(b'(') => {
                self.align(8);
                Value::Struct(self.values(inside(signature), depth + 1)?)
            }
            Some(b'{') => self.entry(signature, depth)?,
            Some(b'v') => self.variant(depth)?,
            _ => return Err(Error::Malformed("a type is not known")),
        };
        Ok(value)
    }

    fn long_text(&mut self) -> Result<String, Error> {
        let length = self.u32()?;
        self.text(length as usize)
    }

    fn short_text(&mut self) -> Result<String, Error> {
        let [length] = self.number()?;
        self.text(usize::from(length))
    }

    fn array(&mut self, element: &str, depth: usize) -> Result<Value, Error> {
        let length = self.u32()? as usize;
        self.align(alignment(element));
        let end = self.at.saturating_add(length);
        if length > LONGEST || end > self.bytes.len() {
            return Err(Error::Malformed("an array is longer than its message"));
        }
        let mut items = Vec::new();
        while self.at < end {
            items.push(self.value(element, depth + 1)?);
        }
        match self.at == end {
            true => Ok(Value::Array(element.to_owned(), items)),
            false => Err(Error::Malformed("an array ends inside an element")),
        }
    }

    fn entry(&mut self, signature: &str, depth: usize) -> Result<Value, Error> {
        self.align(8);
        let mut pair = self.values(inside(signature), depth + 1)?.into_iter();
        match (pair.next(), pair.next(), pair.next()) {
            (Some(key), Some(value), None) => Ok(Value::Entry(Box::new((key, value)))),
            _ => Err(Error::Malformed("an entry of a dictionary is not a pair")),
        }
    }

    fn variant(&mut self, depth: usize) -> Result<Value, Error> {
        let signature = self.short_text()?;
        match split_first(&signature) {
            Some((first, "")) => Ok(Value::Variant(Box::new(self.value(first, depth + 1)?))),
            _ => Err(Error::Malformed("a variant is not of one type")),
        }
    }
}

const CUT: &str = "it is cut off";

/// What is between the brackets.
fn inside(signature: &str) -> &str {
    signature.get(1..signature.len() - 1).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<u8>().prop_map(Value::Byte),
            any::<bool>().prop_map(Value::Bool),
            any::<i16>().prop_map(Value::I16),
            any::<u16>().prop_map(Value::U16),
            any::<i32>().prop_map(Value::I32),
            any::<u32>().prop_map(Value::U32),
            any::<i64>().prop_map(Value::I64),
            any::<u64>().prop_map(Value::U64),
            "[a-zä]{0,9}".prop_map(Value::Text),
            "/[a-z]{0,9}".prop_map(Value::Path),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(Value::Struct),
                inner.clone().prop_map(|value| Value::Variant(Box::new(value))),
                (inner, 0..4usize)
                    .prop_map(|(value, count)| { Value::Array(value.signature(), vec![value; count]) }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any_value()) {
            let mut writer = Writer::default();
            writer.value(&value).unwrap();
            let mut reader = Reader::new(&writer.bytes, false);
            let found = reader.values(&value.signature(), 0).unwrap();
            prop_assert_eq!(found, vec![value]);
            prop_assert_eq!(reader.at, writer.bytes.len());
        }

        #[test]
        fn no_bytes_hurt(bytes in prop::collection::vec(any::<u8>(), 0..200), big in any::<bool>()) {
            for signature in ["v", "a{sv}", "a(iiay)s", "aav", "(sv)g"] {
                let _ = Reader::new(&bytes, big).values(signature, 0);
            }
        }
    }

    /// The specification's own example: 0x05 in an array of 64-bit integers.
    #[test]
    fn an_array_is_padded_before_its_first_element() {
        let mut writer = Writer::default();
        writer
            .value(&Value::Array("x".to_owned(), vec![Value::I64(5)]))
            .unwrap();
        assert_eq!(writer.bytes, [8, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
        let big = [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5];
        let found = Reader::new(&big, true).values("ax", 0).unwrap();
        assert_eq!(found[0].items(), [Value::I64(5)]);
    }

    #[test]
    fn variants_in_variants_end() {
        let bytes = [1, b'v', 0].repeat(1000);
        assert!(Reader::new(&bytes, false).values("v", 0).is_err());
    }
}
