//! Do the same with many things, several at once.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::Error;

/// Does `work` with every item by so many threads (0: one per processor), this one included; the results are in the order of
/// the items. After a failure nothing more is begun; of several failures one is told.
pub(crate) fn map<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(usize, &T) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else {
                return Ok(());
            };
            match work(number, item) {
                Ok(result) => lock(&done).push((number, result)),
                Err(error) => {
                    next.store(items.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    at_once(count(threads).min(items.len()), &worker)?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

fn at_once(threads: usize, worker: &(dyn Fn() -> Result<(), Error> + Sync)) -> Result<(), Error> {
    thread::scope(|scope| {
        let started: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let own = worker();
        let others = started.into_iter().map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        others.fold(own, Result::and)
    })
}

fn count(wanted: usize) -> usize {
    match wanted {
        0 => thread::available_parallelism().map_or(1, NonZero::get),
        wanted => wanted,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for threads in [0, 1, 3] {
            let items: Vec<usize> = (0..100).collect();
            let doubled = map(threads, &items, |number, item| Ok(number + item)).unwrap();
            assert!(
                doubled
                    .iter()
                    .enumerate()
                    .all(|(number, result)| *result == 2 * number)
            );
        }
        assert!(map(0, &[] as &[u8], |_, _| Ok(())).unwrap().is_empty());
    }

    #[test]
    fn after_a_failure_nothing_is_begun() {
        let begun = AtomicUsize::new(0);
        let outcome = map(1, &[0; 10], |number, _| {
            begun.fetch_add(1, Ordering::Relaxed);
            if number == 3 { Err(Error::Stopped) } else { Ok(()) }
        });
        assert!(matches!(outcome, Err(Error::Stopped)));
        assert_eq!(begun.into_inner(), 4);
    }
}
