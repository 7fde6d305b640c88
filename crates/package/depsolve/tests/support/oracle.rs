//! libsolv, asked through its Python binding: one process for many problems.

use std::io::Write as _;
use std::process::{Command, Stdio};

use depsolve::RelationKind;
use serde_json::{Map, Value, json};

use super::scenario::Scenario;
use super::{PRIORITY, Spec};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/oracle.py");

/// What libsolv says: everything that is installed afterwards, or why not.
#[derive(Debug)]
pub struct Answer {
    pub installed: Option<Vec<String>>,
    pub problems: Vec<String>,
}

/// Asks about all scenarios, in order.
pub fn ask(scenarios: &[Scenario]) -> Vec<Answer> {
    let text: String = scenarios
        .iter()
        .map(|scenario| format!("{}\n", problem(scenario)))
        .collect();
    // Debian's own interpreter: the binding belongs to that one.
    let mut child = Command::new("/usr/bin/python3")
        .arg(PROGRAM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is missing: install the packages python3 and python3-solv");
    let mut stdin = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("python3 runs");
    let written = writer.join().expect("the writer ends");
    assert!(
        output.status.success() && written.is_ok(),
        "libsolv cannot be asked: is python3-solv installed? {}",
        output.status
    );
    let answers: Vec<Answer> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(answer)
        .collect();
    assert_eq!(answers.len(), scenarios.len());
    answers
}

fn answer(line: &str) -> Answer {
    let value: Value = serde_json::from_str(line).expect("JSON");
    let strings = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.map(|one| one.as_str().unwrap_or_default().to_owned())
            .collect()
    };
    Answer {
        installed: value["installed"]
            .as_array()
            .map(|_| strings(&value["installed"])),
        problems: strings(&value["problems"]),
    }
}

fn problem(scenario: &Scenario) -> Value {
    let jobs: Vec<(&str, &str)> = scenario
        .job
        .split(';')
        .map(str::trim)
        .map(|part| part.split_once(' ').unwrap_or((part, "")))
        .collect();
    json!({
        "repos": {"system": 0, "main": PRIORITY, "other": scenario.priority},
        "packages": scenario.world.specs.iter().map(package).collect::<Vec<_>>(),
        "jobs": jobs,
        "weak": scenario.weak,
        "best": scenario.best,
        "allow_erasing": scenario.allow_erasing,
        "installonly": scenario.installonly,
        "locked": scenario.locked,
    })
}

fn package(spec: &Spec) -> Value {
    let mut relations: Map<String, Value> = Map::new();
    let own = (
        RelationKind::Provides,
        format!("{} = {}-1", spec.name, spec.version),
    );
    let files = spec
        .files
        .iter()
        .map(|file| (RelationKind::Provides, file.clone()));
    for (kind, text) in [own].into_iter().chain(spec.relations.clone()).chain(files) {
        let list = relations
            .entry(format!("{kind:?}").to_lowercase())
            .or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(text.into());
        }
    }
    json!({
        "repo": match (spec.installed, spec.other) {
            (true, _) => "system",
            (false, false) => "main",
            (false, true) => "other",
        },
        "name": spec.name,
        "evr": format!("{}-1", spec.version),
        "arch": spec.arch(),
        "excluded": spec.excluded && !spec.installed,
        "relations": relations,
    })
}
