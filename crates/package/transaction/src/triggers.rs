//! Which triggers a package sets off (rpm: lib/rpmtriggers.c, docs/manual/file_triggers.md).
//!
//! Everything is decided before the transaction, from the headers: which packages are there at each moment follows
//! from the order of installation. So recovery after a crash needs no decision, only to go on.

use std::cmp::Reverse;

use rpmfile::{Dependency, Header, Trigger, TriggerEvent};

use crate::task::Script;

/// Priorities from here on run before %post and %preun, the others after (rpm: TRIGGER_PRIORITY_BOUND).
const UPPER: u32 = 10_000;

/// File triggers before or after the package's own scriptlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Upper,
    Lower,
}

impl Class {
    fn has(self, trigger: &Trigger) -> bool {
        match self {
            Self::Upper => trigger.priority >= UPPER,
            Self::Lower => trigger.priority < UPPER,
        }
    }
}

/// What a package means for triggers: its own, and its files.
pub(crate) struct Party {
    /// Its row in the database; of those that come, the one they will get.
    pub(crate) row: u32,
    pub(crate) nevra: String,
    pub(crate) name: String,
    pub(crate) provides: Vec<Dependency>,
    pub(crate) paths: Vec<String>,
    pub(crate) on_packages: Vec<Trigger>,
    /// What sets off `on_packages`, in the order of the header, with the number of the trigger.
    pub(crate) conditions: Vec<(usize, Dependency)>,
    pub(crate) on_files: Vec<Trigger>,
    pub(crate) on_transaction: Vec<Trigger>,
    /// Whether it comes or goes in this transaction.
    pub(crate) moves: bool,
    /// Whether it comes: its triggers cannot run before its files are there.
    pub(crate) comes: bool,
    /// The paths that really come or go with it, because no other package has them.
    pub(crate) moving: Option<Vec<String>>,
}

impl Party {
    pub(crate) fn new(header: &Header, nevra: &str, row: u32, moves: bool) -> Self {
        Self {
            row,
            nevra: nevra.to_owned(),
            name: header.name().to_owned(),
            provides: header.provides(),
            paths: header.file_paths().unwrap_or_default(),
            on_packages: header.triggers().unwrap_or_default(),
            conditions: header.trigger_conditions().unwrap_or_default(),
            on_files: header.file_triggers().unwrap_or_default(),
            on_transaction: header.transaction_file_triggers().unwrap_or_default(),
            moves,
            comes: false,
            moving: None,
        }
    }

    /// The files that set off triggers on one package's coming or going.
    fn causes<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let paths = self.moving.as_ref().unwrap_or(&self.paths);
        paths
            .iter()
            .map(String::as_str)
            .filter(move |path| path.starts_with(prefix))
    }

    /// Paths below a prefix. rpm compares strings, not folders: `/usr/lib` also means `/usr/lib64`.
    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.paths
            .iter()
            .map(String::as_str)
            .filter(move |path| path.starts_with(prefix))
    }

    /// For whole transactions rpm asks the index of folders (rpmdbInitPrefixIterator on Dirnames).
    fn has_folder_below(&self, prefix: &str) -> bool {
        self.paths.iter().any(|path| folder(path).starts_with(prefix))
    }
}

fn folder(path: &str) -> &str {
    path.rfind('/')
        .and_then(|end| path.get(..=end))
        .unwrap_or_default()
}

/// A trigger that is set off, and its standard input.
struct Fired<'a> {
    party: &'a Party,
    trigger: &'a Trigger,
    input: String,
}

/// Highest priority first; then as the packages stand in the database, and as the triggers stand in the package.
fn in_order(mut fired: Vec<Fired<'_>>, section: &str) -> Vec<Script> {
    fired.sort_by_key(|fired| Reverse(fired.trigger.priority));
    fired
        .into_iter()
        .map(|fired| script(fired.party, fired.trigger, section, vec![0], fired.input))
        .collect()
}

fn script(party: &Party, trigger: &Trigger, section: &str, arguments: Vec<i64>, input: String) -> Script {
    Script {
        package: party.nevra.clone(),
        section: section.to_owned(),
        interpreter: trigger.interpreter.clone(),
        body: trigger.body.clone(),
        arguments,
        input,
        waits: party.comes,
        fatal: false,
    }
}

/// The name of the section for an event.
fn section(event: TriggerEvent, prefix: &str) -> String {
    let event = match event {
        TriggerEvent::In => "in",
        TriggerEvent::Un => "un",
        TriggerEvent::PostUn => "postun",
        TriggerEvent::PreIn => "prein",
    };
    format!("%{prefix}trigger{event}")
}

fn prefixes(trigger: &Trigger) -> impl Iterator<Item = &str> {
    trigger.conditions.iter().map(|condition| condition.name.as_str())
}

fn lines<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    paths.flat_map(|path| [path, "\n"]).collect()
}

/// File triggers of all packages present, set off by the files of one package.
pub(crate) fn by_files(present: &[&Party], cause: &Party, event: TriggerEvent, class: Class) -> Vec<Script> {
    let mut fired = Vec::new();
    for party in present {
        for trigger in party
            .on_files
            .iter()
            .filter(|trigger| trigger.event == event && class.has(trigger))
        {
            let input = lines(prefixes(trigger).flat_map(|prefix| cause.causes(prefix)));
            if !input.is_empty() {
                fired.push(Fired {
                    party,
                    trigger,
                    input,
                });
            }
        }
    }
    in_order(fired, &section(event, "file"))
}

/// A package's own file triggers, set off by the files of all packages present. When it comes, its own files do not
/// count: they have set the trigger off already ([`by_files`]).
pub(crate) fn own_by_files(
    present: &[&Party],
    own: &Party,
    event: TriggerEvent,
    class: Class,
) -> Vec<Script> {
    let counts = |party: &&&Party| event != TriggerEvent::In || party.row != own.row;
    let packages: Vec<&Party> = present.iter().filter(counts).copied().collect();
    let triggers = own
        .on_files
        .iter()
        .filter(|trigger| trigger.event == event && class.has(trigger));
    in_order(
        triggers
            .filter_map(|trigger| over(&packages, own, trigger))
            .collect(),
        &section(event, "file"),
    )
}

/// Transaction file triggers of packages that stay, set off by the files of those that move.
pub(crate) fn by_transaction(present: &[&Party], moving: &[&Party], event: TriggerEvent) -> Vec<Script> {
    let mut fired = Vec::new();
    for party in present.iter().filter(|party| !party.moves) {
        let triggers = party
            .on_transaction
            .iter()
            .filter(|trigger| trigger.event == event);
        fired.extend(triggers.filter_map(|trigger| over(moving, party, trigger)));
    }
    in_order(fired, &section(event, "transfile"))
}

/// A transaction file trigger that waits for the end of the transaction: by then its package may be gone itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) priority: u32,
    /// Its package's row, and its number in the package (rpm: rpmtriggersSortAndUniq).
    pub(crate) place: (u32, usize),
    pub(crate) script: Script,
}

/// `%transfiletriggerpostun` of all packages present when `cause` goes. They get no input: the files are gone.
pub(crate) fn waiting(present: &[&Party], cause: &Party) -> Vec<Waiting> {
    let event = TriggerEvent::PostUn;
    let mut waiting = Vec::new();
    for party in present {
        for (number, trigger) in party
            .on_transaction
            .iter()
            .enumerate()
            .filter(|(_, trigger)| trigger.event == event)
        {
            if prefixes(trigger).any(|prefix| cause.below(prefix).next().is_some()) {
                let script = script(
                    party,
                    trigger,
                    &section(event, "transfile"),
                    vec![0],
                    String::new(),
                );
                waiting.push(Waiting {
                    priority: trigger.priority,
                    place: (party.row, number),
                    script,
                });
            }
        }
    }
    waiting
}

/// A moving package's own transaction file triggers, set off by the files of all packages present.
pub(crate) fn own_by_transaction(present: &[&Party], own: &Party, event: TriggerEvent) -> Vec<Script> {
    let triggers = own.on_transaction.iter().filter(|trigger| trigger.event == event);
    in_order(
        triggers
            .filter_map(|trigger| over(present, own, trigger))
            .collect(),
        &section(event, "transfile"),
    )
}

/// The trigger, if packages among these have files for it.
fn over<'a>(packages: &[&Party], party: &'a Party, trigger: &'a Trigger) -> Option<Fired<'a>> {
    let mut input = String::new();
    for prefix in prefixes(trigger) {
        for package in packages.iter().filter(|package| package.has_folder_below(prefix)) {
            input += &lines(package.below(prefix));
        }
    }
    (!input.is_empty()).then_some(Fired {
        party,
        trigger,
        input,
    })
}

/// What rpm passes to a trigger on packages: how many instances of its own package and of the cause there are.
pub(crate) struct Counts<'a> {
    /// Instances of a name in the database at this moment.
    pub(crate) instances: &'a dyn Fn(&str) -> i64,
    /// One less for the package that goes.
    pub(crate) correction: i64,
}

/// Triggers on packages: those of all packages present that name `cause` (rpm: lib/psm.c, runTriggers).
pub(crate) fn by_package(
    present: &[&Party],
    cause: &Party,
    event: TriggerEvent,
    counts: &Counts<'_>,
) -> Vec<Script> {
    let cause_count = (counts.instances)(&cause.name) + counts.correction;
    let run = |party: &&Party| {
        let number = set_off(party, cause, event)?;
        let arguments = vec![(counts.instances)(&party.name), cause_count];
        on_package(party, number, arguments)
    };
    present.iter().filter_map(run).collect()
}

/// A package's own triggers on packages that are present (rpm: lib/psm.c, runImmedTriggers). That may be itself.
pub(crate) fn own_by_package(
    present: &[&Party],
    own: &Party,
    event: TriggerEvent,
    counts: &Counts<'_>,
) -> Vec<Script> {
    let (mut scripts, mut run) = (Vec::new(), Vec::new());
    for (index, condition) in &own.conditions {
        if run.contains(index) {
            continue;
        }
        for cause in present.iter().filter(|party| party.name == condition.name) {
            let Some(number) = set_off(own, cause, event).filter(|number| !run.contains(number)) else {
                continue;
            };
            run.push(number);
            let count = (counts.instances)(&own.name) + counts.correction;
            let arguments = vec![count, (counts.instances)(&cause.name)];
            scripts.extend(on_package(own, number, arguments));
        }
    }
    scripts
}

/// The number of the one trigger of `owner` that `cause` sets off. For each pair of packages rpm runs one script: that
/// of the first condition in the header that fits (lib/psm.c, handleOneTrigger).
fn set_off(owner: &Party, cause: &Party, event: TriggerEvent) -> Option<usize> {
    let fits = |(_, condition): &&(usize, Dependency)| {
        condition.flags.intersects(event.flag()) && is_meant(condition, cause)
    };
    owner.conditions.iter().find(fits).map(|(number, _)| *number)
}

fn on_package(owner: &Party, number: usize, arguments: Vec<i64>) -> Option<Script> {
    let trigger = owner.on_packages.get(number)?;
    let section = section(trigger.event, "");
    Some(script(owner, trigger, &section, arguments, String::new()))
}

/// A condition names a package and possibly a range of its versions.
fn is_meant(condition: &Dependency, cause: &Party) -> bool {
    condition.name == cause.name
        && cause
            .provides
            .iter()
            .any(|provide| provide.name == cause.name && provide.overlaps(condition))
}
