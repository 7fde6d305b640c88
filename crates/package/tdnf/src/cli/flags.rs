//! The one table of flags: parsing, `--help`, manual pages and completions come from it.

use std::path::PathBuf;

/// Everything the flags can say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) all_dependencies: bool,
    pub(crate) allow_erasing: bool,
    pub(crate) assume_no: bool,
    pub(crate) assume_yes: bool,
    pub(crate) best: bool,
    pub(crate) build_dependencies: bool,
    pub(crate) cache_only: bool,
    pub(crate) config: Option<PathBuf>,
    pub(crate) debug_solver: bool,
    pub(crate) disable_excludes: bool,
    pub(crate) download_dir: Option<PathBuf>,
    pub(crate) download_only: bool,
    pub(crate) excludes: Vec<String>,
    pub(crate) help: bool,
    pub(crate) install_root: Option<PathBuf>,
    pub(crate) json: bool,
    pub(crate) no_autoremove: bool,
    pub(crate) no_dependencies: bool,
    pub(crate) no_gpg_check: bool,
    pub(crate) no_weak_dependencies: bool,
    pub(crate) quiet: bool,
    pub(crate) refresh: bool,
    pub(crate) releasever: Option<String>,
    pub(crate) repo_changes: Vec<RepoChange>,
    pub(crate) setopts: Vec<String>,
    pub(crate) skip_broken: bool,
    pub(crate) source: bool,
    pub(crate) test_only: bool,
    pub(crate) verbose: bool,
    pub(crate) version: bool,
    /// Flags that single commands look at, by their long names, in the order of the command line.
    pub(crate) asked: Vec<&'static str>,
    /// The same for flags with a value.
    pub(crate) given: Vec<(&'static str, String)>,
}

impl Options {
    /// Whether a flag of single commands is there.
    pub(crate) fn has(&self, long: &str) -> bool {
        self.asked.contains(&long)
    }

    /// The last value of a flag of single commands.
    pub(crate) fn value(&self, long: &str) -> Option<&str> {
        self.values(long).last()
    }

    /// All values of a flag of single commands.
    pub(crate) fn values<'o, 'n>(&'o self, long: &'n str) -> impl Iterator<Item = &'o str> + use<'o, 'n> {
        let same = self.given.iter().filter(move |(name, _)| *name == long);
        same.map(|(_, value)| value.as_str())
    }
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
    /// `id,directory`: packages without metadata.
    AddDirectory(String),
}

/// What a flag does to the options.
#[derive(Clone, Copy)]
pub(crate) enum Effect {
    /// A flag without a value.
    Switch(fn(&mut Options)),
    /// A flag with a value; its name in the help.
    Value(&'static str, fn(&mut Options, String)),
    /// A flag that only some commands look at; it is noted in [`Options::asked`].
    Asked,
    /// The same with a value, noted in [`Options::given`].
    Given(&'static str),
}

impl Effect {
    /// The name of the value in the help, for flags that take one.
    pub(crate) fn value(self) -> Option<&'static str> {
        match self {
            Self::Value(name, _) | Self::Given(name) => Some(name),
            Self::Switch(_) | Self::Asked => None,
        }
    }
}

/// One flag.
pub(crate) struct Flag {
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) effect: Effect,
    /// The commands it is for; all when empty.
    pub(crate) of: &'static [&'static str],
    /// Empty for flags that are accepted and ignored, or are other spellings; they are not in the help.
    pub(crate) help: &'static str,
    /// Unknown to the original. Beginnings of the original's flags stay unambiguous beside it.
    pub(crate) own: bool,
}

impl Flag {
    /// Applies it; the caller has made sure that there is a value where one is needed.
    pub(crate) fn apply(&self, options: &mut Options, value: Option<String>) {
        match (self.effect, value) {
            (Effect::Switch(apply), _) => apply(options),
            (Effect::Value(_, apply), Some(value)) => apply(options, value),
            (Effect::Given(_), Some(value)) => options.given.push((self.long, value)),
            (Effect::Asked, _) => options.asked.push(self.long),
            (Effect::Value(..) | Effect::Given(_), None) => {}
        }
    }
}

use Effect::{Asked, Given, Switch, Value};

const fn flag(long: &'static str, short: Option<char>, effect: Effect, help: &'static str) -> Flag {
    only(ALL, long, short, effect, help)
}

/// A flag of single commands.
const fn only(
    of: &'static [&'static str],
    long: &'static str,
    short: Option<char>,
    effect: Effect,
    help: &'static str,
) -> Flag {
    Flag {
        long,
        short,
        effect,
        of,
        help,
        own: false,
    }
}

/// A flag that the original does not have.
const fn own(of: &'static [&'static str], long: &'static str, effect: Effect, help: &'static str) -> Flag {
    Flag {
        own: true,
        ..only(of, long, None, effect, help)
    }
}

const IGNORED: Effect = Value("VALUE", |_, _| ());
const NOTHING: Effect = Switch(|_| ());

const ALL: &[&str] = &[];
const QUERY: &[&str] = &["repoquery"];
const SYNC: &[&str] = &["reposync"];
const QUERY_SYNC: &[&str] = &["repoquery", "reposync"];
const LIST: &[&str] = &["list", "info"];
const SCOPED: &[&str] = &["list", "info", "repoquery", "updateinfo"];
const ADVISORY: &[&str] = &["updateinfo"];
const FIX: &[&str] = &["updateinfo", "update", "check-update"];
const HISTORY: &[&str] = &["history"];
const INSTALL: &[&str] = &["install"];
const DOWNLOAD: &[&str] = &["download"];
const RESTART: &[&str] = &["needs-restarting"];
const FETCH: &[&str] = &["install", "download"];

/// Every flag, in the order of the help.
#[rustfmt::skip]
pub(crate) const FLAGS: &[Flag] = &[
    flag("4", Some('4'), Asked, "use version 4 of the internet protocol only"),
    flag("6", Some('6'), Asked, "use version 6 of the internet protocol only"),
    only(FETCH, "alldeps", None, Switch(|o| o.all_dependencies = true), "with --downloadonly: also what is installed already"),
    flag("allowerasing", None, Switch(|o| o.allow_erasing = true), "installed packages may be removed to make room"),
    flag("assumeno", None, Switch(|o| o.assume_no = true), "answer no to all questions"),
    flag("assumeyes", Some('y'), Switch(|o| o.assume_yes = true), "answer yes to all questions"),
    flag("best", Some('b'), Switch(|o| o.best = true), "only the newest packages will do"),
    only(INSTALL, "builddeps", None, Switch(|o| o.build_dependencies = true), "install what is needed to build source packages"),
    flag("cacheonly", Some('C'), Switch(|o| o.cache_only = true), "ask no repository, use only what is cached"),
    flag("config", Some('c'), Value("FILE", |o, v| o.config = Some(v.into())), "configuration file (/etc/tdnf/tdnf.conf)"),
    flag("debuglevel", Some('d'), IGNORED, ""),
    flag("debugsolver", None, Switch(|o| o.debug_solver = true), "write the solver's problem to ./debugdata"),
    flag("disableexcludes", None, Switch(|o| o.disable_excludes = true), "install excluded packages too"),
    flag("disableplugin", None, Given("NAME"), "metalink or repogpgcheck (pattern): do not use it"),
    flag("disablerepo", None, Value("REPO", |o, v| o.repo_changes.push(RepoChange::Disable(v))), "do not use this repository (pattern)"),
    flag("downloaddir", None, Value("DIR", |o, v| o.download_dir = Some(v.into())), "with --downloadonly: where to put packages"),
    flag("downloadonly", None, Switch(|o| o.download_only = true), "fetch and check packages, do not install them"),
    flag("enableplugin", None, Given("NAME"), "metalink or repogpgcheck (pattern): use it"),
    flag("enablerepo", None, Value("REPO", |o, v| o.repo_changes.push(RepoChange::Enable(v))), "use this repository (pattern)"),
    Flag { short: Some('e'), ..own(ALL, "errorlevel", IGNORED, "") },
    flag("exclude", None, Value("NAMES", |o, v| o.excludes.extend(split(&v))), "leave these packages out (a,b; patterns)"),
    flag("help", Some('h'), Switch(|o| o.help = true), "show this help"),
    flag("installroot", Some('i'), Value("DIR", |o, v| o.install_root = Some(v.into())), "work on the system below this directory"),
    flag("json", None, Switch(|o| o.json = true), "print results as JSON (-j)"),
    flag("noautoremove", None, Switch(|o| o.no_autoremove = true), "removing leaves what only the removed needed"),
    only(INSTALL, "nodeps", None, Switch(|o| o.no_dependencies = true), "with --downloadonly: only the packages named"),
    flag("nogpgcheck", None, Switch(|o| o.no_gpg_check = true), "do not check signatures: at your own risk"),
    flag("noplugins", None, Asked, "use neither metalinks nor signatures of metadata"),
    own(ALL, "noweakdeps", Switch(|o| o.no_weak_dependencies = true), "do not follow recommendations"),
    flag("quiet", Some('q'), Switch(|o| o.quiet = true), "print results only"),
    flag("refresh", None, Switch(|o| o.refresh = true), "ask the repositories even if the cache is fresh"),
    flag("releasever", None, Value("VERSION", |o, v| o.releasever = Some(v)), "value of $releasever"),
    only(FIX, "reboot-required", None, Asked, "only what needs a restart"),
    flag("repo", None, Value("REPO", |o, v| o.repo_changes.push(RepoChange::Only(v))), "use only this repository (repeatable)"),
    flag("repofromdir", None, Value("ID,DIR", |o, v| o.repo_changes.push(RepoChange::AddDirectory(v))), "use a directory of packages as a repository"),
    flag("repofrompath", None, Value("ID,URL", |o, v| o.repo_changes.push(RepoChange::Add(v))), "use a repository that is not configured"),
    flag("repoid", None, Value("REPO", |o, v| o.repo_changes.push(RepoChange::Only(v))), ""),
    flag("rpmdefine", None, Given("'MACRO BODY'"), ""),
    flag("rpmverbosity", None, Given("LEVEL"), "emergency, alert, critical, error, warning, notice, info or debug"),
    own(LIST, "scope", Given("SCOPE"), "installed, available, upgrades, downgrades, extras, obsoletes, recent, all"),
    only(FIX, "sec-severity", None, Given("SEVERITY"), "only fixes that are at least this severe (number or word)"),
    only(FIX, "security", None, Asked, "only security fixes"),
    flag("setopt", None, Value("KEY=VALUE", |o, v| o.setopts.push(v)), "set an option of the configuration"),
    flag("skip-broken", None, Switch(|o| o.skip_broken = true), "leave out what cannot be installed"),
    own(ALL, "skipbroken", Switch(|o| o.skip_broken = true), ""),
    only(&["check", "check-local"], "skipconflicts", None, Asked, "do not report conflicts"),
    flag("skipdigest", None, Asked, ""),
    only(&["check", "check-local"], "skipobsoletes", None, Asked, "do not report obsoletes"),
    flag("skipsignature", None, Asked, "do not check signatures of packages: at your own risk"),
    only(&["download", "install", "repoquery", "reposync"], "source", None, Switch(|o| o.source = true), "source packages"),
    flag("testonly", None, Switch(|o| o.test_only = true), "check everything, change nothing"),
    flag("verbose", Some('v'), Switch(|o| o.verbose = true), "say more"),
    flag("version", None, Switch(|o| o.version = true), "show the version"),
    flag("x", Some('x'), NOTHING, ""),

    only(SCOPED, "all", None, Asked, "everything there is"),
    only(SCOPED, "available", None, Asked, "what the repositories offer"),
    only(SCOPED, "downgrades", None, Asked, "older versions of what is installed"),
    only(QUERY, "duplicates", None, Asked, "installed in several versions"),
    only(SCOPED, "extras", None, Asked, "installed, and in no repository"),
    only(SCOPED, "installed", None, Asked, "what is installed"),
    only(SCOPED, "recent", None, Asked, "built in the last seven days"),
    only(SCOPED, "updates", None, Asked, ""),
    only(SCOPED, "upgrades", None, Asked, "newer versions of what is installed"),
    only(QUERY, "userinstalled", None, Asked, "installed because someone asked for it"),
    only(QUERY_SYNC, "arch", None, Given("ARCH"), "only this architecture (repeatable)"),
    only(QUERY, "file", None, Given("FILE"), "packages with this file"),
    only(QUERY, "whatconflicts", None, Given("CAPABILITY"), "packages that conflict with it (a,b)"),
    only(QUERY, "whatdepends", None, Given("CAPABILITY"), "packages with any dependency on it (a,b)"),
    only(QUERY, "whatenhances", None, Given("CAPABILITY"), "packages that enhance it (a,b)"),
    only(QUERY, "whatobsoletes", None, Given("CAPABILITY"), "packages that obsolete it (a,b)"),
    only(QUERY, "whatprovides", None, Given("CAPABILITY"), "packages that provide it (a,b)"),
    only(QUERY, "whatrecommends", None, Given("CAPABILITY"), "packages that recommend it (a,b)"),
    only(QUERY, "whatrequires", None, Given("CAPABILITY"), "packages that require it (a,b)"),
    only(QUERY, "whatsuggests", None, Given("CAPABILITY"), "packages that suggest it (a,b)"),
    only(QUERY, "whatsupplements", None, Given("CAPABILITY"), "packages that supplement it (a,b)"),
    only(QUERY, "changelogs", None, Asked, "print change logs"),
    only(QUERY, "conflicts", None, Asked, "print what they conflict with"),
    only(QUERY, "depends", None, Asked, "print every kind of dependency"),
    only(QUERY, "enhances", None, Asked, "print what they enhance"),
    own(QUERY, "location", Asked, "print where the packages can be fetched"),
    only(SCOPED, "obsoletes", None, Asked, "what they obsolete; list: packages that obsolete installed ones"),
    only(QUERY, "provides", None, Asked, "print what they provide"),
    only(QUERY, "qf", None, Given("FORMAT"), "print by a format, such as '%{name} %{evr}\\n'"),
    only(QUERY, "recommends", None, Asked, "print what they recommend"),
    only(QUERY, "requires", None, Asked, "print what they require"),
    only(QUERY, "requires-pre", None, Asked, "print what must be there before they are installed"),
    only(QUERY, "suggests", None, Asked, "print what they suggest"),
    only(QUERY, "supplements", None, Asked, "print what they supplement"),
    only(&["updateinfo", "repoquery"], "list", None, Asked, "updateinfo: one line per package; repoquery: print their files"),

    only(SYNC, "delete", None, Asked, "remove files of packages that are no longer in the repository"),
    only(SYNC, "download-metadata", None, Asked, "fetch the metadata too"),
    only(SYNC, "download-path", None, Given("DIR"), "where to put packages (.)"),
    only(SYNC, "gpgcheck", None, Asked, "check signatures, and remove packages that fail"),
    only(SYNC, "metadata-path", None, Given("DIR"), "where to put metadata (as for packages)"),
    only(SYNC, "newest-only", None, Asked, "only the newest of each name"),
    only(SYNC, "norepopath", None, Asked, "no directory named like the repository"),
    only(SYNC, "urls", None, Asked, "print addresses, fetch nothing"),

    only(&["updateinfo", "history"], "info", None, Asked, "with all details"),
    only(ADVISORY, "summary", None, Asked, "how many there are of each kind"),
    own(DOWNLOAD, "destdir", Value("DIR", |o, v| o.download_dir = Some(v.into())), "where to put packages (.); also --downloaddir"),
    own(DOWNLOAD, "resolve", Asked, "also what they need and is not installed; --alldeps: all they need"),
    Flag { short: Some('r'), ..own(RESTART, "reboothint", Asked, "say whether the machine should be restarted; exit status 1 if so") },
    Flag { short: Some('s'), ..own(RESTART, "services", Asked, "list services instead of processes") },

    only(HISTORY, "from", None, Given("N"), "the first transaction"),
    only(HISTORY, "reverse", None, Asked, "the newest first"),
    only(HISTORY, "to", None, Given("N"), "the last transaction"),
];

fn split(list: &str) -> Vec<String> {
    list.split([',', ':'])
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
