//! Lists that an old request changes by naming what comes or goes; the API sets them as a whole.

use serde_json::Value;

/// What is done with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merge {
    /// It is what was named.
    Set,
    /// What was named comes behind what is there.
    Add,
    /// What was named goes.
    Remove,
}

impl Merge {
    /// What is there, after it.
    pub(crate) fn apply(self, present: Vec<String>, named: Vec<String>) -> Vec<String> {
        let without = |list: Vec<String>, others: &[String]| -> Vec<String> {
            list.into_iter().filter(|value| !others.contains(value)).collect()
        };
        match self {
            Merge::Set => named,
            Merge::Remove => without(present, &named),
            Merge::Add => {
                let new = without(named, &present);
                present.into_iter().chain(new).collect()
            }
        }
    }
}

/// The texts in a member of an answer.
pub(crate) fn texts(answer: &Value, member: &str) -> Vec<String> {
    let items = answer.get(member).and_then(Value::as_array).into_iter().flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}
