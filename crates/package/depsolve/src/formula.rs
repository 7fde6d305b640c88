//! Boolean dependencies as formulas over capabilities, and their conjunctive normal form.

use crate::pool::PackageId;
use crate::provider::Provider;
use crate::rich::{self, Rich};

/// An interned capability of one solve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CapabilityId(pub(crate) u32);

/// More clauses than this from one dependency are refused; real ones need a handful.
const MAX_CLAUSES: usize = 512;

/// A dependency that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormulaError {
    /// Not a boolean dependency.
    Malformed,
    /// Too many clauses.
    TooLarge,
}

/// Some capability of `positive` is offered, or one of `negative` is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) positive: Vec<CapabilityId>,
    pub(crate) negative: Vec<CapabilityId>,
}

impl Clause {
    fn merge(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        merged
            .positive
            .extend(other.positive.iter().filter(|c| !self.positive.contains(c)));
        merged
            .negative
            .extend(other.negative.iter().filter(|c| !self.negative.contains(c)));
        merged
    }
}

/// A boolean combination of capabilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Formula {
    Capability(CapabilityId),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

impl Formula {
    /// Parses a rich dependency.
    pub(crate) fn parse<'a>(text: &'a str, provider: &Provider<'_, 'a>) -> Result<Self, FormulaError> {
        let tree = rich::parse(text).ok_or(FormulaError::Malformed)?;
        Ok(Self::of(&tree, provider))
    }

    fn of<'a>(tree: &Rich<'a>, provider: &Provider<'_, 'a>) -> Self {
        let of = |tree: &Rich<'a>| Self::of(tree, provider);
        match tree {
            Rich::Leaf(relation) => Self::Capability(provider.intern(*relation)),
            Rich::And(parts) => Self::And(parts.iter().map(of).collect()),
            Rich::Or(parts) => Self::Or(parts.iter().map(of).collect()),
            Rich::With(_) | Rich::Without(..) => Self::Capability(provider.intern_combined(tree)),
            Rich::If(then, condition, otherwise) => {
                Self::conditional(of(then), of(condition), otherwise.as_deref().map(of))
            }
            // (a unless b else c) is (c if b else a); without an else nothing holds when b does.
            Rich::Unless(then, condition, Some(otherwise)) => {
                Self::conditional(of(otherwise), of(condition), Some(of(then)))
            }
            Rich::Unless(then, condition, None) => {
                Self::And(vec![of(then), Self::Not(Box::new(of(condition)))])
            }
        }
    }

    /// `then if condition else otherwise`. In the second half `otherwise` comes first: it is what is wanted
    /// when nothing else brings the condition in.
    fn conditional(then: Self, condition: Self, otherwise: Option<Self>) -> Self {
        let implied = Self::Or(vec![Self::Not(Box::new(condition.clone())), then]);
        match otherwise {
            None => implied,
            Some(otherwise) => Self::And(vec![implied, Self::Or(vec![otherwise, condition])]),
        }
    }

    /// Clauses that hold exactly when the formula does, or does not (`wanted` false).
    pub(crate) fn clauses(&self, wanted: bool) -> Result<Vec<Clause>, FormulaError> {
        match (self, wanted) {
            (Self::Capability(id), true) => Ok(vec![Clause {
                positive: vec![*id],
                negative: vec![],
            }]),
            (Self::Capability(id), false) => Ok(vec![Clause {
                positive: vec![],
                negative: vec![*id],
            }]),
            (Self::Not(inner), _) => inner.clauses(!wanted),
            (Self::And(parts), true) | (Self::Or(parts), false) => conjunction(parts, wanted),
            (Self::Or(parts), true) | (Self::And(parts), false) => disjunction(parts, wanted),
        }
    }

    /// Whether the formula holds, given which capabilities are offered.
    pub(crate) fn holds(&self, offered: &dyn Fn(CapabilityId) -> bool) -> bool {
        match self {
            Self::Capability(id) => offered(*id),
            Self::Not(inner) => !inner.holds(offered),
            Self::And(parts) => parts.iter().all(|part| part.holds(offered)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(offered)),
        }
    }
}

fn conjunction(parts: &[Formula], wanted: bool) -> Result<Vec<Clause>, FormulaError> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(part.clauses(wanted)?);
        if all.len() > MAX_CLAUSES {
            return Err(FormulaError::TooLarge);
        }
    }
    Ok(all)
}

fn disjunction(parts: &[Formula], wanted: bool) -> Result<Vec<Clause>, FormulaError> {
    let mut product = vec![Clause::default()];
    for part in parts {
        let next = part.clauses(wanted)?;
        if product.len().saturating_mul(next.len()) > MAX_CLAUSES {
            return Err(FormulaError::TooLarge);
        }
        product = product
            .iter()
            .flat_map(|a| next.iter().map(move |b| a.merge(b)))
            .collect();
    }
    Ok(product)
}

impl<'a> Provider<'_, 'a> {
    /// Interns `with` and `without`: the packages that fit by themselves.
    fn intern_combined(&self, tree: &Rich<'a>) -> CapabilityId {
        self.intern_members(describe(tree), || self.fitting(tree))
    }

    /// Packages that alone make an expression of `with`, `without` and `or` true.
    fn fitting(&self, tree: &Rich<'a>) -> Vec<PackageId> {
        match tree {
            Rich::Leaf(relation) => self.capability(self.intern(*relation)).members.to_vec(),
            Rich::With(parts) | Rich::And(parts) => parts
                .iter()
                .map(|part| self.fitting(part))
                .reduce(intersection)
                .unwrap_or_default(),
            Rich::Or(parts) => parts.iter().flat_map(|part| self.fitting(part)).collect(),
            Rich::Without(wanted, unwanted) => difference(self.fitting(wanted), &self.fitting(unwanted)),
            // rpm forbids conditions within `with` and `without`.
            Rich::If(..) | Rich::Unless(..) => Vec::new(),
        }
    }
}

pub(crate) fn intersection(a: Vec<PackageId>, b: Vec<PackageId>) -> Vec<PackageId> {
    a.into_iter().filter(|id| b.contains(id)).collect()
}

pub(crate) fn difference(a: Vec<PackageId>, b: &[PackageId]) -> Vec<PackageId> {
    a.into_iter().filter(|id| !b.contains(id)).collect()
}

/// The expression as text, unique for its meaning.
fn describe(tree: &Rich<'_>) -> String {
    let join = |parts: &[Rich<'_>], word: &str| {
        format!("({})", parts.iter().map(describe).collect::<Vec<_>>().join(word))
    };
    match tree {
        Rich::Leaf(relation) => relation.to_string(),
        Rich::With(parts) => join(parts, " with "),
        Rich::And(parts) => join(parts, " and "),
        Rich::Or(parts) => join(parts, " or "),
        Rich::Without(a, b) => format!("({} without {})", describe(a), describe(b)),
        Rich::If(a, b, _) => format!("({} if {})", describe(a), describe(b)),
        Rich::Unless(a, b, _) => format!("({} unless {})", describe(a), describe(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capability(id: u32) -> Formula {
        Formula::Capability(CapabilityId(id))
    }

    /// The clauses of a formula hold exactly when it does, for every assignment of four capabilities.
    fn assert_equivalent(formula: &Formula) {
        for wanted in [true, false] {
            let clauses = formula.clauses(wanted).expect("small");
            for assignment in 0..16_u32 {
                let offered = |id: CapabilityId| assignment & (1 << id.0) != 0;
                let by_clauses = clauses.iter().all(|clause| {
                    clause.positive.iter().any(|&id| offered(id))
                        || clause.negative.iter().any(|&id| !offered(id))
                });
                assert_eq!(
                    by_clauses,
                    formula.holds(&offered) == wanted,
                    "{formula:?} {assignment:b}"
                );
            }
        }
    }

    #[test]
    fn normal_forms_are_equivalent() {
        let a = || capability(0);
        let not = |inner| Formula::Not(Box::new(inner));
        assert_equivalent(&Formula::conditional(a(), capability(1), Some(capability(2))));
        assert_equivalent(&Formula::conditional(
            a(),
            Formula::And(vec![capability(1), not(capability(3))]),
            None,
        ));
        assert_equivalent(&Formula::Or(vec![
            Formula::And(vec![a(), capability(1)]),
            not(capability(2)),
        ]));
    }

    #[test]
    fn an_exploding_formula_is_refused() {
        let pairs = (0..20)
            .map(|i| Formula::And(vec![capability(2 * i), capability(2 * i + 1)]))
            .collect();
        assert_eq!(Formula::Or(pairs).clauses(true), Err(FormulaError::TooLarge));
    }
}
