//! The scriptlets and triggers of a new package.

use super::Builder;
use crate::header_writer::HeaderWriter;
use crate::trigger::{TriggerScope, TriggerTags};
use crate::{Dependency, Scriptlet, Trigger, Value};

impl Builder {
    pub(super) fn put_scripts(&self, writer: &mut HeaderWriter) {
        self.scriptlets
            .iter()
            .for_each(|scriptlet| put_scriptlet(writer, scriptlet));
        for scope in TriggerScope::ALL {
            let triggers: Vec<&Trigger> = self
                .triggers
                .iter()
                .filter(|trigger| trigger.scope == scope)
                .collect();
            if !triggers.is_empty() {
                put_trigger_scripts(writer, &triggers, &scope.tags());
                put_trigger_conditions(writer, &triggers, &scope.tags());
            }
        }
    }
}

fn put_scriptlet(writer: &mut HeaderWriter, scriptlet: &Scriptlet) {
    let (body, program, flags) = scriptlet.kind.tags();
    if !scriptlet.body.is_empty() {
        writer.put_str(body, &scriptlet.body);
    }
    match scriptlet.interpreter.as_slice() {
        [one] => writer.put_str(program, one),
        several => writer.put(program, Value::strings(several)),
    }
    if scriptlet.flags != 0 {
        writer.put_u32(flags, scriptlet.flags);
    }
}

fn put_trigger_scripts(writer: &mut HeaderWriter, triggers: &[&Trigger], tags: &TriggerTags) {
    writer.put(
        tags.scripts,
        Value::strings(triggers.iter().map(|trigger| &trigger.body)),
    );
    writer.put(
        tags.programs,
        Value::strings(triggers.iter().map(|trigger| trigger.interpreter.join(" "))),
    );
    writer.put(
        tags.script_flags,
        Value::U32(triggers.iter().map(|trigger| trigger.flags).collect()),
    );
    if let Some(tag) = tags.priorities {
        writer.put(
            tag,
            Value::U32(triggers.iter().map(|trigger| trigger.priority).collect()),
        );
    }
}

/// One row for each condition, which names the script it sets off by number.
fn put_trigger_conditions(writer: &mut HeaderWriter, triggers: &[&Trigger], tags: &TriggerTags) {
    let mut rows: Vec<(u32, u32, &Dependency)> = Vec::new();
    for (script, trigger) in triggers.iter().enumerate() {
        let flags = |condition: &Dependency| (condition.flags | trigger.event.flag()).0;
        rows.extend(
            trigger
                .conditions
                .iter()
                .map(|condition| (script as u32, flags(condition), condition)),
        );
    }
    writer.put(
        tags.names,
        Value::strings(rows.iter().map(|(_, _, condition)| &condition.name)),
    );
    writer.put(
        tags.versions,
        Value::strings(rows.iter().map(|(_, _, condition)| &condition.evr)),
    );
    writer.put(
        tags.flags,
        Value::U32(rows.iter().map(|(_, flags, _)| *flags).collect()),
    );
    writer.put(
        tags.index,
        Value::U32(rows.iter().map(|(script, ..)| *script).collect()),
    );
}
