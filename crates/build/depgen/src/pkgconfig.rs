//! pkg-config files, after rpm's pkgconfigdeps.sh; the format is that of pc(5).

use std::collections::BTreeMap;

use rpmfile::{DepFlags, Dependency};

use crate::{File, Found};

/// rpm's pkgconfig.attr: only these directories count.
pub(crate) fn is_pkgconfig(path: &str) -> bool {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    path.ends_with(".pc") && directory.ends_with("/pkgconfig") && directory.starts_with("/usr/")
}

pub(crate) fn scan(file: &File<'_>, found: &mut Found) {
    let text = String::from_utf8_lossy(file.bytes);
    let pc = PcFile::parse(&text);
    let name = file.name().trim_end_matches(".pc");
    let version = pc.field("Version").unwrap_or_default();
    found.provides.insert(dependency(name, "=", version.trim()));
    found.provides.extend(pc.modules("Provides"));
    found.requires.insert(Dependency::any("/usr/bin/pkg-config"));
    found.requires.extend(pc.modules("Requires"));
    found.requires.extend(pc.modules("Requires.private"));
}

/// Variables (`prefix=/usr`) and fields (`Requires: zlib >= 1.2`).
struct PcFile<'a> {
    variables: BTreeMap<&'a str, &'a str>,
    fields: BTreeMap<&'a str, &'a str>,
}

impl<'a> PcFile<'a> {
    fn parse(text: &'a str) -> Self {
        let mut file = Self {
            variables: BTreeMap::new(),
            fields: BTreeMap::new(),
        };
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some(at) = line.find([':', '=']) else { continue };
            let (name, value) = (line[..at].trim(), line[at + 1..].trim());
            let is_field = line.as_bytes()[at] == b':';
            if is_field {
                &mut file.fields
            } else {
                &mut file.variables
            }
            .insert(name, value);
        }
        file
    }

    fn field(&self, name: &str) -> Option<String> {
        self.fields.get(name).map(|value| self.expand(value, 0))
    }

    /// Replaces `${name}`, also within what was replaced, down to a depth no honest file reaches.
    fn expand(&self, text: &str, depth: usize) -> String {
        let Some((before, rest)) = text.split_once("${") else {
            return text.to_owned();
        };
        let Some((name, after)) = rest.split_once('}') else {
            return text.to_owned();
        };
        let value = self
            .variables
            .get(name)
            .filter(|_| depth < 16)
            .copied()
            .unwrap_or_default();
        format!(
            "{before}{}{}",
            self.expand(value, depth + 1),
            self.expand(after, depth)
        )
    }

    /// A list such as `a, b >= 1.2 c`: names, each with an optional comparison.
    fn modules(&self, field: &str) -> Vec<Dependency> {
        let text = self.field(field).unwrap_or_default().replace(',', " ");
        let mut words = text.split_whitespace().peekable();
        let mut modules = Vec::new();
        while let Some(name) = words.next() {
            let operator = words.next_if(|word| DepFlags::from_operator(word).is_some());
            let version = operator.and_then(|_| words.next());
            modules.push(dependency(
                name,
                operator.unwrap_or_default(),
                version.unwrap_or_default(),
            ));
        }
        modules
    }
}

fn dependency(module: &str, operator: &str, version: &str) -> Dependency {
    let name = format!("pkgconfig({module})");
    match DepFlags::from_operator(operator).filter(|_| !version.is_empty()) {
        Some(flags) => Dependency::new(name, flags, version),
        None => Dependency::any(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(set: std::collections::BTreeSet<Dependency>) -> Vec<String> {
        let text = |d: Dependency| {
            format!("{} {} {}", d.name, d.flags.operator(), d.evr)
                .trim_end()
                .to_owned()
        };
        set.into_iter().map(text).collect()
    }

    #[test]
    fn modules_versions_and_variables() {
        let text = "prefix=/usr\nver=1.3\nfull=${ver}.1\n# Requires: no\nName: z\nVersion: ${full}\n\
                    Requires: a >= 1.2, b c = 3\nRequires.private: d\nProvides: old = 1\n";
        let file = File {
            path: "/usr/lib/pkgconfig/z.pc",
            mode: 0o644,
            bytes: text.as_bytes(),
        };
        let found = crate::scan([file]);
        assert_eq!(
            show(found.provides),
            ["pkgconfig(old) = 1", "pkgconfig(z) = 1.3.1"]
        );
        let requires = [
            "/usr/bin/pkg-config",
            "pkgconfig(a) >= 1.2",
            "pkgconfig(b)",
            "pkgconfig(c) = 3",
            "pkgconfig(d)",
        ];
        assert_eq!(show(found.requires), requires);
    }

    #[test]
    fn variables_that_name_themselves_end() {
        let file = PcFile::parse("a=${a}${a}\nVersion: ${a}1");
        assert_eq!(file.field("Version").unwrap(), "1");
    }

    #[test]
    fn only_the_pkgconfig_directories_count() {
        assert!(is_pkgconfig("/usr/lib/pkgconfig/a.pc"));
        assert!(is_pkgconfig("/usr/share/pkgconfig/a.pc"));
        assert!(!is_pkgconfig("/usr/share/doc/a.pc"));
        assert!(!is_pkgconfig("/usr/lib/pkgconfig/a.txt"));
    }
}
