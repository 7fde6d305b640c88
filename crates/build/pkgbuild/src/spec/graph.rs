//! The order of building: who needs whom, circles, and which package to begin with.

use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Which recipes each recipe needs to be built before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Adds a recipe and what it needs.
    pub(crate) fn add(&mut self, name: &str, needs: impl IntoIterator<Item = String>) {
        let all = self.needs.entry(name.to_owned()).or_default();
        all.extend(needs.into_iter().filter(|other| other != name));
    }

    /// What one recipe needs directly.
    pub(crate) fn needs(&self, name: &str) -> impl Iterator<Item = &String> {
        self.needs.get(name).into_iter().flatten()
    }

    /// What one recipe needs, directly or not.
    pub(crate) fn closure(&self, name: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&String> = self.needs(name).collect();
        while let Some(next) = open.pop() {
            if found.insert(next.clone()) {
                open.extend(self.needs(next));
            }
        }
        found
    }

    /// Names the recipes of a circle, if there is one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut done = BTreeSet::new();
        for name in self.needs.keys() {
            let mut path = Vec::new();
            if let Some(circle) = self.walk(name, &mut path, &mut done) {
                return Err(Error::Cycle { circle });
            }
        }
        Ok(())
    }

    fn walk<'a>(
        &'a self,
        name: &'a str,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<String> {
        if let Some(start) = path.iter().position(|above| *above == name) {
            return Some(describe(&path[start..]));
        }
        if done.contains(name) {
            return None;
        }
        path.push(name);
        let found = self.needs(name).find_map(|next| self.walk(next, path, done));
        path.pop();
        done.insert(name);
        found
    }

    /// The length of the critical path that starts with each recipe: what it takes, and what waits for it.
    pub(crate) fn critical_paths(&self, cost: &dyn Fn(&str) -> Duration) -> BTreeMap<String, Duration> {
        let mut lengths = BTreeMap::new();
        for name in self.needs.keys() {
            self.length(name, cost, &mut lengths);
        }
        lengths
    }

    fn length(
        &self,
        name: &str,
        cost: &dyn Fn(&str) -> Duration,
        lengths: &mut BTreeMap<String, Duration>,
    ) -> Duration {
        if let Some(known) = lengths.get(name) {
            return *known;
        }
        let waiting: Vec<&String> = self
            .needs
            .iter()
            .filter(|(_, needs)| needs.contains(name))
            .map(|(other, _)| other)
            .collect();
        let longest = waiting
            .into_iter()
            .map(|other| self.length(other, cost, lengths))
            .max();
        let length = cost(name) + longest.unwrap_or_default();
        lengths.insert(name.to_owned(), length);
        length
    }
}

/// `a needs b, b needs a`.
fn describe(circle: &[&str]) -> String {
    let next = circle.iter().cycle().skip(1);
    let steps: Vec<String> = circle
        .iter()
        .zip(next)
        .map(|(from, to)| format!("{from} needs {to}"))
        .collect();
    steps.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let mut graph = Graph::default();
        for (name, needs) in edges {
            graph.add(name, needs.iter().map(|need| (*need).to_owned()));
        }
        graph
    }

    #[test]
    fn a_circle_is_named_without_those_who_only_lead_to_it() {
        let error = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])])
            .check()
            .unwrap_err();
        assert!(error.to_string().contains("b needs c, c needs b"), "{error}");
        assert!(
            !error.to_string().contains('a'.to_string().as_str()) || !error.to_string().contains("a needs")
        );
    }

    #[test]
    fn two_ways_to_one_package_are_no_circle() {
        let graph = graph(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])]);
        graph.check().unwrap();
        let closure: Vec<_> = graph.closure("a").into_iter().collect();
        assert_eq!(closure, ["b", "c", "d"]);
    }

    #[test]
    fn the_longest_way_begins_first() {
        let graph = graph(&[("top", &["slow"]), ("slow", &[]), ("alone", &[])]);
        let cost = |name: &str| Duration::from_secs(if name == "alone" { 5 } else { 4 });
        let lengths = graph.critical_paths(&cost);
        assert_eq!(lengths["slow"], Duration::from_secs(8));
        assert_eq!(lengths["alone"], Duration::from_secs(5));
        assert_eq!(lengths["top"], Duration::from_secs(4));
    }
}
