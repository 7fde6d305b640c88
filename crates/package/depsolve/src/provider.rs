//! The pool as resolvo sees it: see the table in the crate's documentation.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;

use ahash::AHashMap;
use resolvo::{
    Candidates, Condition, ConditionId, ConditionalRequirement, Dependencies, DependencyProvider,
    HintDependenciesAvailable, Interner, KnownDependencies, LogicalOperator, NameId, Requirement, SolvableId,
    SolverCache, StringId, VersionSetId, VersionSetUnionId,
};

use crate::formula::{CapabilityId, Clause, Formula};
use crate::hints::Hints;
use crate::pool::{PackageId, Pool};
use crate::rank::Policy;
use crate::relation::Relation;
use crate::source::RelationKind;

/// Why a set of packages is demanded or forbidden; turned into words by `explain`.
#[derive(Clone, Debug)]
pub(crate) enum Label {
    /// A package requires one of these capabilities.
    Requires(Vec<CapabilityId>),
    /// A package conflicts with a capability.
    Conflicts(CapabilityId),
    /// A package obsoletes packages.
    Obsoletes(String),
    /// The user asked for this.
    Wanted(String),
    /// An installed package has to stay.
    Kept(PackageId),
    /// An installed package is locked.
    Locked(PackageId),
    /// An installed package is protected.
    Protected(PackageId),
    /// Bookkeeping of the solver; never shown.
    Internal,
}

/// A capability and the usable packages that offer it.
#[derive(Clone, Debug)]
pub(crate) struct Capability {
    pub(crate) text: String,
    pub(crate) members: std::rc::Rc<[PackageId]>,
}

/// Members of one package name.
struct VersionSet {
    name: NameId,
    members: Vec<SolvableId>,
    label: u32,
}

struct Union {
    sets: Vec<VersionSetId>,
    label: u32,
}

/// A solvable that is not a package.
enum Synthetic {
    /// Has no dependencies: the two states of a marker, and what is always chosen.
    Plain,
    /// Something that would be nice to have, as a soft requirement.
    Goal(ConditionalRequirement),
}

/// Whether some package that offers a capability is chosen, as two solvables of one name, `on` and `off`.
///
/// Every package that offers the capability requires `on`; conditions are stated over `on`, so that
/// "unless the condition holds" is the literal `off`. Nothing ever asks for `off`.
#[derive(Clone, Copy)]
struct Marker {
    on: VersionSetId,
    either: VersionSetId,
}

#[derive(Default)]
struct Tables<'a> {
    capabilities: Vec<Capability>,
    by_relation: AHashMap<Relation<'a>, CapabilityId>,
    by_text: AHashMap<String, CapabilityId>,
    sets: Vec<VersionSet>,
    unions: Vec<Union>,
    labels: Vec<Label>,
    conditions: Vec<Condition>,
    synthetics: Vec<(Synthetic, NameId)>,
    synthetic_names: Vec<Vec<SolvableId>>,
    requirements: AHashMap<Vec<CapabilityId>, Requirement>,
    markers: AHashMap<CapabilityId, Marker>,
    marker_list: Vec<Marker>,
    marked: AHashMap<PackageId, Vec<VersionSetId>>,
}

/// Answers resolvo's questions from a [`Pool`] and a [`Policy`].
pub(crate) struct Provider<'p, 'a> {
    pub(crate) pool: &'p Pool<'a>,
    pub(crate) policy: Policy,
    /// Whether clauses with conditions count; without them a refusal can be explained more simply.
    conditions: bool,
    pub(crate) hints: Hints,
    /// Packages whose dependencies resolvo has asked for since this was emptied: it does so once, when it chooses one.
    pub(crate) looked_at: RefCell<Vec<PackageId>>,
    tables: RefCell<Tables<'a>>,
}

impl<'p, 'a> Provider<'p, 'a> {
    /// Prepares the pool's conditional dependencies: their conditions have to be known before any package
    /// is looked at.
    pub(crate) fn new(pool: &'p Pool<'a>, policy: Policy) -> Self {
        let provider = Self {
            conditions: true,
            ..Self::without_conditions(pool, policy)
        };
        provider.prepare_markers();
        provider
    }

    /// Like [`Provider::new`], but blind for conditional dependencies.
    pub(crate) fn without_conditions(pool: &'p Pool<'a>, policy: Policy) -> Self {
        Self {
            pool,
            policy,
            conditions: false,
            hints: Hints::default(),
            looked_at: RefCell::default(),
            tables: RefCell::default(),
        }
    }

    fn prepare_markers(&self) {
        for id in self.pool.ids().filter(|&id| self.policy.admits(self.pool, id)) {
            self.mark_conditions(id, RelationKind::Requires, true);
            self.mark_conditions(id, RelationKind::Conflicts, false);
        }
    }

    fn mark_conditions(&self, id: PackageId, kind: RelationKind, wanted: bool) {
        self.pool.relations(id, kind, &mut |relation| {
            if relation.is_rich() {
                for clause in self.clauses_of(id, &relation, wanted) {
                    self.mark_clause(&clause);
                }
            }
        });
    }

    /// A clause with one negative literal and nothing else is a plain conflict and needs no marker.
    fn mark_clause(&self, clause: &Clause) {
        if clause.positive.is_empty() && clause.negative.len() < 2 {
            return;
        }
        for &capability in &clause.negative {
            self.marker(capability);
        }
    }

    /// The version set that is satisfied exactly when some package offers the capability.
    fn marker(&self, capability: CapabilityId) -> VersionSetId {
        if let Some(marker) = self.tables.borrow().markers.get(&capability) {
            return marker.on;
        }
        let name = self.add_synthetic_name();
        let (on, off) = (
            self.add_synthetic(Synthetic::Plain, name),
            self.add_synthetic(Synthetic::Plain, name),
        );
        let label = self.label(Label::Internal);
        let marker = Marker {
            on: self.add_set(name, vec![on], label),
            either: self.add_set(name, vec![on, off], label),
        };
        let members = self.capability(capability).members;
        let mut tables = self.tables.borrow_mut();
        tables.markers.insert(capability, marker);
        tables.marker_list.push(marker);
        for &member in members.iter() {
            tables.marked.entry(member).or_default().push(marker.on);
        }
        marker.on
    }

    /// Requirements of the root that make the two states of each marker exclude each other from the start,
    /// without asking for either.
    ///
    /// resolvo adds "at most one of a name" only for names that some requirement mentions, and what it
    /// derives from a clause added later can be lost when it backtracks. So the root requires, for each
    /// marker, "either state, or this other thing", and that other thing as such.
    pub(crate) fn marker_requirements(&self) -> Vec<ConditionalRequirement> {
        let markers = self.tables.borrow().marker_list.clone();
        let name = self.add_synthetic_name();
        let always = self.add_synthetic(Synthetic::Plain, name);
        let label = self.label(Label::Internal);
        let always = self.add_set(name, vec![always], label);
        let either = |marker: &Marker| self.add_union(vec![always, marker.either], label).into();
        std::iter::once(always.into())
            .chain(markers.iter().map(either))
            .collect()
    }

    fn add_synthetic_name(&self) -> NameId {
        let mut tables = self.tables.borrow_mut();
        tables.synthetic_names.push(Vec::new());
        NameId::from_raw((self.pool.names().len() + tables.synthetic_names.len()) as u32)
    }

    fn add_synthetic(&self, synthetic: Synthetic, name: NameId) -> SolvableId {
        let index = self.synthetic_name_index(name);
        let mut tables = self.tables.borrow_mut();
        let solvable = SolvableId::from_raw((self.pool.len() + tables.synthetics.len()) as u32);
        tables.synthetics.push((synthetic, name));
        if let Some(members) = tables.synthetic_names.get_mut(index) {
            members.push(solvable);
        }
        solvable
    }

    /// Synthetic names follow those of packages and the name without candidates.
    fn synthetic_name_index(&self, name: NameId) -> usize {
        name.into_raw() as usize - self.pool.names().len() - 1
    }

    /// A solvable to be used as a soft requirement for `requirement`.
    pub(crate) fn goal(&self, requirement: ConditionalRequirement) -> SolvableId {
        let name = self.add_synthetic_name();
        self.add_synthetic(Synthetic::Goal(requirement), name)
    }

    /// What a goal stands for.
    pub(crate) fn demand(&self, goal: SolvableId) -> Option<ConditionalRequirement> {
        self.dependencies_of_synthetic(goal).requirements.first().copied()
    }

    /// The package behind a solvable, if it is one.
    pub(crate) fn package(&self, solvable: SolvableId) -> Option<PackageId> {
        let raw = solvable.into_raw();
        ((raw as usize) < self.pool.len()).then_some(PackageId(raw))
    }

    /// A solvable in words.
    pub(crate) fn describe(&self, solvable: SolvableId) -> String {
        match self.package(solvable) {
            Some(id) => self.pool.identity(id).to_string(),
            None => format!("internal {}", solvable.into_raw()),
        }
    }

    pub(crate) fn capability(&self, id: CapabilityId) -> Capability {
        self.tables.borrow().capabilities[id.0 as usize].clone()
    }

    /// Interns a relation of a package.
    pub(crate) fn intern(&self, relation: Relation<'a>) -> CapabilityId {
        let relation = relation.plain();
        if let Some(&id) = self.tables.borrow().by_relation.get(&relation) {
            return id;
        }
        let id = self.intern_members(relation.to_string(), || self.pool.providers(&relation));
        self.tables.borrow_mut().by_relation.insert(relation, id);
        id
    }

    /// Interns a set of packages under a text that says what they have in common.
    pub(crate) fn intern_members(&self, text: String, find: impl FnOnce() -> Vec<PackageId>) -> CapabilityId {
        if let Some(&id) = self.tables.borrow().by_text.get(&text) {
            return id;
        }
        let members = find().into();
        let mut tables = self.tables.borrow_mut();
        let id = CapabilityId(tables.capabilities.len() as u32);
        tables.capabilities.push(Capability {
            text: text.clone(),
            members,
        });
        tables.by_text.insert(text, id);
        id
    }

    /// A relation as clauses that must all hold; `wanted` is false for conflicts.
    pub(crate) fn clauses(&self, relation: &Relation<'a>, wanted: bool) -> Vec<Clause> {
        let formula = self.formula(relation);
        // A formula too large to expand cannot be met: better refused than half understood.
        formula
            .clauses(wanted)
            .unwrap_or_else(|_| vec![Clause::default()])
    }

    /// The clauses of a package's relation. A package does not conflict with itself alone, but it may be a part of
    /// what must not be there together, or of what must not be there without something else.
    fn clauses_of(&self, id: PackageId, relation: &Relation<'a>, wanted: bool) -> Vec<Clause> {
        let clauses = self.clauses(relation, wanted);
        if wanted || !relation.is_rich() {
            return clauses;
        }
        clauses
            .into_iter()
            .flat_map(|clause| self.with_others(id, clause))
            .collect()
    }

    /// What a clause of a conflict says about packages beside `id`.
    fn with_others(&self, id: PackageId, clause: Clause) -> Vec<Clause> {
        let offers = |&capability: &CapabilityId| self.capability(capability).members.contains(&id);
        let (own, rest): (Vec<_>, Vec<_>) = clause.negative.iter().copied().partition(offers);
        let with = |negative: Vec<CapabilityId>| Clause {
            positive: clause.positive.clone(),
            negative,
        };
        let nobody = |&capability: &CapabilityId| self.capability(capability).members.is_empty();
        match (own.is_empty(), rest.is_empty()) {
            (false, true) if clause.positive.iter().all(nobody) => own
                .into_iter()
                .map(|one| with(vec![self.others(id, one)]))
                .collect(),
            (false, false) => vec![with(rest)],
            _ => vec![clause],
        }
    }

    /// A capability as offered by packages of other names.
    fn others(&self, id: PackageId, capability: CapabilityId) -> CapabilityId {
        let name = self.pool.name_id(id);
        let Capability { text, members } = self.capability(capability);
        if members.iter().all(|&member| self.pool.name_id(member) != name) {
            return capability;
        }
        let text = format!("{text} (other than {})", self.pool.identity(id).name);
        let is_other = |member: &PackageId| self.pool.name_id(*member) != name;
        self.intern_members(text, || members.iter().copied().filter(is_other).collect())
    }

    /// A relation as a formula over capabilities.
    pub(crate) fn formula(&self, relation: &Relation<'a>) -> Formula {
        if !relation.is_rich() {
            return Formula::Capability(self.intern(*relation));
        }
        let missing = || Formula::Capability(self.intern_members(relation.name.to_owned(), Vec::new));
        Formula::parse(relation.name, self).unwrap_or_else(|_| missing())
    }

    fn label(&self, label: Label) -> u32 {
        let mut tables = self.tables.borrow_mut();
        tables.labels.push(label);
        (tables.labels.len() - 1) as u32
    }

    fn add_set(&self, name: NameId, mut members: Vec<SolvableId>, label: u32) -> VersionSetId {
        members.sort_unstable();
        let mut tables = self.tables.borrow_mut();
        tables.sets.push(VersionSet { name, members, label });
        VersionSetId((tables.sets.len() - 1) as u32)
    }

    /// The label of a version set.
    pub(crate) fn label_of_set(&self, set: VersionSetId) -> Label {
        let tables = self.tables.borrow();
        tables.labels[tables.sets[set.0 as usize].label as usize].clone()
    }

    /// The label of a requirement.
    pub(crate) fn label_of(&self, requirement: Requirement) -> Label {
        match requirement {
            Requirement::Single(set) => self.label_of_set(set),
            Requirement::Union(union) => {
                let tables = self.tables.borrow();
                tables.labels[tables.unions[union.0 as usize].label as usize].clone()
            }
        }
    }

    /// The name without any candidate, for what nothing provides.
    fn nothing(&self) -> NameId {
        NameId::from_raw(self.pool.names().len() as u32)
    }

    /// The requirement for one of several capabilities, in that order of preference.
    fn requirement(&self, capabilities: &[CapabilityId]) -> Requirement {
        if let Some(&known) = self.tables.borrow().requirements.get(capabilities) {
            return known;
        }
        let groups: Vec<Vec<PackageId>> = capabilities
            .iter()
            .flat_map(|&id| self.grouped(&self.capability(id)))
            .collect();
        let requirement = self.one_of(groups, Label::Requires(capabilities.to_vec()));
        self.tables
            .borrow_mut()
            .requirements
            .insert(capabilities.to_vec(), requirement);
        requirement
    }

    /// The same for a package that may have a word on it: what it suggests or recommends, and what enhances or
    /// supplements it, is preferred among the packages of each capability.
    fn requirement_of(&self, id: PackageId, capabilities: &[CapabilityId]) -> Requirement {
        let preferred = self.preferred_by(id);
        if !preferred.has_a_say(capabilities) {
            return self.requirement(capabilities);
        }
        let mut groups = Vec::new();
        for &capability in capabilities {
            let mut some = self.grouped(&self.capability(capability));
            some.sort_by_cached_key(|group| {
                let installed = group.iter().any(|&one| self.pool.is_installed(one));
                (!installed, !preferred.is_among(group))
            });
            groups.extend(some);
        }
        match groups.len() > 1 {
            true => self.one_of(groups, Label::Requires(capabilities.to_vec())),
            false => self.requirement(capabilities),
        }
    }

    /// A requirement for one package out of groups of the same name each, in that order of preference.
    pub(crate) fn one_of(&self, groups: Vec<Vec<PackageId>>, label: Label) -> Requirement {
        let label = self.label(label);
        let mut merged: Vec<(NameId, Vec<SolvableId>)> = Vec::with_capacity(groups.len());
        for group in groups.iter().filter(|group| !group.is_empty()) {
            let name = NameId::from_raw(self.pool.name_id(group[0]));
            let members = group.iter().map(|id| SolvableId::from_raw(id.0));
            match merged.iter_mut().find(|(existing, _)| *existing == name) {
                Some((_, existing)) => existing.extend(members),
                None => merged.push((name, members.collect())),
            }
        }
        let sets: Vec<VersionSetId> = merged
            .into_iter()
            .map(|(name, members)| self.add_set(name, members, label))
            .collect();
        match sets[..] {
            [] => self.add_set(self.nothing(), Vec::new(), label).into(),
            [single] => single.into(),
            _ => self.add_union(sets, label).into(),
        }
    }

    fn add_union(&self, sets: Vec<VersionSetId>, label: u32) -> VersionSetUnionId {
        let mut tables = self.tables.borrow_mut();
        tables.unions.push(Union { sets, label });
        VersionSetUnionId((tables.unions.len() - 1) as u32)
    }

    /// A capability's packages by name, in the order of preference between names: what is installed, the
    /// package named like the capability, the preferred repository, then the shortest name.
    fn grouped(&self, capability: &Capability) -> Vec<Vec<PackageId>> {
        let mut groups = self.group_by_name(&capability.members);
        self.sort_groups(&mut groups, &capability.text);
        groups
    }

    /// Sorts groups of one name each by that preference.
    pub(crate) fn sort_groups(&self, groups: &mut Vec<Vec<PackageId>>, capability: &str) {
        groups.retain(|group| !group.is_empty());
        groups.sort_by_cached_key(|group| self.name_preference(group, capability));
    }

    /// Packages by name, in order of first appearance.
    pub(crate) fn group_by_name(&self, members: &[PackageId]) -> Vec<Vec<PackageId>> {
        let mut groups: Vec<Vec<PackageId>> = Vec::new();
        let mut positions: AHashMap<u32, usize> = AHashMap::new();
        for &member in members {
            let at = *positions.entry(self.pool.name_id(member)).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[at].push(member);
        }
        groups
    }

    fn name_preference(&self, group: &[PackageId], text: &str) -> (bool, bool, i32, usize, &'a str) {
        let name = self.pool.identity(group[0]).name;
        let installed = group.iter().any(|&id| self.pool.is_installed(id));
        let priority = group.iter().map(|&id| self.pool.priority(id)).min().unwrap_or(0);
        let capability = text.split(' ').next().unwrap_or(text);
        (!installed, name != capability, priority, name.len(), name)
    }

    fn dependencies_of(&self, id: PackageId) -> KnownDependencies {
        let mut known = KnownDependencies::default();
        self.pool.relations(id, RelationKind::Requires, &mut |r| {
            self.add_requires(id, &r, &mut known)
        });
        self.pool.relations(id, RelationKind::Conflicts, &mut |r| {
            self.add_conflicts(id, &r, &mut known)
        });
        self.pool.relations(id, RelationKind::Obsoletes, &mut |r| {
            self.add_obsoletes(id, &r, &mut known)
        });
        let tables = self.tables.borrow();
        let marked = tables.marked.get(&id).into_iter().flatten();
        known
            .requirements
            .extend(marked.map(|&set| ConditionalRequirement::from(set)));
        known
    }

    fn add_requires(&self, id: PackageId, relation: &Relation<'a>, known: &mut KnownDependencies) {
        if relation.is_rpmlib() {
            return;
        }
        if !relation.is_rich() {
            return self.add_plain_requires(id, self.intern(*relation), known);
        }
        if self.pool.is_installed(id) && !self.holds_installed(&self.formula(relation)) {
            return;
        }
        for clause in self.clauses(relation, true) {
            self.add_clause(id, &clause, known);
        }
    }

    /// What was broken before is not this job's to repair: an unmet requirement of an installed package is
    /// left alone.
    fn add_plain_requires(&self, id: PackageId, capability: CapabilityId, known: &mut KnownDependencies) {
        let members = self.capability(capability).members;
        let by_itself = members.contains(&id);
        let broken = self.pool.is_installed(id) && !members.iter().any(|&m| self.pool.is_installed(m));
        if !by_itself && !broken {
            known
                .requirements
                .push(self.requirement_of(id, &[capability]).into());
        }
    }

    fn holds_installed(&self, formula: &Formula) -> bool {
        formula.holds(&|id| {
            self.capability(id)
                .members
                .iter()
                .any(|&m| self.pool.is_installed(m))
        })
    }

    fn add_conflicts(&self, id: PackageId, relation: &Relation<'a>, known: &mut KnownDependencies) {
        if relation.is_rpmlib() {
            return;
        }
        if self.pool.is_installed(id) && self.holds_installed(&self.formula(relation)) {
            return self.add_broken_conflict(id, relation, known);
        }
        for clause in self.clauses_of(id, relation, false) {
            self.add_clause(id, &clause, known);
        }
    }

    /// The installed package conflicts with an installed one already: only newcomers are kept out.
    fn add_broken_conflict(&self, id: PackageId, relation: &Relation<'a>, known: &mut KnownDependencies) {
        if relation.is_rich() {
            return;
        }
        let capability = self.intern(*relation);
        let members = self.capability(capability).members;
        let newcomers: Vec<PackageId> = members
            .iter()
            .copied()
            .filter(|&m| !self.pool.is_installed(m))
            .collect();
        self.forbid(id, &newcomers, Label::Conflicts(capability), known);
    }

    fn add_obsoletes(&self, id: PackageId, relation: &Relation<'a>, known: &mut KnownDependencies) {
        let mut obsoleted = self.pool.obsoleted(relation);
        if self.pool.is_installed(id) {
            obsoleted.retain(|&other| !self.pool.is_installed(other));
        }
        self.forbid(id, &obsoleted, Label::Obsoletes(relation.to_string()), known);
    }

    /// Forbids packages beside `id`; packages of its own name never count (rpm ignores self-conflicts).
    fn forbid(&self, id: PackageId, forbidden: &[PackageId], label: Label, known: &mut KnownDependencies) {
        let own = self.pool.name_id(id);
        let others: Vec<PackageId> = forbidden
            .iter()
            .copied()
            .filter(|&other| self.pool.name_id(other) != own)
            .collect();
        if others.is_empty() {
            return;
        }
        let label = self.label(label);
        for group in self.group_by_name(&others) {
            known.constrains.push(self.all_but(&group, label));
        }
    }

    /// All packages of a group's name except the group.
    fn all_but(&self, group: &[PackageId], label: u32) -> VersionSetId {
        let name = self.pool.name_id(group[0]);
        let rest = self.pool.members(name).iter().filter(|id| !group.contains(id));
        let members = rest.map(|id| SolvableId::from_raw(id.0)).collect();
        self.add_set(NameId::from_raw(name), members, label)
    }

    /// Adds "this package is chosen, so the clause holds".
    fn add_clause(&self, id: PackageId, clause: &Clause, known: &mut KnownDependencies) {
        let offers = |&capability: &CapabilityId| self.capability(capability).members.contains(&id);
        if clause.positive.iter().any(offers) {
            return;
        }
        // A lone negative literal is a conflict; there the package itself never counts.
        if let ([], [capability]) = (&clause.positive[..], &clause.negative[..]) {
            let members = self.capability(*capability).members;
            return self.forbid(id, &members, Label::Conflicts(*capability), known);
        }
        if !clause.negative.is_empty() && !self.conditions {
            return;
        }
        let impossible = |&capability: &CapabilityId| self.capability(capability).members.is_empty();
        if clause.negative.iter().any(impossible) {
            return;
        }
        let condition = self.condition(clause.negative.iter().copied().filter(|c| !offers(c)));
        let requirement = self.requirement_of(id, &clause.positive);
        known.requirements.push(ConditionalRequirement {
            condition,
            requirement,
        });
    }

    /// All of these capabilities are offered by chosen packages.
    fn condition(&self, capabilities: impl Iterator<Item = CapabilityId>) -> Option<ConditionId> {
        capabilities
            .map(|c| self.add_condition(Condition::Requirement(self.marker(c))))
            .reduce(|a, b| self.add_condition(Condition::Binary(LogicalOperator::And, a, b)))
    }

    fn add_condition(&self, condition: Condition) -> ConditionId {
        let mut tables = self.tables.borrow_mut();
        tables.conditions.push(condition);
        ConditionId::new((tables.conditions.len() - 1) as u32)
    }

    /// Soft requirements for a wish of a package, as goals. Conditions are looked at now, in `chosen`: what comes
    /// later is asked again in the next round, and resolvo need not keep conditions of things nobody insists on.
    pub(crate) fn wish(
        &self,
        id: PackageId,
        relation: &Relation<'a>,
        chosen: &BTreeSet<PackageId>,
    ) -> Vec<SolvableId> {
        let offered = |&capability: &CapabilityId| {
            let members = self.capability(capability).members;
            members.iter().any(|member| chosen.contains(member))
        };
        let mut known = KnownDependencies::default();
        for clause in self.clauses(relation, true) {
            let open = clause.negative.iter().all(offered) && !clause.positive.iter().any(offered);
            if open && !clause.positive.is_empty() {
                let positive = Clause {
                    positive: clause.positive,
                    negative: Vec::new(),
                };
                self.add_clause(id, &positive, &mut known);
            }
        }
        known
            .requirements
            .into_iter()
            .map(|requirement| self.goal(requirement))
            .collect()
    }
}

impl Interner for &Provider<'_, '_> {
    type NameId = NameId;
    type SolvableId = SolvableId;

    fn display_solvable(&self, solvable: SolvableId) -> impl Display + '_ {
        self.describe(solvable)
    }

    fn display_name(&self, name: NameId) -> impl Display + '_ {
        self.pool
            .names()
            .get(name.into_raw() as usize)
            .copied()
            .unwrap_or("internal")
    }

    fn display_version_set(&self, set: VersionSetId) -> impl Display + '_ {
        format!("set {}", set.0)
    }

    fn display_string(&self, string: StringId) -> impl Display + '_ {
        format!("reason {}", string.0)
    }

    fn version_set_name(&self, set: VersionSetId) -> NameId {
        self.tables.borrow().sets[set.0 as usize].name
    }

    fn solvable_name(&self, solvable: SolvableId) -> NameId {
        match self.package(solvable) {
            Some(id) => NameId::from_raw(self.pool.name_id(id)),
            None => self.tables.borrow().synthetics[solvable.into_raw() as usize - self.pool.len()].1,
        }
    }

    fn version_sets_in_union(&self, union: VersionSetUnionId) -> impl Iterator<Item = VersionSetId> {
        self.tables.borrow().unions[union.0 as usize]
            .sets
            .clone()
            .into_iter()
    }

    fn resolve_condition(&self, condition: ConditionId) -> Condition {
        self.tables.borrow().conditions[condition.as_u32() as usize].clone()
    }
}

impl DependencyProvider for &Provider<'_, '_> {
    async fn filter_candidates(
        &self,
        candidates: &[SolvableId],
        set: VersionSetId,
        inverse: bool,
    ) -> Vec<SolvableId> {
        let tables = self.tables.borrow();
        let members = &tables.sets[set.0 as usize].members;
        candidates
            .iter()
            .copied()
            .filter(|c| members.binary_search(c).is_ok() != inverse)
            .collect()
    }

    async fn get_candidates(&self, name: NameId) -> Option<Candidates> {
        let raw = name.into_raw();
        let names = self.pool.names().len() as u32;
        if raw == names {
            return Some(Candidates::default());
        }
        let candidates = if raw < names {
            self.admitted(raw)
        } else {
            self.synthetic_members(name)
        };
        Some(Candidates {
            candidates,
            allow_multiple: self.policy.installonly.contains(&raw),
            hint_dependencies_available: HintDependenciesAvailable::None,
            ..Candidates::default()
        })
    }

    async fn sort_candidates(&self, _: &SolverCache<Self>, solvables: &mut [SolvableId]) {
        solvables.sort_by(|&a, &b| match (self.package(a), self.package(b)) {
            (Some(a), Some(b)) => self.policy.compare(self.pool, a, b),
            _ => a.cmp(&b),
        });
    }

    async fn get_dependencies(&self, solvable: SolvableId) -> Dependencies {
        Dependencies::Known(match self.package(solvable) {
            Some(id) => {
                self.looked_at.borrow_mut().push(id);
                self.dependencies_of(id)
            }
            None => self.dependencies_of_synthetic(solvable),
        })
    }
}

impl Provider<'_, '_> {
    fn admitted(&self, name: u32) -> Vec<SolvableId> {
        let members = self.pool.members(name).iter();
        members
            .filter(|&&id| self.policy.admits(self.pool, id))
            .map(|id| SolvableId::from_raw(id.0))
            .collect()
    }

    fn synthetic_members(&self, name: NameId) -> Vec<SolvableId> {
        let index = self.synthetic_name_index(name);
        self.tables
            .borrow()
            .synthetic_names
            .get(index)
            .cloned()
            .unwrap_or_default()
    }

    fn dependencies_of_synthetic(&self, solvable: SolvableId) -> KnownDependencies {
        let tables = self.tables.borrow();
        let index = solvable.into_raw() as usize - self.pool.len();
        let requirements = match tables.synthetics.get(index) {
            Some((Synthetic::Goal(requirement), _)) => vec![*requirement],
            Some((Synthetic::Plain, _)) | None => Vec::new(),
        };
        KnownDependencies {
            requirements,
            constrains: Vec::new(),
        }
    }
}
