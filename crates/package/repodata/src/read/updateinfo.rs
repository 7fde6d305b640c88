//! Reading `updateinfo.xml`.

use std::io::BufRead;

use super::xml::{Attributes, Handler, walk};
use crate::advisory::{Advisory, AdvisoryPackage, Reference};

/// Parses all advisories.
pub(crate) fn parse(source: impl BufRead) -> Result<Vec<Advisory>, String> {
    let mut parser = Parser::default();
    walk(source, &mut parser)?;
    Ok(parser.advisories)
}

#[derive(Default)]
struct Parser {
    advisories: Vec<Advisory>,
    advisory: Advisory,
    package: AdvisoryPackage,
    in_package: bool,
}

impl Handler for Parser {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String> {
        match name {
            "update" => self.update(attributes),
            "issued" => attributes
                .get("date")
                .map(|date| self.advisory.issued = date.unwrap_or_default()),
            "updated" => attributes
                .get("date")
                .map(|date| self.advisory.updated = date.unwrap_or_default()),
            "reference" => self.reference(attributes),
            "package" => self.package(attributes),
            _ => Ok(()),
        }
    }

    fn end(&mut self, name: &str, text: &str) -> Result<(), String> {
        match name {
            "update" => self.advisories.push(std::mem::take(&mut self.advisory)),
            "package" => {
                self.advisory.packages.push(std::mem::take(&mut self.package));
                self.in_package = false;
            }
            "filename" => self.package.file_name = text.to_owned(),
            "reboot_suggested" if self.in_package => self.package.reboot_suggested = is_true(text),
            "id" => self.advisory.id = text.to_owned(),
            "title" => self.advisory.title = text.to_owned(),
            "severity" => self.advisory.severity = text.to_owned(),
            "description" => self.advisory.description = text.to_owned(),
            _ => {}
        }
        Ok(())
    }
}

impl Parser {
    fn update(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        let advisory = &mut self.advisory;
        *advisory = Advisory::default();
        attributes.each(|key, value| match key {
            "from" => advisory.from = value.into_owned(),
            "status" => advisory.status = value.into_owned(),
            "type" => advisory.kind = value.into_owned(),
            _ => {}
        })
    }

    fn reference(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        let mut reference = Reference::default();
        attributes.each(|key, value| match key {
            "href" => reference.href = value.into_owned(),
            "id" => reference.id = value.into_owned(),
            "type" => reference.kind = value.into_owned(),
            "title" => reference.title = value.into_owned(),
            _ => {}
        })?;
        self.advisory.references.push(reference);
        Ok(())
    }

    fn package(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        self.in_package = true;
        let package = &mut self.package;
        *package = AdvisoryPackage::default();
        attributes.each(|key, value| match key {
            "name" => package.name = value.into_owned(),
            "epoch" => package.epoch = value.into_owned(),
            "version" => package.version = value.into_owned(),
            "release" => package.release = value.into_owned(),
            "arch" => package.arch = value.into_owned(),
            _ => {}
        })
    }
}

/// `<reboot_suggested/>` and `<reboot_suggested>1</reboot_suggested>` are both in use.
fn is_true(text: &str) -> bool {
    !matches!(text.trim().to_ascii_lowercase().as_str(), "false" | "0" | "no")
}
