//! Independent packages at the same time; the one that most waits for goes first.

use crate::spec::graph::Graph;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Does one name, given what those it needs came to.
type Work<'a, T, E> = &'a (dyn Fn(&str, &BTreeMap<String, T>) -> Result<T, E> + Sync);

/// What is open, what is being done and what is done.
struct State<T, E> {
    open: BTreeSet<String>,
    running: usize,
    done: BTreeMap<String, T>,
    failures: Vec<E>,
}

/// Does `work` for every name, as soon as all it needs is done, `jobs` at a time. After a failure nothing new is begun;
/// what runs is waited for.
///
/// # Errors
/// Everything that failed, in the order of failing.
pub(crate) fn run<T: Clone + Send, E: Send>(
    graph: &Graph,
    names: &BTreeSet<String>,
    priorities: &BTreeMap<String, Duration>,
    jobs: usize,
    work: Work<'_, T, E>,
) -> Result<BTreeMap<String, T>, Vec<E>> {
    let state = Mutex::new(State {
        open: names.clone(),
        running: 0,
        done: BTreeMap::new(),
        failures: Vec::new(),
    });
    let schedule = Schedule {
        graph,
        priorities,
        state,
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| schedule.serve(work));
        }
    });
    let state = schedule
        .state
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    match state.failures.is_empty() {
        true => Ok(state.done),
        false => Err(state.failures),
    }
}

struct Schedule<'a, T, E> {
    graph: &'a Graph,
    priorities: &'a BTreeMap<String, Duration>,
    state: Mutex<State<T, E>>,
    changed: Condvar,
}

impl<T: Clone + Send, E: Send> Schedule<'_, T, E> {
    fn serve(&self, work: Work<'_, T, E>) {
        while let Some((name, done)) = self.take() {
            let result = work(&name, &done);
            let mut state = self.lock();
            state.running -= 1;
            match result {
                Ok(value) => drop(state.done.insert(name, value)),
                Err(error) => state.failures.push(error),
            }
            self.changed.notify_all();
        }
    }

    /// Waits for something to do; nothing when there will be nothing any more.
    fn take(&self) -> Option<(String, BTreeMap<String, T>)> {
        let mut state = self.lock();
        loop {
            if state.open.is_empty() || !state.failures.is_empty() {
                return None;
            }
            if let Some(name) = self.next(&state) {
                state.open.remove(&name);
                state.running += 1;
                return Some((name, state.done.clone()));
            }
            if state.running == 0 {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }

    fn next(&self, state: &State<T, E>) -> Option<String> {
        let ready = |name: &&String| self.graph.needs(name).all(|need| state.done.contains_key(need));
        let priority = |name: &&String| self.priorities.get(*name).copied().unwrap_or_default();
        state.open.iter().filter(ready).max_by_key(priority).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<T, E>> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> (Graph, BTreeSet<String>) {
        let mut graph = Graph::default();
        graph.add("lib", []);
        graph.add("tool", ["lib".to_owned()]);
        graph.add("alone", []);
        let names = ["lib", "tool", "alone"].map(str::to_owned).into();
        (graph, names)
    }

    #[test]
    fn what_is_needed_comes_first_and_the_longest_way_before_others() {
        let (graph, names) = graph();
        let priorities = graph.critical_paths(&|_| Duration::from_secs(1));
        let order = Mutex::new(Vec::new());
        let work = |name: &str, _: &BTreeMap<String, ()>| {
            order.lock().unwrap().push(name.to_owned());
            Ok::<(), ()>(())
        };
        run(&graph, &names, &priorities, 1, &work).unwrap();
        assert_eq!(order.into_inner().unwrap()[0], "lib");
    }

    #[test]
    fn two_that_are_independent_run_at_the_same_time() {
        let (graph, names) = graph();
        let barrier = std::sync::Barrier::new(2);
        let work = |name: &str, _: &BTreeMap<String, ()>| {
            if name != "tool" {
                barrier.wait();
            }
            Ok::<(), ()>(())
        };
        run(&graph, &names, &BTreeMap::new(), 2, &work).unwrap();
    }

    #[test]
    fn after_a_failure_nothing_that_needs_it_is_begun() {
        let (graph, names) = graph();
        let work = |name: &str, _: &BTreeMap<String, ()>| match name {
            "lib" => Err("lib failed"),
            "tool" => panic!("its library is not there"),
            _ => Ok(()),
        };
        let failures = run(&graph, &names, &BTreeMap::new(), 2, &work).unwrap_err();
        assert_eq!(failures, ["lib failed"]);
    }
}
