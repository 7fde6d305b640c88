//! The macros that scriptlets ask for (rpm: macros(5), "Macro syntax"), without those that run programs.

use std::collections::HashMap;

/// Where a script of macros that expand to each other ends.
const DEEPEST: usize = 64;

/// Folders of a distribution with `/usr/lib64`, as in rpm's own `macros` and `platform` files.
const STANDARD: &[(&str, &str)] = &[
    ("nil", ""),
    ("_arch", std::env::consts::ARCH),
    ("_bindir", "%{_exec_prefix}/bin"),
    ("_datadir", "%{_prefix}/share"),
    ("_dbpath", "/usr/lib/sysimage/rpm"),
    ("_exec_prefix", "%{_prefix}"),
    ("_includedir", "%{_prefix}/include"),
    ("_infodir", "%{_datadir}/info"),
    ("_lib", "lib64"),
    ("_libdir", "%{_exec_prefix}/%{_lib}"),
    ("_libexecdir", "%{_exec_prefix}/libexec"),
    ("_localstatedir", "/var"),
    ("_mandir", "%{_datadir}/man"),
    ("_os", "linux"),
    ("_prefix", "/usr"),
    ("_presetdir", "%{_prefix}/lib/systemd/system-preset"),
    ("_rpmconfigdir", "/usr/lib/rpm"),
    ("_rundir", "/run"),
    ("_sbindir", "%{_exec_prefix}/sbin"),
    ("_sharedstatedir", "/var/lib"),
    ("_sysconfdir", "/etc"),
    ("_sysctldir", "%{_prefix}/lib/sysctl.d"),
    ("_sysusersdir", "%{_prefix}/lib/sysusers.d"),
    ("_tmpfilesdir", "%{_prefix}/lib/tmpfiles.d"),
    ("_tmppath", "/var/tmp"),
    ("_udevrulesdir", "%{_prefix}/lib/udev/rules.d"),
    ("_unitdir", "%{_prefix}/lib/systemd/system"),
    ("_usr", "/usr"),
    ("_var", "/var"),
];

/// Definitions, the newest of each name last.
pub(crate) struct Macros {
    stacks: HashMap<String, Vec<String>>,
}

impl Macros {
    pub(crate) fn standard() -> Self {
        let mut macros = Self {
            stacks: HashMap::new(),
        };
        for (name, body) in STANDARD {
            macros.push(name, body);
        }
        macros
    }

    /// `NAME BODY`, as in a macro file; false when there is no name.
    pub(crate) fn define(&mut self, text: &str) -> bool {
        let text = text.trim_start();
        let end = text
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let body = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((_, body)) => body,
            None => rest,
        };
        if name.is_empty() {
            return false;
        }
        self.push(name, body.trim_start());
        true
    }

    pub(crate) fn push(&mut self, name: &str, body: &str) {
        self.stacks
            .entry(name.to_owned())
            .or_default()
            .push(body.to_owned());
    }

    /// The definition before the last one counts again.
    pub(crate) fn undefine(&mut self, name: &str) {
        if let Some(stack) = self.stacks.get_mut(name) {
            stack.pop();
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.stacks.get(name)?.last().map(String::as_str)
    }

    /// The text with all macros that are defined replaced; `None` when that has no end.
    pub(crate) fn expand(&self, text: &str) -> Option<String> {
        self.expand_at(text, 0)
    }

    fn expand_at(&self, text: &str, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        let (mut out, mut rest) = (String::new(), text);
        while let Some(start) = rest.find('%') {
            out += rest.get(..start)?;
            let (word, after) = Word::parse(rest.get(start + 1..)?);
            out += &match word {
                Word::Percent => "%".to_owned(),
                Word::Text(literal) => format!("%{literal}"),
                Word::Macro(word) => self.replace(&word, depth)?,
            };
            rest = after;
        }
        Some(out + rest)
    }

    fn replace(&self, word: &Use<'_>, depth: usize) -> Option<String> {
        let body = self.get(word.name);
        match (word.condition, body) {
            (Condition::None, Some(body)) => self.expand_at(body, depth + 1),
            (Condition::None, None) => Some(format!("%{}", word.whole)),
            (Condition::Defined, Some(body)) => self.expand_at(word.text.unwrap_or(body), depth + 1),
            (Condition::Undefined, None) => self.expand_at(word.text.unwrap_or_default(), depth + 1),
            _ => Some(String::new()),
        }
    }
}

#[derive(Clone, Copy)]
enum Condition {
    None,
    Defined,
    Undefined,
}

/// `%{NAME}`, `%{?NAME}`, `%{?NAME:TEXT}`, `%{!?NAME:TEXT}` or `%NAME`.
struct Use<'a> {
    whole: &'a str,
    condition: Condition,
    name: &'a str,
    text: Option<&'a str>,
}

/// What follows a percent sign.
enum Word<'a> {
    Percent,
    /// Nothing that is a macro.
    Text(&'a str),
    Macro(Use<'a>),
}

impl<'a> Word<'a> {
    /// The word, and what follows it.
    fn parse(rest: &'a str) -> (Self, &'a str) {
        if let Some(rest) = rest.strip_prefix('%') {
            return (Self::Percent, rest);
        }
        let parsed = match rest.strip_prefix('{') {
            Some(inner) => closing(inner).map(|end| (end + 2, inner.get(..end).unwrap_or_default())),
            None => {
                let end = name_end(rest);
                (end > 0).then(|| (end, rest.get(..end).unwrap_or_default()))
            }
        };
        let Some((length, inner)) = parsed else {
            return (Self::Text(""), rest);
        };
        let (whole, after) = rest.split_at(length);
        let word = Use::parse(whole, inner);
        (word.map_or(Self::Text(whole), Self::Macro), after)
    }
}

impl<'a> Use<'a> {
    fn parse(whole: &'a str, inner: &'a str) -> Option<Self> {
        let plain = inner.trim_start_matches(['?', '!']);
        let marks = inner.get(..inner.len() - plain.len())?;
        let condition = match (marks.contains('?'), marks.matches('!').count() % 2) {
            (false, _) => Condition::None,
            (true, 0) => Condition::Defined,
            _ => Condition::Undefined,
        };
        let (name, text) = match plain.split_once(':') {
            Some((name, text)) => (name, Some(text)),
            None => (plain, None),
        };
        (!name.is_empty() && name_end(name) == name.len()).then_some(())?;
        Some(Self {
            whole,
            condition,
            name,
            text,
        })
    }
}

fn name_end(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
}

/// Where the brace that was opened before the text is closed.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str) -> String {
        let mut macros = Macros::standard();
        macros.push("name", "a");
        assert!(macros.define("twice  %{name}%{name}"));
        macros.expand(text).unwrap()
    }

    #[test]
    fn macros_that_are_defined_are_replaced() {
        assert_eq!(expand("/usr/%_lib %{_libdir}/%{name}"), "/usr/lib64 /usr/lib64/a");
        assert_eq!(expand("%{twice}%{nil}|%%|100% |%"), "aa|%|100% |%");
        assert_eq!(
            expand("%{unknown} %unknown %(date)"),
            "%{unknown} %unknown %(date)"
        );
    }

    #[test]
    fn conditions_count() {
        assert_eq!(expand("%{?name}%{?unknown}%{!?name}|"), "a|");
        assert_eq!(
            expand("%{?name:has %{name}}%{!?unknown: no %{?name}}"),
            "has a no a"
        );
    }

    #[test]
    fn the_definition_before_counts_again() {
        let mut macros = Macros::standard();
        macros.define("x 1");
        macros.define("x 2");
        macros.undefine("x");
        assert_eq!(macros.expand("%x").as_deref(), Some("1"));
        assert!(!macros.define(" "));
    }

    #[test]
    fn circles_end() {
        let mut macros = Macros::standard();
        macros.define("a %b");
        macros.define("b %a");
        assert_eq!(macros.expand("%a"), None);
    }
}
