//! What a change does to a file, as `diff -u` shows it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::session::Change;

const CONTEXT: usize = 3;
/// Beyond this many pairs of lines the middle is shown as replaced.
const MOST_PAIRS: usize = 4_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Same,
    Gone,
    New,
}

/// The unified diff of one file; private keys are not shown.
pub fn unified(change: &Change) -> String {
    let name = |bytes: &Option<Vec<u8>>| match bytes {
        Some(_) => change.path.display().to_string(),
        None => "/dev/null".to_owned(),
    };
    let (before, after) = (text_of(&change.before), text_of(&change.after));
    let (old, new) = (shown(change, &before), shown(change, &after));
    let mut text = format!("--- {}\n+++ {}\n", name(&change.before), name(&change.after));
    for hunk in hunks(&steps(&old, &new)) {
        write_hunk(&mut text, &hunk, &old, &new);
    }
    text
}

/// Of a file that is nothing but a key, only whether there is one.
fn shown<'a>(change: &Change, text: &'a Option<Cow<'_, str>>) -> Vec<Cow<'a, str>> {
    match (networkd::is_key_file(&change.path), text) {
        (_, None) => Vec::new(),
        (true, Some(_)) => vec!["(not shown)".into()],
        (false, Some(text)) => text.lines().map(hide_key).collect(),
    }
}

fn text_of(bytes: &Option<Vec<u8>>) -> Option<Cow<'_, str>> {
    bytes.as_deref().map(String::from_utf8_lossy)
}

/// A file's text with its keys hidden.
pub(crate) fn without_keys(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines()
        .flat_map(|line| [hide_key(line), "\n".into()])
        .collect()
}

/// Keys do not belong on screens or in logs.
fn hide_key(line: &str) -> Cow<'_, str> {
    match line.split_once('=') {
        Some((key, _)) if matches!(key.trim(), "PrivateKey" | "PresharedKey" | "WakeOnLanPassword") => {
            format!("{key}=(not shown)").into()
        }
        _ => line.into(),
    }
}

/// The steps from old to new: what both have at the ends, and the longest common subsequence between.
fn steps(old: &[Cow<'_, str>], new: &[Cow<'_, str>]) -> Vec<Step> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let mut steps = vec![Step::Same; start];
    steps.extend(middle(old, new));
    steps.extend(vec![Step::Same; end]);
    steps
}

fn middle(old: &[Cow<'_, str>], new: &[Cow<'_, str>]) -> Vec<Step> {
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return [vec![Step::Gone; old.len()], vec![Step::New; new.len()]].concat();
    }
    let lengths = common_lengths(old, new);
    let (mut i, mut j) = (0, 0);
    let mut steps = Vec::new();
    while i < old.len() || j < new.len() {
        let step = match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => Step::Same,
            (Some(_), Some(_)) if lengths[i + 1][j] >= lengths[i][j + 1] => Step::Gone,
            (Some(_), None) => Step::Gone,
            _ => Step::New,
        };
        i += usize::from(step != Step::New);
        j += usize::from(step != Step::Gone);
        steps.push(step);
    }
    steps
}

/// `[i][j]`: how long the longest common subsequence of `old[i..]` and `new[j..]` is.
fn common_lengths(old: &[Cow<'_, str>], new: &[Cow<'_, str>]) -> Vec<Vec<u32>> {
    let mut lengths = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i][j] = match old[i] == new[j] {
                true => lengths[i + 1][j + 1] + 1,
                false => lengths[i + 1][j].max(lengths[i][j + 1]),
            };
        }
    }
    lengths
}

/// A run of steps, and how many lines of old and new come before it.
struct Hunk {
    old: usize,
    new: usize,
    steps: Vec<Step>,
}

fn hunks(steps: &[Step]) -> Vec<Hunk> {
    let near = |at: usize| {
        let around = &steps[at.saturating_sub(CONTEXT)..steps.len().min(at + CONTEXT + 1)];
        around.iter().any(|step| *step != Step::Same)
    };
    let (mut old, mut new) = (0, 0);
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut open = false;
    for (at, step) in steps.iter().enumerate() {
        if near(at) {
            if !open {
                hunks.push(Hunk {
                    old,
                    new,
                    steps: Vec::new(),
                });
            }
            hunks
                .last_mut()
                .into_iter()
                .for_each(|hunk| hunk.steps.push(*step));
        }
        open = near(at);
        old += usize::from(*step != Step::New);
        new += usize::from(*step != Step::Gone);
    }
    hunks
}

fn write_hunk(text: &mut String, hunk: &Hunk, old: &[Cow<'_, str>], new: &[Cow<'_, str>]) {
    let count = |without: Step| hunk.steps.iter().filter(|step| **step != without).count();
    let range = |before: usize, count: usize| format!("{},{count}", before + usize::from(count > 0));
    let (olds, news) = (
        range(hunk.old, count(Step::New)),
        range(hunk.new, count(Step::Gone)),
    );
    let _ = writeln!(text, "@@ -{olds} +{news} @@");
    let (mut i, mut j) = (hunk.old, hunk.new);
    for step in &hunk.steps {
        let (sign, line) = match step {
            Step::Same => (' ', &old[i]),
            Step::Gone => ('-', &old[i]),
            Step::New => ('+', &new[j]),
        };
        let _ = writeln!(text, "{sign}{line}");
        i += usize::from(*step != Step::New);
        j += usize::from(*step != Step::Gone);
    }
}
