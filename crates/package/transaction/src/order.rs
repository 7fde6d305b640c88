//! In which order packages are installed, and in which they are removed: rpm's (lib/order.c).
//!
//! Knuth's topological sort (The Art of Computer Programming, 2.2.3, algorithm T) with a queue that is sorted: what most
//! others wait for comes first, and of equals the one that was ready last. Packages that need each other in a circle
//! are one element of it; inside, the circle is opened where it is farthest from a scriptlet's need.

use std::collections::VecDeque;

/// Who must come after whom.
pub(crate) struct Relations {
    /// For each element those that wait for it, in the order in which this was found out.
    followers: Vec<Vec<usize>>,
    /// For each element those that it waits for, and whether a scriptlet does.
    leaders: Vec<Vec<(usize, bool)>>,
}

impl Relations {
    /// Elements that do not know each other.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            followers: vec![Vec::new(); count],
            leaders: vec![Vec::new(); count],
        }
    }

    /// One waits for another.
    pub(crate) fn add(&mut self, later: usize, earlier: usize, for_script: bool) {
        let (Some(leaders), Some(followers)) = (self.leaders.get_mut(later), self.followers.get_mut(earlier))
        else {
            return;
        };
        if later == earlier {
            return;
        }
        match leaders.iter_mut().find(|(known, _)| *known == earlier) {
            Some((_, known)) => *known |= for_script,
            None => {
                leaders.push((earlier, for_script));
                followers.push(later);
            }
        }
    }

    /// Every element after those it waits for, as far as circles allow.
    pub(crate) fn order(&self) -> Vec<usize> {
        Sorting::new(self).run()
    }
}

/// Elements that wait for each other.
struct Circle {
    members: Vec<usize>,
    /// How many needs of its members are of others and not met yet.
    outside: usize,
}

/// Where an element belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    Alone,
    /// To the circle of this number.
    Circle(usize),
    Done,
}

struct Sorting<'a> {
    relations: &'a Relations,
    /// How many others each element still waits for.
    waits: Vec<usize>,
    belongs: Vec<Belongs>,
    circles: Vec<Circle>,
    order: Vec<usize>,
}

type Queue = VecDeque<usize>;

impl<'a> Sorting<'a> {
    fn new(relations: &'a Relations) -> Self {
        let mut sorting = Self {
            relations,
            waits: relations.leaders.iter().map(Vec::len).collect(),
            belongs: vec![Belongs::Alone; relations.leaders.len()],
            circles: Vec::new(),
            order: Vec::with_capacity(relations.leaders.len()),
        };
        for members in components(&relations.followers) {
            if members.len() > 1 {
                sorting.circle(members);
            }
        }
        sorting
    }

    fn circle(&mut self, members: Vec<usize>) {
        let number = Belongs::Circle(self.circles.len());
        for member in &members {
            self.belongs[*member] = number;
        }
        let leaders = members.iter().flat_map(|member| &self.relations.leaders[*member]);
        let outside = leaders
            .filter(|(other, _)| self.belongs[*other] != number)
            .count();
        self.circles.push(Circle { members, outside });
    }

    fn run(mut self) -> Vec<usize> {
        let mut queue = Queue::new();
        for element in 0..self.waits.len() {
            if self.waits[element] == 0 {
                self.enqueue(element, &mut queue);
            }
        }
        for circle in 0..self.circles.len() {
            if self.circles[circle].outside == 0 {
                self.enqueue(self.circles[circle].members[0], &mut queue);
            }
        }
        while let Some(element) = queue.pop_front() {
            match self.belongs[element] {
                Belongs::Circle(number) => self.take_circle(number, &mut queue),
                _ => self.take(element, &mut queue, None),
            }
        }
        self.order
    }

    /// Before the first that no more others wait for.
    fn enqueue(&self, element: usize, queue: &mut Queue) {
        let weight = |element: &usize| self.relations.followers[*element].len();
        let place = queue.iter().position(|other| weight(other) <= weight(&element));
        queue.insert(place.unwrap_or(queue.len()), element);
    }

    /// Take an element, and queue those that are free then: those of another circle in the queue outside, if we are in
    /// one.
    fn take(&mut self, element: usize, queue: &mut Queue, mut outer: Option<&mut Queue>) {
        self.order.push(element);
        let own = self.belongs[element];
        for follower in self.relations.followers[element].iter().rev().copied() {
            let its = self.belongs[follower];
            if its == Belongs::Done {
                continue;
            }
            self.waits[follower] = self.waits[follower].saturating_sub(1);
            let mut ready = self.waits[follower] == 0;
            if let Belongs::Circle(number) = its
                && its != own
            {
                self.circles[number].outside -= 1;
                ready |= self.circles[number].outside == 0;
            }
            match (&mut outer, ready) {
                (Some(outer), true) if its != own => self.enqueue(follower, outer),
                (_, true) => self.enqueue(follower, queue),
                _ => {}
            }
        }
        self.belongs[element] = Belongs::Done;
    }

    /// Take all members of a circle: first the one farthest from a scriptlet's need, and what that frees.
    fn take_circle(&mut self, number: usize, outer: &mut Queue) {
        let distances = self.distances(number);
        let members = self.circles[number].members.clone();
        loop {
            let left = members.iter().zip(&distances);
            let left = left.filter(|(member, _)| self.belongs[**member] != Belongs::Done);
            let Some((farthest, _)) = left.max_by_key(|(_, distance)| **distance) else {
                return;
            };
            let mut inner = Queue::from([*farthest]);
            while let Some(element) = inner.pop_front() {
                self.take(element, &mut inner, Some(outer));
            }
        }
    }

    /// How far each member is from one whose scriptlets need another, along what they need.
    fn distances(&self, number: usize) -> Vec<usize> {
        let members = &self.circles[number].members;
        let place = |element: usize| members.iter().position(|member| *member == element);
        let inside = |member: usize| {
            self.relations.leaders[member]
                .iter()
                .filter_map(|(other, script)| Some((place(*other)?, *script)))
                .collect::<Vec<_>>()
        };
        let needs: Vec<_> = members.iter().map(|member| inside(*member)).collect();
        let first = |needs: &Vec<(usize, bool)>| needs.iter().any(|(_, script)| *script);
        let mut distances: Vec<usize> = needs
            .iter()
            .map(|needs| if first(needs) { 0 } else { usize::MAX })
            .collect();
        let mut queue: Queue = (0..needs.len()).filter(|at| distances[*at] == 0).collect();
        while let Some(at) = queue.pop_front() {
            for (next, _) in &needs[at] {
                if distances[*next] > distances[at] + 1 {
                    distances[*next] = distances[at] + 1;
                    queue.push_back(*next);
                }
            }
        }
        distances
    }
}

/// Tarjan's strongly connected components, iteratively: a chain of thousands of packages must not end the stack.
fn components(followers: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search::new(followers);
    for start in 0..followers.len() {
        search.visit_from(start);
    }
    search.found
}

const UNSEEN: usize = usize::MAX;

struct Search<'a> {
    followers: &'a [Vec<usize>],
    index: Vec<usize>,
    low: Vec<usize>,
    open: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl<'a> Search<'a> {
    fn new(followers: &'a [Vec<usize>]) -> Self {
        let count = followers.len();
        Self {
            followers,
            index: vec![UNSEEN; count],
            low: vec![0; count],
            open: vec![false; count],
            stack: Vec::new(),
            next: 0,
            found: Vec::new(),
        }
    }

    fn visit_from(&mut self, start: usize) {
        if self.index[start] != UNSEEN {
            return;
        }
        let mut path = vec![(start, 0)];
        self.enter(start);
        while let Some((node, edge)) = path.last_mut() {
            let (node, next) = (*node, *edge);
            *edge += 1;
            match self.followers[node].iter().rev().nth(next) {
                Some(other) if self.index[*other] == UNSEEN => {
                    self.enter(*other);
                    path.push((*other, 0));
                }
                Some(other) if self.open[*other] => self.low[node] = self.low[node].min(self.index[*other]),
                Some(_) => {}
                None => {
                    path.pop();
                    self.leave(node, path.last().map(|(parent, _)| *parent));
                }
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.index[node] = self.next;
        self.low[node] = self.next;
        self.next += 1;
        self.stack.push(node);
        self.open[node] = true;
    }

    fn leave(&mut self, node: usize, parent: Option<usize>) {
        if let Some(parent) = parent {
            self.low[parent] = self.low[parent].min(self.low[node]);
        }
        if self.low[node] != self.index[node] {
            return;
        }
        let mut component = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.open[member] = false;
            component.push(member);
            if member == node {
                break;
            }
        }
        component.reverse();
        self.found.push(component);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of elements that wait for others: later, earlier, whether for a scriptlet.
    fn order(count: usize, needs: &[(usize, usize, bool)]) -> Vec<usize> {
        let mut relations = Relations::new(count);
        for (later, earlier, for_script) in needs {
            relations.add(*later, *earlier, *for_script);
        }
        relations.order()
    }

    #[test]
    fn needs_come_first() {
        assert_eq!(order(3, &[(0, 2, false), (2, 1, false)]), [1, 2, 0]);
    }

    #[test]
    fn of_equals_the_last_comes_first_but_what_others_wait_for_before() {
        assert_eq!(order(3, &[]), [2, 1, 0]);
        assert_eq!(order(4, &[(3, 0, false)]), [0, 3, 2, 1]);
    }

    #[test]
    fn in_a_circle_the_needs_of_scriptlets_count() {
        let order = order(4, &[(0, 1, true), (1, 2, false), (2, 0, false), (3, 0, false)]);
        let at = |package| order.iter().position(|other| *other == package);
        assert!(at(1) < at(0), "{order:?}");
        assert_eq!(order.last(), Some(&3));
    }

    #[test]
    fn circles_of_scriptlets_still_give_everyone_once() {
        let needs = [
            (0, 1, true),
            (1, 0, true),
            (2, 3, true),
            (3, 2, false),
            (2, 0, true),
        ];
        let mut order = order(4, &needs);
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3]);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_does_not_end_the_stack() {
        let needs: Vec<_> = (1..100_000).map(|i| (i, i - 1, false)).collect();
        assert_eq!(order(100_000, &needs).first(), Some(&0));
    }
}
