//! Role plugins: programs in /usr/lib/pmd/roles, one for each role, described by a `.role` file in /etc/pmd/roles.d.
//!
//! A plugin is run by its path with one word (`prerequisites`, `enable`, `update`, `remove`) and gets the
//! configuration as JSON on standard input. What it prints is the log; for `prerequisites` it prints a JSON list.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use pmd_api::names::Label;
use pmd_api::roles::*;
use pmd_api::{Empty, Problem};
use serde::Deserialize;

use super::Context;

const DESCRIPTIONS: &str = "/etc/pmd/roles.d";
const PROGRAMS: &str = "/usr/lib/pmd/roles";
const STATE: &str = "/var/lib/pmd-roles";

/// Does what the domain `roles` offers.
pub(super) struct Plugins {
    context: Context,
}

/// A `.role` file, TOML.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    displayname: String,
    description: String,
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    version: String,
    plugin: String,
}

impl Plugins {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Plugins { context }
    }

    fn load(&self, id: &str) -> Result<Description, Problem> {
        let path = self.context.path(DESCRIPTIONS).join(format!("{id}.role"));
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Problem::not_found(format!("there is no role {id}")),
            _ => Problem::failed(format!("{} cannot be read: {error}", path.display())),
        })?;
        toml::from_str(&text)
            .map_err(|error| Problem::failed(format!("{} cannot be used: {error}", path.display())))
    }

    fn program(&self, description: &Description) -> Result<PathBuf, Problem> {
        let name = Path::new(&description.plugin);
        let plain =
            name.components().count() == 1 && matches!(name.components().next(), Some(Component::Normal(_)));
        match plain {
            true => Ok(self.context.path(PROGRAMS).join(name)),
            false => Err(Problem::failed(format!(
                "{} is no name of a plugin",
                description.plugin
            ))),
        }
    }

    fn show(&self, id: &str) -> Result<Role, Problem> {
        let of = self.load(id)?;
        Ok(Role {
            enabled: self.context.path(STATE).join(id).exists(),
            id: id.to_owned(),
            name: of.displayname,
            description: of.description,
            parent: of.parent,
            version: of.version,
        })
    }

    /// Runs the plugin and tells each line it prints.
    fn run(&self, id: &str, word: &str, input: &[u8]) -> Result<Vec<String>, Problem> {
        let program = self.program(&self.load(id)?)?;
        let fail =
            |error: std::io::Error| Problem::failed(format!("{} cannot be run: {error}", program.display()));
        let mut child = Command::new(&program)
            .arg(word)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("PMD_ROOT", &self.context.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(fail)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
        let mut lines = Vec::new();
        for line in stdout
            .into_iter()
            .flat_map(|stdout| BufReader::new(stdout).lines())
            .map_while(Result::ok)
        {
            self.context.progress(&line, 0, 0);
            lines.push(line);
        }
        drop(writer.join());
        let status = child.wait().map_err(fail)?;
        match status.success() {
            true => Ok(lines),
            false => Err(Problem::failed(format!(
                "the plugin of role {id} ended with {status}: {}",
                lines.last().map(String::as_str).unwrap_or_default()
            ))),
        }
    }
}

impl Handler for Plugins {
    fn list(&mut self, _: Empty) -> Result<Vec<Role>, Problem> {
        let entries = fs::read_dir(self.context.path(DESCRIPTIONS))
            .into_iter()
            .flatten()
            .flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut ids: Vec<String> = names
            .filter_map(|name| Some(name.strip_suffix(".role")?.to_owned()))
            .collect();
        ids.retain(|id| Label::new(id.clone()).is_ok());
        ids.sort();
        ids.iter().map(|id| self.show(id)).collect()
    }

    fn get(&mut self, asked: OneRole) -> Result<Role, Problem> {
        self.show(&asked.name)
    }

    fn prerequisites(&mut self, asked: OneRole) -> Result<Vec<Prerequisite>, Problem> {
        let lines = self.run(&asked.name, "prerequisites", b"{}")?;
        serde_json::from_str(&lines.join("\n"))
            .map_err(|error| Problem::failed(format!("the plugin's prerequisites cannot be read: {error}")))
    }

    fn alter(&mut self, asked: Alter) -> Result<Altered, Problem> {
        let role = self.show(&asked.name)?;
        let word = match (asked.action, role.enabled) {
            (RoleAction::Enable, true) => {
                return Err(Problem::conflict("the host has this role already; update it"));
            }
            (RoleAction::Update | RoleAction::Remove, false) => {
                return Err(Problem::conflict(
                    "the host does not have this role; enable it first",
                ));
            }
            (RoleAction::Enable, _) => "enable",
            (RoleAction::Update, _) => "update",
            (RoleAction::Remove, _) => "remove",
        };
        let input = serde_json::to_vec(&asked.config).unwrap_or_default();
        let log = self.run(&asked.name, word, &input)?;
        let state = self.context.path(STATE);
        let mark = state.join(asked.name.as_str());
        let outcome = match asked.action {
            RoleAction::Remove => fs::remove_file(&mark),
            _ => fs::create_dir_all(&state).and_then(|()| fs::write(&mark, b"")),
        };
        outcome.map_err(|error| Problem::failed(format!("{} cannot be written: {error}", mark.display())))?;
        Ok(Altered { log })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn host(plugin: &str) -> (tempfile::TempDir, Plugins) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("etc/pmd/roles.d")).unwrap();
        fs::create_dir_all(root.path().join("usr/lib/pmd/roles")).unwrap();
        let text = format!("displayname = \"Demo\"\ndescription = \"d\"\nplugin = \"{plugin}\"\n");
        fs::write(root.path().join("etc/pmd/roles.d/demo.role"), text).unwrap();
        let program = root.path().join("usr/lib/pmd/roles/demo");
        let script = "#!/bin/sh\nif [ $1 = prerequisites ]; then echo '[]'; exit; fi\necho \"$1 `cat`\"\n[ $1 != update ]\n";
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let plugins = Plugins::new(Context::new(root.path(), String::new(), None));
        (root, plugins)
    }

    fn alter(plugins: &mut Plugins, action: RoleAction) -> Result<Vec<String>, u16> {
        let name = Label::new("demo").unwrap();
        let config = BTreeMap::from([("a".to_owned(), serde_json::json!(1))]);
        plugins
            .alter(Alter { name, action, config })
            .map(|done| done.log)
            .map_err(|problem| problem.status)
    }

    #[test]
    fn a_role_is_enabled_updated_and_removed() {
        let (_root, mut plugins) = host("demo");
        assert_eq!(alter(&mut plugins, RoleAction::Remove), Err(409));
        assert_eq!(
            alter(&mut plugins, RoleAction::Enable).unwrap(),
            ["enable {\"a\":1}"]
        );
        assert!(plugins.list(Empty {}).unwrap()[0].enabled);
        assert_eq!(alter(&mut plugins, RoleAction::Enable), Err(409));
        assert_eq!(alter(&mut plugins, RoleAction::Update), Err(500));
        alter(&mut plugins, RoleAction::Remove).unwrap();
        assert!(!plugins.list(Empty {}).unwrap()[0].enabled);
        assert!(
            plugins
                .prerequisites(OneRole {
                    name: Label::new("demo").unwrap()
                })
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn a_plugin_elsewhere_is_not_run() {
        let (_root, mut plugins) = host("../../../bin/sh");
        assert_eq!(alter(&mut plugins, RoleAction::Enable), Err(500));
    }
}
