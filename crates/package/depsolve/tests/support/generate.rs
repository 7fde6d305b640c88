//! Problems made from a number: the same number, the same problem.

use depsolve::RelationKind;

use super::{Spec, World};

/// Xorshift: enough to make problems, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }
}

const NAMES: usize = 12;
const CAPABILITIES: [&str; 5] = ["capa", "capb", "capc", "capd", "cape"];
const FILES: [&str; 3] = ["/bin/one", "/bin/two", "/bin/three"];

/// A world of a dozen names in up to three versions each, and a job that asks for one or two of them.
pub fn problem(seed: u64, rich: bool) -> (World, String) {
    let mut random = Random::new(seed);
    let mut specs = Vec::new();
    for number in 0..NAMES {
        for version in 1..=1 + random.below(3) {
            specs.push(available(&mut random, number, version, rich));
        }
    }
    let installed = if seed.is_multiple_of(2) {
        Vec::new()
    } else {
        consistent(&mut random)
    };
    specs.extend(installed);
    let world = World::of(specs);
    let wanted: Vec<String> = (0..1 + random.below(3))
        .map(|_| name(random.below(NAMES)))
        .collect();
    (
        world,
        wanted
            .iter()
            .map(|name| format!("install {name}"))
            .collect::<Vec<_>>()
            .join("; "),
    )
}

fn name(number: usize) -> String {
    format!("p{number}")
}

fn available(random: &mut Random, number: usize, version: usize, rich: bool) -> Spec {
    let mut relations = Vec::new();
    let mut files = Vec::new();
    if random.chance(35) {
        let capability = *random.pick(&CAPABILITIES);
        let text = if random.chance(60) {
            format!("{capability} = {}", 1 + random.below(3))
        } else {
            capability.to_owned()
        };
        relations.push((RelationKind::Provides, text));
    }
    if random.chance(15) {
        files.push((*random.pick(&FILES)).to_owned());
    }
    for _ in 0..random.below(4) {
        relations.push((RelationKind::Requires, requirement(random, rich)));
    }
    if random.chance(30) {
        relations.push((RelationKind::Conflicts, relation(random)));
    }
    if random.chance(10) {
        relations.push((RelationKind::Obsoletes, versioned(random)));
    }
    Spec {
        installed: false,
        name: name(number),
        version: version.to_string(),
        relations,
        files,
        ..Spec::default()
    }
}

fn requirement(random: &mut Random, rich: bool) -> String {
    if !rich || random.chance(50) {
        return if random.chance(8) {
            (*random.pick(&FILES)).to_owned()
        } else {
            relation(random)
        };
    }
    let (a, b, c) = (relation(random), relation(random), relation(random));
    match random.below(7) {
        0 => format!("({a} and {b})"),
        1 => format!("({a} or {b})"),
        2 => format!("({a} if {b})"),
        3 => format!("({a} if {b} else {c})"),
        4 => format!("({a} with {b})"),
        5 => format!("({a} without {b})"),
        _ => format!("({a} or {b} or {c})"),
    }
}

fn relation(random: &mut Random) -> String {
    if random.chance(40) {
        let capability = *random.pick(&CAPABILITIES);
        return match random.below(3) {
            0 => format!("{capability} >= {}", 1 + random.below(3)),
            _ => capability.to_owned(),
        };
    }
    versioned(random)
}

fn versioned(random: &mut Random) -> String {
    let name = name(random.below(NAMES));
    match random.below(5) {
        0 => format!("{name} < {}", 2 + random.below(2)),
        1 => format!("{name} >= {}", 1 + random.below(3)),
        2 => format!("{name} = {}-1", 1 + random.below(3)),
        _ => name,
    }
}

/// Installed packages without relations to packages that may come, so that they are consistent.
fn consistent(random: &mut Random) -> Vec<Spec> {
    let mut specs = Vec::new();
    for number in 0..NAMES {
        if random.chance(30) {
            let mut relations = Vec::new();
            if random.chance(30) {
                relations.push((RelationKind::Provides, (*random.pick(&CAPABILITIES)).to_owned()));
            }
            specs.push(Spec {
                installed: true,
                name: name(number),
                version: "0".to_owned(),
                relations,
                ..Spec::default()
            });
        }
    }
    specs
}
