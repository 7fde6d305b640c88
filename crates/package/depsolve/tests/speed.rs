//! A large repository is solved in a fraction of a second of CPU time.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use depsolve::{Identity, PackageList, PackageRecord, PoolBuilder, Relation, RelationKind};
use support::action;

const PACKAGES: usize = 20_000;
const CLOSURE: usize = 1_000;

/// Five times what it takes, so that only a mistake in the method is found, not a busy machine.
const LIMIT_MS: u64 = 500;

/// CPU time of this thread in nanoseconds (proc(5), `schedstat`).
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("/proc is mounted");
    text.split(' ').next().unwrap().parse().unwrap()
}

/// The first thousand packages need each other in many ways; every package has a library and a file.
fn repository() -> PackageList {
    let mut list = PackageList::new();
    for number in 0..PACKAGES {
        let name = format!("package{number}");
        let identity = Identity {
            name: &name,
            epoch: 0,
            version: "1",
            release: "1",
            arch: "noarch",
        };
        let mut record = PackageRecord::new(identity);
        let relate = |record: &mut PackageRecord, kind, name: &str, flags, evr| {
            record.relate(kind, Relation { name, flags, evr });
        };
        relate(&mut record, RelationKind::Provides, &name, 8, "1-1");
        relate(
            &mut record,
            RelationKind::Provides,
            &format!("lib{number}.so.1()(64bit)"),
            0,
            "",
        );
        relate(
            &mut record,
            RelationKind::Provides,
            &format!("any{}", number % 100),
            0,
            "",
        );
        record.add_file(format!("/usr/bin/tool{number}"));
        for step in [1, 7, 31, 101, 211] {
            let other = if number < CLOSURE {
                (number + step) % CLOSURE
            } else {
                (number * 13 + step) % PACKAGES
            };
            relate(
                &mut record,
                RelationKind::Requires,
                &format!("lib{other}.so.1()(64bit)"),
                0,
                "",
            );
        }
        relate(
            &mut record,
            RelationKind::Requires,
            &format!("any{}", number % 100),
            0,
            "",
        );
        relate(&mut record, RelationKind::Requires, "/usr/bin/tool0", 0, "");
        relate(
            &mut record,
            RelationKind::Requires,
            "(package1 if package2 else package3)",
            0,
            "",
        );
        list.push(record);
    }
    list
}

#[test]
fn a_thousand_of_twenty_thousand_are_solved_quickly() {
    let (nothing, list) = (PackageList::new(), repository());
    let start = cpu_ns();
    let pool = PoolBuilder::new()
        .installed(&nothing)
        .available("repo", &list, 50)
        .build();
    let job = depsolve::Job {
        actions: vec![action(&pool, "install package0")],
        ..Default::default()
    };
    let solution = depsolve::solve(&pool, &job).expect("solvable");
    let spent = (cpu_ns() - start) / 1_000_000;
    assert!(
        (CLOSURE..CLOSURE + 10).contains(&solution.installed.len()),
        "{}",
        solution.installed.len()
    );
    assert!(spent < LIMIT_MS, "{spent} ms of CPU time");
    eprintln!("{} packages in {spent} ms of CPU time", solution.installed.len());
}
