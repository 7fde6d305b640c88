//! The files depmod(8) writes, text and binary.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::index::Index;
use super::module::{Module, name, stem};

/// All modules in the order of `modules.order`, which decides between modules of one alias.
pub(super) struct Tables {
    modules: Vec<Module>,
    /// For each module all modules it needs, those loaded first last.
    needs: Vec<Vec<usize>>,
}

impl Tables {
    pub(super) fn new(mut modules: Vec<Module>, order: &str) -> Self {
        let order: BTreeMap<&str, usize> = order.lines().map(without_packing).zip(0..).collect();
        modules.sort_by_key(|module| {
            let place = order
                .get(without_packing(&module.path))
                .copied()
                .unwrap_or(usize::MAX);
            (place, module.path.clone())
        });
        let needs = needs(&modules);
        Self { modules, needs }
    }

    /// All files by name. `builtin` and `modinfo` are the lists of what is compiled into the kernel.
    pub(super) fn files(&self, builtin: &str, modinfo: &str) -> BTreeMap<&'static str, Vec<u8>> {
        BTreeMap::from([
            ("modules.dep", self.dependencies().into_bytes()),
            ("modules.dep.bin", self.dependency_index().bytes()),
            ("modules.alias", self.aliases().into_bytes()),
            ("modules.alias.bin", self.alias_index().bytes()),
            ("modules.symbols", self.symbols().into_bytes()),
            ("modules.symbols.bin", self.symbol_index().bytes()),
            ("modules.softdep", self.soft_dependencies().into_bytes()),
            ("modules.weakdep", self.weak_dependencies().into_bytes()),
            ("modules.devname", self.devices().into_bytes()),
            ("modules.builtin.bin", builtin_index(builtin).bytes()),
            ("modules.builtin.alias.bin", builtin_alias_index(modinfo).bytes()),
        ])
    }

    /// `kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz`
    fn dependency_line(&self, at: usize) -> String {
        let mut line = format!("{}:", self.modules[at].path);
        for &needed in &self.needs[at] {
            line.push(' ');
            line.push_str(&self.modules[needed].path);
        }
        line
    }

    fn dependencies(&self) -> String {
        (0..self.modules.len())
            .map(|at| self.dependency_line(at) + "\n")
            .collect()
    }

    fn dependency_index(&self) -> Index {
        let mut index = Index::default();
        for (at, module) in self.modules.iter().enumerate() {
            index.insert(&module.name, &self.dependency_line(at), at as u32);
        }
        index
    }

    fn aliases(&self) -> String {
        let mut text = "# Aliases extracted from modules themselves.\n".to_owned();
        for (module, alias) in self.each(|module| &module.aliases) {
            let _ = writeln!(text, "alias {alias} {}", module.name);
        }
        text
    }

    fn alias_index(&self) -> Index {
        let mut index = Index::default();
        for (at, module) in self.modules.iter().enumerate() {
            for alias in module.aliases.iter().filter_map(|alias| normalise_alias(alias)) {
                index.insert(&alias, &module.name, at as u32);
            }
        }
        index
    }

    fn symbols(&self) -> String {
        let mut text = "# Aliases for symbols, used by symbol_request().\n".to_owned();
        for (module, symbol) in self.each(|module| &module.symbols) {
            let _ = writeln!(text, "alias symbol:{symbol} {}", module.name);
        }
        text
    }

    fn symbol_index(&self) -> Index {
        let mut index = Index::default();
        for (at, module) in self.modules.iter().enumerate() {
            for symbol in &module.symbols {
                index.insert(&format!("symbol:{symbol}"), &module.name, at as u32);
            }
        }
        index
    }

    fn soft_dependencies(&self) -> String {
        let mut text = "# Soft dependencies extracted from modules themselves.\n".to_owned();
        for (module, softdep) in self.each(|module| &module.softdeps) {
            let _ = writeln!(text, "softdep {} {softdep}", module.name);
        }
        text
    }

    fn weak_dependencies(&self) -> String {
        let mut text = "# Weak dependencies extracted from modules themselves.\n".to_owned();
        for (module, weakdep) in self.each(|module| &module.weakdeps) {
            let _ = writeln!(text, "weakdep {} {weakdep}", module.name);
        }
        text
    }

    /// `tun net/tun c10:200`: nodes in /dev that load their module when opened.
    fn devices(&self) -> String {
        let mut text = String::new();
        for module in &self.modules {
            let node = module
                .aliases
                .iter()
                .find_map(|alias| alias.strip_prefix("devname:"));
            let number = module.aliases.iter().find_map(|alias| device_number(alias));
            if let (Some(node), Some(number)) = (node, number) {
                let _ = writeln!(text, "{} {node} {number}", module.name);
            }
        }
        match text.is_empty() {
            true => text,
            false => "# Device nodes to trigger on-demand module loading.\n".to_owned() + &text,
        }
    }

    fn each<'a>(
        &'a self,
        list: impl Fn(&'a Module) -> &'a Vec<String>,
    ) -> impl Iterator<Item = (&'a Module, &'a str)> {
        self.modules
            .iter()
            .flat_map(move |module| list(module).iter().map(move |item| (module, item.as_str())))
    }
}

/// For each module all it needs, directly or not: users before what they use, so that loading goes from the end.
fn needs(modules: &[Module]) -> Vec<Vec<usize>> {
    let places: BTreeMap<&str, usize> = modules
        .iter()
        .map(|module| module.name.as_str())
        .zip(0..)
        .collect();
    let direct: Vec<Vec<usize>> = modules
        .iter()
        .map(|module| {
            module
                .depends
                .iter()
                .filter_map(|name| places.get(name.as_str()).copied())
                .collect()
        })
        .collect();
    let rank = ranks(&direct);
    (0..modules.len())
        .map(|at| {
            let mut all: Vec<usize> = reachable(at, &direct).into_iter().collect();
            all.sort_by_key(|&needed| rank[needed]);
            all
        })
        .collect()
}

/// A place for each module such that every module comes before what it needs (Kahn's algorithm).
fn ranks(direct: &[Vec<usize>]) -> Vec<usize> {
    let mut users = vec![0; direct.len()];
    direct.iter().flatten().for_each(|&needed| users[needed] += 1);
    let mut ready: Vec<usize> = (0..direct.len()).filter(|&at| users[at] == 0).collect();
    let (mut rank, mut next) = (vec![usize::MAX; direct.len()], 0);
    while let Some(at) = ready.pop() {
        rank[at] = next;
        next += 1;
        for &needed in &direct[at] {
            users[needed] -= 1;
            if users[needed] == 0 {
                ready.push(needed);
            }
        }
    }
    rank
}

fn reachable(from: usize, direct: &[Vec<usize>]) -> BTreeSet<usize> {
    let (mut seen, mut todo) = (BTreeSet::new(), direct[from].clone());
    while let Some(at) = todo.pop() {
        if at != from && seen.insert(at) {
            todo.extend_from_slice(&direct[at]);
        }
    }
    seen
}

/// Underscores for dashes outside of brackets; `None` for brackets that do not pair (libkmod: alias_normalize).
fn normalise_alias(alias: &str) -> Option<String> {
    let (mut text, mut inside) = (String::with_capacity(alias.len()), false);
    for c in alias.chars() {
        match c {
            ']' if !inside => return None,
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
        text.push(if c == '-' && !inside { '_' } else { c });
    }
    (!inside).then_some(text)
}

/// `c10:200` of `char-major-10-200`.
fn device_number(alias: &str) -> Option<String> {
    let kinds = [("char-major-", 'c'), ("block-major-", 'b')];
    let (rest, kind) = kinds
        .into_iter()
        .find_map(|(start, kind)| Some((alias.strip_prefix(start)?, kind)))?;
    let (major, minor) = rest.split_once('-')?;
    let (major, minor): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    Some(format!("{kind}{major}:{minor}"))
}

fn builtin_index(list: &str) -> Index {
    let mut index = Index::default();
    for module in list.lines().filter_map(stem) {
        index.insert(&name(module), "", 0);
    }
    index
}

/// `ext4.alias=fs-ext4` entries, separated by zero bytes.
fn builtin_alias_index(modinfo: &str) -> Index {
    let mut index = Index::default();
    for entry in modinfo.split('\0') {
        let Some((module, rest)) = entry.split_once('.') else {
            continue;
        };
        if let Some(alias) = rest.strip_prefix("alias=").and_then(normalise_alias) {
            index.insert(&alias, &name(module), 0);
        }
    }
    index
}

/// `kernel/a.ko` of `kernel/a.ko.xz`.
fn without_packing(path: &str) -> &str {
    path.find(".ko").map_or(path, |at| &path[..at + 3])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, depends: &[&str], aliases: &[&str]) -> Module {
        Module {
            path: format!("kernel/{name}.ko.xz"),
            name: name.into(),
            depends: depends.iter().map(|&name| name.into()).collect(),
            aliases: aliases.iter().map(|&alias| alias.into()).collect(),
            ..Module::default()
        }
    }

    #[test]
    fn what_is_loaded_first_comes_last() {
        let modules = vec![
            module("top", &["low", "middle"], &[]),
            module("low", &[], &[]),
            module("middle", &["low", "elsewhere"], &[]),
        ];
        let order = "kernel/low.ko\nkernel/middle.ko\nkernel/top.ko\n";
        let expected = "kernel/low.ko.xz:\nkernel/middle.ko.xz: kernel/low.ko.xz\n\
                        kernel/top.ko.xz: kernel/middle.ko.xz kernel/low.ko.xz\n";
        assert_eq!(Tables::new(modules, order).dependencies(), expected);
    }

    #[test]
    fn modules_that_need_each_other_end() {
        let modules = vec![module("a", &["b"], &[]), module("b", &["a"], &[])];
        assert_eq!(Tables::new(modules, "").needs, [vec![1], vec![0]]);
    }

    #[test]
    fn aliases_and_devices() {
        let tables = Tables::new(
            vec![module("tun", &[], &["char-major-10-200", "devname:net/tun"])],
            "",
        );
        assert!(tables.devices().ends_with("\ntun net/tun c10:200\n"));
        assert!(
            tables
                .aliases()
                .ends_with("alias char-major-10-200 tun\nalias devname:net/tun tun\n")
        );
        assert_eq!(normalise_alias("a-b[c-d]e-f").unwrap(), "a_b[c-d]e_f");
        assert_eq!(normalise_alias("a]"), None);
        assert_eq!(normalise_alias("a["), None);
    }
}
