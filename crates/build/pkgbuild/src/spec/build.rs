//! Building: what is old, in which order, in which sandbox.

use crate::catalog::{Catalog, Located};
use crate::error::Error;
use crate::fingerprint::{Fingerprint, Stamp};
use crate::recipe::Spec;
use crate::spec::graph::Graph;
use crate::spec::publish::{self, Outputs};
use crate::spec::query::{Asking, Query, name_of};
use crate::spec::record::Record;
use crate::spec::root::{Resolved, Roots, base_packages, remove};
use crate::spec::sandbox::{MACROS, TOP, sandbox};
use crate::spec::sources::{self, Urls};
use crate::spec::{hardening, module_key, schedule, stage, symbols, watch};
use crate::workshop::{Ready, Workshop};
use download::{Cache, Client};
use keyring::Keyring;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How to build.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Packages at the same time.
    pub jobs: usize,
    /// Processors for each of them.
    pub processors: usize,
    /// Run the packages' own tests (`%check`).
    pub check: bool,
    /// Go on where a failed build stopped, in its directory.
    pub resume: bool,
    /// Only unpack the sources and prepare them (`%prep`); their directory is left as one of a failed build is.
    pub prepare: bool,
}

/// What happens.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// So many packages are looked at.
    Begin(usize),
    /// A source comes over the network.
    Download(download::Event<'a>),
    /// rpmbuild runs for this package.
    Started(&'a str),
    /// It is still running; told every second.
    Running {
        /// The package.
        name: &'a str,
        /// Since when.
        elapsed: Duration,
        /// How long it took the last time, when it was built here before.
        before: Option<Duration>,
        /// The last line of the log.
        line: &'a str,
    },
    /// A package is ready.
    Ready(&'a Ready),
    /// Something worth knowing.
    Notice(&'a str),
}

/// All builds of one run.
pub struct Builds<'a> {
    /// The project, the architecture, the key, the date.
    pub workshop: &'a Workshop<'a>,
    /// All recipes.
    pub catalog: &'a Catalog,
    /// A repository of what is imported and of mere files, and of nothing that is compiled.
    pub repository: &'a Path,
    /// The keys it is signed with.
    pub trusted: &'a Keyring,
    /// Where its metadata is cached.
    pub metadata_cache: &'a Path,
    /// Where the roots of builds are kept, for all who build.
    pub roots: PathBuf,
    /// The cache of downloads.
    pub cache: Cache,
    /// What fetches.
    pub client: Client,
    /// Where sources are.
    pub urls: Urls<'a>,
    /// How to build.
    pub options: Options,
    /// Is told what happens.
    pub progress: &'a (dyn Fn(Event<'_>) + Sync),
}

/// Where all that belongs to one package is, below build/pkgbuild/ARCH.
struct Places {
    stamp: Stamp,
    work: PathBuf,
    log: PathBuf,
    cost: PathBuf,
    query: PathBuf,
}

/// What every build of a run shares.
struct Setup<'a> {
    roots: Roots<'a>,
    base: Vec<String>,
    macros: PathBuf,
    queries: BTreeMap<String, Query>,
    graph: Graph,
    used: Mutex<Vec<PathBuf>>,
    /// The packages that only `%prep` is run of.
    prepared: BTreeSet<String>,
}

impl Builds<'_> {
    /// Builds packages, and those of ours that they need, unless they are up to date.
    ///
    /// # Errors
    /// The first thing that failed; of others the progress is told.
    pub fn run(&self, wanted: &[&Located]) -> Result<Vec<Ready>, Error> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut setup = self.setup()?;
        let mut names: BTreeSet<String> = wanted.iter().map(|one| one.recipe.name.clone()).collect();
        if self.options.prepare {
            setup.prepared.clone_from(&names);
        }
        for one in wanted {
            names.extend(setup.graph.closure(&one.recipe.name));
        }
        let graph = restricted(&setup.graph, &names);
        graph.check()?;
        (self.progress)(Event::Begin(names.len()));
        let priorities = graph.critical_paths(&|name| self.cost(name));
        let work = |name: &str, done: &BTreeMap<String, Ready>| self.build(name, done, &setup);
        let built = schedule::run(&graph, &names, &priorities, self.options.jobs, &work);
        let built = built.map_err(|failures| self.first(failures))?;
        let used = setup
            .used
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        setup.roots.forget_old(&used);
        Ok(built.into_values().collect())
    }

    /// Opens a shell in the directory that a failed build has left.
    ///
    /// # Errors
    /// When there is none, or the sandbox cannot be entered.
    pub fn shell(&self, name: &str) -> Result<ExitStatus, Error> {
        let places = self.places(name);
        let nothing = |source| Error::Read {
            what: "directory of a failed build (there is one only after a failure)",
            path: places.work.clone(),
            source,
        };
        let root = PathBuf::from(fs::read_to_string(places.work.join("root")).map_err(nothing)?);
        let sandbox = sandbox(&root, &places.work, self.workshop.clamp_time)
            .terminal()
            .env("TERM", std::env::var("TERM").unwrap_or_else(|_| "dumb".into()));
        let failed = |source| Error::Sandbox {
            root: root.clone(),
            source,
        };
        let mut command = sandbox.command("/usr/bin/bash", ["-i"]).map_err(failed)?;
        command.status().map_err(nothing)
    }

    /// Where roots are installed from, and where they are.
    pub(crate) fn all_roots(&self) -> Roots<'_> {
        Roots {
            directory: self.roots.clone(),
            repository: self.repository,
            trusted: self.trusted,
            cache: self.metadata_cache,
            arch: &self.workshop.arch,
            time: self.workshop.clamp_time,
        }
    }

    /// The working directory of a package.
    pub(crate) fn work(&self, name: &str) -> PathBuf {
        self.places(name).work
    }

    fn setup(&self) -> Result<Setup<'_>, Error> {
        let roots = self.all_roots();
        let base = base_packages(&self.workshop.project)?;
        let resolved = roots.resolve(&base, &[]).map_err(|reason| Error::Tools {
            root: roots.directory.clone(),
            reason,
        })?;
        let root = roots.ensure(&resolved)?;
        let macros = self.workshop.project.join("distro/build/macros");
        let queries = self.ask_all(&root, &resolved.key(), &macros)?;
        Ok(Setup {
            base,
            macros,
            graph: graph_of(&queries),
            queries,
            used: Mutex::new(vec![root]),
            prepared: BTreeSet::new(),
            roots,
        })
    }

    fn ask_all(&self, root: &Path, root_key: &str, macros: &Path) -> Result<BTreeMap<String, Query>, Error> {
        let mut queries = BTreeMap::new();
        for (package, spec) in self.specs() {
            let places = self.places(&package.recipe.name);
            let asking = Asking {
                root,
                root_key,
                macros,
                cache: places.query,
                work: places.work.with_extension("query"),
                log: places.log,
            };
            queries.insert(package.recipe.name.clone(), asking.ask(package, spec)?);
        }
        Ok(queries)
    }

    fn specs(&self) -> impl Iterator<Item = (&Located, &Spec)> {
        self.catalog
            .iter()
            .filter_map(|package| Some((package, package.recipe.spec.as_ref()?)))
    }

    fn places(&self, name: &str) -> Places {
        let base = self.workshop.build.join("pkgbuild").join(&self.workshop.arch);
        Places {
            stamp: Stamp::new(base.join(name)),
            work: base.join("work").join(name),
            log: base.join("log").join(format!("{name}.log")),
            cost: base.join("cost").join(name),
            query: base.join("query").join(name),
        }
    }

    /// What it took last time, else a guess.
    fn cost(&self, name: &str) -> Duration {
        known_cost(&self.places(name).cost).unwrap_or(Duration::from_secs(30))
    }

    fn first(&self, mut failures: Vec<Error>) -> Error {
        for other in failures.drain(1..) {
            (self.progress)(Event::Notice(&other.to_string()));
        }
        failures.remove(0)
    }

    fn build(&self, name: &str, done: &BTreeMap<String, Ready>, setup: &Setup<'_>) -> Result<Ready, Error> {
        let package = self.catalog.find(name)?;
        let Some(spec) = &package.recipe.spec else {
            return Err(Error::Recipe {
                path: package.directory.clone(),
                reason: "it has no table [spec]".into(),
            });
        };
        let places = self.places(name);
        let resolved = self.resolve(name, done, setup)?;
        let named = setup.queries.get(name).map_or(&[][..], |query| &query.sources);
        let local = sources::used_files(package, spec, named)?;
        let key = self.key(package, spec, &local, &resolved, setup)?;
        let one = One {
            builds: self,
            package,
            spec,
            places: &places,
            local: &local,
            key: &key,
        };
        let ready = match one.up_to_date() {
            _ if setup.prepared.contains(name) => one.prepare(&resolved, setup)?,
            Some(ready) => {
                note_root(setup, setup.roots.place(&resolved));
                ready
            }
            None => one.make(&resolved, setup)?,
        };
        (self.progress)(Event::Ready(&ready));
        Ok(ready)
    }

    /// The packages of the root it is built in.
    fn resolve(
        &self,
        name: &str,
        done: &BTreeMap<String, Ready>,
        setup: &Setup<'_>,
    ) -> Result<Resolved, Error> {
        let closure = setup.graph.closure(name);
        let own = closure
            .iter()
            .filter_map(|need| done.get(need))
            .flat_map(|ready| &ready.files);
        let own: Vec<PathBuf> = own.filter(|path| !is_debuginfo(path)).cloned().collect();
        let mut wanted = setup.base.clone();
        wanted.extend(
            setup
                .queries
                .get(name)
                .into_iter()
                .flat_map(|query| query.requires.clone()),
        );
        let resolved = setup.roots.resolve(&wanted, &own);
        resolved.map_err(|reason| self.failed(name, "requirements", &reason))
    }

    /// A failure before rpmbuild runs is in the log as well.
    pub(crate) fn failed(&self, name: &str, stage: &str, reason: &str) -> Error {
        let log = self.places(name).log;
        let _ = log.parent().map(fs::create_dir_all);
        let _ = fs::write(&log, format!("{stage}: {reason}\n"));
        Error::Stage {
            recipe: name.into(),
            stage: stage.into(),
            reason: reason.into(),
            log,
        }
    }

    /// A digest over all that the result depends on.
    fn key(
        &self,
        package: &Located,
        spec: &Spec,
        local: &[PathBuf],
        resolved: &Resolved,
        setup: &Setup<'_>,
    ) -> Result<String, Error> {
        let workshop = self.workshop;
        let mut fingerprint = Fingerprint::new("spec")
            .with(resolved.key())
            .with(&workshop.arch)
            .with(workshop.clamp_time.to_le_bytes())
            .with(&workshop.public_key);
        fingerprint.add_file(&setup.macros)?;
        sources::add_to(&mut fingerprint, package, spec, local)?;
        Ok(fingerprint.finish())
    }
}

/// The database of the root's packages, where rpmbuild may open it for writing, as SQLite wants to.
fn copy_database(root: &Path, work: &Path) -> std::io::Result<()> {
    fs::create_dir_all(work.join("rpmdb"))?;
    let database = root.join("usr/lib/sysimage/rpm/rpmdb.sqlite");
    fs::copy(database, work.join("rpmdb/rpmdb.sqlite")).map(drop)
}

fn note_root(setup: &Setup<'_>, root: PathBuf) {
    let mut used = setup.used.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    used.push(root);
}

/// Who makes what others name in `BuildRequires`.
fn graph_of(queries: &BTreeMap<String, Query>) -> Graph {
    let makers: BTreeMap<&String, &String> = queries
        .iter()
        .flat_map(|(recipe, query)| query.provides.iter().map(move |provided| (provided, recipe)))
        .collect();
    let mut graph = Graph::default();
    for (recipe, query) in queries {
        let needs = query
            .requires
            .iter()
            .filter_map(|text| makers.get(&name_of(text)));
        graph.add(recipe, needs.map(|maker| (*maker).clone()));
    }
    graph
}

fn restricted(graph: &Graph, names: &BTreeSet<String>) -> Graph {
    let mut part = Graph::default();
    for name in names {
        part.add(name, graph.needs(name).cloned());
    }
    part
}

fn is_debuginfo(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().contains("-debuginfo-"))
}

/// How long a build took the last time.
fn known_cost(file: &Path) -> Option<Duration> {
    let text = fs::read_to_string(file).ok()?;
    Duration::try_from_secs_f64(text.trim().parse().ok()?).ok()
}

/// One package about to be built.
struct One<'a> {
    builds: &'a Builds<'a>,
    package: &'a Located,
    spec: &'a Spec,
    places: &'a Places,
    local: &'a [PathBuf],
    key: &'a str,
}

impl One<'_> {
    fn name(&self) -> &str {
        &self.package.recipe.name
    }

    /// The packages made from this key, if all are there and tested as asked for.
    fn up_to_date(&self) -> Option<Ready> {
        let outputs = Outputs::read(&self.places.stamp.matching(self.key)?);
        let packages = self.builds.workshop.packages();
        let files: Vec<PathBuf> = outputs.files.iter().map(|file| packages.join(file)).collect();
        let enough = outputs.checked || !self.builds.options.check;
        (enough && files.iter().all(|file| file.is_file())).then(|| self.ready(files, false))
    }

    fn ready(&self, files: Vec<PathBuf>, made: bool) -> Ready {
        let own = format!("{}-", self.name());
        let is_main = |file: &&PathBuf| {
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            name.strip_prefix(&own)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        Ready {
            name: self.name().to_owned(),
            path: files
                .iter()
                .find(is_main)
                .or(files.first())
                .cloned()
                .unwrap_or_default(),
            files,
            made,
        }
    }

    fn make(&self, resolved: &Resolved, setup: &Setup<'_>) -> Result<Ready, Error> {
        let (root, resumed) = self.begin(resolved, setup)?;
        let started = Instant::now();
        self.rpmbuild(&root, "-bb", resumed)?;
        let rpms = publish::found(&self.places.work.join("RPMS"))?;
        self.refuse_weak(&rpms)?;
        self.refuse_incompatible(&rpms)?;
        let outputs = Outputs {
            checked: self.builds.options.check,
            files: Vec::new(),
        };
        let workshop = self.builds.workshop;
        let files = publish::publish(
            workshop,
            self.name(),
            &rpms,
            outputs,
            &self.places.stamp,
            self.key,
        )?;
        self.write_cost(started.elapsed());
        Record {
            workshop,
            package: self.package,
            spec: self.spec,
            key: self.key,
            resumed,
            local: self.local,
            root: &resolved.packages,
            files: &files,
        }
        .write()?;
        let _ = remove(&self.places.work);
        Ok(self.ready(files, true))
    }

    /// Runs `%prep` only, with what it leaves to be looked at.
    fn prepare(&self, resolved: &Resolved, setup: &Setup<'_>) -> Result<Ready, Error> {
        let (root, _) = self.begin(resolved, setup)?;
        self.rpmbuild(&root, "-bp", false)?;
        Ok(Ready {
            name: self.name().to_owned(),
            path: self.places.work.join("BUILD"),
            files: Vec::new(),
            made: true,
        })
    }

    /// Fetches the sources and fills root and working directory: the root, and whether the directory of a failed build is
    /// used again.
    fn begin(&self, resolved: &Resolved, setup: &Setup<'_>) -> Result<(PathBuf, bool), Error> {
        let failed = |reason: String| self.builds.failed(self.name(), "sources", &reason);
        let download = |event: download::Event<'_>| (self.builds.progress)(Event::Download(event));
        let fetched = sources::fetch(
            self.spec,
            &self.builds.cache,
            &self.builds.client,
            self.builds.urls,
            &download,
        );
        let fetched = fetched.map_err(failed)?;
        let root = setup.roots.ensure(resolved)?;
        note_root(setup, root.clone());
        let resumed = self.lay_out(&fetched, &root, setup)?;
        (self.builds.progress)(Event::Started(self.name()));
        Ok((root, resumed))
    }

    /// Fills the working directory; whether that of a failed build is used again.
    fn lay_out(&self, fetched: &[(String, PathBuf)], root: &Path, setup: &Setup<'_>) -> Result<bool, Error> {
        let work = &self.places.work;
        let same = fs::read_to_string(work.join("key")).is_ok_and(|key| key == self.key);
        if self.builds.options.resume && same && work.join("BUILD").is_dir() {
            return Ok(true);
        }
        let write = |source| Error::Write {
            what: "directory of a build",
            path: work.clone(),
            source,
        };
        remove(work).map_err(write)?;
        for directory in ["SOURCES", "SPECS", "BUILD", "RPMS", "tmp"] {
            fs::create_dir_all(work.join(directory)).map_err(write)?;
        }
        for (name, file) in fetched {
            let to = work.join("SOURCES").join(name);
            fs::hard_link(file, &to)
                .or_else(|_| fs::copy(file, &to).map(drop))
                .map_err(write)?;
        }
        for local in self.local {
            let to = work.join("SOURCES").join(local.file_name().unwrap_or_default());
            fs::copy(local, to).map_err(write)?;
        }
        if self.spec.module_key {
            self.write_module_key()?;
        }
        let spec_file = sources::spec_file(self.package, self.spec);
        fs::copy(&spec_file, work.join("SPECS/package.spec")).map_err(write)?;
        fs::copy(&setup.macros, work.join(MACROS)).map_err(write)?;
        copy_database(root, work).map_err(write)?;
        fs::write(work.join("root"), root.as_os_str().as_encoded_bytes()).map_err(write)?;
        fs::write(work.join("key"), self.key).map_err(write)?;
        Ok(false)
    }

    fn write_module_key(&self) -> Result<(), Error> {
        let path = self.places.work.join("SOURCES").join(module_key::FILE);
        let text = module_key::derive(&self.builds.workshop.secret, self.key)
            .map_err(|reason| self.builds.failed(self.name(), "module key", &reason))?;
        let options = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let written = options.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|source| Error::Write {
            what: "key of a kernel's modules",
            path,
            source,
        })
    }

    fn rpmbuild(&self, root: &Path, stages: &str, resumed: bool) -> Result<(), Error> {
        let log = &self.places.log;
        let write = |source| Error::Write {
            what: "log",
            path: log.clone(),
            source,
        };
        let _ = log.parent().map(fs::create_dir_all);
        let file = File::create(log).map_err(write)?;
        let sandbox = sandbox(root, &self.places.work, self.builds.workshop.clamp_time);
        let enter = |source| Error::Sandbox {
            root: root.into(),
            source,
        };
        let mut command = sandbox
            .command("/usr/bin/env", self.arguments(stages, resumed))
            .map_err(enter)?;
        command.stdin(std::process::Stdio::null());
        command.stdout(file.try_clone().map_err(write)?).stderr(file);
        let before = known_cost(&self.places.cost);
        let tell = |elapsed| {
            (self.builds.progress)(Event::Running {
                name: self.name(),
                elapsed,
                before,
                line: &watch::last_line(log),
            });
        };
        let status = watch::run(&mut command, &tell).map_err(write)?;
        if status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
        Err(Error::Rpmbuild {
            recipe: self.name().into(),
            stage: stage::failed(&text).into(),
            status: status.to_string(),
            log: log.clone(),
            output: stage::excerpt(&text),
        })
    }

    /// rpmbuild(8) in a shell that says at the end what it cost. Signals that our caller ignores (nohup(1), a script's
    /// background) are not ignored in it, as tests of programs count on. A shell cannot take that back; env(1) can.
    fn arguments(&self, stages: &str, resumed: bool) -> Vec<String> {
        const SCRIPT: &str = "rpmbuild \"$@\"; code=$?; echo; echo 'Processor time (user, system), of the shell and of \
                              the build:'; times; exit $code";
        const SHELL: [&str; 5] = ["--default-signal", "/usr/bin/bash", "-c", SCRIPT, "rpmbuild"];
        let options = &self.builds.options;
        let mut words: Vec<String> = SHELL.map(str::to_owned).to_vec();
        words.push(stages.into());
        if !options.check {
            words.push("--nocheck".into());
        }
        if resumed {
            words.push("--noprep".into());
        }
        words.extend([
            "--define".into(),
            format!("_smp_build_ncpus {}", options.processors),
        ]);
        words.extend(sources::definitions(self.spec));
        words.push(format!("{TOP}/SPECS/package.spec"));
        words
    }

    /// A program that came out weaker than asked for is no package.
    fn refuse_weak(&self, rpms: &[PathBuf]) -> Result<(), Error> {
        let mut all = Vec::new();
        for rpm in rpms {
            let found = hardening::missing(rpm, self.spec).map_err(|source| Error::Package {
                name: self.name().into(),
                source,
            })?;
            all.extend(found);
        }
        self.refuse(
            "hardening",
            &all,
            "pass the flags of the environment on, or relax them in the recipe with a reason",
        )
    }

    /// A library without what programs were linked to would stop the system.
    fn refuse_incompatible(&self, rpms: &[PathBuf]) -> Result<(), Error> {
        let missing = symbols::missing(rpms, self.builds.repository).map_err(|source| Error::Package {
            name: self.name().into(),
            source,
        })?;
        self.refuse(
            "symbols",
            &missing,
            "the imported packages are linked to the imported library, which has them: build it with the same options",
        )
    }

    /// An error when something was found in the packages, with what to do about it.
    fn refuse(&self, stage: &str, found: &[String], advice: &str) -> Result<(), Error> {
        if found.is_empty() {
            return Ok(());
        }
        Err(Error::Stage {
            recipe: self.name().into(),
            stage: stage.into(),
            reason: format!("{}; {advice}", found.join("; ")),
            log: self.places.log.clone(),
        })
    }

    fn write_cost(&self, wall: Duration) {
        let _ = self.places.cost.parent().map(fs::create_dir_all);
        // Only the order of the next run depends on it.
        let _ = fs::write(&self.places.cost, format!("{:.1}\n", wall.as_secs_f64()));
    }
}
