//! `primary.xml` into columns.

use std::io::BufRead;

use rpmfile::DepFlags;

use super::primary_columns::{Columns, DEPENDENCY, KINDS, MAX_PACKAGES, Row, field, pack};
use super::repomd_xml::check_location;
use super::xml::{Attributes, Handler, walk};
use crate::read::DependencyKind;

/// Parses primary. The cache is made of the columns when the document is no longer needed.
pub(crate) fn parse(source: impl BufRead) -> Result<Columns, String> {
    let mut parser = Parser::new();
    walk(source, &mut parser)?;
    parser.columns.checked()
}

struct Parser {
    columns: Columns,
    row: Row,
    kind: Option<DependencyKind>,
    /// The dependencies of the package at hand, by kind: the file may bring the kinds in any order.
    pending: [Vec<[u32; 3]>; KINDS],
    file_kind: u32,
    evr: String,
}

impl Handler for Parser {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<(), String> {
        match name {
            "entry" => self.entry(attributes),
            "file" => self.file_start(attributes),
            "package" => self.package_start(),
            "version" => self.version(attributes),
            "checksum" => self.checksum_start(attributes),
            "time" => attributes.each(|key, value| {
                if key == "build" {
                    self.row[field::BUILD_TIME] = value.parse().unwrap_or(0);
                }
            }),
            "size" => self.sizes(attributes),
            "location" => self.location(attributes),
            "header-range" => self.header_range(attributes),
            _ => {
                self.kind = DependencyKind::from_element(name).or(self.kind);
                Ok(())
            }
        }
    }

    fn end(&mut self, name: &str, text: &str) -> Result<(), String> {
        match name {
            "entry" => {}
            "file" => self.file(text),
            "name" => self.row[field::NAME] = self.columns.names.intern(text),
            "arch" => self.row[field::ARCH] = self.columns.names.intern(text),
            "package" => return self.package_end(),
            _ if DependencyKind::from_element(name).is_some() => self.kind = None,
            _ => self.text(name, text),
        }
        Ok(())
    }
}

impl Parser {
    fn new() -> Self {
        Self {
            columns: Columns::new(),
            row: [0; field::COUNT],
            kind: None,
            pending: Default::default(),
            file_kind: 0,
            evr: String::new(),
        }
    }

    fn package_start(&mut self) -> Result<(), String> {
        if self.columns.rows.len() >= MAX_PACKAGES {
            return Err("too many packages".to_owned());
        }
        self.row = [0; field::COUNT];
        self.row[field::FILES] = self.columns.files.len() as u32;
        self.pending.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    fn package_end(&mut self) -> Result<(), String> {
        if self.row[field::NAME] == 0 || self.row[field::LOCATION] == 0 || self.row[field::CHECKSUM] == 0 {
            let name = self.columns.names.text(self.row[field::NAME]);
            return Err(format!("the package {name:?} has no name, location or checksum"));
        }
        let package = self.columns.rows.len() as u32;
        for (kind, pending) in (0..).zip(&self.pending) {
            self.row[field::DEPENDENCIES + kind as usize] = self.columns.dependencies.len() as u32;
            let rows = pending.iter().map(|[name, flags, evr]| -> [u32; DEPENDENCY] {
                [*name, *flags, *evr, pack(package, kind)]
            });
            self.columns.dependencies.extend(rows);
        }
        self.row[field::DEPENDENCIES + KINDS] = self.columns.dependencies.len() as u32;
        self.row[field::FILES + 1] = self.columns.files.len() as u32;
        self.columns.rows.push(self.row);
        Ok(())
    }

    fn version(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        let (row, names) = (&mut self.row, &mut self.columns.names);
        attributes.each(|key, value| match key {
            "epoch" => row[field::EPOCH] = value.parse().unwrap_or(0),
            "ver" => row[field::VERSION] = names.intern(&value),
            "rel" => row[field::RELEASE] = names.intern(&value),
            _ => {}
        })
    }

    fn checksum_start(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        let kind = attributes.get("type")?.unwrap_or_default();
        self.row[field::CHECKSUM_TYPE] = self.columns.texts.intern(&kind);
        Ok(())
    }

    fn sizes(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        let row = &mut self.row;
        attributes.each(|key, value| {
            let field = match key {
                "package" => field::SIZE,
                "installed" => field::INSTALLED_SIZE,
                _ => return,
            };
            let number: u64 = value.parse().unwrap_or(0);
            (row[field], row[field + 1]) = (number as u32, (number >> 32) as u32);
        })
    }

    fn location(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        let href = check_location(attributes.get("href")?.unwrap_or_default())?;
        self.row[field::LOCATION] = self.columns.texts.intern(&href);
        let base = attributes.get("base")?.unwrap_or_default();
        self.row[field::BASE] = self.columns.texts.intern(&base);
        Ok(())
    }

    fn header_range(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        let row = &mut self.row;
        attributes.each(|key, value| match key {
            "start" => row[field::HEADER_START] = value.parse().unwrap_or(0),
            "end" => row[field::HEADER_END] = value.parse().unwrap_or(0),
            _ => {}
        })
    }

    fn entry(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        let Some(kind) = self.kind else { return Ok(()) };
        let (names, evr) = (&mut self.columns.names, &mut self.evr);
        let (mut name, mut flags, mut release) = (0, 0, String::new());
        evr.clear();
        let mut version = String::new();
        attributes.each(|key, value| match key {
            "name" => name = names.intern(&value),
            "flags" => flags |= sense(&value).0,
            "epoch" if value != "0" && !value.is_empty() => *evr = format!("{value}:"),
            "ver" => version.push_str(&value),
            "rel" => release.push_str(&value),
            "pre" if value == "1" => flags |= DepFlags::PREREQ.0,
            _ => {}
        })?;
        evr.push_str(&version);
        if !release.is_empty() {
            evr.push('-');
            evr.push_str(&release);
        }
        let evr = if version.is_empty() { 0 } else { names.intern(evr) };
        self.pending[kind as usize].push([name, flags, evr]);
        Ok(())
    }

    fn file_start(&mut self, attributes: &Attributes<'_>) -> Result<(), String> {
        self.file_kind = match attributes.get("type")?.as_deref() {
            Some("dir") => 1,
            Some("ghost") => 2,
            _ => 0,
        };
        Ok(())
    }

    fn file(&mut self, path: &str) {
        let (dir, base) = split_path(path);
        let (dir, base) = (self.columns.names.intern(dir), self.columns.names.intern(base));
        let package = self.columns.rows.len() as u32;
        self.columns
            .files
            .push([dir, base, pack(package, self.file_kind)]);
    }

    fn text(&mut self, name: &str, text: &str) {
        let field = match name {
            "checksum" => field::CHECKSUM,
            "summary" => field::SUMMARY,
            "description" => field::DESCRIPTION,
            "url" => field::URL,
            "license" => field::LICENSE,
            "vendor" => field::VENDOR,
            "group" => field::GROUP,
            "packager" => field::PACKAGER,
            "sourcerpm" => field::SOURCE_RPM,
            _ => return,
        };
        self.row[field] = self.columns.texts.intern(text);
    }
}

fn sense(flags: &str) -> DepFlags {
    match flags {
        "EQ" => DepFlags::EQUAL,
        "LT" => DepFlags::LESS,
        "LE" => DepFlags::LESS_OR_EQUAL,
        "GT" => DepFlags::GREATER,
        "GE" => DepFlags::GREATER_OR_EQUAL,
        _ => DepFlags::ANY,
    }
}

/// The directory (without the last slash, empty for the root) and the last part.
pub(crate) fn split_path(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
