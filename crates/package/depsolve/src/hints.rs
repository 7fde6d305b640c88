//! What packages say about each other where several would do: `Suggests` and `Recommends` of the one that needs
//! something, `Enhances` and `Supplements` of those that offer it.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use ahash::AHashSet;

use crate::formula::CapabilityId;
use crate::pool::PackageId;
use crate::provider::Provider;
use crate::source::RelationKind;

type Packages = AHashSet<PackageId>;

/// What was found out about that so far.
#[derive(Default)]
pub(crate) struct Hints {
    /// Packages that enhance or supplement anything: few do.
    speakers: OnceCell<Packages>,
    /// What the package that was asked about last speaks for: its requirements come one after the other.
    last: RefCell<Option<(PackageId, Rc<Packages>)>>,
}

/// Who is preferred by one package.
pub(crate) struct Preferred<'h, 'p, 'a> {
    provider: &'h Provider<'p, 'a>,
    id: PackageId,
    named: Rc<Packages>,
}

impl Preferred<'_, '_, '_> {
    /// Whether the package speaks for one of these, or one of them for it.
    pub(crate) fn is_among(&self, group: &[PackageId]) -> bool {
        let speakers = self.provider.speakers();
        group.iter().any(|member| {
            self.named.contains(member)
                || (speakers.contains(member) && self.provider.spoken_for_by(*member).contains(&self.id))
        })
    }

    /// Whether there is a choice in some of these capabilities, and a word on it.
    pub(crate) fn has_a_say(&self, capabilities: &[CapabilityId]) -> bool {
        capabilities.iter().any(|&one| {
            let members = self.provider.capability(one).members;
            members.len() > 1 && self.is_among(&members)
        })
    }
}

impl<'p, 'a> Provider<'p, 'a> {
    /// Who is preferred where a package needs something.
    pub(crate) fn preferred_by(&self, id: PackageId) -> Preferred<'_, 'p, 'a> {
        let mut last = self.hints.last.borrow_mut();
        let named = match &*last {
            Some((known, named)) if *known == id => Rc::clone(named),
            _ => {
                let named = Rc::new(self.offering(id, [RelationKind::Suggests, RelationKind::Recommends]));
                *last = Some((id, Rc::clone(&named)));
                named
            }
        };
        Preferred {
            provider: self,
            id,
            named,
        }
    }

    fn speakers(&self) -> &Packages {
        self.hints.speakers.get_or_init(|| {
            let speaks = |id: &PackageId| {
                let mut found = false;
                for kind in [RelationKind::Enhances, RelationKind::Supplements] {
                    self.pool.relations(*id, kind, &mut |_| found = true);
                }
                found
            };
            self.pool.ids().filter(speaks).collect()
        })
    }

    fn spoken_for_by(&self, id: PackageId) -> Packages {
        self.offering(id, [RelationKind::Enhances, RelationKind::Supplements])
    }

    /// Packages that offer what these relations name. Rich ones do not count.
    fn offering(&self, id: PackageId, kinds: [RelationKind; 2]) -> Packages {
        let mut found = Packages::new();
        for relation in kinds.iter().flat_map(|kind| self.pool.relation_list(id, *kind)) {
            if !relation.is_rich() {
                found.extend(self.capability(self.intern(relation)).members.iter());
            }
        }
        found
    }
}
