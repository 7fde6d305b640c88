//! All `.repo` files of the configured directories.

use std::fs;
use std::path::{Path, PathBuf};

use super::ini;
use super::repo::{Defaults, RepoConfig};
use super::variables::Variables;
use super::{ConfigError, MainConfig, read};

/// A path of the system below its root.
pub(crate) fn path_below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// The repositories of a root. As in the original, the root's own directory counts when it exists, and
/// otherwise the host's.
pub(crate) fn load_repos(
    root: &Path,
    config: &MainConfig,
    variables: &Variables,
) -> Result<Vec<RepoConfig>, ConfigError> {
    let mut repos: Vec<RepoConfig> = Vec::new();
    for dir in &config.reposdir {
        let below = path_below(root, dir);
        let dir = if below.is_dir() { below } else { dir.clone() };
        for path in repo_files(&dir) {
            for repo in load_file(&path, config, variables)? {
                add(&mut repos, repo)?;
            }
        }
    }
    Ok(repos)
}

pub(crate) fn repo_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "repo"));
    paths.sort();
    paths
}

fn load_file(
    path: &Path,
    config: &MainConfig,
    variables: &Variables,
) -> Result<Vec<RepoConfig>, ConfigError> {
    repo_from_text(&read(path)?, path, config, variables)
}

/// The repositories that the text of a `.repo` file describes.
pub(crate) fn repo_from_text(
    text: &str,
    path: &Path,
    config: &MainConfig,
    variables: &Variables,
) -> Result<Vec<RepoConfig>, ConfigError> {
    let defaults = Defaults {
        gpgcheck: config.gpgcheck,
        repo_gpgcheck: config.repo_gpgcheck,
    };
    let sections = ini::parse(text, &path.display().to_string())?;
    let with_origin = |repo: RepoConfig| RepoConfig {
        origin: Some(path.to_owned()),
        ..repo
    };
    sections
        .iter()
        .map(|s| RepoConfig::from_section(s, &defaults, variables).map(with_origin))
        .collect()
}

fn add(repos: &mut Vec<RepoConfig>, repo: RepoConfig) -> Result<(), ConfigError> {
    if let Some(other) = repos.iter().find(|other| other.id == repo.id) {
        let origin = |repo: &RepoConfig| repo.origin.clone().unwrap_or_default();
        let (first, second) = (origin(other), origin(&repo));
        return Err(ConfigError::DuplicateRepo {
            id: repo.id,
            first,
            second,
        });
    }
    repos.push(repo);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_own_files_count_and_an_id_may_come_once() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("etc/yum.repos.d");
        fs::create_dir_all(&dir).unwrap();
        fs::write(
            dir.join("a.repo"),
            "[a]\nbaseurl=/a\n[b]\nbaseurl=/b\nenabled=0\n",
        )
        .unwrap();
        fs::write(dir.join("ignored.txt"), "[c]\n").unwrap();
        let (config, variables) = (MainConfig::default(), Variables::new("1", "x86_64"));
        let repos = load_repos(root.path(), &config, &variables).unwrap();
        assert_eq!(
            repos.iter().map(|repo| repo.id.as_str()).collect::<Vec<_>>(),
            ["a", "b"]
        );
        fs::write(dir.join("z.repo"), "[a]\nbaseurl=/other\n").unwrap();
        assert!(load_repos(root.path(), &config, &variables).is_err());
    }
}
