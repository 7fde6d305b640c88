//! Taking calls: one thread for each connection, changes one after the other.

use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail};
use pmd_api as api;
use pmd_api::message::{Done, LONGEST_REQUEST, Reply, Request};
use pmd_api::{Access, Domain, Message, Operation, Problem, Work, entity_tag};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Map, Value};

use super::{
    Context, access, auth, backup, directory, firewall, guard, logs, network, packages, plugins, services,
    system, updates, users,
};
use crate::wire;

/// How a helper runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// The domain, or `auth`.
    pub domain: String,
    /// The root of the host; `/` but in tests.
    pub root: PathBuf,
    /// The daemon's user.
    pub daemon: u32,
    /// Listen here, instead of on the socket that systemd passes.
    pub socket: Option<PathBuf>,
    /// End after so long without a call.
    pub idle: Duration,
    /// The daemon's configuration.
    pub config: PathBuf,
}

/// How long a message may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Changes of a domain one after the other.
static CHANGE: Mutex<()> = Mutex::new(());
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

/// Takes calls until there are none for a while. With a root that is not `/`, nothing of the machine is changed.
pub fn serve(options: &Options) -> anyhow::Result<()> {
    let take = take_of(&options.domain)?;
    let listener = access::listener(options.socket.as_deref())?;
    let options = guard::enter(options)?;
    listener
        .set_nonblocking(true)
        .context("the socket cannot be used")?;
    let wait = Timespec::try_from(options.idle).context("--idle")?;
    loop {
        let mut fds = [PollFd::new(&listener, PollFlags::IN)];
        let ready = poll(&mut fds, Some(&wait)).or_else(|errno| match errno {
            rustix::io::Errno::INTR => Ok(1),
            other => Err(other),
        });
        if ready.context("cannot wait for calls")? == 0 {
            if ACTIVE.load(Ordering::SeqCst) == 0 {
                return Ok(());
            }
            continue;
        }
        let Ok((stream, _)) = listener.accept() else {
            continue;
        };
        ACTIVE.fetch_add(1, Ordering::SeqCst);
        let options = options.clone();
        std::thread::spawn(move || {
            if let Err(error) = access::check(&stream, options.daemon).and_then(|()| take(stream, &options)) {
                eprintln!("<4>pmd-helper {}: {error:#}", options.domain);
            }
            ACTIVE.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

type Take = fn(UnixStream, &Options) -> anyhow::Result<()>;

/// The one list of what each domain's calls go to.
fn take_of(domain: &str) -> anyhow::Result<Take> {
    if domain == "auth" {
        return Ok(auth::take);
    }
    Ok(match Domain::find(domain) {
        Some(Domain::System) => {
            |stream, options| take::<api::system::Call, _>(stream, options, system::System::new)
        }
        Some(Domain::Network) => {
            |stream, options| take::<api::network::Call, _>(stream, options, network::Network::new)
        }
        Some(Domain::Packages) => {
            |stream, options| take::<api::packages::Call, _>(stream, options, packages::Packages::new)
        }
        Some(Domain::Updates) => {
            |stream, options| take::<api::updates::Call, _>(stream, options, updates::Updates::new)
        }
        Some(Domain::Firewall) => {
            |stream, options| take::<api::firewall::Call, _>(stream, options, firewall::Rules::new)
        }
        Some(Domain::Users) => {
            |stream, options| take::<api::users::Call, _>(stream, options, users::Users::new)
        }
        Some(Domain::Services) => {
            |stream, options| take::<api::services::Call, _>(stream, options, services::Services::new)
        }
        Some(Domain::Logs) => |stream, options| take::<api::logs::Call, _>(stream, options, logs::Logs::new),
        Some(Domain::Roles) => {
            |stream, options| take::<api::roles::Call, _>(stream, options, plugins::Plugins::new)
        }
        Some(Domain::Backup) => {
            |stream, options| take::<api::backup::Call, _>(stream, options, backup::Backup::new)
        }
        Some(Domain::Directory) => {
            |stream, options| take::<api::directory::Call, _>(stream, options, directory::Directory::new)
        }
        Some(domain) => bail!("there is no helper for the domain {}", domain.name()),
        None => bail!("there is no domain `{domain}`"),
    })
}

/// One call: read, done, answered.
fn take<C: Message, H: Work<C>>(
    mut stream: UnixStream,
    options: &Options,
    make: fn(Context) -> H,
) -> anyhow::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let asked: Option<Request<Value>> = wire::read(&mut stream, LONGEST_REQUEST)?;
    let Some(asked) = asked else {
        return Ok(());
    };
    let to = Arc::new(Mutex::new(stream.try_clone()?));
    let mut context = Context::new(&options.root, asked.caller.clone(), Some(to.clone()));
    context.administrator = asked.administrator;
    watch(stream, &context);
    let outcome = catch_unwind(AssertUnwindSafe(|| perform::<C, H>(asked, make, &context)));
    let outcome = outcome.unwrap_or_else(|_| {
        Err(Problem::failed(
            "the helper failed inside; look into the journal of its unit, and at the resource, before trying again",
        ))
    });
    let reply = match outcome {
        Ok(done) => Reply::Done(done),
        Err(problem) => Reply::Failed(problem),
    };
    let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
    wire::write(&mut *to, &reply)?;
    to.shutdown(std::net::Shutdown::Both).or(Ok(()))
}

/// When the daemon closes its side, the call is not wanted any more.
fn watch(mut stream: UnixStream, context: &Context) {
    let context = context.clone();
    std::thread::spawn(move || {
        let _ = stream.set_read_timeout(None);
        let _ = std::io::Read::read(&mut stream, &mut [0]);
        context.stop.store(true, Ordering::Relaxed);
        context.progress("asked to stop", 0, 0);
    });
}

fn perform<C: Message, H: Work<C>>(
    asked: Request<Value>,
    make: fn(Context) -> H,
    context: &Context,
) -> Result<Done, Problem> {
    let arguments = asked.call.get("arguments").cloned().unwrap_or_default();
    let call: C = serde_json::from_value(asked.call)
        .map_err(|error| Problem::invalid(format!("the helper does not know this call: {error}")))?;
    let operation = pmd_api::find(call.id()).ok_or_else(|| Problem::not_found(call.id()))?;
    let mut handler = make(context.clone());
    if operation.access != Access::Change || operation.method == pmd_api::Method::Get {
        return Ok(Done {
            answer: handler.work(call)?,
            before: None,
            after: None,
        });
    }
    let _one = CHANGE.lock().unwrap_or_else(PoisonError::into_inner);
    let reader = operation.reader().filter(|_| !operation.job);
    let look = || reader.and_then(|reader| look::<C, H>(reader, &arguments, &mut make(context.clone())));
    let before = look();
    if let Some(wanted) = &asked.if_match {
        check_tag(operation, before.as_ref(), wanted)?;
    }
    let answer = handler.work(call)?;
    Ok(Done {
        answer,
        before,
        after: look(),
    })
}

/// The resource that a change is about, as its GET shows it.
fn look<C: Message, H: Work<C>>(reader: &Operation, arguments: &Value, handler: &mut H) -> Option<Value> {
    let names: Vec<String> = reader.fields().into_iter().map(|field| field.name).collect();
    let known = arguments.as_object().into_iter().flatten();
    let members: Map<String, Value> = known
        .filter(|(name, value)| names.contains(name) && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let message = serde_json::json!({ "operation": reader.word(), "arguments": members });
    handler.work(serde_json::from_value(message).ok()?).ok()
}

fn check_tag(operation: &Operation, before: Option<&Value>, wanted: &str) -> Result<(), Problem> {
    let Some(before) = before else {
        return Err(Problem::changed(format!(
            "{}: If-Match is given, but there is no such resource now",
            operation.id
        )));
    };
    let tag = entity_tag(before.to_string().as_bytes());
    let fits = wanted
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one == tag);
    match fits {
        true => Ok(()),
        false => Err(Problem::changed(format!(
            "{}: the resource is now {tag}, not {wanted}; get it again and decide anew",
            operation.id
        ))),
    }
}
