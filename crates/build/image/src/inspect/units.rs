//! Which units start by themselves, and what a unit file says.

use crate::error::Error;
use crate::inspect::root_view::RootView;
use std::collections::BTreeSet;

/// Unit folders by precedence (systemd.unit(5), "Unit File Load Path").
const FOLDERS: [&str; 2] = ["/etc/systemd/system", "/usr/lib/systemd/system"];
const PULLING: [&str; 3] = [".wants", ".requires", ".upholds"];

/// Units that another unit pulls in by a link: those enabled in /etc and those that packages pull in for good.
pub(crate) fn enabled(view: &RootView) -> Result<BTreeSet<String>, Error> {
    let mut units = BTreeSet::new();
    for folder in FOLDERS {
        for name in view.names(folder)? {
            if PULLING.iter().any(|ending| name.ends_with(ending)) {
                units.extend(view.names(&format!("{folder}/{name}"))?);
            }
        }
    }
    units.retain(|unit| !is_masked(view, unit));
    Ok(units)
}

fn is_masked(view: &RootView, unit: &str) -> bool {
    view.link(&format!("{}/{unit}", FOLDERS[0]))
        .is_some_and(|target| target == "/dev/null")
}

/// All values of a setting, with drop-ins; an empty value forgets the earlier ones (systemd.syntax(7)).
pub(crate) fn values(view: &RootView, unit: &str, key: &str) -> Result<Vec<String>, Error> {
    let mut texts: Vec<String> = main_file(view, unit).into_iter().collect();
    for folder in FOLDERS.iter().rev() {
        let folder = format!("{folder}/{unit}.d");
        let names = view.names(&folder)?;
        texts.extend(
            names
                .iter()
                .filter_map(|name| view.text(&format!("{folder}/{name}"))),
        );
    }
    Ok(collect(&texts, key))
}

fn main_file(view: &RootView, unit: &str) -> Option<String> {
    let (name, template) = (unit.to_owned(), template(unit));
    let candidates = std::iter::once(name).chain(template);
    let mut paths = candidates.flat_map(|name| FOLDERS.map(|folder| format!("{folder}/{name}")));
    paths.find_map(|path| view.text(&path))
}

/// `getty@.service` for `getty@tty1.service`.
fn template(unit: &str) -> Option<String> {
    let (name, rest) = unit.split_once('@')?;
    let (_, kind) = rest.rsplit_once('.')?;
    Some(format!("{name}@.{kind}"))
}

fn collect(texts: &[String], key: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        match line
            .split_once('=')
            .map(|(name, value)| (name.trim(), value.trim()))
        {
            Some((name, "")) if name == key => found.clear(),
            Some((name, value)) if name == key => found.push(value.to_owned()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_forgets_the_earlier_ones() {
        let texts = [
            "[Socket]\nListenStream=22\nListenStream = 23\n".into(),
            "ListenStream=\nListenStream=2222".into(),
        ];
        assert_eq!(collect(&texts, "ListenStream"), ["2222"]);
        assert_eq!(collect(&texts[..1], "ListenStream"), ["22", "23"]);
    }

    #[test]
    fn instances_use_their_template() {
        assert_eq!(template("getty@tty1.service").as_deref(), Some("getty@.service"));
        assert_eq!(template("sshd.service"), None);
    }
}
