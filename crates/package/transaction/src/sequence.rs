//! Which scriptlets and triggers run, in which order, with which arguments.
//!
//! The order is rpm's (lib/psm.c, lib/transaction.c) with one difference, which is the point of this crate: what may
//! still stop the transaction runs before anything is changed. So the %pre of *all* packages run first, then all files
//! are put in place at once, then the %post of all packages run in the order of installation. A %pre whose interpreter
//! comes with this very transaction (a new root has no shell), or that needs a package which does (`Requires(pre)`), runs
//! when the files are there.
//!
//! | before the decision | after it |
//! |---|---|
//! | %pretrans (before everything else is decided) | files, package database |
//! | %transfiletriggerun | |
//! | %triggerprein, %pre of what comes | for each package that comes: %filetriggerin, %post, %filetriggerin, %triggerin |
//! | %filetriggerun, %triggerun, %preun of what goes for good | then, for what it replaces: %preun, its files, %postun with their triggers |
//! | | for what goes for good: its files, %postun with its triggers |
//! | | %posttrans, %transfiletriggerin of others, %transfiletriggerpostun, %transfiletriggerin of what came |

use std::collections::HashMap;

use rpmfile::{Header, ScriptletKind, TriggerEvent};

use crate::element::Incoming;
use crate::installed::{Installed, has_triggers};
use crate::set::Set;
use crate::task::Script;
use crate::triggers::{self, Class, Party, Waiting};

/// What happens after the decision, apart from the first files and the database.
pub(crate) enum Action {
    Run(Script),
    /// Remove the files of an outgoing package.
    Remove(usize),
}

/// All scripts of a transaction.
pub(crate) struct Sequence {
    pub(crate) before: Vec<Script>,
    pub(crate) after: Vec<Action>,
}

/// Simulates the transaction: who is installed at each moment.
struct Simulation<'a> {
    set: &'a Set,
    staying: Vec<Party>,
    coming: Vec<Party>,
    going: Vec<Party>,
    arrived: Vec<bool>,
    gone: Vec<bool>,
    instances: HashMap<String, i64>,
    /// The argument of each incoming package's %post, which rpm 4.18 gives its %posttrans too.
    arguments: Vec<i64>,
    waiting: Vec<Waiting>,
    before: Vec<Script>,
    after: Vec<Action>,
}

/// The %pretrans of all that comes. They run before anything is decided, because they may prepare the ground: move a
/// folder away in whose place a link comes.
pub(crate) fn pretrans(set: &Set, installed: &Installed, scriptlets: bool) -> Vec<Script> {
    let of = |package: &Incoming| {
        let count = installed.named(package.name()).len();
        let count = i64::try_from(count).unwrap_or(i64::MAX).saturating_add(1);
        let script = scriptlet(package.header(), &package.nevra, ScriptletKind::PreTrans, count)?;
        Some(Script {
            fatal: true,
            ..script
        })
    };
    set.incoming
        .iter()
        .filter(|_| scriptlets)
        .filter_map(of)
        .collect()
}

/// Decide all other scripts of the transaction.
pub(crate) fn sequence(
    set: &Set,
    installed: &Installed,
    scriptlets: bool,
    leaving: Vec<Vec<String>>,
) -> Sequence {
    if !scriptlets {
        let after = removals(set).map(Action::Remove).collect();
        return Sequence {
            before: Vec::new(),
            after,
        };
    }
    let mut simulation = Simulation::new(set, installed, leaving);
    simulation.run();
    Sequence {
        before: simulation.before,
        after: simulation.after,
    }
}

/// The outgoing packages in the order in which their files go: after what replaces them, then those that go for good.
pub(crate) fn removals(set: &Set) -> impl Iterator<Item = usize> {
    let replaced = set
        .incoming
        .iter()
        .flat_map(|package| package.replaces.iter().copied());
    replaced.chain(set.for_good.iter().copied())
}

impl<'a> Simulation<'a> {
    fn new(set: &'a Set, installed: &Installed, leaving: Vec<Vec<String>>) -> Self {
        let going_rows: Vec<u32> = set.outgoing.iter().map(|package| package.row).collect();
        let coming = set
            .incoming
            .iter()
            .zip(installed.highest() + 1..)
            .map(|(package, row)| Party::new(package.header(), &package.nevra, row, true))
            .collect();
        let going = set.outgoing.iter().zip(leaving).map(|(package, leaving)| Party {
            leaving: Some(leaving),
            ..Party::new(&package.header, &package.nevra, package.row, true)
        });
        let going = going.collect();
        Self {
            set,
            staying: installed.parties(&going_rows, brings_triggers(set)),
            coming,
            going,
            arrived: vec![false; set.incoming.len()],
            gone: vec![false; set.outgoing.len()],
            instances: installed.instances(),
            arguments: vec![0; set.incoming.len()],
            waiting: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    fn run(&mut self) {
        self.begin();
        for index in 0..self.set.incoming.len() {
            self.before_arrival(index);
        }
        for index in self.set.for_good.clone() {
            let scripts = self.before_removal(index);
            self.before.extend(scripts.into_iter().map(|script| Script {
                fatal: script.section == "%preun",
                ..script
            }));
        }
        for index in 0..self.set.incoming.len() {
            self.arrive(index);
        }
        for index in self.set.for_good.clone() {
            self.after_removal(index);
        }
        self.end();
    }

    fn begin(&mut self) {
        let going: Vec<&Party> = self.going.iter().collect();
        let (present, event) = (self.present(), TriggerEvent::Un);
        let mut scripts = triggers::by_transaction(&present, &going, event);
        for own in &self.going {
            scripts.extend(triggers::own_by_transaction(&present, own, event));
        }
        self.before.extend(scripts);
    }

    fn before_arrival(&mut self, index: usize) {
        let count = self.count(index);
        let mut scripts = self.on_package(&self.coming[index], TriggerEvent::PreIn, count);
        let pre = self.scriptlet(index, ScriptletKind::Pre, count + 1);
        scripts.extend(pre.map(|script| Script {
            waits: self.set.incoming[index].pre_waits,
            fatal: true,
            ..script
        }));
        self.before.extend(scripts);
    }

    fn arrive(&mut self, index: usize) {
        self.arrived[index] = true;
        *self.instances.entry(self.coming[index].name.clone()).or_default() += 1;
        self.arguments[index] = self.count(index);
        let scripts = self.after_arrival(index);
        self.after.extend(scripts.into_iter().map(Action::Run));
        for outgoing in self.set.incoming[index].replaces.clone() {
            let scripts = self.before_removal(outgoing);
            self.after.extend(scripts.into_iter().map(Action::Run));
            self.after_removal(outgoing);
        }
    }

    fn after_arrival(&self, index: usize) -> Vec<Script> {
        let (own, count, event) = (&self.coming[index], self.count(index), TriggerEvent::In);
        let mut scripts = self.on_files(own, event, Class::Upper);
        scripts.extend(self.scriptlet(index, ScriptletKind::Post, count));
        scripts.extend(self.on_files(own, event, Class::Lower));
        scripts.extend(self.on_package(own, event, count));
        scripts
    }

    fn before_removal(&self, index: usize) -> Vec<Script> {
        let (own, event) = (&self.going[index], TriggerEvent::Un);
        let count = self.of(&own.name) - 1;
        let header = &self.set.outgoing[index].header;
        let mut scripts = self.on_files(own, event, Class::Upper);
        scripts.extend(self.on_package(own, event, count));
        scripts.extend(scriptlet(header, &own.nevra, ScriptletKind::PreUn, count));
        scripts.extend(self.on_files(own, event, Class::Lower));
        scripts
    }

    fn after_removal(&mut self, index: usize) {
        let (own, event) = (&self.going[index], TriggerEvent::PostUn);
        let count = self.of(&own.name) - 1;
        let header = &self.set.outgoing[index].header;
        let mut scripts = self.on_files(own, event, Class::Upper);
        scripts.extend(scriptlet(header, &own.nevra, ScriptletKind::PostUn, count));
        scripts.extend(self.on_files(own, event, Class::Lower));
        scripts.extend(self.on_package(own, event, count));
        let (name, waiting) = (own.name.clone(), triggers::waiting(&self.present(), own));
        self.waiting.extend(waiting);
        self.after.push(Action::Remove(index));
        self.after.extend(scripts.into_iter().map(Action::Run));
        *self.instances.entry(name).or_default() -= 1;
        self.gone[index] = true;
    }

    /// The file triggers that a package's coming or going sets off, its own included.
    fn on_files(&self, own: &Party, event: TriggerEvent, class: Class) -> Vec<Script> {
        let present = self.present();
        let others = triggers::by_files(&present, own, event, class);
        in_turn(event, others, || {
            triggers::own_by_files(&present, own, event, class)
        })
    }

    /// The same for triggers on packages; `count` is the number of instances of the package.
    fn on_package(&self, own: &Party, event: TriggerEvent, count: i64) -> Vec<Script> {
        let (present, of) = (self.present(), |name: &str| self.of(name));
        let others = triggers::by_package(&present, own, event, &of, count);
        in_turn(event, others, || {
            triggers::own_by_package(&present, own, event, &of, count)
        })
    }

    fn end(&mut self) {
        let mut scripts = Vec::new();
        for (index, argument) in self.arguments.iter().enumerate() {
            scripts.extend(self.scriptlet(index, ScriptletKind::PostTrans, *argument));
        }
        let (present, coming) = (self.present(), self.coming.iter().collect::<Vec<&Party>>());
        scripts.extend(triggers::by_transaction(&present, &coming, TriggerEvent::In));
        scripts.extend(self.waited());
        for own in &self.coming {
            scripts.extend(triggers::own_by_transaction(&present, own, TriggerEvent::In));
        }
        self.after.extend(scripts.into_iter().map(Action::Run));
    }

    /// The %transfiletriggerpostun that waited and whose package is still there: each once.
    fn waited(&self) -> Vec<Script> {
        let rows: Vec<u32> = self.present().iter().map(|party| party.row).collect();
        let mut waiting: Vec<Waiting> = Vec::new();
        for trigger in &self.waiting {
            if rows.contains(&trigger.place.0) && !waiting.contains(trigger) {
                waiting.push(trigger.clone());
            }
        }
        waiting.sort_by_key(|trigger| (std::cmp::Reverse(trigger.priority), trigger.place));
        waiting.into_iter().map(|trigger| trigger.script).collect()
    }

    /// Who is installed at this moment, in the order of the database.
    fn present(&self) -> Vec<&Party> {
        let going = self
            .going
            .iter()
            .zip(&self.gone)
            .filter(|(_, gone)| !**gone)
            .map(|(party, _)| party);
        let coming = self
            .coming
            .iter()
            .zip(&self.arrived)
            .filter(|(_, arrived)| **arrived)
            .map(|(party, _)| party);
        let mut present: Vec<&Party> = self.staying.iter().chain(going).chain(coming).collect();
        present.sort_by_key(|party| party.row);
        present
    }

    fn of(&self, name: &str) -> i64 {
        self.instances.get(name).copied().unwrap_or_default()
    }

    fn count(&self, incoming: usize) -> i64 {
        self.coming.get(incoming).map_or(0, |party| self.of(&party.name))
    }

    fn scriptlet(&self, index: usize, kind: ScriptletKind, count: i64) -> Option<Script> {
        let package = self.set.incoming.get(index)?;
        scriptlet(package.header(), &package.nevra, kind, count)
    }
}

/// A package that goes runs its own triggers before those of others, and none once it is gone.
fn in_turn(event: TriggerEvent, others: Vec<Script>, own: impl FnOnce() -> Vec<Script>) -> Vec<Script> {
    let (mut first, second) = match event {
        TriggerEvent::PostUn => (others, Vec::new()),
        TriggerEvent::Un => (own(), others),
        TriggerEvent::In | TriggerEvent::PreIn => (others, own()),
    };
    first.extend(second);
    first
}

fn scriptlet(header: &Header, nevra: &str, kind: ScriptletKind, count: i64) -> Option<Script> {
    let found = header.scriptlet(kind)?;
    Some(Script {
        package: nevra.to_owned(),
        section: kind.section().to_owned(),
        interpreter: found.interpreter,
        body: found.body,
        arguments: vec![count],
        input: String::new(),
        waits: false,
        fatal: false,
    })
}

/// Whether a package of this transaction brings triggers of its own, which ask for the files of all others.
fn brings_triggers(set: &Set) -> bool {
    let headers = set.incoming.iter().map(|package| package.header());
    let mut headers = headers.chain(set.outgoing.iter().map(|package| &package.header));
    headers.any(has_triggers)
}
