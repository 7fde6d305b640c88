//! The one table of flags: parsing, `--help` and completions come from it.

use std::path::PathBuf;

/// Everything the flags can say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) all_dependencies: bool,
    pub(crate) allow_erasing: bool,
    pub(crate) assume_no: bool,
    pub(crate) assume_yes: bool,
    pub(crate) best: bool,
    pub(crate) cache_only: bool,
    pub(crate) config: Option<PathBuf>,
    pub(crate) disable_excludes: bool,
    pub(crate) download_dir: Option<PathBuf>,
    pub(crate) download_only: bool,
    pub(crate) excludes: Vec<String>,
    pub(crate) help: bool,
    pub(crate) info: bool,
    pub(crate) install_root: Option<PathBuf>,
    pub(crate) json: bool,
    pub(crate) no_autoremove: bool,
    pub(crate) no_gpg_check: bool,
    pub(crate) no_weak_dependencies: bool,
    pub(crate) quiet: bool,
    pub(crate) refresh: bool,
    pub(crate) releasever: Option<String>,
    pub(crate) repo_changes: Vec<RepoChange>,
    pub(crate) reverse: bool,
    pub(crate) scope: Option<String>,
    pub(crate) setopts: Vec<String>,
    pub(crate) skip_broken: bool,
    pub(crate) test_only: bool,
    pub(crate) verbose: bool,
    pub(crate) version: bool,
}

/// Switching repositories, in the order of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RepoChange {
    Enable(String),
    Disable(String),
    /// Only these; the first one disables all others.
    Only(String),
    /// `id,address`
    Add(String),
}

/// What a flag does to the options.
#[derive(Clone, Copy)]
pub(crate) enum Effect {
    /// A flag without a value.
    Switch(fn(&mut Options)),
    /// A flag with a value; its name in the help.
    Value(&'static str, fn(&mut Options, String)),
}

/// One flag.
pub(crate) struct Flag {
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) effect: Effect,
    /// Empty for flags that are accepted and ignored, or are other spellings; they are not in the help.
    pub(crate) help: &'static str,
}

use Effect::{Switch, Value};

const fn flag(long: &'static str, short: Option<char>, effect: Effect, help: &'static str) -> Flag {
    Flag {
        long,
        short,
        effect,
        help,
    }
}

const IGNORED: Effect = Value("VALUE", |_, _| ());
const NOTHING: Effect = Switch(|_| ());

/// Every flag, in the order of the help.
#[rustfmt::skip]
pub(crate) const FLAGS: &[Flag] = &[
    flag("4", Some('4'), NOTHING, ""),
    flag("6", Some('6'), NOTHING, ""),
    flag("alldeps", None, Switch(|o| o.all_dependencies = true), "with --downloadonly: also what is installed already"),
    flag("allowerasing", None, Switch(|o| o.allow_erasing = true), "installed packages may be removed to make room"),
    flag("assumeno", None, Switch(|o| o.assume_no = true), "answer no to all questions"),
    flag("assumeyes", Some('y'), Switch(|o| o.assume_yes = true), "answer yes to all questions"),
    flag("best", Some('b'), Switch(|o| o.best = true), "only the newest packages will do"),
    flag("cacheonly", Some('C'), Switch(|o| o.cache_only = true), "ask no repository, use only what is cached"),
    flag("config", Some('c'), Value("FILE", |o, v| o.config = Some(v.into())), "configuration file (/etc/tdnf/tdnf.conf)"),
    flag("debuglevel", Some('d'), IGNORED, ""),
    flag("disableexcludes", None, Switch(|o| o.disable_excludes = true), "install excluded packages too"),
    flag("disableplugin", None, IGNORED, ""),
    flag("disablerepo", None, Value("REPO", |o, v| o.repo_changes.push(RepoChange::Disable(v))), "do not use this repository (pattern)"),
    flag("downloaddir", None, Value("DIR", |o, v| o.download_dir = Some(v.into())), "with --downloadonly: where to put packages"),
    flag("downloadonly", None, Switch(|o| o.download_only = true), "fetch and check packages, do not install them"),
    flag("enableplugin", None, IGNORED, ""),
    flag("enablerepo", None, Value("REPO", |o, v| o.repo_changes.push(RepoChange::Enable(v))), "use this repository (pattern)"),
    flag("errorlevel", Some('e'), IGNORED, ""),
    flag("exclude", Some('x'), Value("NAMES", |o, v| o.excludes.extend(split(&v))), "leave these packages out (a,b; patterns)"),
    flag("help", Some('h'), Switch(|o| o.help = true), "show this help"),
    flag("info", None, Switch(|o| o.info = true), "history: list the packages of each transaction"),
    flag("installroot", Some('i'), Value("DIR", |o, v| o.install_root = Some(v.into())), "work on the system below this directory"),
    flag("json", None, Switch(|o| o.json = true), "print results as JSON (-j)"),
    flag("noautoremove", None, Switch(|o| o.no_autoremove = true), "removing leaves what only the removed needed"),
    flag("nogpgcheck", None, Switch(|o| o.no_gpg_check = true), "do not check signatures: at your own risk"),
    flag("noplugins", None, NOTHING, ""),
    flag("quiet", Some('q'), Switch(|o| o.quiet = true), "print results only"),
    flag("refresh", None, Switch(|o| o.refresh = true), "ask the repositories even if the cache is fresh"),
    flag("releasever", None, Value("VERSION", |o, v| o.releasever = Some(v)), "value of $releasever"),
    flag("repo", None, Value("REPO", |o, v| o.repo_changes.push(RepoChange::Only(v))), "use only this repository (repeatable)"),
    flag("repofromdir", None, Value("ID,DIR", |o, v| o.repo_changes.push(RepoChange::Add(v))), ""),
    flag("repofrompath", None, Value("ID,URL", |o, v| o.repo_changes.push(RepoChange::Add(v))), "use a repository that is not configured"),
    flag("repoid", None, Value("REPO", |o, v| o.repo_changes.push(RepoChange::Only(v))), ""),
    flag("reverse", None, Switch(|o| o.reverse = true), "history: the newest first"),
    flag("rpmdefine", None, IGNORED, ""),
    flag("rpmverbosity", None, IGNORED, ""),
    flag("scope", None, Value("SCOPE", |o, v| o.scope = Some(v)), "list, info: installed, available, upgrades, downgrades, extras, all"),
    flag("setopt", None, Value("KEY=VALUE", |o, v| o.setopts.push(v)), "set an option of the configuration"),
    flag("skip-broken", None, Switch(|o| o.skip_broken = true), "leave out what cannot be installed"),
    flag("skipbroken", None, Switch(|o| o.skip_broken = true), ""),
    flag("testonly", None, Switch(|o| o.test_only = true), "check everything, change nothing"),
    flag("verbose", Some('v'), Switch(|o| o.verbose = true), "say more"),
    flag("version", None, Switch(|o| o.version = true), "show the version"),
    flag("noweakdeps", None, Switch(|o| o.no_weak_dependencies = true), "do not follow recommendations"),
];

fn split(list: &str) -> Vec<String> {
    list.split([',', ':'])
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
