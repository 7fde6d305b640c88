//! Programs that run when a package is installed or removed (rpm's docs/manual/spec.md, "Scriptlets").

use crate::{Header, Tag};

/// When a scriptlet runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScriptletKind {
    /// Before the package's files are installed.
    Pre,
    /// After they are installed.
    Post,
    /// Before the package's files are removed.
    PreUn,
    /// After they are removed.
    PostUn,
    /// Before the transaction, for a package to be installed.
    PreTrans,
    /// After the transaction, for a package that was installed.
    PostTrans,
    /// Before the transaction, for a package to be removed (rpm 4.19).
    PreUnTrans,
    /// After the transaction, for a package that was removed (rpm 4.19).
    PostUnTrans,
    /// When the package is verified.
    Verify,
}

impl ScriptletKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Pre,
        Self::Post,
        Self::PreUn,
        Self::PostUn,
        Self::PreTrans,
        Self::PostTrans,
        Self::PreUnTrans,
        Self::PostUnTrans,
        Self::Verify,
    ];

    /// The name of its section in a spec file.
    pub fn section(self) -> &'static str {
        match self {
            Self::Pre => "%pre",
            Self::Post => "%post",
            Self::PreUn => "%preun",
            Self::PostUn => "%postun",
            Self::PreTrans => "%pretrans",
            Self::PostTrans => "%posttrans",
            Self::PreUnTrans => "%preuntrans",
            Self::PostUnTrans => "%postuntrans",
            Self::Verify => "%verifyscript",
        }
    }

    /// Tags of body, interpreter and flags.
    pub(crate) fn tags(self) -> (Tag, Tag, Tag) {
        match self {
            Self::Pre => (Tag::PREIN, Tag::PREIN_PROG, Tag::PREIN_FLAGS),
            Self::Post => (Tag::POSTIN, Tag::POSTIN_PROG, Tag::POSTIN_FLAGS),
            Self::PreUn => (Tag::PREUN, Tag::PREUN_PROG, Tag::PREUN_FLAGS),
            Self::PostUn => (Tag::POSTUN, Tag::POSTUN_PROG, Tag::POSTUN_FLAGS),
            Self::PreTrans => (Tag::PRETRANS, Tag::PRETRANS_PROG, Tag::PRETRANS_FLAGS),
            Self::PostTrans => (Tag::POSTTRANS, Tag::POSTTRANS_PROG, Tag::POSTTRANS_FLAGS),
            Self::PreUnTrans => (Tag::PREUNTRANS, Tag::PREUNTRANS_PROG, Tag::PREUNTRANS_FLAGS),
            Self::PostUnTrans => (Tag::POSTUNTRANS, Tag::POSTUNTRANS_PROG, Tag::POSTUNTRANS_FLAGS),
            Self::Verify => (
                Tag::VERIFY_SCRIPT,
                Tag::VERIFY_SCRIPT_PROG,
                Tag::VERIFY_SCRIPT_FLAGS,
            ),
        }
    }
}

/// One scriptlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scriptlet {
    /// When it runs.
    pub kind: ScriptletKind,
    /// What runs. May be empty: then the interpreter runs alone (`%post -p /sbin/ldconfig`).
    pub body: String,
    /// The program and its arguments, usually `/bin/sh`; `<lua>` means rpm's built-in one.
    pub interpreter: Vec<String>,
    /// RPMSCRIPT_FLAG_*: 1 expand macros, 2 query format, 4 failure is fatal.
    pub flags: u32,
}

impl Scriptlet {
    /// A script for `/bin/sh`.
    pub fn shell(kind: ScriptletKind, body: impl Into<String>) -> Self {
        Self {
            kind,
            body: body.into(),
            interpreter: vec!["/bin/sh".to_owned()],
            flags: 0,
        }
    }

    /// A program without a script.
    pub fn program(kind: ScriptletKind, program: impl Into<String>) -> Self {
        Self {
            kind,
            body: String::new(),
            interpreter: vec![program.into()],
            flags: 0,
        }
    }
}

impl Header {
    /// All scriptlets, triggers not included.
    pub fn scriptlets(&self) -> Vec<Scriptlet> {
        ScriptletKind::ALL
            .into_iter()
            .filter_map(|kind| self.scriptlet(kind))
            .collect()
    }

    /// The scriptlet of one kind.
    pub fn scriptlet(&self, kind: ScriptletKind) -> Option<Scriptlet> {
        let (body, program, flags) = kind.tags();
        if !self.contains(body) && !self.contains(program) {
            return None;
        }
        let mut interpreter: Vec<String> = self.strings(program).map(str::to_owned).collect();
        if interpreter.is_empty() {
            interpreter.push("/bin/sh".to_owned());
        }
        let body = self.get_str(body).unwrap_or("").to_owned();
        Some(Scriptlet {
            kind,
            body,
            interpreter,
            flags: self.get_u32(flags).unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header_writer::HeaderWriter;

    #[test]
    fn every_kind_has_tags_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for kind in ScriptletKind::ALL {
            let (body, program, flags) = kind.tags();
            assert!(
                [body, program, flags].iter().all(|tag| seen.insert(*tag)),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn a_script_without_interpreter_is_for_the_shell() {
        let mut writer = HeaderWriter::default();
        writer.put_str(Tag::PREIN, "true");
        let header = Header::parse(writer.finish(Tag::HEADER_IMMUTABLE)).unwrap();
        assert_eq!(
            header.scriptlets(),
            [Scriptlet::shell(ScriptletKind::Pre, "true")]
        );
        assert_eq!(header.scriptlet(ScriptletKind::Post), None);
    }
}
