//! Which of several acceptable packages is tried first.

use std::cmp::Ordering;

use ahash::{AHashMap, AHashSet};

use crate::pool::{PackageId, Pool};
use crate::relation::compare_identities;

/// What is wanted of the packages of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Leave what is installed alone if that works.
    #[default]
    Keep,
    /// Prefer a newer package to the installed one.
    Upgrade,
    /// Prefer what the repositories offer, even when it is older.
    Sync,
}

/// Everything that decides an order of preference.
#[derive(Clone, Default)]
pub(crate) struct Policy {
    /// By name id; names not listed are kept.
    pub(crate) modes: AHashMap<u32, Mode>,
    /// Older packages than the installed one are candidates everywhere.
    pub(crate) allow_downgrade: bool,
    /// Older packages that were asked for by name.
    pub(crate) downgrades: AHashSet<PackageId>,
    /// Packages that must not be part of the solution.
    pub(crate) banned: AHashSet<PackageId>,
    /// Name ids of which several versions may be installed at once.
    pub(crate) installonly: AHashSet<u32>,
}

impl Policy {
    pub(crate) fn mode(&self, name: u32) -> Mode {
        self.modes.get(&name).copied().unwrap_or_default()
    }

    /// Whether a package may be part of a solution at all.
    pub(crate) fn admits(&self, pool: &Pool<'_>, id: PackageId) -> bool {
        pool.is_usable(id)
            && !self.banned.contains(&id)
            && (self.may_be_older(pool, id) || !is_older(pool, id))
    }

    fn may_be_older(&self, pool: &Pool<'_>, id: PackageId) -> bool {
        let name = pool.name_id(id);
        self.allow_downgrade
            || self.downgrades.contains(&id)
            || self.installonly.contains(&name)
            || self.mode(name) == Mode::Sync
    }

    /// Orders packages of one name, best first.
    pub(crate) fn compare(&self, pool: &Pool<'_>, a: PackageId, b: PackageId) -> Ordering {
        self.class(pool, a)
            .cmp(&self.class(pool, b))
            .then_with(|| priority(pool, a).cmp(&priority(pool, b)))
            .then_with(|| compare_identities(&pool.identity(b), &pool.identity(a)))
            .then_with(|| {
                pool.arch_rank(pool.identity(a).arch)
                    .cmp(&pool.arch_rank(pool.identity(b).arch))
            })
            .then_with(|| a.cmp(&b))
    }

    /// Installed and newer packages come in an order that depends on what is wanted; older ones last.
    fn class(&self, pool: &Pool<'_>, id: PackageId) -> u8 {
        let mode = self.mode(pool.name_id(id));
        match (pool.is_installed(id), mode) {
            (false, Mode::Sync | Mode::Upgrade) if self.is_outranked(pool, id) => 2,
            (true, Mode::Sync) if offered_priority(pool, id).is_some() => 0,
            (true, Mode::Keep) | (false, Mode::Sync) => 0,
            (true, Mode::Upgrade | Mode::Sync) => 1,
            (false, Mode::Keep | Mode::Upgrade) if is_older(pool, id) => 3,
            (false, Mode::Upgrade) => 0,
            (false, Mode::Keep) => 2,
        }
    }

    /// A package is no reason to leave the installed one while a preferred repository offers that.
    fn is_outranked(&self, pool: &Pool<'_>, id: PackageId) -> bool {
        let members = pool.members(pool.name_id(id)).iter();
        let mut installed = members.filter(|&&other| pool.is_installed(other));
        installed.any(|&other| offered_priority(pool, other).is_some_and(|bar| bar < pool.priority(id)))
    }
}

/// The priority of a package; of an installed one, that of its copies on offer.
fn priority(pool: &Pool<'_>, id: PackageId) -> i32 {
    match pool.is_installed(id) {
        true => offered_priority(pool, id).unwrap_or(i32::MIN),
        false => pool.priority(id),
    }
}

/// The best priority at which an installed package is on offer, too.
fn offered_priority(pool: &Pool<'_>, id: PackageId) -> Option<i32> {
    let copy = |other: &&PackageId| {
        !pool.is_installed(**other)
            && !pool.is_excluded(**other)
            && pool.identity(**other) == pool.identity(id)
    };
    let copies = pool.members(pool.name_id(id)).iter().filter(copy);
    copies.map(|&other| pool.priority(other)).min()
}

/// Whether some installed package of the same name is newer.
fn is_older(pool: &Pool<'_>, id: PackageId) -> bool {
    let older = |other: &PackageId| {
        pool.is_installed(*other)
            && compare_identities(&pool.identity(id), &pool.identity(*other)) == Ordering::Less
    };
    !pool.is_installed(id) && pool.members(pool.name_id(id)).iter().any(older)
}
