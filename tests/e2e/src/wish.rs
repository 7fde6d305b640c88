//! A package, a rule of the firewall and a user that somebody wants a host to have: by REST, by pmd-cli and from Python.

use crate::{Caller, Guest, Manager};
use anyhow::ensure;
use serde_json::json;

/// What the host is to have.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// A package of the repository.
    pub package: &'a str,
    /// A TCP port that is to be open, also after a restart.
    pub port: u16,
    /// A user.
    pub user: &'a str,
}

impl Wish<'_> {
    fn rule(&self) -> String {
        format!("-p tcp --dport {} -j ACCEPT", self.port)
    }

    /// Asks for it by REST.
    ///
    /// # Errors
    /// When any of it is not done.
    pub fn by_rest(&self, manager: &Manager, caller: Caller<'_>) -> anyhow::Result<()> {
        for (path, body) in [
            (
                "/packages/transactions",
                json!({ "action": "install", "packages": [self.package] }),
            ),
            (
                "/firewall/rules",
                json!({ "chain": "INPUT", "rule": self.rule(), "persistent": true }),
            ),
            ("/users", json!({ "name": self.user })),
        ] {
            manager.rest(caller, "POST", path, Some(&body))?;
        }
        Ok(())
    }

    /// Asks for it by pmd-cli.
    ///
    /// # Errors
    /// When any of it is not done.
    pub fn by_cli(&self, manager: &Manager, caller: Caller<'_>) -> anyhow::Result<()> {
        let add = self.rule();
        manager
            .cli(caller, &["pkg", "install", self.package, "-y"])?
            .good()?;
        manager
            .cli(
                caller,
                &[
                    "firewall",
                    "rules",
                    "--chain",
                    "INPUT",
                    "--add",
                    &add,
                    "--persist",
                ],
            )?
            .good()?;
        manager.cli(caller, &["usr", "useradd", self.user])?.good()?;
        Ok(())
    }

    /// Asks for it from Python.
    ///
    /// # Errors
    /// When any of it is not done.
    pub fn by_python(&self, manager: &Manager, caller: Caller<'_>) -> anyhow::Result<()> {
        let lines = [
            format!("host.pkg.install(packages=['{}'])", self.package),
            format!("host.firewall.add_rule('INPUT', '{}', persist=True)", self.rule()),
            format!("host.user.add_user('{}')", self.user),
        ];
        manager.python(caller, &lines.join("\n"))?.good()?;
        Ok(())
    }

    /// Checks that the host has it.
    ///
    /// # Errors
    /// When it has not.
    pub fn came_true(&self, guest: &mut Guest) -> anyhow::Result<()> {
        let installed = guest.succeed("tdnf -q list installed")?;
        ensure!(
            installed.contains(&format!("{}.", self.package)),
            "{} is not installed",
            self.package
        );
        let rules = guest.succeed("nft list chain inet lumen iptables_input")?;
        ensure!(rules.contains(&format!("tcp dport {} ", self.port)), "{rules}");
        guest.succeed(&format!("getent passwd {}", self.user)).map(drop)
    }

    /// Asks for it by each of the three ways, as somebody who may not, and checks that the host has nothing of it.
    ///
    /// # Errors
    /// When any of it is done, or not refused but failed.
    pub fn refused(&self, guest: &mut Guest, manager: &Manager, caller: Caller<'_>) -> anyhow::Result<()> {
        let body = json!({ "name": self.user });
        let (status, answer) = manager.request(Some(caller), "POST", "/users", Some(&body))?;
        ensure!(status == 403, "{status} {answer}");
        let denied = answer["detail"].as_str().unwrap_or_default();
        manager
            .cli(caller, &["pkg", "install", self.package, "-y"])?
            .refused("has none of them")?;
        let line = format!("host.firewall.add_rule('INPUT', '{}')", self.rule());
        manager.python(caller, &line)?.refused("has none of them")?;
        ensure!(denied.contains("has none of them"), "{answer}");
        guest.fail(&format!("getent passwd {}", self.user))?;
        let installed = guest.succeed("tdnf -q list installed")?;
        ensure!(!installed.contains(&format!("{}.", self.package)), "{installed}");
        let rules = guest.succeed("nft list chain inet lumen iptables_input")?;
        ensure!(!rules.contains(&format!("dport {} ", self.port)), "{rules}");
        Ok(())
    }
}
