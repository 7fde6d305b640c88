//! `pkg`: the verbs of tdnf.
//!
//! Which repositories are used and whether signatures are checked is the host's configuration. Options that would
//! decide that from afar are refused by name, and verbs that are about files of the host are done there, by tdnf.

use serde_json::{Map, Value, json};

use super::{Command, Component, Opt, Words, flag, takes, told};
use crate::api::Api;
use crate::failure::Failure;
use crate::given::Given;
use crate::show::show;

pub(super) const COMPONENT: Component = Component {
    name: "pkg",
    about: "Packages, with the verbs of tdnf",
    options: &[
        Opt {
            long: "assumeyes",
            short: Some('y'),
            value: None,
            about: "Answer every question with yes",
        },
        flag("assumeno", "Show what would be done, and do nothing"),
        flag("allowerasing", "Allow to remove others"),
        flag("best", "Only the best versions will do"),
        flag("security", "Only what a security advisory names"),
        takes("sec-severity", "SEVERITY", "Only advisories of this severity"),
        takes("exclude", "PACKAGE,...", "Never choose these"),
        flag("downloadonly", "Fetch and check only"),
        flag("refresh", "Ask the repositories for their metadata first"),
    ],
    commands: &[
        change("install", &[], "Install packages", Words::Some("PACKAGE")),
        change("erase", &["remove"], "Remove packages", Words::Some("PACKAGE")),
        change(
            "reinstall",
            &[],
            "Install again what is installed",
            Words::Some("PACKAGE"),
        ),
        change(
            "update",
            &["upgrade"],
            "To the newest version; all, if none is named",
            Words::Any("PACKAGE"),
        ),
        change(
            "update-to",
            &["upgrade-to"],
            "To a version",
            Words::Some("PACKAGE"),
        ),
        change("downgrade", &[], "To an older version", Words::Any("PACKAGE")),
        change(
            "distro-sync",
            &["distro_sync"],
            "To exactly what the repositories offer",
            Words::Any("PACKAGE"),
        ),
        change(
            "autoremove",
            &["autoerase"],
            "Remove what nothing needs any more",
            Words::Any("PACKAGE"),
        ),
        look(
            "check-update",
            &["check_update"],
            "Newer versions of what is installed",
            Words::Any("PACKAGE"),
            |api, given| {
                packages(
                    api,
                    given,
                    json!({"filter": "updates", "names": given.all("words")}),
                )
            },
        ),
        look(
            "list",
            &[],
            "List packages: all, installed, available, updates, downgrades, or patterns",
            Words::Any("WHAT"),
            list,
        ),
        look("info", &[], "All about packages", Words::Some("PACKAGE"), info),
        look(
            "search",
            &[],
            "Packages with a word in name, summary or description",
            Words::Some("WORD"),
            |api, given| {
                packages(
                    api,
                    given,
                    json!({"filter": "all", "search": given.all("words").join(" ")}),
                )
            },
        ),
        look(
            "provides",
            &["whatprovides"],
            "Packages that provide a capability or file",
            Words::One("WHAT"),
            |api, given| {
                packages(
                    api,
                    given,
                    json!({"filter": "all", "provides": given.all("words").first()}),
                )
            },
        ),
        look(
            "count",
            &[],
            "How many packages are installed",
            Words::None,
            count,
        ),
        look(
            "repolist",
            &[],
            "Configured repositories",
            Words::None,
            |api, given| plain(api, given, "packages.repositories"),
        ),
        look("updateinfo", &[], "Advisories", Words::None, advisories),
        look(
            "makecache",
            &[],
            "Ask the repositories for their metadata",
            Words::None,
            |api, given| plain(api, given, "packages.refresh"),
        ),
        look(
            "clean",
            &[],
            "Remove cached packages and metadata",
            Words::Any("WHAT"),
            |api, given| plain(api, given, "packages.clean"),
        ),
        look(
            "history",
            &[],
            "Transactions of the past",
            Words::None,
            |api, given| plain(api, given, "packages.history"),
        ),
        look(
            "version",
            &[],
            "The version of the daemon",
            Words::None,
            super::version,
        ),
        look(
            "check-local",
            &[],
            "Done on the host: tdnf check-local DIRECTORY",
            Words::Any("DIRECTORY"),
            |_, _| {
                Err(Failure::gone(
                    "the packages in a directory are checked on the host: tdnf check-local DIRECTORY",
                ))
            },
        ),
        look(
            "reposync",
            &[],
            "Done on the host: tdnf reposync",
            Words::Any("WHAT"),
            |_, _| {
                Err(Failure::gone(
                    "repositories are copied on the host: tdnf reposync",
                ))
            },
        ),
        look(
            "serverinfo",
            &[],
            "There is no rpm-ostree server here",
            Words::None,
            |_, _| {
                Err(Failure::gone(
                    "there is no rpm-ostree server here; `pmd-cli system info` tells what the host is",
                ))
            },
        ),
        look(
            "rpmostreesyncto",
            &[],
            "There is no rpm-ostree server here",
            Words::Any("WHAT"),
            |_, _| {
                Err(Failure::gone(
                    "there is no rpm-ostree server here; `pmd-cli pkg distro-sync` is the nearest",
                ))
            },
        ),
    ],
};

const fn change(
    name: &'static str,
    aliases: &'static [&'static str],
    about: &'static str,
    words: Words,
) -> Command {
    // What was given has the name of the command, which is the verb.
    Command {
        name,
        aliases,
        about,
        words,
        options: &[],
        run: alter,
    }
}

const fn look(
    name: &'static str,
    aliases: &'static [&'static str],
    about: &'static str,
    words: Words,
    run: fn(&mut dyn Api, &Given) -> Result<String, Failure>,
) -> Command {
    Command {
        name,
        aliases,
        about,
        words,
        options: &[],
        run,
    }
}

fn plain(api: &mut dyn Api, given: &Given, operation: &str) -> Result<String, Failure> {
    let answer = api.call(operation, json!({}))?;
    Ok(told(given, &answer, || show(&answer)))
}

fn alter(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let arguments = request(given);
    if given.has("refresh") {
        api.call("packages.refresh", json!({}))?;
    }
    if !given.has("assumeyes") || given.has("assumeno") {
        let plan = api.call("packages.plan", arguments.clone())?;
        let text = plan_text(&plan);
        if text.is_empty() || given.has("assumeno") {
            return Ok(told(given, &plan, || {
                if text.is_empty() {
                    "Nothing to do.\n".to_owned()
                } else {
                    text
                }
            }));
        }
        if !api.ask(&format!("{text}Is this ok")) {
            return Err(Failure::misuse(
                "nothing was done; give -y to do it without a question",
            ));
        }
    }
    let done = api.call("packages.change", arguments)?;
    Ok(told(given, &done, || format!("{}Complete!\n", plan_text(&done))))
}

fn request(given: &Given) -> Value {
    let action = match given.command {
        "update-to" => "update",
        verb => verb,
    };
    json!({
        "action": action,
        "packages": given.all("words"),
        "allow_erasing": given.has("allowerasing"),
        "best": given.has("best"),
        "security": given.has("security"),
        "exclude": given.list("exclude"),
        "download_only": given.has("downloadonly"),
    })
}

const KINDS: [(&str, &str); 5] = [
    ("install", "Installing"),
    ("update", "Upgrading"),
    ("downgrade", "Downgrading"),
    ("reinstall", "Reinstalling"),
    ("erase", "Removing"),
];

/// What changes, kind by kind; nothing when nothing does.
fn plan_text(plan: &Value) -> String {
    let mut text = String::new();
    for (kind, title) in KINDS {
        let packages = plan
            .get(kind)
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if !packages.is_empty() {
            let rows: Vec<Value> = packages.iter().map(row).collect();
            text += &format!(
                "{title}:\n{}\n",
                show(&Value::Array(rows))
                    .lines()
                    .skip(1)
                    .map(|line| format!("{line}\n"))
                    .collect::<String>()
            );
        }
    }
    text
}

fn row(package: &Value) -> Value {
    let of = |key: &str| package.get(key).cloned().unwrap_or_default();
    json!({"1": of("name"), "2": of("arch"), "3": of("evr"), "4": of("repository")})
}

fn packages(api: &mut dyn Api, given: &Given, arguments: Value) -> Result<String, Failure> {
    let answer = api.call("packages.list", arguments)?;
    let line = |package: &Value| {
        let text = |key: &str| {
            package
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let name = format!("{}.{}", text("name"), text("arch"));
        let line = format!(
            "{name:<40} {:<24} {}",
            format!("{}-{}", text("version"), text("release")),
            text("repository")
        );
        crate::show::printable(line.trim_end(), false) + "\n"
    };
    Ok(told(given, &answer, || {
        answer
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(line)
            .collect()
    }))
}

/// tdnf's words for what to list come first; others are patterns.
fn list(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let mut words = given.all("words");
    let filter = match words.first().map(String::as_str) {
        Some(word @ ("all" | "installed" | "available" | "downgrades")) => Some(word.to_owned()),
        Some("updates" | "upgrades") => Some("updates".to_owned()),
        Some(word @ ("extras" | "obsoletes" | "recent")) => {
            return Err(Failure::gone(format!(
                "what is {word} is listed on the host: tdnf list {word}"
            )));
        }
        _ => None,
    };
    if filter.is_some() {
        words.remove(0);
    }
    packages(
        api,
        given,
        json!({"filter": filter.unwrap_or_else(|| "all".to_owned()), "names": words}),
    )
}

fn info(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let mut all = Vec::new();
    for name in given.all("words") {
        let found = api.call("packages.info", json!({"name": name}))?;
        all.extend(found.as_array().cloned().unwrap_or_default());
    }
    let all = Value::Array(all);
    let each = |all: &Value| {
        all.as_array()
            .into_iter()
            .flatten()
            .map(|package| show(package) + "\n")
            .collect()
    };
    Ok(told(given, &all, || each(&all)))
}

fn count(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let answer = api.call("packages.count", json!({}))?;
    let count = answer
        .get("count")
        .and_then(Value::as_u64)
        .ok_or_else(|| Failure::missing("count", &answer))?;
    Ok(told(given, &answer, || format!("Package count = {count}\n")))
}

fn advisories(api: &mut dyn Api, given: &Given) -> Result<String, Failure> {
    let mut arguments = Map::new();
    if given.has("security") {
        arguments.insert("security".to_owned(), true.into());
    }
    if let Some(severity) = given.get("sec-severity") {
        arguments.insert("severity".to_owned(), severity.to_ascii_lowercase().into());
    }
    let answer = api.call("updates.advisories", Value::Object(arguments))?;
    Ok(told(given, &answer, || show(&answer)))
}
