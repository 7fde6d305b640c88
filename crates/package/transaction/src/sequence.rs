//! Which scriptlets and triggers run, in which order, with which arguments.
//!
//! The calls are rpm's (lib/psm.c, lib/transaction.c): its order is simulated, so that each trigger sees the packages
//! that are in the database at that moment. When they run differs in one point, which is the point of this crate: what
//! may still stop the transaction runs before anything is changed. So the calls that come before the files of a
//! package in rpm are taken out of rpm's order and run first, for all packages, in the same order among each other;
//! then all files are put in place at once; then the rest runs in rpm's order.
//!
//! Three kinds of calls cannot be taken out, because what they need comes with this very transaction: a %pre whose
//! interpreter comes (a new root has no shell) or that needs a package which does (`Requires(pre)`), a %triggerprein
//! of another package that comes, and a %triggerun or %filetriggerun of one that comes. They run when all
//! files are there, but in rpm's place: what a needed package does in its %post has been done by then.
//!
//! | before the decision | after it |
//! |---|---|
//! | %pretrans (before everything else is decided) | files, package database |
//! | %preuntrans, %transfiletriggerun | |
//! | %triggerprein, %pre of what comes | for each package that comes: %filetriggerin, %post, %triggerin, %filetriggerin |
//! | %filetriggerun, %triggerun, %preun of what goes for good | then, for what it replaces: %preun, its files, %postun with their triggers |
//! | | for what goes for good: its files, %postun with its triggers |
//! | | %posttrans, %postuntrans, %transfiletriggerin of others, %transfiletriggerpostun, %transfiletriggerin of what came |

use std::collections::HashMap;

use rpmfile::{Header, ScriptletKind, TriggerEvent};

use crate::element::Incoming;
use crate::installed::{Installed, has_triggers};
use crate::set::Set;
use crate::task::Script;
use crate::triggers::{self, Class, Counts, Party, Waiting};

/// What happens after the decision, apart from the first files and the database.
pub(crate) enum Action {
    Run(Script),
    /// Remove the files of an outgoing package.
    Remove(usize),
}

/// All scripts of a transaction.
pub(crate) struct Sequence {
    pub(crate) before: Vec<Early>,
    pub(crate) after: Vec<Action>,
}

/// A script that runs before the decision, unless what it needs comes with the transaction.
#[derive(Clone)]
pub(crate) struct Early {
    pub(crate) script: Script,
    /// How many of the actions after the decision are before it in rpm's order: where it runs when it must wait.
    pub(crate) place: usize,
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
    waiting: Vec<Waiting>,
    before: Vec<Early>,
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
        let after = set.removals.iter().copied().map(Action::Remove).collect();
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

impl<'a> Simulation<'a> {
    fn new(set: &'a Set, installed: &Installed, leaving: Vec<Vec<String>>) -> Self {
        let going_rows: Vec<u32> = set.outgoing.iter().map(|package| package.row).collect();
        let coming = set
            .incoming
            .iter()
            .zip(installed.highest() + 1..)
            .map(|(package, row)| Party {
                comes: true,
                moving: Some(arriving(package)),
                ..Party::new(package.header(), &package.nevra, row, true)
            })
            .collect();
        let going = set.outgoing.iter().zip(leaving).map(|(package, leaving)| Party {
            moving: Some(leaving),
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
            waiting: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    fn run(&mut self) {
        self.begin();
        for index in 0..self.set.incoming.len() {
            self.before_arrival(index);
            self.arrive(index);
        }
        for index in self.set.removals.clone() {
            match self.set.outgoing[index].replaced {
                true => self.go(index),
                false => self.go_for_good(index),
            }
        }
        self.end();
    }

    fn begin(&mut self) {
        let mut going: Vec<&Party> = self.going.iter().collect();
        going.sort_by_key(|party| party.row);
        let (present, event) = (self.present(), TriggerEvent::Un);
        let mut scripts = self.before_transaction();
        scripts.extend(triggers::by_transaction(&present, &going, event));
        for index in &self.set.removals {
            scripts.extend(triggers::own_by_transaction(&present, &self.going[*index], event));
        }
        self.early(scripts);
    }

    /// %preuntrans, of rpm 4.19: with as many instances as will be left.
    fn before_transaction(&self) -> Vec<Script> {
        let of = |index: &usize| {
            let (own, outgoing) = (&self.going[*index], &self.set.outgoing[*index]);
            let count = self.of(&own.name) - i64::from(!outgoing.replaced);
            scriptlet(&outgoing.header, &own.nevra, ScriptletKind::PreUnTrans, count).map(fatal)
        };
        self.set.removals.iter().filter_map(of).collect()
    }

    /// %postuntrans, of rpm 4.19: with as many instances as are left.
    fn after_transaction(&self) -> Vec<Script> {
        let of = |index: &usize| {
            let (own, header) = (&self.going[*index], &self.set.outgoing[*index].header);
            scriptlet(header, &own.nevra, ScriptletKind::PostUnTrans, self.of(&own.name))
        };
        self.set.removals.iter().filter_map(of).collect()
    }

    /// Before the decision; if that cannot be, at this point of rpm's order.
    fn early(&mut self, scripts: Vec<Script>) {
        let place = self.after.len();
        let early = scripts.into_iter().map(|script| Early { script, place });
        self.before.extend(early);
    }

    fn before_arrival(&mut self, index: usize) {
        let (own, event) = (&self.coming[index], TriggerEvent::PreIn);
        let waits = self.set.incoming[index].pre_waits;
        let late = |script| Script { waits, ..script };
        let mut scripts = self.by_package(own, event, 0);
        scripts.extend(self.own_by_package(own, event, 0).into_iter().map(late));
        let pre = self.scriptlet(index, ScriptletKind::Pre, self.count(index) + 1);
        scripts.extend(pre.map(late).map(fatal));
        self.early(scripts);
    }

    fn arrive(&mut self, index: usize) {
        self.arrived[index] = true;
        *self.instances.entry(self.coming[index].name.clone()).or_default() += 1;
        let scripts = self.after_arrival(index);
        self.after.extend(scripts.into_iter().map(Action::Run));
    }

    /// What is replaced goes when all that comes is there: nothing of it may refuse any more.
    fn go(&mut self, index: usize) {
        let scripts = self.before_removal(index);
        self.after.extend(scripts.into_iter().map(Action::Run));
        self.after_removal(index);
    }

    fn go_for_good(&mut self, index: usize) {
        let preun_is_fatal = |script: Script| match script.section == "%preun" {
            true => fatal(script),
            false => script,
        };
        let scripts = self.before_removal(index).into_iter().map(preun_is_fatal);
        self.early(scripts.collect());
        self.after_removal(index);
    }

    fn after_arrival(&self, index: usize) -> Vec<Script> {
        let (own, count, event) = (&self.coming[index], self.count(index), TriggerEvent::In);
        let mut scripts = self.on_files(own, event, Class::Upper);
        scripts.extend(self.scriptlet(index, ScriptletKind::Post, count));
        scripts.extend(self.by_package(own, event, 0));
        scripts.extend(self.own_by_package(own, event, 0));
        scripts.extend(self.on_files(own, event, Class::Lower));
        scripts
    }

    fn before_removal(&self, index: usize) -> Vec<Script> {
        let (own, event) = (&self.going[index], TriggerEvent::Un);
        let count = self.of(&own.name) - 1;
        let header = &self.set.outgoing[index].header;
        let mut scripts = self.on_files(own, event, Class::Upper);
        scripts.extend(self.own_by_package(own, event, -1));
        scripts.extend(self.by_package(own, event, -1));
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
        scripts.extend(self.by_package(own, event, -1));
        scripts.extend(self.on_files(own, event, Class::Lower));
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

    fn by_package(&self, cause: &Party, event: TriggerEvent, correction: i64) -> Vec<Script> {
        triggers::by_package(
            &self.present(),
            cause,
            event,
            &Counts {
                instances: &|name| self.of(name),
                correction,
            },
        )
    }

    fn own_by_package(&self, own: &Party, event: TriggerEvent, correction: i64) -> Vec<Script> {
        triggers::own_by_package(
            &self.present(),
            own,
            event,
            &Counts {
                instances: &|name| self.of(name),
                correction,
            },
        )
    }

    fn end(&mut self) {
        let mut scripts = Vec::new();
        for (index, package) in self.set.incoming.iter().enumerate() {
            // As many as there are when all is over, and one more for an update (rpm 4.18: lib/psm.c, rpmpsmNew).
            let count = self.count(index) + i64::from(!package.replaces.is_empty());
            scripts.extend(self.scriptlet(index, ScriptletKind::PostTrans, count));
        }
        scripts.extend(self.after_transaction());
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

/// The paths that set off file triggers when a package comes.
fn arriving(package: &Incoming) -> Vec<String> {
    let heard = package
        .files
        .iter()
        .enumerate()
        .filter(|(index, _)| package.silent.binary_search(index).is_err());
    heard.map(|(_, file)| file.path.clone()).collect()
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

/// Its failure stops the transaction.
fn fatal(script: Script) -> Script {
    Script {
        fatal: true,
        ..script
    }
}

/// Whether a package of this transaction brings triggers of its own, which ask for the files of all others.
fn brings_triggers(set: &Set) -> bool {
    let headers = set.incoming.iter().map(|package| package.header());
    let mut headers = headers.chain(set.outgoing.iter().map(|package| &package.header));
    headers.any(has_triggers)
}
