//! Packages: tdnf's library.

use std::path::Path;
use std::sync::Mutex;

use pmd_api::packages::*;
use pmd_api::{Empty, Problem};
use repodata::Freshness;
use tdnf::host::{self, Described, Host, Listing};
use tdnf::{Error, Execution, Operation, Request, RootLock, Session};

use super::Context;

/// Does what the domain `packages` offers.
pub(super) struct Packages {
    context: Context,
}

impl Packages {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Packages { context }
    }

    fn host(&self) -> Result<Host, Problem> {
        Host::new(&self.context.root).map_err(problem)
    }

    fn lock(&self, host: &Host) -> Result<RootLock, Problem> {
        let waiting = |_: &Path| {
            self.context
                .progress("waiting for another change of packages", 0, 0)
        };
        host.lock(waiting).map_err(problem)
    }

    fn with_repositories(&self, host: &Host, exclude: &[String]) -> Result<Session, Problem> {
        self.context.progress("asking the repositories", 0, 0);
        let (session, warnings) = host
            .with_repositories(Freshness::IfExpired, exclude)
            .map_err(problem)?;
        for warning in warnings {
            self.context.progress(&warning, 0, 0);
        }
        Ok(session)
    }

    /// What a change comes to, with the session it is planned in.
    fn planned(&self, host: &Host, asked: &Change) -> Result<(Session, tdnf::Plan), Problem> {
        let words: Vec<String> = asked.packages.iter().map(ToString::to_string).collect();
        let exclude: Vec<String> = asked.exclude.iter().map(ToString::to_string).collect();
        let offline = matches!(asked.action, Action::Erase | Action::Autoremove);
        let session = match offline {
            true => host.installed().map_err(problem)?,
            false => self.with_repositories(host, &exclude)?,
        };
        let limits = tdnf::Limits {
            allow_erasing: asked.allow_erasing,
            best: asked.best,
            ..host.limits().map_err(problem)?
        };
        let words = match asked.security {
            true => host::security_fixes(&session, &words).map_err(problem)?,
            false => words,
        };
        if words.is_empty() && asked.security {
            return Ok((session, tdnf::Plan::default()));
        }
        let plan = match session.plan(&request(asked.action, words)?, &limits) {
            Err(Error::NothingToDo) => tdnf::Plan::default(),
            other => other.map_err(problem)?,
        };
        Ok((session, plan))
    }

    fn carry_out(
        &self,
        session: &Session,
        plan: &tdnf::Plan,
        lock: &RootLock,
        only_fetch: bool,
    ) -> Result<(), Problem> {
        if plan.is_empty() {
            return Ok(());
        }
        self.context.check_wanted()?;
        let teller = Teller::new(&self.context, plan.download_size());
        let execution = Execution {
            transaction: self.options(),
            command: format!("pmd: by {}", self.context.caller),
            download_only: only_fetch,
            downloads: &|event| teller.downloaded(&event),
            listener: &|event: &transaction::Event<'_>| teller.heard(event),
            ..Execution::default()
        };
        session.execute(plan, &execution, lock).map(drop).map_err(problem)
    }

    fn options(&self) -> transaction::Options {
        transaction::Options {
            stop: self.context.stop.clone(),
            ..transaction::Options::default()
        }
    }
}

/// What is told while packages come and change.
struct Teller<'a> {
    context: &'a Context,
    total: u64,
    state: Mutex<(u64, u64)>,
}

/// A step is told when it is at least this much of the whole.
const STEPS: u64 = 50;

impl<'a> Teller<'a> {
    fn new(context: &'a Context, total: u64) -> Self {
        Teller {
            context,
            total,
            state: Mutex::default(),
        }
    }

    fn step(&self, message: &str, bytes: u64, total: u64) {
        let Ok(mut state) = self.state.lock() else {
            return;
        };
        state.0 += bytes;
        if state.0 >= state.1 + total / STEPS {
            state.1 = state.0;
            self.context.progress(message, state.0, total);
        }
    }

    fn downloaded(&self, event: &download::Event<'_>) {
        if let download::Event::Received { bytes, .. } = event {
            self.step("fetching packages", *bytes, self.total);
        }
    }

    fn heard(&self, event: &transaction::Event<'_>) {
        use transaction::Event;
        match event {
            Event::Unpacking { bytes, packages } => {
                if let Ok(mut state) = self.state.lock() {
                    *state = (0, 0);
                }
                self.context
                    .progress(&format!("unpacking {packages} packages"), 0, *bytes);
            }
            Event::Committed => {
                self.context
                    .progress("all is checked and written; it is being put in place", 0, 0)
            }
            Event::Scriptlet { package, section } => {
                self.context
                    .progress(&format!("running {section} of {package}"), 0, 0);
            }
            Event::Output { package, text } => self.context.progress(&format!("{package}: {text}"), 0, 0),
            Event::Warning { text } => self.context.progress(&format!("warning: {text}"), 0, 0),
            _ => {}
        }
    }
}

/// Which problem an error of tdnf's is.
pub(super) fn problem(error: Error) -> Problem {
    let text = error.to_string();
    match error {
        Error::NoMatch { .. } | Error::NoSuchRepo { .. } => Problem::not_found(text),
        Error::Unsolvable(_) | Error::Aborted | Error::NothingToDo | Error::NoRepos { .. } => {
            Problem::conflict(text)
        }
        Error::Usage { .. } => Problem::invalid(text),
        Error::Repo { .. } | Error::NotCached { .. } => Problem::unavailable(text),
        _ => Problem::failed(text),
    }
}

fn request(action: Action, words: Vec<String>) -> Result<Request, Problem> {
    let needed = matches!(action, Action::Install | Action::Erase | Action::Reinstall);
    if needed && words.is_empty() {
        return Err(Problem::invalid("this action needs `packages`"));
    }
    Ok(match action {
        Action::Install => Request::Install(words),
        Action::Erase => Request::Remove(words),
        Action::Reinstall => Request::Reinstall(words),
        Action::Update => Request::Update(words),
        Action::Downgrade => Request::Downgrade(words),
        Action::DistroSync => Request::DistroSync(words),
        Action::Autoremove => Request::Autoremove,
    })
}

/// A plan as the API shows it.
pub(super) fn shown(plan: &tdnf::Plan) -> Plan {
    let of = |wanted: &[Operation]| -> Vec<Planned> {
        let items = plan.items.iter().filter(|item| wanted.contains(&item.operation));
        items
            .map(|item| Planned {
                name: item.name.clone(),
                arch: item.arch.clone(),
                evr: item.evr.clone(),
                repository: item.repo.clone(),
                install_size: item.install_size,
            })
            .collect()
    };
    Plan {
        install: of(&[Operation::Install]),
        update: of(&[Operation::Upgrade]),
        downgrade: of(&[Operation::Downgrade]),
        reinstall: of(&[Operation::Reinstall]),
        erase: of(&[Operation::Remove, Operation::Unneeded, Operation::Obsolete]),
        skipped: plan
            .skipped
            .iter()
            .map(|(what, why)| format!("{what}: {why}"))
            .collect(),
        download_size: plan.download_size(),
    }
}

fn package(of: Described, whole: bool) -> Package {
    Package {
        installed: of.repo == "@System",
        name: of.name,
        arch: of.arch,
        epoch: of.epoch,
        version: of.version,
        release: of.release,
        repository: of.repo,
        install_size: of.install_size,
        summary: of.summary,
        description: whole.then_some(of.description),
        url: of.url,
        license: of.license,
    }
}

impl Handler for Packages {
    fn list(&mut self, asked: PackageQuery) -> Result<Vec<Package>, Problem> {
        let host = self.host()?;
        let listing = match asked.filter {
            Filter::All => Listing::All,
            Filter::Installed => Listing::Installed,
            Filter::Available => Listing::Available,
            Filter::Updates => Listing::Upgrades,
            Filter::Downgrades => Listing::Downgrades,
        };
        let session = match listing {
            Listing::Installed => host.installed().map_err(problem)?,
            _ => self.with_repositories(&host, &[])?,
        };
        let words: Vec<String> = asked.names.iter().map(ToString::to_string).collect();
        let mut found = host::list(&session, listing, &words);
        if let Some(what) = &asked.provides {
            let providers = host::providers(&session, what).map_err(problem)?;
            found.retain(|one| providers.contains(one));
        }
        if let Some(text) = &asked.search {
            let text = text.to_lowercase();
            let has = |field: &String| field.to_lowercase().contains(&text);
            found.retain(|one| has(&one.name) || has(&one.summary) || has(&one.description));
        }
        Ok(found.into_iter().map(|one| package(one, false)).collect())
    }

    fn count(&mut self, _: Empty) -> Result<Count, Problem> {
        let session = self.host()?.installed().map_err(problem)?;
        Ok(Count {
            count: session.installed.iter().count() as u64,
        })
    }

    fn repositories(&mut self, _: Empty) -> Result<Vec<RepositoryInfo>, Problem> {
        let host = self.host()?;
        let session = host.installed().map_err(problem)?;
        let repositories = host.repositories(&session).map_err(problem)?;
        Ok(repositories
            .into_iter()
            .map(|repo| RepositoryInfo {
                baseurl: without_password(repo.address()),
                id: repo.id,
                name: repo.name,
                gpgkey: repo.gpgkey,
                enabled: repo.enabled,
                gpgcheck: repo.gpgcheck,
                repo_gpgcheck: repo.repo_gpgcheck,
                skip_if_unavailable: repo.skip_if_unavailable,
                metadata_expire: repo.metadata_expire.map(|time| time.as_secs()),
            })
            .collect())
    }

    fn plan(&mut self, asked: Change) -> Result<Plan, Problem> {
        let host = self.host()?;
        self.planned(&host, &asked).map(|(_, plan)| shown(&plan))
    }

    fn change(&mut self, asked: Change) -> Result<Plan, Problem> {
        let host = self.host()?;
        let lock = self.lock(&host)?;
        let (session, plan) = self.planned(&host, &asked)?;
        self.carry_out(&session, &plan, &lock, asked.download_only)?;
        Ok(shown(&plan))
    }

    fn history(&mut self, _: Empty) -> Result<Vec<HistoryEntry>, Problem> {
        let entries = self.host()?.history().map_err(problem)?;
        Ok(entries
            .into_iter()
            .map(|entry| HistoryEntry {
                id: u64::try_from(entry.id).unwrap_or(0),
                time: crate::clock::format(u64::try_from(entry.time).unwrap_or(0)),
                command: entry.command,
                added: entry.added,
                removed: entry.removed,
            })
            .collect())
    }

    fn past(&mut self, asked: Past) -> Result<Plan, Problem> {
        let host = self.host()?;
        let lock = self.lock(&host)?;
        let id = i64::try_from(asked.id).map_err(|_| Problem::invalid("there is no such transaction"))?;
        let what = match asked.action {
            PastAction::Undo => host::Past::Undo,
            PastAction::Redo => host::Past::Redo,
            PastAction::Rollback => host::Past::Rollback,
        };
        if what == host::Past::Undo
            && let Some((entry, kept)) = host.kept(id).map_err(problem)?
        {
            return self.undo_offline(&host, &entry, kept, &lock);
        }
        let request = host.past(what, id).map_err(problem)?;
        let session = self.with_repositories(&host, &[])?;
        let plan = session
            .plan(&request, &host.limits().map_err(problem)?)
            .map_err(problem)?;
        self.carry_out(&session, &plan, &lock, false)?;
        Ok(shown(&plan))
    }

    fn mark(&mut self, asked: Mark) -> Result<Empty, Problem> {
        let host = self.host()?;
        let lock = self.lock(&host)?;
        let names: Vec<String> = asked.packages.iter().map(ToString::to_string).collect();
        let command = format!("pmd: by {}", self.context.caller);
        host.mark(&names, asked.auto, &command, &lock)
            .map(|()| Empty {})
            .map_err(problem)
    }

    fn refresh(&mut self, _: Empty) -> Result<Empty, Problem> {
        let host = self.host()?;
        self.context.progress("asking the repositories", 0, 0);
        host.with_repositories(Freshness::Always, &[])
            .map(|_| Empty {})
            .map_err(problem)
    }

    fn clean(&mut self, _: Empty) -> Result<Empty, Problem> {
        let host = self.host()?;
        let _lock = self.lock(&host)?;
        host.clean().map(|()| Empty {}).map_err(problem)
    }

    fn info(&mut self, asked: OnePackage) -> Result<Vec<Package>, Problem> {
        let host = self.host()?;
        let words = [asked.name.to_string()];
        let session = match host.with_repositories(Freshness::IfExpired, &[]) {
            Ok((session, _)) => session,
            // What is installed is known without any repository.
            Err(_) => host.installed().map_err(problem)?,
        };
        let found = host::list(&session, Listing::All, &words);
        if found.is_empty() {
            return Err(Problem::not_found(format!("there is no package {}", asked.name)));
        }
        Ok(found.into_iter().map(|one| package(one, true)).collect())
    }
}

impl Packages {
    fn undo_offline(
        &self,
        host: &Host,
        entry: &tdnf::Entry,
        kept: u64,
        lock: &RootLock,
    ) -> Result<Plan, Problem> {
        let session = host.installed().map_err(problem)?;
        let teller = Teller::new(&self.context, 0);
        let execution = Execution {
            transaction: self.options(),
            command: format!("pmd: by {}", self.context.caller),
            listener: &|event: &transaction::Event<'_>| teller.heard(event),
            ..Execution::default()
        };
        self.context.check_wanted()?;
        session.undo(entry, kept, &execution, lock).map_err(problem)?;
        let planned = |nevra: &String| Planned {
            name: nevra.clone(),
            arch: String::new(),
            evr: String::new(),
            repository: "kept".to_owned(),
            install_size: 0,
        };
        Ok(Plan {
            install: entry.removed.iter().map(planned).collect(),
            erase: entry.added.iter().map(planned).collect(),
            ..shown(&tdnf::Plan::default())
        })
    }
}

/// An address without a user and password in it.
fn without_password(address: &str) -> String {
    match address
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?)))
    {
        Some((scheme, (user, host))) if !user.contains('/') => format!("{scheme}://***@{host}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(super::without_password("https://u:p@h/x"), "https://***@h/x");
        assert_eq!(super::without_password("https://h/x@y"), "https://h/x@y");
    }
}
