//! Why a job is refused, as a chain a person can follow and act on.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use resolvo::conflict::{Conflict, ConflictCause, ConflictEdge, ConflictGraph, ConflictNode};
use resolvo::{Requirement, SolvableId, Solver, VersionSetId};

use crate::check::Fault;
use crate::formula::CapabilityId;
use crate::nearest::nearest;
use crate::pool::{PackageId, Pool};
use crate::provider::{Label, Provider};
use crate::relation::Relation;

/// Explanations end here; longer ones help nobody.
const MAX_LINES: usize = 60;

/// What kind of refusal it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The requests, the installed packages and the repositories contradict each other.
    Unsolvable,
    /// No package of this name or capability exists.
    Unknown {
        /// What was asked for.
        what: String,
        /// Nearest package names, best first.
        nearest: Vec<String>,
    },
    /// A protected package would have to go.
    Protected {
        /// Its name.
        package: String,
    },
    /// A defect of the solver, found by the check of its answer.
    Internal,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines.join("\n"))]
pub struct Refusal {
    /// What kind of refusal it is.
    pub kind: RefusalKind,
    /// The explanation: each line one fact, indented below the fact it follows from.
    pub lines: Vec<String>,
}

impl Refusal {
    /// Nothing matches `what`.
    pub(crate) fn unknown(what: &str, pool: &Pool<'_>) -> Self {
        let near: Vec<String> = nearest(what, pool.names().iter().copied(), 3)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let hint = unusable(pool, what).unwrap_or_else(|| hint(&near));
        Self {
            lines: vec![format!("no package provides {what}{hint}")],
            kind: RefusalKind::Unknown {
                what: what.to_owned(),
                nearest: near,
            },
        }
    }

    /// The requests hold each, but not together with the conditional dependencies of these packages.
    pub(crate) fn of_faults(wanted: &[&str], faults: &BTreeSet<Fault>) -> Self {
        let mut lines = vec![format!("cannot install {}:", wanted.join(", "))];
        lines.extend(faults.iter().map(|fault| format!("  package {fault}")));
        Self {
            kind: RefusalKind::Unsolvable,
            lines,
        }
    }

    /// Removing `asked` would take `package` along.
    pub(crate) fn protected(pool: &Pool<'_>, package: PackageId, asked: &[PackageId]) -> Self {
        let name = pool.identity(package).name.to_owned();
        let lines = if asked.contains(&package) {
            vec![format!("package {name} is protected")]
        } else {
            let asked: Vec<String> = asked.iter().map(|&id| pool.identity(id).to_string()).collect();
            vec![
                format!("cannot remove {}:", asked.join(", ")),
                format!("  package {} needs it and is protected", pool.identity(package)),
            ]
        };
        Self {
            kind: RefusalKind::Protected { package: name },
            lines,
        }
    }

    /// Something that must not happen.
    pub(crate) fn internal(text: &str) -> Self {
        Self {
            kind: RefusalKind::Internal,
            lines: vec![format!("{text}; nothing was changed, please report this")],
        }
    }
}

fn hint(near: &[String]) -> String {
    match near {
        [] => String::new(),
        names => format!(" (nearest names: {})", names.join(", ")),
    }
}

/// Why packages of a name, or that offer a capability, cannot be used although they are there.
fn unusable(pool: &Pool<'_>, what: &str) -> Option<String> {
    let named = pool.named(what).to_vec();
    let others = match named.is_empty() {
        true => pool.all_providers(&Relation::unversioned(what)),
        false => named,
    };
    let id = others.into_iter().find(|&id| pool.is_excluded(id))?;
    let package = pool.identity(id);
    Some(match pool.arch_rank(package.arch) {
        Some(_) => format!(" ({package} would do, but is excluded)"),
        None => format!(" ({package} is for another architecture)"),
    })
}

/// Words for a conflict that resolvo found.
pub(crate) fn explain(solver: &Solver<&Provider<'_, '_>>, conflict: &Conflict) -> Refusal {
    // resolvo asserts properties of the graph it builds; a refusal without a reason beats a crash.
    let graph = catch_unwind(AssertUnwindSafe(|| conflict.graph(solver)));
    match graph {
        Ok(graph) => Story::new(solver.provider(), &graph).tell(),
        Err(_) => Refusal {
            kind: RefusalKind::Unsolvable,
            lines: vec!["the requests contradict each other".to_owned()],
        },
    }
}

type NodeIndex = usize;

/// One edge of the conflict graph, with plain indices.
struct Edge {
    target: NodeIndex,
    weight: ConflictEdge,
}

/// A walk through the conflict graph from the requests down to what is missing or in the way.
struct Story<'s, 'p, 'a> {
    provider: &'s Provider<'p, 'a>,
    nodes: Vec<ConflictNode>,
    edges: Vec<Vec<Edge>>,
    root: NodeIndex,
    told: BTreeSet<NodeIndex>,
    lines: Vec<String>,
    kind: RefusalKind,
}

impl<'s, 'p, 'a> Story<'s, 'p, 'a> {
    fn new(provider: &'s Provider<'p, 'a>, graph: &ConflictGraph) -> Self {
        let nodes: Vec<ConflictNode> = graph.graph.raw_nodes().iter().map(|node| node.weight).collect();
        let mut edges: Vec<Vec<Edge>> = nodes.iter().map(|_| Vec::new()).collect();
        for edge in graph.graph.raw_edges() {
            edges[edge.source().index()].push(Edge {
                target: edge.target().index(),
                weight: edge.weight,
            });
        }
        let root = graph.root_node.index();
        Self {
            provider,
            nodes,
            edges,
            root,
            told: BTreeSet::new(),
            lines: Vec::new(),
            kind: RefusalKind::Unsolvable,
        }
    }

    fn tell(mut self) -> Refusal {
        self.told.insert(self.root);
        for (requirement, targets) in self.requirements_of(self.root) {
            self.tell_root(requirement, &targets);
        }
        if self.lines.len() > MAX_LINES {
            let more = self.lines.len() - MAX_LINES;
            self.lines.truncate(MAX_LINES);
            self.lines.push(format!("  ... and {more} more"));
        }
        Refusal {
            kind: self.kind,
            lines: self.lines,
        }
    }

    /// The edges of a node by requirement, in the graph's order.
    fn requirements_of(&self, node: NodeIndex) -> Vec<(Requirement, Vec<NodeIndex>)> {
        let mut grouped: Vec<(Requirement, Vec<NodeIndex>)> = Vec::new();
        for edge in &self.edges[node] {
            let ConflictEdge::Requires(requirement) = edge.weight else {
                continue;
            };
            match grouped.iter_mut().find(|(known, _)| *known == requirement) {
                Some((_, targets)) => targets.push(edge.target),
                None => grouped.push((requirement, vec![edge.target])),
            }
        }
        grouped
    }

    fn say(&mut self, depth: usize, text: &str) {
        let line = format!("{}{text}", "  ".repeat(depth));
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    fn tell_root(&mut self, requirement: Requirement, targets: &[NodeIndex]) {
        match self.provider.label_of(requirement) {
            Label::Wanted(what) => self.say(0, &format!("cannot install {what}:")),
            Label::Kept(id) => {
                let package = self.provider.pool.identity(id);
                self.say(0, &format!("installed package {package} has to stay:"));
            }
            Label::Locked(id) => {
                let package = self.provider.pool.identity(id);
                self.say(0, &format!("installed package {package} is locked:"));
            }
            Label::Protected(id) => {
                let package = self.provider.pool.identity(id);
                self.kind = RefusalKind::Protected {
                    package: package.name.to_owned(),
                };
                self.say(0, &format!("installed package {package} is protected:"));
            }
            _ => self.say(0, "the requests contradict each other:"),
        }
        self.tell_targets(targets, 1);
    }

    fn tell_targets(&mut self, targets: &[NodeIndex], depth: usize) {
        for &target in targets {
            if let ConflictNode::Solvable(solvable) = self.nodes[target] {
                self.tell_package(target, solvable, depth);
            } else {
                self.say(
                    depth,
                    "no candidate is allowed (excluded, locked or older than what is installed)",
                );
            }
        }
    }

    fn tell_package(&mut self, node: NodeIndex, solvable: SolvableId, depth: usize) {
        if !self.told.insert(node) {
            return;
        }
        let name = self.provider.describe(solvable);
        let before = self.lines.len();
        for (requirement, targets) in self.requirements_of(node) {
            self.tell_requirement(&name, requirement, &targets, depth);
        }
        self.tell_conflicts(&name, node, depth);
        if self.lines.len() == before {
            self.say(
                depth,
                &format!("package {name} would do, but is ruled out by the other lines"),
            );
        }
    }

    fn tell_requirement(
        &mut self,
        name: &str,
        requirement: Requirement,
        targets: &[NodeIndex],
        depth: usize,
    ) {
        let Label::Requires(capabilities) = self.provider.label_of(requirement) else {
            return;
        };
        let texts: Vec<String> = capabilities
            .iter()
            .map(|&id| self.provider.capability(id).text)
            .collect();
        let what = texts.join(" or ");
        let missing = targets
            .iter()
            .any(|&target| self.nodes[target] == ConflictNode::UnresolvedDependency);
        let ruled_out = capabilities.iter().find_map(|&id| self.ruled_out(id));
        if let Some(reason) = ruled_out.filter(|_| missing) {
            self.say(depth, &format!("package {name} requires {what}, but {reason}"));
        } else if missing {
            let reason = self.missing(&texts);
            self.say(
                depth,
                &format!("nothing provides {what} needed by {name}{reason}"),
            );
        } else {
            self.say(
                depth,
                &format!("package {name} requires {what}, but none of the providers can be installed"),
            );
            self.tell_targets(targets, depth + 1);
        }
    }

    /// Why none of a capability's packages may be chosen.
    fn ruled_out(&self, capability: CapabilityId) -> Option<String> {
        let &first = self.provider.capability(capability).members.first()?;
        let package = self.provider.pool.identity(first);
        Some(match self.provider.policy.banned.contains(&first) {
            true => format!("{package} is locked or to be removed"),
            false => format!("{package} is older than what is installed"),
        })
    }

    /// Why a capability has no candidate: its only providers may be excluded, or a name is misspelt.
    fn missing(&self, texts: &[String]) -> String {
        let Some(first) = texts.first() else {
            return String::new();
        };
        let name = first.split(' ').next().unwrap_or(first);
        let pool = self.provider.pool;
        if let Some(reason) = unusable(pool, name) {
            return reason;
        }
        let others = pool.all_providers(&Relation::unversioned(name));
        if let Some(&other) = others.first() {
            return format!(" (only provided by {})", pool.identity(other));
        }
        let near: Vec<String> = nearest(name, pool.capabilities(), 3)
            .into_iter()
            .map(str::to_owned)
            .collect();
        hint(&near)
    }

    fn tell_conflicts(&mut self, name: &str, node: NodeIndex, depth: usize) {
        let conflicts: Vec<(NodeIndex, ConflictCause)> = self.edges[node]
            .iter()
            .filter_map(|edge| match edge.weight {
                ConflictEdge::Conflict(cause) => Some((edge.target, cause)),
                ConflictEdge::Requires(_) => None,
            })
            .collect();
        for (target, cause) in conflicts {
            let ConflictNode::Solvable(other) = self.nodes[target] else {
                continue;
            };
            let other = self.provider.describe(other);
            let text = match cause {
                ConflictCause::Constrains(set) => self.constraint(name, set, &other),
                _ => format!("cannot install both {name} and {other}"),
            };
            self.say(depth, &text);
        }
    }

    fn constraint(&self, name: &str, set: VersionSetId, other: &str) -> String {
        match self.provider.label_of_set(set) {
            Label::Conflicts(capability) => {
                let capability = self.provider.capability(capability).text;
                format!("package {name} conflicts with {capability} provided by {other}")
            }
            Label::Obsoletes(what) => format!("package {name} obsoletes {what} provided by {other}"),
            _ => format!("package {name} cannot be installed together with {other}"),
        }
    }
}
