//! In which order packages are installed: what a package needs comes before it.
//!
//! rpm sorts topologically by Requires and breaks loops at the weakest dependency (lib/order.c). Here it is
//! Tarjan's algorithm: strongly connected components come out dependencies first, and inside a loop the
//! dependencies of scriptlets (`Requires(pre)`, `Requires(post)`) are honoured once more without the rest.

/// A directed graph: for each package, the packages it needs; the flag marks needs of its scriptlets.
pub(crate) type Needs = Vec<Vec<(usize, bool)>>;

/// Every package after those it needs, as far as loops allow; otherwise in the given order.
pub(crate) fn order(needs: &Needs) -> Vec<usize> {
    let mut order = Vec::with_capacity(needs.len());
    for component in components(needs) {
        if component.len() == 1 {
            order.extend(component);
        } else {
            order.extend(order_loop(needs, component));
        }
    }
    order
}

/// Inside a loop only the needs of scriptlets count; if those go in circles too, the given order must do.
fn order_loop(needs: &Needs, mut members: Vec<usize>) -> Vec<usize> {
    members.sort_unstable();
    let position = |package: usize| members.binary_search(&package).ok();
    let strict = |package: &usize| {
        let kept = needs
            .get(*package)
            .into_iter()
            .flatten()
            .filter(|(_, script)| *script);
        kept.filter_map(|(other, _)| Some((position(*other)?, true)))
            .collect()
    };
    let inner: Needs = members.iter().map(strict).collect();
    components(&inner)
        .into_iter()
        .flatten()
        .filter_map(|index| members.get(index).copied())
        .collect()
}

/// Tarjan's strongly connected components, iteratively: a chain of thousands of packages must not end the stack.
fn components(needs: &Needs) -> Vec<Vec<usize>> {
    let mut search = Search::new(needs);
    for start in 0..needs.len() {
        search.visit_from(start);
    }
    search.found
}

const UNSEEN: usize = usize::MAX;

struct Search<'a> {
    needs: &'a Needs,
    index: Vec<usize>,
    low: Vec<usize>,
    open: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl<'a> Search<'a> {
    fn new(needs: &'a Needs) -> Self {
        let count = needs.len();
        Self {
            needs,
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
            match self.needs[node].get(next) {
                Some((other, _)) if self.index[*other] == UNSEEN => {
                    self.enter(*other);
                    path.push((*other, 0));
                }
                Some((other, _)) if self.open[*other] => {
                    self.low[node] = self.low[node].min(self.index[*other])
                }
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

    fn graph(edges: &[&[(usize, bool)]]) -> Needs {
        edges.iter().map(|edges| edges.to_vec()).collect()
    }

    #[test]
    fn needs_come_first() {
        let needs = graph(&[&[(2, false)], &[], &[(1, false)]]);
        assert_eq!(order(&needs), [1, 2, 0]);
    }

    #[test]
    fn without_needs_the_given_order_stays() {
        assert_eq!(order(&graph(&[&[], &[], &[]])), [0, 1, 2]);
    }

    #[test]
    fn in_a_loop_the_needs_of_scriptlets_count() {
        let needs = graph(&[&[(1, true)], &[(2, false)], &[(0, false)], &[(0, false)]]);
        let order = order(&needs);
        let at = |package| order.iter().position(|other| *other == package);
        assert!(at(1) < at(0), "{order:?}");
        assert_eq!(order.last(), Some(&3));
    }

    #[test]
    fn a_loop_of_scriptlets_still_gives_everyone_once() {
        let needs = graph(&[&[(1, true)], &[(0, true)]]);
        let mut order = order(&needs);
        order.sort_unstable();
        assert_eq!(order, [0, 1]);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_does_not_end_the_stack() {
        let needs: Needs = (0..100_000)
            .map(|i| if i == 0 { vec![] } else { vec![(i - 1, false)] })
            .collect();
        assert_eq!(order(&needs).first(), Some(&0));
    }
}
