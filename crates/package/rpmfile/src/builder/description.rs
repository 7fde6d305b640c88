//! The main header of a new package: what it is. What it needs, runs and contains is put in by its neighbours.

use super::payload::Archive;
use super::plan::Planned;
use super::{Builder, ChangelogEntry};
use crate::header_writer::HeaderWriter;
use crate::package::SHA256_ALGORITHM;
use crate::{Tag, Value};

/// The rpm whose rules the package follows. Tools compare it with versions of rpm.
const RPM_VERSION: &str = "4.18.0";

impl Builder {
    /// The main header without magic.
    pub(super) fn main_header(&self, plan: &[Planned], archive: &Archive) -> Vec<u8> {
        let mut writer = HeaderWriter::default();
        self.put_identity(&mut writer);
        self.put_texts(&mut writer);
        self.put_dependencies(&mut writer, plan);
        self.put_scripts(&mut writer);
        put_changelog(&mut writer, &self.changelog);
        self.put_files(&mut writer, plan, archive);
        put_payload(&mut writer, self.zstd_level, archive);
        writer.finish(Tag::HEADER_IMMUTABLE)
    }

    fn put_identity(&self, writer: &mut HeaderWriter) {
        let evr = &self.nevra.evr;
        writer.put_str(Tag::NAME, &self.nevra.name);
        writer.put_str(Tag::VERSION, &evr.version);
        writer.put_str(Tag::RELEASE, &evr.release);
        if evr.epoch > 0 {
            writer.put_u32(Tag::EPOCH, evr.epoch);
        }
        writer.put_str(Tag::ARCH, &self.nevra.arch);
        writer.put_str(Tag::OS, "linux");
        writer.put_u32(Tag::BUILD_TIME, self.build_time);
        writer.put_str(Tag::BUILD_HOST, &self.build_host);
        writer.put_str(Tag::RPM_VERSION, RPM_VERSION);
        let source = || format!("{}-{}-{}.src.rpm", self.nevra.name, evr.version, evr.release);
        writer.put_str(Tag::SOURCE_RPM, self.source_rpm.clone().unwrap_or_else(source));
    }

    fn put_texts(&self, writer: &mut HeaderWriter) {
        writer.put(Tag::HEADER_I18N_TABLE, Value::StrArray(vec!["C".to_owned()]));
        writer.put(Tag::SUMMARY, Value::I18n(vec![self.summary.clone()]));
        writer.put(Tag::DESCRIPTION, Value::I18n(vec![self.description.clone()]));
        writer.put(Tag::GROUP, Value::I18n(vec![self.group.clone()]));
        writer.put_str(Tag::LICENSE, &self.license);
        writer.put_str(Tag::ENCODING, "utf-8");
        let optional = [
            (Tag::URL, &self.url),
            (Tag::VENDOR, &self.vendor),
            (Tag::PACKAGER, &self.packager),
        ];
        for (tag, text) in optional {
            text.iter().for_each(|text| writer.put_str(tag, text));
        }
    }
}

fn put_changelog(writer: &mut HeaderWriter, changelog: &[ChangelogEntry]) {
    if changelog.is_empty() {
        return;
    }
    writer.put(
        Tag::CHANGELOG_TIME,
        Value::U32(changelog.iter().map(|entry| entry.time).collect()),
    );
    writer.put(
        Tag::CHANGELOG_NAME,
        Value::strings(changelog.iter().map(|entry| &entry.author)),
    );
    writer.put(
        Tag::CHANGELOG_TEXT,
        Value::strings(changelog.iter().map(|entry| &entry.text)),
    );
}

fn put_payload(writer: &mut HeaderWriter, level: i32, archive: &Archive) {
    writer.put_str(Tag::PAYLOAD_FORMAT, "cpio");
    writer.put_str(Tag::PAYLOAD_COMPRESSOR, "zstd");
    writer.put_str(Tag::PAYLOAD_FLAGS, level.to_string());
    writer.put(Tag::PAYLOAD_DIGEST, Value::StrArray(vec![archive.digest.clone()]));
    writer.put_u32(Tag::PAYLOAD_DIGEST_ALGO, SHA256_ALGORITHM);
}
