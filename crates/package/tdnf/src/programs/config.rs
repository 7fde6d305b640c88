//! `tdnf-config`: reads and changes `tdnf.conf` and `.repo` files, and leaves what is not asked for as it is.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::fs::{FlockOperation, flock};

use super::options::{self, Flag, Parsed};
use crate::config::document::Document;
use crate::config::{MainConfig, RepoConfig};

const MAIN: &str = "/etc/tdnf/tdnf.conf";

const HELP: &str = "\
Usage: tdnf-config [-c FILE] [-f FILE] [-j] COMMAND main|REPO [ARGUMENT...]

  edit main|REPO KEY=VALUE...   set values; everything else in the file stays as it is
  create REPO KEY=VALUE...      describe a new repository in REPO.repo, or in the file named with -f
  get main|REPO KEY             print a value
  remove main|REPO KEY...       remove settings
  removerepo REPO               remove a repository, and its file when it was the only one in it
  dump main|REPO                print the file, or with -j the section as JSON

  -c, --config FILE             configuration file (/etc/tdnf/tdnf.conf)
  -f, --file FILE               create: the .repo file to add to
  -j, --json                    dump: print JSON
  -h, --help                    show this help

Exit status: 1 command line, 2 system, 3 no such repository, 4 no such setting, 5 it exists already, 6 JSON
";

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag { short: 'c', long: "config", takes_value: true },
    Flag { short: 'f', long: "file", takes_value: true },
    Flag { short: 'j', long: "json", takes_value: false },
    Flag { short: 'h', long: "help", takes_value: false },
];

/// Why it failed; each kind has its exit status.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    CommandLine(String),
    #[error("cannot {doing} {}: {source}", path.display())]
    System {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("repo '{0}' not found")]
    NoRepo(String),
    #[error("'{key}' not found in '{section}'")]
    NoSetting { section: String, key: String },
    #[error("repo '{0}' already exists in {file}", file = .1.display())]
    RepoExists(String, PathBuf),
    #[error("failed to generate json: {0}")]
    Json(serde_json::Error),
}

impl Failure {
    fn status(&self) -> u8 {
        match self {
            Self::CommandLine(_) => 1,
            Self::System { .. } => 2,
            Self::NoRepo(_) => 3,
            Self::NoSetting { .. } => 4,
            Self::RepoExists(..) => 5,
            Self::Json(_) => 6,
        }
    }

    fn system(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::System { doing, path, source }
    }
}

fn usage(text: impl Into<String>) -> Failure {
    Failure::CommandLine(text.into())
}

/// Runs the program with its arguments.
pub(super) fn run(words: Vec<String>) -> ExitCode {
    match parse_and_act(words) {
        Ok(text) => {
            // A reader that has gone needs no answer.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("tdnf-config: {failure}");
            ExitCode::from(failure.status())
        }
    }
}

/// Does what is asked for and returns what is to be printed.
fn parse_and_act(words: Vec<String>) -> Result<String, Failure> {
    let parsed = options::parse(FLAGS, words).map_err(|error| usage(format!("{error}; see --help")))?;
    if parsed.has('h') {
        return Ok(HELP.to_owned());
    }
    let Some((command, rest)) = parsed.words.split_first() else {
        return Err(usage("a command is missing; see --help"));
    };
    if !["edit", "create", "get", "remove", "removerepo", "dump"].contains(&command.as_str()) {
        return Err(usage(format!("Unknown command '{command}'; see --help")));
    }
    let Some((section, arguments)) = rest.split_first() else {
        return Err(usage("expected main or repo name"));
    };
    let call = Call::new(&parsed, section);
    match (command.as_str(), arguments) {
        ("edit" | "create" | "get" | "remove", []) => Err(usage("expected at least one setting")),
        ("edit", settings) => call.edit(settings),
        ("create", settings) => call.create(settings, parsed.value('f').map(Path::new)),
        ("get", [key]) => call.get(key),
        ("get", _) => Err(usage("expected one setting")),
        ("remove", keys) => call.remove(keys),
        ("removerepo", _) => call.remove_repo(),
        (_, _) if parsed.has('j') => call.dump_json(),
        (_, _) => call.dump(),
    }
}

/// What the words are about.
struct Call<'a> {
    main: PathBuf,
    section: &'a str,
}

/// A file that is being changed. Its directory is locked, so that of two changes at once none is lost.
struct Opened {
    path: PathBuf,
    document: Document,
    _lock: Option<File>,
}

impl<'a> Call<'a> {
    fn new(parsed: &Parsed, section: &'a str) -> Self {
        let main = PathBuf::from(parsed.value('c').unwrap_or(MAIN));
        Self { main, section }
    }

    fn edit(&self, settings: &[String]) -> Result<String, Failure> {
        let settings = pairs(settings)?;
        let mut file = self.open(true)?;
        for (key, value) in settings {
            file.document.set(self.section, key, value);
        }
        file.save()
    }

    fn create(&self, settings: &[String], file: Option<&Path>) -> Result<String, Failure> {
        let settings = pairs(settings)?;
        let id_fits = RepoConfig::new(self.section, "").check_id();
        id_fits.map_err(|error| usage(error.to_string()))?;
        if self.section == "main" {
            return Err(usage("invalid repo name 'main'"));
        }
        let dirs = self.repo_dirs();
        let path = match file {
            Some(path) => path.to_owned(),
            None => dirs[0].join(format!("{}.repo", self.section)),
        };
        let mut opened = open_or_new(path)?;
        if let Some(other) = self.file_of_repo() {
            return Err(Failure::RepoExists(self.section.to_owned(), other));
        }
        if opened.document.has_section(self.section) {
            return Err(Failure::RepoExists(self.section.to_owned(), opened.path));
        }
        opened.document.add_section(self.section);
        for (key, value) in settings {
            opened.document.set(self.section, key, value);
        }
        opened.save()
    }

    fn get(&self, key: &str) -> Result<String, Failure> {
        let file = self.open(false)?;
        let value = file.document.get(self.section, key);
        value
            .map(|value| value + "\n")
            .ok_or_else(|| self.no_setting(key))
    }

    fn remove(&self, keys: &[String]) -> Result<String, Failure> {
        let mut file = self.open(true)?;
        for key in keys {
            if !file.document.remove(self.section, key) {
                return Err(self.no_setting(key));
            }
        }
        file.save()
    }

    fn remove_repo(&self) -> Result<String, Failure> {
        if self.section == "main" {
            return Err(usage("main is no repository"));
        }
        let mut file = self.open(true)?;
        file.document.remove_section(self.section);
        if file.document.has_sections() {
            return file.save();
        }
        fs::remove_file(&file.path).map_err(Failure::system("remove", &file.path))?;
        Ok(String::new())
    }

    fn dump(&self) -> Result<String, Failure> {
        Ok(self.open(false)?.document.text())
    }

    /// Settings as an object under the section's name; comments, as in the original, under `.comment`.
    fn dump_json(&self) -> Result<String, Failure> {
        let document = self.open(false)?.document;
        let mut object = serde_json::Map::new();
        for (key, value) in document.settings(self.section) {
            object.insert(key, value.into());
        }
        let comments = document.comments(self.section);
        if !comments.is_empty() {
            object.insert(".comment".to_owned(), comments.join("\n").into());
        }
        let whole = serde_json::json!({ self.section: object });
        serde_json::to_string(&whole)
            .map(|text| text + "\n")
            .map_err(Failure::Json)
    }

    fn no_setting(&self, key: &str) -> Failure {
        Failure::NoSetting {
            section: self.section.to_owned(),
            key: key.to_owned(),
        }
    }

    /// The file that has the section.
    fn open(&self, to_change: bool) -> Result<Opened, Failure> {
        let no_repo = || Failure::NoRepo(self.section.to_owned());
        let path = match self.section {
            "main" => self.main.clone(),
            _ => self.file_of_repo().ok_or_else(no_repo)?,
        };
        let opened = open(path, to_change)?;
        match opened.document.has_section(self.section) {
            true => Ok(opened),
            false => Err(no_repo()),
        }
    }

    /// `repodir` of the configuration; without a configuration, or without a word about it, the default.
    fn repo_dirs(&self) -> Vec<PathBuf> {
        let default = MainConfig::default().reposdir;
        let Ok(text) = fs::read_to_string(&self.main) else {
            return default;
        };
        let document = Document::parse(&text);
        let named = ["repodir", "reposdir"]
            .iter()
            .find_map(|key| document.get("main", key));
        let dirs: Vec<PathBuf> = named
            .iter()
            .flat_map(|value| crate::config::ini::list(value))
            .map(PathBuf::from)
            .collect();
        if dirs.is_empty() { default } else { dirs }
    }

    fn file_of_repo(&self) -> Option<PathBuf> {
        let files = self
            .repo_dirs()
            .into_iter()
            .flat_map(|dir| crate::config::repo_files(&dir));
        files.into_iter().find(|path| {
            fs::read_to_string(path).is_ok_and(|text| Document::parse(&text).has_section(self.section))
        })
    }
}

fn open(path: PathBuf, to_change: bool) -> Result<Opened, Failure> {
    // A link stays a link: what it points to is what changes.
    let path = fs::canonicalize(&path).map_err(Failure::system("read", &path))?;
    let lock = to_change.then(|| lock(&path)).transpose()?;
    let text = fs::read_to_string(&path).map_err(Failure::system("read", &path))?;
    let document = Document::parse(&text);
    Ok(Opened {
        path,
        document,
        _lock: lock,
    })
}

fn open_or_new(path: PathBuf) -> Result<Opened, Failure> {
    if path.exists() {
        return open(path, true);
    }
    let lock = lock(&path)?;
    Ok(Opened {
        path,
        document: Document::default(),
        _lock: Some(lock),
    })
}

fn lock(path: &Path) -> Result<File, Failure> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let file = File::open(dir).map_err(Failure::system("open", dir))?;
    let locked = flock(&file, FlockOperation::LockExclusive).map_err(io::Error::from);
    locked.map_err(Failure::system("lock", dir))?;
    Ok(file)
}

impl Opened {
    /// Replaces the file at once; who could read it before, and nobody else, can read it then.
    fn save(self) -> Result<String, Failure> {
        let mode = fs::metadata(&self.path).map_or(0o644, |metadata| metadata.permissions().mode() & 0o7777);
        let written = atomic_file::write(&self.path, self.document.text().as_bytes(), mode);
        written
            .map_err(io::Error::other)
            .map_err(Failure::system("write", &self.path))?;
        Ok(String::new())
    }
}

/// `KEY=VALUE` of each word. A line break would begin a setting nobody asked for.
fn pairs(words: &[String]) -> Result<Vec<(&str, &str)>, Failure> {
    words.iter().map(|word| pair(word)).collect()
}

fn pair(word: &str) -> Result<(&str, &str), Failure> {
    let (key, value) = word
        .split_once('=')
        .ok_or_else(|| usage(format!("expected '=' after key {word}")))?;
    let (key, value) = (key.trim(), value.trim());
    let sane = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if key.is_empty() || !key.chars().all(sane) {
        return Err(usage(format!("'{key}' is not the name of a setting")));
    }
    if value.contains(['\n', '\r', '\0']) {
        return Err(usage(format!("the value of {key} must be one line")));
    }
    Ok((key, value))
}
