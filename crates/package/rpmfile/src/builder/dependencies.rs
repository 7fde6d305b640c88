//! What a new package needs, offers and refuses, with what rpmbuild adds by itself.

use std::collections::BTreeSet;

use super::Builder;
use super::plan::Planned;
use crate::header_writer::HeaderWriter;
use crate::{DepFlags, Dependency, ScriptletKind, Tag, Value};

/// A feature of the format, and the rpm that brought it (rpm's lib/rpmds.c, rpmlibProvides).
type Feature = (&'static str, &'static str);

const ALWAYS_USED: [Feature; 4] = [
    ("CompressedFileNames", "3.0.4-1"),
    ("FileDigests", "4.6.0-1"),
    ("PayloadFilesHavePrefix", "4.0-1"),
    ("PayloadIsZstd", "5.4.18-1"),
];

/// Names, flags and versions of each list, in the order of [`Builder::lists`].
const TAGS: [[Tag; 3]; 8] = [
    [Tag::REQUIRE_NAME, Tag::REQUIRE_FLAGS, Tag::REQUIRE_VERSION],
    [Tag::PROVIDE_NAME, Tag::PROVIDE_FLAGS, Tag::PROVIDE_VERSION],
    [Tag::CONFLICT_NAME, Tag::CONFLICT_FLAGS, Tag::CONFLICT_VERSION],
    [Tag::OBSOLETE_NAME, Tag::OBSOLETE_FLAGS, Tag::OBSOLETE_VERSION],
    [Tag::RECOMMEND_NAME, Tag::RECOMMEND_FLAGS, Tag::RECOMMEND_VERSION],
    [Tag::SUGGEST_NAME, Tag::SUGGEST_FLAGS, Tag::SUGGEST_VERSION],
    [
        Tag::SUPPLEMENT_NAME,
        Tag::SUPPLEMENT_FLAGS,
        Tag::SUPPLEMENT_VERSION,
    ],
    [Tag::ENHANCE_NAME, Tag::ENHANCE_FLAGS, Tag::ENHANCE_VERSION],
];

impl Builder {
    pub(super) fn put_dependencies(&self, writer: &mut HeaderWriter, plan: &[Planned]) {
        let added = [self.added_requires(plan), self.added_provides()];
        let added = added.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
        for ((list, added), tags) in self.lists().into_iter().zip(added).zip(TAGS) {
            put_list(writer, list.iter().chain(added), tags);
        }
    }

    fn lists(&self) -> [&Vec<Dependency>; 8] {
        let [requires, provides] = [&self.requires, &self.provides];
        let [conflicts, obsoletes] = [&self.conflicts, &self.obsoletes];
        let [recommends, suggests] = [&self.recommends, &self.suggests];
        let [supplements, enhances] = [&self.supplements, &self.enhances];
        [
            requires,
            provides,
            conflicts,
            obsoletes,
            recommends,
            suggests,
            supplements,
            enhances,
        ]
    }

    fn added_provides(&self) -> Vec<Dependency> {
        let (name, evr) = (&self.nevra.name, self.nevra.evr.to_string());
        let itself = Dependency::new(name, DepFlags::EQUAL, &evr);
        let for_arch = |isa| Dependency::new(format!("{name}({isa})"), DepFlags::EQUAL, &evr);
        [Some(itself), isa(&self.nevra.arch).map(for_arch)]
            .into_iter()
            .flatten()
            .collect()
    }

    fn added_requires(&self, plan: &[Planned]) -> Vec<Dependency> {
        let flags = DepFlags::RPMLIB | DepFlags::LESS_OR_EQUAL;
        let used = self
            .optional_features(plan)
            .into_iter()
            .filter(|(used, _)| *used)
            .map(|(_, feature)| feature);
        let features = ALWAYS_USED.into_iter().chain(used);
        let features = features.map(|(name, since)| Dependency::new(format!("rpmlib({name})"), flags, since));
        features.chain(self.interpreters()).collect()
    }

    /// Features, and whether this package uses them.
    fn optional_features(&self, plan: &[Planned]) -> [(bool, Feature); 6] {
        let program = |is: fn(&[String]) -> bool| self.programs().any(|(words, _)| is(words));
        let in_versions = |mark: char| self.versions().any(|text| text.contains(mark));
        let mut dependencies = self.lists().into_iter().flatten();
        [
            (
                plan.iter().any(|file| file.origin.caps.is_some()),
                ("FileCaps", "4.6.1-1"),
            ),
            (
                program(|words| words.len() > 1),
                ("ScriptletInterpreterArgs", "4.0.3-1"),
            ),
            (
                program(|words| words.first().is_some_and(|word| word == "<lua>")),
                ("BuiltinLuaScripts", "4.2.2-1"),
            ),
            (in_versions('~'), ("TildeInVersions", "4.10.0-1")),
            (in_versions('^'), ("CaretInVersions", "4.15.0-1")),
            (
                dependencies.any(Dependency::is_rich),
                ("RichDependencies", "4.12.0-1"),
            ),
        ]
    }

    /// Every text that may contain a version.
    fn versions(&self) -> impl Iterator<Item = &String> {
        let own = [&self.nevra.evr.version, &self.nevra.evr.release];
        own.into_iter()
            .chain(self.lists().into_iter().flatten().flat_map(|d| [&d.name, &d.evr]))
    }

    /// The interpreters of all scripts, and when they must be there.
    fn programs(&self) -> impl Iterator<Item = (&[String], DepFlags)> {
        let scriptlets = self
            .scriptlets
            .iter()
            .map(|script| (&script.interpreter[..], stage(script.kind)));
        let triggers = self
            .triggers
            .iter()
            .map(|trigger| (&trigger.interpreter[..], DepFlags::ANY));
        scriptlets.chain(triggers)
    }

    fn interpreters(&self) -> impl Iterator<Item = Dependency> {
        let firsts = self
            .programs()
            .filter_map(|(words, stage)| Some((words.first()?, stage)));
        let files = firsts.filter(|(program, _)| program.starts_with('/'));
        files.map(|(program, stage)| Dependency::new(program, DepFlags::INTERP | stage, ""))
    }
}

/// Sorted and without duplicates, as rpmbuild does it.
fn put_list<'a>(writer: &mut HeaderWriter, list: impl Iterator<Item = &'a Dependency>, tags: [Tag; 3]) {
    let list: BTreeSet<&Dependency> = list.collect();
    if list.is_empty() {
        return;
    }
    let [name, flags, version] = tags;
    writer.put(name, Value::strings(list.iter().map(|d| &d.name)));
    writer.put(flags, Value::U32(list.iter().map(|d| d.flags.0).collect()));
    writer.put(version, Value::strings(list.iter().map(|d| &d.evr)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evr, Scriptlet};

    fn names(builder: &Builder) -> Vec<String> {
        let plan = builder.plan().unwrap();
        builder
            .added_requires(&plan)
            .iter()
            .map(Dependency::to_string)
            .collect()
    }

    #[test]
    fn only_features_in_use_are_required() {
        let mut builder = Builder::new("a", Evr::parse("1-1"), "noarch");
        let plain = names(&builder);
        assert_eq!(plain.len(), ALWAYS_USED.len());
        builder.nevra.evr = Evr::parse("1~rc1^git-1");
        builder.suggests.push(Dependency::any("(b if c)"));
        let mut script = Scriptlet::program(ScriptletKind::Pre, "<lua>");
        script.interpreter.push("-x".to_owned());
        builder.scriptlets.push(script);
        let added = names(&builder).join(" ");
        for feature in ["Tilde", "Caret", "Rich", "BuiltinLua", "InterpreterArgs"] {
            assert!(added.contains(feature), "{feature} in {added}");
        }
        assert!(!added.contains("FileCaps"), "{added}");
    }

    #[test]
    fn interpreters_are_required_at_their_stage() {
        let mut builder = Builder::new("a", Evr::parse("1-1"), "noarch");
        builder.scriptlets = vec![Scriptlet::shell(ScriptletKind::Pre, "true")];
        let required: Vec<_> = builder.interpreters().collect();
        assert_eq!(
            required,
            [Dependency::new(
                "/bin/sh",
                DepFlags::SCRIPT_PRE | DepFlags::INTERP,
                ""
            )]
        );
    }

    #[test]
    fn a_package_provides_itself() {
        let provides = |arch| {
            Builder::new("a", Evr::parse("2:1-1"), arch)
                .added_provides()
                .len()
        };
        assert_eq!(
            (provides("noarch"), provides("x86_64"), provides("aarch64")),
            (1, 2, 2)
        );
    }
}
