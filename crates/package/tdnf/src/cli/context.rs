//! From flags and files to a session.

use std::path::{Path, PathBuf};

use keyring::CertificateInfo;
use repodata::Freshness;

use super::flags::{FLAGS, Flag, Options, RepoChange};
use super::interrupt::Interrupts;
use super::output::Output;
use crate::config::ini::{boolean, list};
use crate::config::{MainConfig, RepoConfig, Variables, load_repos, path_below};
use crate::error::Error;
use crate::history::History;
use crate::plugins::{Plugins, Switch};
use crate::request::Limits;
use crate::session::{Session, Settings};

const CONFIG: &str = "/etc/tdnf/tdnf.conf";

/// Keys of the configuration that are names of flags, too; `--setopt` means the configuration.
const OF_MAIN: [&str; 2] = ["exclude", "gpgcheck"];

/// `--setopt REPO.KEY=VALUE`
pub(crate) struct RepoSetting {
    repo: String,
    key: String,
    value: String,
}

/// A command's surroundings.
pub(crate) struct Context {
    pub(crate) options: Options,
    pub(crate) output: Output,
    pub(crate) interrupts: Interrupts,
    pub(crate) root: PathBuf,
    pub(crate) main: MainConfig,
    /// The whole command line, for the history.
    pub(crate) command: String,
    /// `tsflags` of the configuration: leave out scriptlets, documentation.
    pub(crate) no_scripts: bool,
    pub(crate) no_docs: bool,
    repo_settings: Vec<RepoSetting>,
}

impl Context {
    pub(crate) fn new(options: Options, output: Output, command: String) -> Result<Self, Error> {
        let root = options.install_root.clone().unwrap_or_else(|| PathBuf::from("/"));
        if !root.is_absolute() {
            let text = format!("Install root must be an absolute path, not {}", root.display());
            return Err(Error::Usage { code: 1622, text });
        }
        let main = load_main(&root, options.config.as_deref())?;
        let mut context = Self {
            options,
            interrupts: Interrupts::watch(&output),
            output,
            root,
            main,
            command,
            no_scripts: false,
            no_docs: false,
            repo_settings: Vec::new(),
        };
        context.apply_setopts()?;
        context.main.gpgcheck &= !context.options.has("skipsignature");
        context.output.verbose |= context.options.value("rpmverbosity") == Some("debug");
        Ok(context)
    }

    fn apply_setopts(&mut self) -> Result<(), Error> {
        for setting in self.options.setopts.clone() {
            let Some((key, value)) = setting.split_once('=') else {
                let text = format!("--setopt needs key=value, not {setting}");
                return Err(Error::Usage { code: 911, text });
            };
            match key.split_once('.') {
                Some((repo, key)) => self.repo_settings.push(RepoSetting {
                    repo: repo.to_owned(),
                    key: key.to_owned(),
                    value: value.to_owned(),
                }),
                None => self.set(key, value)?,
            }
        }
        Ok(())
    }

    /// A key of the configuration, or the name of a flag.
    fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let flag = FLAGS
            .iter()
            .find(|flag| flag.long == key && !OF_MAIN.contains(&key));
        match flag {
            _ if key == "tsflags" => self.set_transaction_flags(value),
            Some(flag) => {
                self.set_flag(flag, value);
                Ok(())
            }
            None if self.main.set(key, value) => Ok(()),
            None => Err(Error::Usage {
                code: 902,
                text: format!("--setopt {key}={value}: not a value for it"),
            }),
        }
    }

    fn set_flag(&mut self, flag: &Flag, value: &str) {
        if flag.effect.value().is_some() || boolean(value) == Some(true) {
            flag.apply(&mut self.options, Some(value.to_owned()));
        }
    }

    /// Flags that are not known are refused: whoever sets one relies on what it does.
    fn set_transaction_flags(&mut self, value: &str) -> Result<(), Error> {
        for flag in list(value) {
            match flag.as_str() {
                "noscripts" => self.no_scripts = true,
                "nodocs" => self.no_docs = true,
                other => {
                    let text = format!("--setopt tsflags={other}: only noscripts and nodocs are known");
                    return Err(Error::Usage { code: 902, text });
                }
            }
        }
        Ok(())
    }

    /// Refuses to change the running system without root's rights. A root of one's own is one's own.
    pub(crate) fn need_root(&self, what: &str) -> Result<(), Error> {
        let own = self.root != Path::new("/");
        if own || rustix::process::geteuid().is_root() {
            Ok(())
        } else {
            Err(Error::NotRoot {
                what: what.to_owned(),
            })
        }
    }

    /// A session that knows what is installed.
    pub(crate) fn session(&self) -> Result<Session, Error> {
        self.session_that_is(self.options.refresh)
    }

    fn session_that_is(&self, refreshed: bool) -> Result<Session, Error> {
        let freshness = match (self.options.cache_only, refreshed) {
            (true, _) => Freshness::CacheOnly,
            (false, true) => Freshness::Always,
            (false, false) => Freshness::IfExpired,
        };
        let settings = Settings {
            freshness,
            cache: self.user_cache(),
            no_gpg_check: self.options.no_gpg_check,
            excludes: self.options.excludes.clone(),
            no_excludes: self.options.disable_excludes,
            family: match (self.options.has("4"), self.options.has("6")) {
                (true, false) => download::Family::V4,
                (false, true) => download::Family::V6,
                _ => download::Family::Any,
            },
            ..Settings::new(&self.root)
        };
        Session::new(settings, self.main.clone())
    }

    /// Who may not write to the cache of the system asks the repositories into a cache of his own.
    fn user_cache(&self) -> Option<PathBuf> {
        let cache = path_below(&self.root, &self.main.cachedir);
        let existing = cache.ancestors().find(|path| path.exists())?;
        let writable = rustix::fs::access(existing, rustix::fs::Access::WRITE_OK).is_ok();
        if writable || self.options.cache_only {
            return None;
        }
        let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let own = own.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        own.filter(|path| path.is_absolute())
            .map(|path| path.join("tdnf"))
    }

    /// A session with the enabled repositories open.
    pub(crate) fn session_with_repos(&self) -> Result<Session, Error> {
        self.with_repos(self.session()?)
    }

    /// The same when the repositories are asked whether or not the cache is fresh.
    pub(crate) fn session_with_asked_repos(&self) -> Result<Session, Error> {
        self.with_repos(self.session_that_is(true)?)
    }

    fn with_repos(&self, mut session: Session) -> Result<Session, Error> {
        let repos = self.repos(&session)?;
        if !repos.iter().any(|repo| repo.enabled) {
            let dirs: Vec<String> = self
                .main
                .reposdir
                .iter()
                .map(|dir| dir.display().to_string())
                .collect();
            return Err(Error::NoRepos {
                dirs: dirs.join(", "),
            });
        }
        for warning in
            session.open_repositories(&repos, &|repo, location, keys| self.confirm(repo, location, keys))?
        {
            self.output.warning(&warning);
        }
        Ok(session)
    }

    /// All repositories, switched as the command line says.
    pub(crate) fn repos(&self, session: &Session) -> Result<Vec<RepoConfig>, Error> {
        let variables = self.variables(session);
        let mut repos = load_repos(&self.root, &self.main, &variables)?;
        let mut only = false;
        for change in &self.options.repo_changes {
            if matches!(change, RepoChange::Only(_)) && !std::mem::replace(&mut only, true) {
                repos.iter_mut().for_each(|repo| repo.enabled = false);
            }
            self.apply(&mut repos, change, &variables, session)?;
        }
        self.apply_repo_settings(&mut repos)?;
        if self.options.has("skipsignature") {
            repos.iter_mut().for_each(|repo| repo.gpgcheck = false);
        }
        let plugins = self.plugins();
        for warning in repos
            .iter_mut()
            .filter(|repo| repo.enabled)
            .filter_map(|repo| plugins.apply(repo))
        {
            self.output.warning(&warning);
        }
        Ok(repos)
    }

    fn apply(
        &self,
        repos: &mut Vec<RepoConfig>,
        change: &RepoChange,
        variables: &Variables,
        session: &Session,
    ) -> Result<(), Error> {
        let (text, is_directory) = match change {
            RepoChange::Enable(pattern) | RepoChange::Only(pattern) => return switch(repos, pattern, true),
            RepoChange::Disable(pattern) => return switch(repos, pattern, false),
            RepoChange::Add(text) => (text, false),
            RepoChange::AddDirectory(text) => (text, true),
        };
        let Some((id, address)) = text.split_once(',') else {
            let text = format!("--repofrompath and --repofromdir need ID,ADDRESS, not {text}");
            return Err(Error::Usage { code: 902, text });
        };
        let address = variables.expand(address);
        let mut repo = RepoConfig::new(id, &address);
        repo.check_id()?;
        (repo.gpgcheck, repo.repo_gpgcheck) = (self.main.gpgcheck, self.main.repo_gpgcheck && !is_directory);
        if is_directory {
            repo.baseurl = vec![crate::directory::address(
                id,
                Path::new(&address),
                session.cache_dir(),
            )?];
        }
        repos.retain(|other| other.id != id);
        repos.push(repo);
        Ok(())
    }

    fn plugins(&self) -> Plugins {
        let switches = self.options.given.iter().filter_map(|(flag, name)| match *flag {
            "enableplugin" => Some(Switch::Enable(name)),
            "disableplugin" => Some(Switch::Disable(name)),
            _ => None,
        });
        let switches: Vec<Switch<'_>> = switches.collect();
        Plugins::new(&self.root, &self.main, self.options.has("noplugins"), &switches)
    }

    fn apply_repo_settings(&self, repos: &mut [RepoConfig]) -> Result<(), Error> {
        for setting in &self.repo_settings {
            let mut found = false;
            for repo in repos
                .iter_mut()
                .filter(|repo| depsolve::glob_match(&setting.repo, &repo.id))
            {
                found = true;
                if !repo.set(&setting.key, &setting.value)? {
                    let text = format!(
                        "--setopt {}.{}={}: not a value for it",
                        repo.id, setting.key, setting.value
                    );
                    return Err(Error::Usage { code: 902, text });
                }
            }
            if !found {
                return Err(no_such_repo(&setting.repo, repos));
            }
        }
        Ok(())
    }

    fn variables(&self, session: &Session) -> Variables {
        variables(&self.root, &self.main, session, self.options.releasever.clone())
    }

    /// Whether the user agrees to trust a key that came over the network.
    pub(crate) fn confirm(&self, repo: &RepoConfig, location: &str, keys: &[CertificateInfo]) -> bool {
        for key in keys {
            eprintln!("Repository {} wants to use the key {}", repo.id, key.fingerprint);
            eprintln!("  of {}", key.user_ids.join(", "));
            eprintln!("  from {location}");
        }
        self.ask("Trust this key?")
    }

    /// Asks a question, unless the answer was given beforehand.
    pub(crate) fn ask(&self, question: &str) -> bool {
        if self.options.assume_yes || self.options.assume_no {
            return self.options.assume_yes && !self.options.assume_no;
        }
        eprint!("{question} [y/N]: ");
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes" | "Yes")
    }

    /// How far the solver may go.
    pub(crate) fn limits(&self) -> Result<Limits, Error> {
        let auto_installed = match History::read(&self.root, &self.main.persistdir)? {
            Some(history) => history.auto_installed()?,
            None => std::collections::BTreeSet::new(),
        };
        Ok(Limits {
            weak_dependencies: self.main.install_weak_deps && !self.options.no_weak_dependencies,
            allow_erasing: self.options.allow_erasing,
            best: self.options.best,
            skip_broken: self.options.skip_broken,
            clean_requirements: self.options.no_autoremove.then_some(false),
            auto_installed,
            debug_data: self.options.debug_solver.then(|| PathBuf::from("debugdata")),
        })
    }
}

/// What stands for `$name` in repositories.
pub(super) fn variables(
    root: &Path,
    main: &MainConfig,
    session: &Session,
    releasever: Option<String>,
) -> Variables {
    let mut variables = Variables::new("", &session.settings.arch);
    match releasever.or_else(|| installed_release(main, session)) {
        Some(version) => variables.set("releasever", &version),
        None => variables.unset("releasever"),
    }
    for dir in &main.varsdir {
        variables.add_dir(&path_below(root, dir));
    }
    variables
}

/// The version of the first `distroverpkg` capability that is installed.
fn installed_release(main: &MainConfig, session: &Session) -> Option<String> {
    let provides = |name: &str| {
        session.installed.iter().find_map(|package| {
            let provides = package.header.provides();
            let found = provides
                .into_iter()
                .find(|provide| provide.name == name && !provide.evr.is_empty())?;
            Some(depsolve::split_evr(&found.evr).1.to_owned())
        })
    };
    main.distroverpkg.iter().find_map(|name| provides(name))
}

/// The configuration of the root if it has one, else of the host; without any, the defaults.
pub(super) fn load_main(root: &Path, given: Option<&Path>) -> Result<MainConfig, Error> {
    if let Some(path) = given {
        return Ok(MainConfig::load(path)?);
    }
    let own = path_below(root, Path::new(CONFIG));
    let found = [own, PathBuf::from(CONFIG)]
        .into_iter()
        .find(|path| path.exists());
    Ok(match found {
        Some(path) => MainConfig::load(&path)?,
        None => MainConfig::default(),
    })
}

/// Each pattern for itself: in the original one match switched off everything after it too.
fn switch(repos: &mut [RepoConfig], patterns: &str, enabled: bool) -> Result<(), Error> {
    for pattern in patterns.split(',') {
        let mut found = false;
        for repo in repos
            .iter_mut()
            .filter(|repo| depsolve::glob_match(pattern, &repo.id))
        {
            (repo.enabled, found) = (enabled, true);
        }
        if !found {
            return Err(no_such_repo(pattern, repos));
        }
    }
    Ok(())
}

fn no_such_repo(pattern: &str, repos: &[RepoConfig]) -> Error {
    let known: Vec<&str> = repos.iter().map(|repo| repo.id.as_str()).collect();
    Error::NoSuchRepo {
        pattern: pattern.to_owned(),
        known: known.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_switches_only_what_it_matches() {
        let mut repos: Vec<RepoConfig> = ["a", "b", "c", "d"].map(|id| RepoConfig::new(id, "/x")).to_vec();
        switch(&mut repos, "b*", false).unwrap();
        let enabled: Vec<bool> = repos.iter().map(|repo| repo.enabled).collect();
        assert_eq!(enabled, [true, false, true, true]);
        assert!(
            switch(&mut repos, "z", true)
                .unwrap_err()
                .to_string()
                .contains("a, b, c, d")
        );
    }
}
