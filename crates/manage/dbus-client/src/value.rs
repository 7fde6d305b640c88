//! Values: section "Type System".

/// A value of any type.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the specification's table says what each is")]
pub enum Value {
    Byte(u8),
    Bool(bool),
    I16(i16),
    U16(u16),
    I32(i32),
    U32(u32),
    I64(i64),
    U64(u64),
    Double(f64),
    Text(String),
    Path(String),
    Signature(String),
    /// An index into the descriptors of the message, of which we take none.
    Descriptor(u32),
    /// The signature of the elements, and the elements.
    Array(String, Vec<Value>),
    Struct(Vec<Value>),
    Entry(Box<(Value, Value)>),
    Variant(Box<Value>),
}

impl Value {
    /// A string.
    pub fn text(text: &str) -> Self {
        Value::Text(text.to_owned())
    }

    /// Its type.
    pub fn signature(&self) -> String {
        let simple = match self {
            Value::Byte(_) => "y",
            Value::Bool(_) => "b",
            Value::I16(_) => "n",
            Value::U16(_) => "q",
            Value::I32(_) => "i",
            Value::U32(_) => "u",
            Value::I64(_) => "x",
            Value::U64(_) => "t",
            Value::Double(_) => "d",
            Value::Text(_) => "s",
            Value::Path(_) => "o",
            Value::Signature(_) => "g",
            Value::Descriptor(_) => "h",
            Value::Variant(_) => "v",
            Value::Array(element, _) => return format!("a{element}"),
            Value::Entry(pair) => return format!("{{{}{}}}", pair.0.signature(), pair.1.signature()),
            Value::Struct(fields) => {
                return format!("({})", fields.iter().map(Value::signature).collect::<String>());
            }
        };
        simple.to_owned()
    }

    /// What is in a variant, or the value itself.
    pub fn bare(&self) -> &Value {
        match self {
            Value::Variant(inner) => inner.bare(),
            other => other,
        }
    }

    /// A string, an object path or a signature.
    pub fn as_text(&self) -> Option<&str> {
        match self.bare() {
            Value::Text(text) | Value::Path(text) | Value::Signature(text) => Some(text),
            _ => None,
        }
    }

    /// An integer.
    pub fn as_number(&self) -> Option<i128> {
        match self.bare() {
            Value::Byte(number) => Some((*number).into()),
            Value::I16(number) => Some((*number).into()),
            Value::U16(number) => Some((*number).into()),
            Value::I32(number) => Some((*number).into()),
            Value::U32(number) => Some((*number).into()),
            Value::I64(number) => Some((*number).into()),
            Value::U64(number) => Some((*number).into()),
            _ => None,
        }
    }

    /// A truth.
    pub fn as_bool(&self) -> Option<bool> {
        match self.bare() {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The elements of an array or the fields of a structure; nothing of another value.
    pub fn items(&self) -> &[Value] {
        match self.bare() {
            Value::Array(_, items) | Value::Struct(items) => items,
            _ => &[],
        }
    }

    /// The bytes of an array of bytes.
    pub fn as_bytes(&self) -> Option<Vec<u8>> {
        let byte = |item: &Value| match item {
            Value::Byte(byte) => Some(*byte),
            _ => None,
        };
        self.items().iter().map(byte).collect()
    }
}
