//! Programs that run when another package, or a file below some path, is installed or removed
//! (rpm's docs/manual/triggers.md and file_triggers.md).

use crate::{DepFlags, Dependency, Error, Header, Tag};

/// The priority of a file trigger that states none (rpm's RPMTRIGGER_DEFAULT_PRIORITY). Higher runs first;
/// those of 10000 and above run before %post, the others after.
pub const DEFAULT_TRIGGER_PRIORITY: u32 = 1_000_000;

/// What sets a trigger off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TriggerScope {
    /// A package of that name.
    Package,
    /// A package with a file below one of the paths: once for each such package.
    File,
    /// A transaction with a file below one of the paths: once.
    Transaction,
}

/// When a trigger runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TriggerEvent {
    /// After installation.
    In,
    /// Before removal.
    Un,
    /// After removal.
    PostUn,
    /// Before installation.
    PreIn,
}

impl TriggerEvent {
    /// The bit that stands for it in the flags of the condition.
    pub fn flag(self) -> DepFlags {
        match self {
            Self::In => DepFlags::TRIGGER_IN,
            Self::Un => DepFlags::TRIGGER_UN,
            Self::PostUn => DepFlags::TRIGGER_POSTUN,
            Self::PreIn => DepFlags::TRIGGER_PREIN,
        }
    }

    fn of(flags: DepFlags) -> Option<Self> {
        [Self::In, Self::Un, Self::PostUn, Self::PreIn]
            .into_iter()
            .find(|event| flags.intersects(event.flag()))
    }
}

/// One trigger script and what sets it off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Package, file or transaction.
    pub scope: TriggerScope,
    /// When it runs.
    pub event: TriggerEvent,
    /// Names of packages with versions, or prefixes of paths; any one of them sets it off.
    pub conditions: Vec<Dependency>,
    /// What runs; file triggers get the paths on standard input.
    pub body: String,
    /// The program and its arguments.
    pub interpreter: Vec<String>,
    /// RPMSCRIPT_FLAG_*.
    pub flags: u32,
    /// Order among file triggers.
    pub priority: u32,
}

impl Trigger {
    /// A `/bin/sh` script that runs when files below one of `prefixes` come or go.
    pub fn on_files(
        scope: TriggerScope,
        event: TriggerEvent,
        prefixes: &[impl AsRef<str>],
        body: impl Into<String>,
    ) -> Self {
        let condition = |prefix: &_| Dependency::new(AsRef::<str>::as_ref(prefix), event.flag(), "");
        Self {
            scope,
            event,
            conditions: prefixes.iter().map(condition).collect(),
            body: body.into(),
            interpreter: vec!["/bin/sh".to_owned()],
            flags: 0,
            priority: DEFAULT_TRIGGER_PRIORITY,
        }
    }

    /// The same with another priority.
    pub fn with_priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }

    /// The same with another program.
    pub fn with_interpreter(mut self, program: impl Into<String>) -> Self {
        self.interpreter = vec![program.into()];
        self
    }
}

/// The tags that hold the triggers of one scope.
pub(crate) struct TriggerTags {
    pub(crate) scripts: Tag,
    pub(crate) programs: Tag,
    pub(crate) script_flags: Tag,
    pub(crate) names: Tag,
    pub(crate) index: Tag,
    pub(crate) versions: Tag,
    pub(crate) flags: Tag,
    pub(crate) priorities: Option<Tag>,
}

impl TriggerScope {
    pub(crate) const ALL: [Self; 3] = [Self::Package, Self::File, Self::Transaction];

    pub(crate) fn tags(self) -> TriggerTags {
        match self {
            Self::Package => TriggerTags {
                scripts: Tag::TRIGGER_SCRIPTS,
                programs: Tag::TRIGGER_SCRIPT_PROG,
                script_flags: Tag::TRIGGER_SCRIPT_FLAGS,
                names: Tag::TRIGGER_NAME,
                index: Tag::TRIGGER_INDEX,
                versions: Tag::TRIGGER_VERSION,
                flags: Tag::TRIGGER_FLAGS,
                priorities: None,
            },
            Self::File => TriggerTags {
                scripts: Tag::FILE_TRIGGER_SCRIPTS,
                programs: Tag::FILE_TRIGGER_SCRIPT_PROG,
                script_flags: Tag::FILE_TRIGGER_SCRIPT_FLAGS,
                names: Tag::FILE_TRIGGER_NAME,
                index: Tag::FILE_TRIGGER_INDEX,
                versions: Tag::FILE_TRIGGER_VERSION,
                flags: Tag::FILE_TRIGGER_FLAGS,
                priorities: Some(Tag::FILE_TRIGGER_PRIORITIES),
            },
            Self::Transaction => TriggerTags {
                scripts: Tag::TRANS_FILE_TRIGGER_SCRIPTS,
                programs: Tag::TRANS_FILE_TRIGGER_SCRIPT_PROG,
                script_flags: Tag::TRANS_FILE_TRIGGER_SCRIPT_FLAGS,
                names: Tag::TRANS_FILE_TRIGGER_NAME,
                index: Tag::TRANS_FILE_TRIGGER_INDEX,
                versions: Tag::TRANS_FILE_TRIGGER_VERSION,
                flags: Tag::TRANS_FILE_TRIGGER_FLAGS,
                priorities: Some(Tag::TRANS_FILE_TRIGGER_PRIORITIES),
            },
        }
    }
}

impl Header {
    /// Triggers set off by packages.
    pub fn triggers(&self) -> Result<Vec<Trigger>, Error> {
        self.triggers_of(TriggerScope::Package)
    }

    /// Triggers set off by files, for each package.
    pub fn file_triggers(&self) -> Result<Vec<Trigger>, Error> {
        self.triggers_of(TriggerScope::File)
    }

    /// Triggers set off by files, once in a transaction.
    pub fn transaction_file_triggers(&self) -> Result<Vec<Trigger>, Error> {
        self.triggers_of(TriggerScope::Transaction)
    }

    /// What sets off [`Header::triggers`], as it stands in the header: rpmbuild sorts by name, whichever trigger it
    /// belongs to. With each the number of its trigger.
    pub fn trigger_conditions(&self) -> Result<Vec<(usize, Dependency)>, Error> {
        self.conditions_of(&TriggerScope::Package.tags())
    }

    fn triggers_of(&self, scope: TriggerScope) -> Result<Vec<Trigger>, Error> {
        let tags = scope.tags();
        let mut conditions = std::collections::HashMap::<usize, Vec<Dependency>>::new();
        for (script, condition) in self.conditions_of(&tags)? {
            conditions.entry(script).or_default().push(condition);
        }
        let programs = self.get_str_array(tags.programs);
        let flags = self.get_u32s(tags.script_flags);
        let priorities = tags.priorities.map(|tag| self.get_u32s(tag)).unwrap_or_default();
        let mut triggers = Vec::new();
        for (i, body) in self.strings(tags.scripts).enumerate() {
            let conditions = conditions.remove(&i).unwrap_or_default();
            let event = conditions
                .iter()
                .find_map(|condition| TriggerEvent::of(condition.flags));
            triggers.push(Trigger {
                scope,
                event: event.ok_or_else(|| damaged(format!("nothing sets trigger {i} off")))?,
                conditions,
                body: body.to_owned(),
                interpreter: vec![programs.get(i).copied().unwrap_or("/bin/sh").to_owned()],
                flags: flags.get(i).copied().unwrap_or(0),
                priority: priorities.get(i).copied().unwrap_or(DEFAULT_TRIGGER_PRIORITY),
            });
        }
        Ok(triggers)
    }

    fn conditions_of(&self, tags: &TriggerTags) -> Result<Vec<(usize, Dependency)>, Error> {
        let (index, flags) = (self.get_u32s(tags.index), self.get_u32s(tags.flags));
        let mut versions = self.strings(tags.versions);
        let mut conditions = Vec::new();
        for (i, name) in self.strings(tags.names).enumerate() {
            let (Some(script), Some(flags)) = (index.get(i), flags.get(i)) else {
                return Err(damaged(format!("the trigger on {name} has no script")));
            };
            let evr = versions.next().unwrap_or("");
            conditions.push((*script as usize, Dependency::new(name, DepFlags(*flags), evr)));
        }
        Ok(conditions)
    }
}

fn damaged(reason: String) -> Error {
    Error::Scriptlets { reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;
    use crate::header_writer::HeaderWriter;

    fn header(index: Vec<u32>, flags: Vec<u32>) -> Header {
        let tags = TriggerScope::File.tags();
        let mut writer = HeaderWriter::default();
        writer.put(tags.scripts, Value::strings(["one", "two"]));
        writer.put(tags.names, Value::strings(["/a", "/b", "/c"]));
        writer.put(tags.index, Value::U32(index));
        writer.put(tags.flags, Value::U32(flags));
        Header::parse(writer.finish(Tag::HEADER_IMMUTABLE)).unwrap()
    }

    #[test]
    fn conditions_go_to_their_script() {
        let (on, off) = (TriggerEvent::In.flag().0, TriggerEvent::Un.flag().0);
        let triggers = header(vec![1, 0, 1], vec![on, off, on]).file_triggers().unwrap();
        let names = |trigger: &Trigger| {
            trigger
                .conditions
                .iter()
                .map(|c| c.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (triggers[0].event, names(&triggers[0])),
            (TriggerEvent::Un, vec!["/b".to_owned()])
        );
        assert_eq!(
            (triggers[1].event, names(&triggers[1])),
            (TriggerEvent::In, vec!["/a".into(), "/c".into()])
        );
        assert_eq!(
            (triggers[0].priority, &*triggers[0].interpreter[0]),
            (DEFAULT_TRIGGER_PRIORITY, "/bin/sh")
        );
    }

    #[test]
    fn lists_that_contradict_each_other_are_refused() {
        let on = TriggerEvent::In.flag().0;
        assert!(header(vec![0, 1], vec![on; 3]).file_triggers().is_err());
        assert!(
            header(vec![0, 0, 0], vec![on; 3]).file_triggers().is_err(),
            "a script that nothing sets off"
        );
        assert!(
            header(vec![0, 1, 1], vec![0; 3]).file_triggers().is_err(),
            "conditions without an event"
        );
    }
}
