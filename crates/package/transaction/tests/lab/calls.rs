//! Calls of scripts in the log of a root, and what order of real rpm's calls is ours.

/// A call in the log of a root, with its input.
struct Call<'l> {
    /// The words that say what it is: `%pre`, or `Package PreIn 100 of`.
    kind: &'l str,
    /// Name and version.
    package: &'l str,
    text: &'l str,
}

fn calls(log: &str) -> Vec<Call<'_>> {
    let mut starts: Vec<usize> = log.match_indices('\n').map(|(end, _)| end + 1).collect();
    starts.insert(0, 0);
    starts.retain(|start| !log[*start..].starts_with(' ') && *start < log.len());
    let ends = starts.iter().skip(1).copied().chain([log.len()]);
    let call = |(start, end): (&usize, usize)| {
        let text = &log[*start..end];
        let words = text.split_once(": ").unwrap().0;
        let (kind, package) = words.rsplit_once(' ').unwrap();
        Call { kind, package, text }
    };
    starts.iter().zip(ends).map(call).collect()
}

/// When it runs here.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// Before the decision: what may refuse, and what runs before it in rpm.
    Before,
    /// When all files are there, in rpm's order.
    After,
}

/// Whether the trigger is that of a package which the same version replaces. Both say the same, so it is one or the other
/// only by number: of those that the same package sets off, one half. The replaced one is on the disk: it need not wait.
fn is_of_the_replaced(calls: &[Call<'_>], number: usize) -> bool {
    let call = &calls[number];
    let goes = |other: &Call<'_>| other.kind == "%postun" && other.package == call.package;
    let is_cause = |later: &Call<'_>| later.kind == "%pre";
    let cause = |at: usize| calls[at..].iter().position(is_cause).map(|steps| at + steps);
    let alike = |at: &usize| calls[*at].text == call.text && cause(*at) == cause(number);
    let before = (0..number).filter(alike).count();
    let all = (0..calls.len()).filter(alike).count();
    calls.iter().any(goes) && before < all / 2
}

/// Calls of real rpm in our order. It differs from rpm's in what makes a transaction refusable, and in nothing else:
/// what rpm runs before the files of a package come, or of one go for good, runs before all files here. The trigger of a
/// package that comes itself cannot: it keeps its place.
pub(crate) fn in_our_order(log: &str, upgrade: bool) -> String {
    let calls = calls(log);
    let moment = |(number, call): (usize, &Call<'_>)| {
        let cause = calls[number..].iter().find(|later| later.kind == "%pre");
        let arrived = calls[..number]
            .iter()
            .any(|earlier| earlier.kind == "%pre" && earlier.package == call.package);
        match call.kind {
            "%pretrans" | "%pre" | "%preuntrans" => Moment::Before,
            kind if kind.starts_with("Transaction Un") => Moment::Before,
            kind if kind.starts_with("Package PreIn") => {
                let waits = arrived && cause.is_some_and(|cause| cause.package != call.package);
                match waits && !is_of_the_replaced(&calls, number) {
                    true => Moment::After,
                    false => Moment::Before,
                }
            }
            "%preun" if !upgrade => Moment::Before,
            kind if !upgrade && (kind.starts_with("Package Un") || kind.starts_with("File Un")) => {
                Moment::Before
            }
            _ => Moment::After,
        }
    };
    let mut ours: Vec<(Moment, &str)> = calls
        .iter()
        .enumerate()
        .map(|numbered| (moment(numbered), numbered.1.text))
        .collect();
    ours.sort_by(|(a, _), (b, _)| a.cmp(b));
    ours.into_iter().map(|(_, text)| text).collect()
}
