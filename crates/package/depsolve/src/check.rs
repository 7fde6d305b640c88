//! Whether a set of packages is consistent, found out without the solver.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use ahash::AHashMap;

use crate::formula::{difference, intersection};
use crate::pool::{PackageId, Pool};
use crate::relation::Relation;
use crate::rich::{self, Rich};
use crate::source::RelationKind;

/// Something wrong with a set of packages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A requirement is not met.
    Unmet {
        /// The package that requires.
        package: String,
        /// What it requires.
        requirement: String,
    },
    /// A package conflicts with another one.
    Conflict {
        /// The package that states the conflict.
        package: String,
        /// The relation as stated.
        relation: String,
    },
    /// A package obsoletes another one.
    Obsolete {
        /// The package that states it.
        package: String,
        /// The relation as stated.
        relation: String,
    },
    /// Several packages of one name, or of one name and architecture.
    Duplicate {
        /// The packages.
        packages: Vec<String>,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmet { package, requirement } => write!(f, "{package} requires {requirement}"),
            Self::Conflict { package, relation } => write!(f, "{package} conflicts with {relation}"),
            Self::Obsolete { package, relation } => write!(f, "{package} obsoletes {relation}"),
            Self::Duplicate { packages } => write!(f, "both are installed: {}", packages.join(", ")),
        }
    }
}

/// The faults of a set of packages that the installed set does not have already. `beside` names the packages
/// of which several versions may be installed.
pub fn check(pool: &Pool<'_>, set: &BTreeSet<PackageId>, beside: &dyn Fn(&str) -> bool) -> BTreeSet<Fault> {
    let evaluator = Evaluator::new(pool);
    let mut faults = faults(pool, &evaluator, set, beside);
    if !faults.is_empty() {
        let installed = pool.installed().collect();
        for known in self::faults(pool, &evaluator, &installed, beside) {
            faults.remove(&known);
        }
    }
    faults
}

fn faults<'a>(
    pool: &Pool<'a>,
    evaluator: &Evaluator<'_, 'a>,
    set: &BTreeSet<PackageId>,
    beside: &dyn Fn(&str) -> bool,
) -> BTreeSet<Fault> {
    let mut faults = BTreeSet::new();
    for &id in set {
        add_unmet(pool, evaluator, set, id, &mut faults);
        add_conflicts(pool, evaluator, set, id, &mut faults);
        add_obsoletes(pool, set, id, &mut faults);
    }
    add_duplicates(pool, set, beside, &mut faults);
    faults
}

fn add_unmet<'a>(
    pool: &Pool<'a>,
    evaluator: &Evaluator<'_, 'a>,
    set: &BTreeSet<PackageId>,
    id: PackageId,
    faults: &mut BTreeSet<Fault>,
) {
    pool.relations(id, RelationKind::Requires, &mut |relation| {
        if !relation.is_rpmlib() && !evaluator.holds(&relation, &|other| set.contains(&other)) {
            faults.insert(Fault::Unmet {
                package: pool.identity(id).to_string(),
                requirement: relation.to_string(),
            });
        }
    });
}

/// A package's own name never counts: rpm ignores conflicts with itself.
fn add_conflicts<'a>(
    pool: &Pool<'a>,
    evaluator: &Evaluator<'_, 'a>,
    set: &BTreeSet<PackageId>,
    id: PackageId,
    faults: &mut BTreeSet<Fault>,
) {
    let own = pool.name_id(id);
    pool.relations(id, RelationKind::Conflicts, &mut |relation| {
        let present = |other: PackageId| set.contains(&other);
        let others = |other: PackageId| present(other) && pool.name_id(other) != own;
        if evaluator.clashes(&relation, &present, &others, &|other| other == id) {
            faults.insert(Fault::Conflict {
                package: pool.identity(id).to_string(),
                relation: relation.to_string(),
            });
        }
    });
}

fn add_obsoletes(pool: &Pool<'_>, set: &BTreeSet<PackageId>, id: PackageId, faults: &mut BTreeSet<Fault>) {
    pool.relations(id, RelationKind::Obsoletes, &mut |relation| {
        for other in pool.obsoleted(&relation) {
            if set.contains(&other) && pool.name_id(other) != pool.name_id(id) {
                faults.insert(Fault::Obsolete {
                    package: pool.identity(id).to_string(),
                    relation: relation.to_string(),
                });
            }
        }
    });
}

/// Two packages of one name; of one name and version where several versions are allowed.
fn add_duplicates(
    pool: &Pool<'_>,
    set: &BTreeSet<PackageId>,
    beside: &dyn Fn(&str) -> bool,
    faults: &mut BTreeSet<Fault>,
) {
    let mut seen: BTreeMap<(u32, String), Vec<String>> = BTreeMap::new();
    for &id in set {
        let identity = pool.identity(id);
        let version = if beside(identity.name) {
            identity.evr()
        } else {
            String::new()
        };
        seen.entry((pool.name_id(id), version))
            .or_default()
            .push(identity.to_string());
    }
    for packages in seen.into_values().filter(|packages| packages.len() > 1) {
        faults.insert(Fault::Duplicate { packages });
    }
}

/// Says whether a relation holds for a set of packages; remembers who provides what.
pub(crate) struct Evaluator<'p, 'a> {
    pool: &'p Pool<'a>,
    providers: RefCell<AHashMap<Relation<'a>, Rc<[PackageId]>>>,
}

impl<'p, 'a> Evaluator<'p, 'a> {
    pub(crate) fn new(pool: &'p Pool<'a>) -> Self {
        Self {
            pool,
            providers: RefCell::default(),
        }
    }

    pub(crate) fn holds(&self, relation: &Relation<'a>, present: &dyn Fn(PackageId) -> bool) -> bool {
        if relation.is_rpmlib() {
            return true;
        }
        if !relation.is_rich() {
            return self.providers(relation).iter().any(|&id| present(id));
        }
        rich::parse(relation.name).is_some_and(|tree| self.tree_holds(&tree, present))
    }

    /// Whether a conflict is there. A package does not conflict with itself alone, but it may be a part of what
    /// must not be there together, or of what must not be there without something else.
    fn clashes(
        &self,
        relation: &Relation<'a>,
        present: &dyn Fn(PackageId) -> bool,
        others: &dyn Fn(PackageId) -> bool,
        alone: &dyn Fn(PackageId) -> bool,
    ) -> bool {
        match rich::parse(relation.name).filter(|_| relation.is_rich()) {
            Some(tree) => self.tree_clashes(&tree, present, others, alone),
            None => self.holds(relation, others),
        }
    }

    fn tree_clashes(
        &self,
        tree: &Rich<'a>,
        present: &dyn Fn(PackageId) -> bool,
        others: &dyn Fn(PackageId) -> bool,
        alone: &dyn Fn(PackageId) -> bool,
    ) -> bool {
        let clashes = |tree: &Rich<'a>| self.tree_clashes(tree, present, others, alone);
        match tree {
            Rich::Or(parts) => parts.iter().any(clashes),
            Rich::And(_) => self.tree_holds(tree, present) && !self.tree_holds(tree, alone),
            Rich::Unless(then, condition, otherwise) => match self.tree_holds(condition, present) {
                true => otherwise.as_deref().is_some_and(clashes),
                false if self.is_out_of_reach(condition) => clashes(then),
                false => self.tree_holds(then, present),
            },
            _ => self.tree_holds(tree, others),
        }
    }

    /// Whether nothing at all could make a condition true.
    fn is_out_of_reach(&self, condition: &Rich<'a>) -> bool {
        let mut mentioned = Vec::new();
        self.add_mentioned(condition, &mut mentioned);
        mentioned.is_empty()
    }

    fn tree_holds(&self, tree: &Rich<'a>, present: &dyn Fn(PackageId) -> bool) -> bool {
        let holds = |tree: &Rich<'a>| self.tree_holds(tree, present);
        match tree {
            Rich::Leaf(relation) => self.holds(relation, present),
            Rich::And(parts) => parts.iter().all(holds),
            Rich::Or(parts) => parts.iter().any(holds),
            Rich::With(_) | Rich::Without(..) => self.alone(tree).into_iter().any(present),
            Rich::If(then, condition, otherwise) => {
                if holds(condition) {
                    holds(then)
                } else {
                    otherwise.as_deref().is_none_or(holds)
                }
            }
            Rich::Unless(then, condition, otherwise) => {
                if holds(condition) {
                    otherwise.as_deref().is_some_and(holds)
                } else {
                    holds(then)
                }
            }
        }
    }

    /// Packages that make a `with` or `without` true by themselves.
    fn alone(&self, tree: &Rich<'a>) -> Vec<PackageId> {
        match tree {
            Rich::Leaf(relation) => self.providers(relation).to_vec(),
            Rich::With(parts) | Rich::And(parts) => parts
                .iter()
                .map(|part| self.alone(part))
                .reduce(intersection)
                .unwrap_or_default(),
            Rich::Or(parts) => parts.iter().flat_map(|part| self.alone(part)).collect(),
            Rich::Without(wanted, unwanted) => difference(self.alone(wanted), &self.alone(unwanted)),
            Rich::If(..) | Rich::Unless(..) => Vec::new(),
        }
    }

    /// Every package that could make some part of the relation true.
    pub(crate) fn mentioned(&self, relation: &Relation<'a>) -> Vec<PackageId> {
        if !relation.is_rich() {
            return self.providers(relation).to_vec();
        }
        let mut found = Vec::new();
        if let Some(tree) = rich::parse(relation.name) {
            self.add_mentioned(&tree, &mut found);
        }
        found
    }

    fn add_mentioned(&self, tree: &Rich<'a>, found: &mut Vec<PackageId>) {
        match tree {
            Rich::Leaf(relation) => found.extend(self.providers(relation).iter()),
            Rich::And(parts) | Rich::Or(parts) | Rich::With(parts) => {
                parts.iter().for_each(|part| self.add_mentioned(part, found));
            }
            Rich::Without(wanted, _) => self.add_mentioned(wanted, found),
            Rich::If(then, _, otherwise) | Rich::Unless(then, _, otherwise) => {
                self.add_mentioned(then, found);
                otherwise.iter().for_each(|part| self.add_mentioned(part, found));
            }
        }
    }

    fn providers(&self, relation: &Relation<'a>) -> Rc<[PackageId]> {
        let relation = relation.plain();
        if let Some(known) = self.providers.borrow().get(&relation) {
            return Rc::clone(known);
        }
        let found: Rc<[PackageId]> = self.pool.providers(&relation).into();
        self.providers.borrow_mut().insert(relation, Rc::clone(&found));
        found
    }
}
