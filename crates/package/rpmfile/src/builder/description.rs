//! The main header of a new package.

use std::collections::{BTreeMap, BTreeSet};

use super::payload::Archive;
use super::plan::Planned;
use super::{Builder, ChangelogEntry};
use crate::header_writer::HeaderWriter;
use crate::package::SHA256_ALGORITHM;
use crate::trigger::TriggerScope;
use crate::{DepFlags, Dependency, FileType, Scriptlet, ScriptletKind, Tag, Trigger, Value};

/// The rpm whose rules the package follows. Tools compare it with versions of rpm.
const RPM_VERSION: &str = "4.18.0";
/// What `rpm -V` cannot compare of a ghost: digest, size, link target and time (rpmbuild does the same).
const VERIFY_OF_GHOST: u32 = !(1 | 2 | 4 | 32);

impl Builder {
    /// The main header without magic.
    pub(super) fn main_header(&self, plan: &[Planned], archive: &Archive) -> Vec<u8> {
        let mut writer = HeaderWriter::default();
        self.put_identity(&mut writer);
        self.put_texts(&mut writer);
        self.put_dependencies(&mut writer, plan);
        self.scriptlets
            .iter()
            .for_each(|scriptlet| put_scriptlet(&mut writer, scriptlet));
        TriggerScope::ALL
            .into_iter()
            .for_each(|scope| self.put_triggers(&mut writer, scope));
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

    fn put_dependencies(&self, writer: &mut HeaderWriter, plan: &[Planned]) {
        let (requires, provides) = (self.all_requires(plan), self.all_provides());
        let lists = [
            (
                &requires,
                Tag::REQUIRE_NAME,
                Tag::REQUIRE_FLAGS,
                Tag::REQUIRE_VERSION,
            ),
            (
                &provides,
                Tag::PROVIDE_NAME,
                Tag::PROVIDE_FLAGS,
                Tag::PROVIDE_VERSION,
            ),
            (
                &self.conflicts,
                Tag::CONFLICT_NAME,
                Tag::CONFLICT_FLAGS,
                Tag::CONFLICT_VERSION,
            ),
            (
                &self.obsoletes,
                Tag::OBSOLETE_NAME,
                Tag::OBSOLETE_FLAGS,
                Tag::OBSOLETE_VERSION,
            ),
            (
                &self.recommends,
                Tag::RECOMMEND_NAME,
                Tag::RECOMMEND_FLAGS,
                Tag::RECOMMEND_VERSION,
            ),
            (
                &self.suggests,
                Tag::SUGGEST_NAME,
                Tag::SUGGEST_FLAGS,
                Tag::SUGGEST_VERSION,
            ),
            (
                &self.supplements,
                Tag::SUPPLEMENT_NAME,
                Tag::SUPPLEMENT_FLAGS,
                Tag::SUPPLEMENT_VERSION,
            ),
            (
                &self.enhances,
                Tag::ENHANCE_NAME,
                Tag::ENHANCE_FLAGS,
                Tag::ENHANCE_VERSION,
            ),
        ];
        for (list, name, flags, version) in lists {
            put_dependency_list(writer, list, [name, flags, version]);
        }
    }

    fn all_provides(&self) -> Vec<Dependency> {
        let evr = self.nevra.evr.to_string();
        let mut provides = self.provides.clone();
        provides.push(Dependency::new(&self.nevra.name, DepFlags::EQUAL, &evr));
        if let Some(isa) = isa(&self.nevra.arch) {
            provides.push(Dependency::new(
                format!("{}({isa})", self.nevra.name),
                DepFlags::EQUAL,
                &evr,
            ));
        }
        provides
    }

    fn all_requires(&self, plan: &[Planned]) -> Vec<Dependency> {
        let mut requires = self.requires.clone();
        requires.extend(self.interpreters());
        requires.extend(self.format_features(plan).into_iter().map(|(feature, since)| {
            Dependency::new(
                format!("rpmlib({feature})"),
                DepFlags::RPMLIB | DepFlags::LESS_OR_EQUAL,
                since,
            )
        }));
        requires
    }

    fn interpreters(&self) -> impl Iterator<Item = Dependency> {
        let scriptlets = self.scriptlets.iter().map(|s| (&s.interpreter, stage(s.kind)));
        let triggers = self.triggers.iter().map(|t| (&t.interpreter, DepFlags::ANY));
        let program = |(words, stage): (&Vec<String>, DepFlags)| Some((words.first()?.clone(), stage));
        let needed = scriptlets
            .chain(triggers)
            .filter_map(program)
            .filter(|(program, _)| program.starts_with('/'));
        needed.map(|(program, stage)| Dependency::new(program, DepFlags::INTERP | stage, ""))
    }

    /// Features of the format that this package uses, and the rpm that brought them (rpm's lib/rpmds.c).
    fn format_features(&self, plan: &[Planned]) -> Vec<(&'static str, &'static str)> {
        let mut features = vec![
            ("CompressedFileNames", "3.0.4-1"),
            ("FileDigests", "4.6.0-1"),
            ("PayloadFilesHavePrefix", "4.0-1"),
            ("PayloadIsZstd", "5.4.18-1"),
        ];
        let mut add = |used: bool, feature| {
            if used {
                features.push(feature)
            }
        };
        let interpreters = || {
            self.scriptlets
                .iter()
                .map(|s| &s.interpreter)
                .chain(self.triggers.iter().map(|t| &t.interpreter))
        };
        let texts = || self.every_dependency().flat_map(|d| [&d.name, &d.evr]);
        let versions = || {
            [&self.nevra.evr.version, &self.nevra.evr.release]
                .into_iter()
                .chain(texts())
        };
        add(
            plan.iter().any(|file| file.origin.caps.is_some()),
            ("FileCaps", "4.6.1-1"),
        );
        add(
            interpreters().any(|words| words.len() > 1),
            ("ScriptletInterpreterArgs", "4.0.3-1"),
        );
        add(
            interpreters().any(|words| words.first().is_some_and(|w| w == "<lua>")),
            ("BuiltinLuaScripts", "4.2.2-1"),
        );
        add(
            versions().any(|text| text.contains('~')),
            ("TildeInVersions", "4.10.0-1"),
        );
        add(
            versions().any(|text| text.contains('^')),
            ("CaretInVersions", "4.15.0-1"),
        );
        add(
            self.every_dependency().any(Dependency::is_rich),
            ("RichDependencies", "4.12.0-1"),
        );
        features
    }

    fn every_dependency(&self) -> impl Iterator<Item = &Dependency> {
        let strong = [&self.requires, &self.provides, &self.conflicts, &self.obsoletes];
        let weak = [
            &self.recommends,
            &self.suggests,
            &self.supplements,
            &self.enhances,
        ];
        strong.into_iter().chain(weak).flatten()
    }

    fn put_triggers(&self, writer: &mut HeaderWriter, scope: TriggerScope) {
        let triggers: Vec<&Trigger> = self
            .triggers
            .iter()
            .filter(|trigger| trigger.scope == scope)
            .collect();
        if triggers.is_empty() {
            return;
        }
        let tags = scope.tags();
        let conditions = || {
            triggers
                .iter()
                .enumerate()
                .flat_map(|(i, t)| t.conditions.iter().map(move |c| (i, t, c)))
        };
        writer.put(tags.scripts, strings(triggers.iter().map(|t| t.body.clone())));
        writer.put(
            tags.programs,
            strings(triggers.iter().map(|t| t.interpreter.join(" "))),
        );
        writer.put(
            tags.script_flags,
            Value::U32(triggers.iter().map(|t| t.flags).collect()),
        );
        writer.put(tags.names, strings(conditions().map(|(_, _, c)| c.name.clone())));
        writer.put(
            tags.versions,
            strings(conditions().map(|(_, _, c)| c.evr.clone())),
        );
        writer.put(
            tags.flags,
            Value::U32(
                conditions()
                    .map(|(_, t, c)| (c.flags | t.event.flag()).0)
                    .collect(),
            ),
        );
        writer.put(
            tags.index,
            Value::U32(conditions().map(|(i, ..)| i as u32).collect()),
        );
        if let Some(tag) = tags.priorities {
            writer.put(tag, Value::U32(triggers.iter().map(|t| t.priority).collect()));
        }
    }

    fn put_files(&self, writer: &mut HeaderWriter, plan: &[Planned], archive: &Archive) {
        writer.put(Tag::SIZE, Value::U32(vec![install_size(plan, archive)]));
        if plan.is_empty() {
            return;
        }
        put_paths(writer, plan);
        self.put_attributes(writer, plan);
        let written = || plan.iter().zip(&archive.files);
        writer.put(
            Tag::FILE_SIZES,
            Value::U32(written().map(|(_, (size, _))| *size as u32).collect()),
        );
        let digest = |(file, (_, digest)): (&Planned, &(u64, String))| match is_stored(file) {
            true => digest.clone(),
            false => String::new(),
        };
        writer.put(Tag::FILE_DIGESTS, strings(written().map(digest)));
        writer.put_u32(Tag::FILE_DIGEST_ALGO, SHA256_ALGORITHM);
    }

    fn put_attributes(&self, writer: &mut HeaderWriter, plan: &[Planned]) {
        let numbers = |of: &dyn Fn(&Planned) -> u32| Value::U32(plan.iter().map(of).collect());
        let texts = |of: &dyn Fn(&Planned) -> String| strings(plan.iter().map(of));
        writer.put(
            Tag::FILE_MODES,
            Value::U16(plan.iter().map(Planned::mode).collect()),
        );
        writer.put(Tag::FILE_RDEVS, Value::U16(vec![0; plan.len()]));
        writer.put(
            Tag::FILE_MTIMES,
            numbers(&|file| file.origin.mtime.unwrap_or(self.build_time)),
        );
        writer.put(Tag::FILE_LINKTOS, texts(&|file| file.link_target().to_owned()));
        writer.put(Tag::FILE_FLAGS, numbers(&|file| file.entry.flags.0));
        writer.put(Tag::FILE_USER_NAMES, texts(&|file| file.origin.user.clone()));
        writer.put(Tag::FILE_GROUP_NAMES, texts(&|file| file.origin.group.clone()));
        writer.put(
            Tag::FILE_VERIFY_FLAGS,
            numbers(&|file| {
                if file.is_ghost() {
                    VERIFY_OF_GHOST
                } else {
                    u32::MAX
                }
            }),
        );
        writer.put(Tag::FILE_DEVICES, Value::U32(vec![1; plan.len()]));
        writer.put(Tag::FILE_INODES, numbers(&|file| file.inode));
        writer.put(Tag::FILE_LANGS, Value::StrArray(vec![String::new(); plan.len()]));
        if plan.iter().any(|file| file.origin.caps.is_some()) {
            writer.put(
                Tag::FILE_CAPS,
                texts(&|file| file.origin.caps.clone().unwrap_or_default()),
            );
        }
    }
}

/// Whether the archive has content of this file that a digest covers.
fn is_stored(file: &Planned) -> bool {
    FileType::of_mode(file.mode()) == FileType::Regular && !file.is_ghost()
}

fn strings(texts: impl Iterator<Item = String>) -> Value {
    Value::StrArray(texts.collect())
}

/// Sorted and without duplicates, as rpmbuild does it.
fn put_dependency_list(writer: &mut HeaderWriter, list: &[Dependency], [name, flags, version]: [Tag; 3]) {
    let list: BTreeSet<&Dependency> = list.iter().collect();
    if list.is_empty() {
        return;
    }
    writer.put(name, strings(list.iter().map(|d| d.name.clone())));
    writer.put(flags, Value::U32(list.iter().map(|d| d.flags.0).collect()));
    writer.put(version, strings(list.iter().map(|d| d.evr.clone())));
}

fn put_scriptlet(writer: &mut HeaderWriter, scriptlet: &Scriptlet) {
    let (body, program, flags) = scriptlet.kind.tags();
    if !scriptlet.body.is_empty() {
        writer.put_str(body, &scriptlet.body);
    }
    match scriptlet.interpreter.as_slice() {
        [one] => writer.put_str(program, one),
        several => writer.put(program, Value::StrArray(several.to_vec())),
    }
    if scriptlet.flags != 0 {
        writer.put_u32(flags, scriptlet.flags);
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
        strings(changelog.iter().map(|entry| entry.author.clone())),
    );
    writer.put(
        Tag::CHANGELOG_TEXT,
        strings(changelog.iter().map(|entry| entry.text.clone())),
    );
}

fn put_payload(writer: &mut HeaderWriter, level: i32, archive: &Archive) {
    writer.put_str(Tag::PAYLOAD_FORMAT, "cpio");
    writer.put_str(Tag::PAYLOAD_COMPRESSOR, "zstd");
    writer.put_str(Tag::PAYLOAD_FLAGS, level.to_string());
    writer.put(Tag::PAYLOAD_DIGEST, Value::StrArray(vec![archive.digest.clone()]));
    writer.put_u32(Tag::PAYLOAD_DIGEST_ALGO, SHA256_ALGORITHM);
}

/// Directories and names, each directory once, in order of appearance.
fn put_paths(writer: &mut HeaderWriter, plan: &[Planned]) {
    let (mut dirs, mut numbers) = (Vec::new(), BTreeMap::new());
    let (mut indexes, mut names) = (Vec::new(), Vec::new());
    for file in plan {
        let (dir, name) = file
            .entry
            .path
            .split_at(file.entry.path.rfind('/').map_or(0, |slash| slash + 1));
        let number = *numbers.entry(dir).or_insert_with(|| {
            dirs.push(dir.to_owned());
            dirs.len() as u32 - 1
        });
        indexes.push(number);
        names.push(name.to_owned());
    }
    writer.put(Tag::DIR_NAMES, Value::StrArray(dirs));
    writer.put(Tag::DIR_INDEXES, Value::U32(indexes));
    writer.put(Tag::BASE_NAMES, Value::StrArray(names));
}

/// Each file once, however many names it has. The archive is limited to 4 GiB for each file, the sum is capped.
fn install_size(plan: &[Planned], archive: &Archive) -> u32 {
    let counted = plan
        .iter()
        .zip(&archive.files)
        .filter(|(file, _)| file.carries_content && is_stored(file));
    let total: u64 = counted.map(|(_, (size, _))| size).sum();
    u32::try_from(total).unwrap_or(u32::MAX)
}

/// When the interpreter of a scriptlet must be there.
fn stage(kind: ScriptletKind) -> DepFlags {
    match kind {
        ScriptletKind::Pre => DepFlags::SCRIPT_PRE,
        ScriptletKind::Post => DepFlags::SCRIPT_POST,
        ScriptletKind::PreUn => DepFlags::SCRIPT_PREUN,
        ScriptletKind::PostUn => DepFlags::SCRIPT_POSTUN,
        ScriptletKind::PreTrans => DepFlags::PRETRANS,
        ScriptletKind::PostTrans => DepFlags::POSTTRANS,
        ScriptletKind::Verify => DepFlags::SCRIPT_VERIFY,
        ScriptletKind::PreUnTrans | ScriptletKind::PostUnTrans => DepFlags::ANY,
    }
}

/// What rpm calls `%_isa`, without parentheses.
fn isa(arch: &str) -> Option<&'static str> {
    match arch {
        "x86_64" => Some("x86-64"),
        "aarch64" => Some("aarch-64"),
        _ => None,
    }
}
