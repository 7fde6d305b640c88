//! `$releasever`, `$basearch` and variables of one's own in addresses and names.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Values by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    values: BTreeMap<String, String>,
}

impl Variables {
    /// The variables every machine has.
    pub fn new(releasever: &str, basearch: &str) -> Self {
        let mut variables = Self::default();
        variables.set("releasever", releasever);
        variables.set("basearch", basearch);
        variables.set("arch", basearch);
        variables
    }

    /// Sets one value.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// Forgets one value.
    pub fn unset(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Adds a variable for each file of a `vars` directory: its name, and its first line. A missing
    /// directory has none; what was set before stays.
    pub(crate) fn add_dir(&mut self, dir: &Path) {
        let Ok(entries) = fs::read_dir(dir) else { return };
        for entry in entries.flatten() {
            let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            let Ok(text) = fs::read_to_string(path) else {
                continue;
            };
            let value = text.lines().next().unwrap_or("").trim().to_owned();
            self.values.entry(name).or_insert(value);
        }
    }

    /// Replaces `$name` and `${name}`. What is not known stays as it is written, so that a message about
    /// the address shows what is missing.
    pub fn expand(&self, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let (name, length) = name_at(after);
            match self.values.get(name) {
                Some(value) => expanded.push_str(value),
                None => {
                    expanded.push('$');
                    expanded.push_str(&after[..length]);
                }
            }
            rest = &after[length..];
        }
        expanded.push_str(rest);
        expanded
    }
}

/// The variable name at the start of a text, and how many bytes it takes with its braces.
fn name_at(text: &str) -> (&str, usize) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if let Some((name, _)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        return (name, name.len() + 2);
    }
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    (&text[..end], end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_variables_are_replaced_and_others_stay() {
        let variables = Variables::new("1.0", "x86_64");
        assert_eq!(
            variables.expand("http://h/$releasever/${basearch}/x"),
            "http://h/1.0/x86_64/x"
        );
        assert_eq!(variables.expand("$nothing ${at} all $"), "$nothing ${at} all $");
        assert_eq!(variables.expand(&"$basearch".repeat(100)).len(), 600);
    }

    #[test]
    fn files_of_a_directory_are_variables() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("site"), "berlin\nignored\n").unwrap();
        let mut variables = Variables::new("1", "x86_64");
        variables.add_dir(dir.path());
        assert_eq!(variables.expand("$site"), "berlin");
    }
}
