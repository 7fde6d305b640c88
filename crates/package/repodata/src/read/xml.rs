//! XML as a series of calls: an element begins, an element ends with its text.
//!
//! The documents are streamed, so that memory does not grow with them. Only the predefined entities and character
//! references are resolved; there is nothing that could be made to expand (XML's "billion laughs").

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

/// What happens at each element. Names come without namespace prefix.
pub(crate) trait Handler {
    /// An element begins.
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String>;
    /// An element ends; `text` is the text directly before its end.
    fn end(&mut self, name: &str, text: &str) -> Result<(), String>;
}

/// The attributes of an element.
pub(crate) struct Attributes<'a> {
    start: &'a BytesStart<'a>,
}

impl<'a> Attributes<'a> {
    /// All attributes, by local name, unescaped.
    pub(crate) fn each(&self, mut visit: impl FnMut(&str, Cow<'_, str>)) -> Result<(), String> {
        for attribute in self.start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = match attribute.value.contains('&') {
                true => Cow::Owned(
                    unescape(&attribute.value)
                        .map_err(|error| error.to_string())?
                        .into_owned(),
                ),
                false => attribute.value,
            };
            visit(attribute.key.local_name().as_ref(), value);
        }
        Ok(())
    }

    /// One attribute.
    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, String> {
        let mut found = None;
        self.each(|key, value| {
            if key == name {
                found = Some(value.into_owned());
            }
        })?;
        Ok(found)
    }
}

/// Walks through a whole document. A document that ends early is an error.
pub(crate) fn walk(source: impl BufRead, handler: &mut impl Handler) -> Result<(), String> {
    let mut reader = Reader::from_reader(source);
    let mut walker = Walker {
        handler,
        text: String::new(),
        depth: 0,
        seen: false,
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let event = event.map_err(|error| format!("bad XML at byte {}: {error}", reader.error_position()))?;
        if walker
            .step(event)
            .map_err(|error| format!("at byte {}: {error}", reader.buffer_position()))?
        {
            return Ok(());
        }
    }
}

struct Walker<'h, H> {
    handler: &'h mut H,
    text: String,
    depth: usize,
    seen: bool,
}

impl<H: Handler> Walker<'_, H> {
    /// Handles one event; true at the end of the document.
    fn step(&mut self, event: Event<'_>) -> Result<bool, String> {
        match event {
            Event::Start(start) => self.start(&start)?,
            Event::Empty(start) => {
                self.start(&start)?;
                self.end(start.local_name().as_ref())?;
            }
            Event::End(end) => self.end(end.local_name().as_ref())?,
            Event::Text(text) => self.text.push_str(&text),
            Event::CData(text) => self.text.push_str(&text),
            Event::GeneralRef(reference) => self.reference(&reference)?,
            Event::Eof if self.depth > 0 || !self.seen => return Err("the document ends early".to_owned()),
            Event::Eof => return Ok(true),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
        }
        Ok(false)
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        self.depth += 1;
        self.seen = true;
        self.text.clear();
        self.handler
            .start(start.local_name().as_ref(), &Attributes { start })
    }

    fn end(&mut self, name: &str) -> Result<(), String> {
        self.depth = self.depth.saturating_sub(1);
        self.handler.end(name, &self.text)?;
        self.text.clear();
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), String> {
        if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
            self.text.push(character);
            return Ok(());
        }
        let name: &str = reference;
        let resolved = resolve_predefined_entity(name).ok_or_else(|| format!("unknown entity &{name};"))?;
        self.text.push_str(resolved);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Log(Vec<String>);

    impl Handler for Log {
        fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String> {
            self.0
                .push(format!("<{name} {}", attributes.get("k")?.unwrap_or_default()));
            Ok(())
        }

        fn end(&mut self, name: &str, text: &str) -> Result<(), String> {
            self.0.push(format!("{text}/{name}"));
            Ok(())
        }
    }

    fn log(xml: &str) -> Result<Vec<String>, String> {
        let mut log = Log::default();
        walk(xml.as_bytes(), &mut log).map(|()| log.0)
    }

    #[test]
    fn names_lose_their_prefix_and_text_its_escapes() {
        let log = log("<?xml version=\"1.0\"?>\n<a x:k='1&amp;2'><p:b/>x&lt;&#65;<![CDATA[<]]></a>").unwrap();
        assert_eq!(log, ["<a 1&2", "<b ", "/b", "x<A</a"]);
    }

    #[test]
    fn truncated_mismatched_and_entity_declaring_documents_are_errors() {
        assert!(log("<a><b></b>").unwrap_err().contains("ends early"));
        assert!(log("").is_err());
        assert!(log("<a></b>").is_err());
        assert!(
            log("<!DOCTYPE a [<!ENTITY e 'boom'>]><a>&e;</a>")
                .unwrap_err()
                .contains("unknown entity")
        );
    }
}
