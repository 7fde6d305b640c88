use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ureq::Agent;
use ureq::config::{Config, IpFamily};

use crate::access::{Access, Family, without_credentials};
use crate::error::Error;
use crate::rate::{Limit, Paced};
use crate::redirect::origin;
use crate::retry::Retries;
use crate::source::{Failure, Stream, local_path, open_file, open_http};
use crate::{proxy, tls};

/// How patient and how greedy a [`Client`] is.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files fetched at the same time.
    pub parallel: usize,
    /// Failures in a row before a file is given up.
    pub retries: u32,
    /// The pause after the first failure; it doubles with each further one.
    pub pause: Duration,
    /// How long a connection may take, and how long it may be silent.
    pub timeout: Duration,
    /// Bytes a second below which a transfer is given up after `timeout`; 0 for no such limit.
    pub min_rate: u64,
    /// Bytes a second that all transfers together may use; 0 for no such limit.
    pub max_rate: u64,
    /// What we call ourselves.
    pub user_agent: String,
    /// Proxy, credentials, certificates.
    pub access: Access,
}

impl Default for Options {
    fn default() -> Self {
        let pause = Duration::from_millis(500);
        Self {
            parallel: 8,
            retries: 5,
            pause,
            timeout: Duration::from_secs(30),
            min_rate: 0,
            max_rate: 0,
            user_agent: concat!("lumen/", env!("CARGO_PKG_VERSION")).to_owned(),
            access: Access::default(),
        }
    }
}

/// Fetches files. Connections are kept and shared by all threads.
#[derive(Debug)]
pub struct Client {
    pub(crate) options: Options,
    plain: OnceLock<Result<Agent, String>>,
    tls: OnceLock<Result<Agent, String>>,
    limit: Arc<Limit>,
    /// Failures by server, so that one that is down is not asked first for every file.
    failures: Mutex<HashMap<String, u32>>,
}

impl Default for Client {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl Client {
    /// A client with these options. Nothing is opened before the first request.
    pub fn new(options: Options) -> Self {
        Self {
            plain: OnceLock::new(),
            tls: OnceLock::new(),
            limit: Arc::new(Limit::new(options.max_rate)),
            failures: Mutex::default(),
            options,
        }
    }

    /// How it was made.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Fetches a small file into memory: `http(s)://`, `file://` or an absolute path.
    ///
    /// More than `limit` bytes are an error, so that a broken server cannot fill the memory.
    pub fn get_bytes(&self, url: &str, limit: u64) -> Result<Vec<u8>, Error> {
        self.get_bytes_within(url, limit, self.options.retries)
    }

    /// As [`get_bytes`](Self::get_bytes), without a second try: for who knows another address.
    pub fn get_bytes_once(&self, url: &str, limit: u64) -> Result<Vec<u8>, Error> {
        self.get_bytes_within(url, limit, 0)
    }

    fn get_bytes_within(&self, url: &str, limit: u64, retries: u32) -> Result<Vec<u8>, Error> {
        let mut retries = Retries::new(retries, self.options.pause);
        loop {
            let read = self.read_whole(url, limit);
            self.note(url, matches!(read, Err(Failure::Transient(_))));
            let failure = match read {
                Ok(bytes) if bytes.len() as u64 > limit => {
                    return Err(Error::TooLarge {
                        url: without_credentials(url),
                        limit,
                    });
                }
                Ok(bytes) => return Ok(bytes),
                Err(failure) => failure,
            };
            let Failure::Transient(cause) = failure else {
                return Err(final_error(url, url, failure));
            };
            match retries.next(false) {
                Some(pause) => std::thread::sleep(pause),
                None => return Err(final_error(url, url, Failure::Transient(cause))),
            }
        }
    }

    fn read_whole(&self, url: &str, limit: u64) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let stream = self.open(url, 0)?;
        let read = stream.reader.take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| Failure::Transient(error.to_string()))?;
        Ok(bytes)
    }

    pub(crate) fn open(&self, url: &str, start: u64) -> Result<Stream, Failure> {
        if let Some(path) = local_path(url) {
            return open_file(&path, start);
        }
        let agent = |url: &str| self.agent(url).map_err(Failure::Refused);
        let credentials = self.options.access.credentials();
        let stream = open_http(agent, url, start, credentials.as_deref())?;
        let (limit, options) = (Arc::clone(&self.limit), &self.options);
        Ok(Stream {
            start: stream.start,
            reader: Box::new(Paced::new(
                stream.reader,
                limit,
                options.min_rate,
                options.timeout,
            )),
        })
    }

    /// The certificate bundle is read only when the first HTTPS address is asked for: parsing it takes
    /// longer than many a command.
    fn agent(&self, url: &str) -> Result<&Agent, String> {
        let agent = match url.starts_with("https:") {
            true => self.tls.get_or_init(|| self.new_agent(true)),
            false => self.plain.get_or_init(|| self.new_agent(false)),
        };
        agent.as_ref().map_err(String::clone)
    }

    fn new_agent(&self, secure: bool) -> Result<Agent, String> {
        let access = &self.options.access;
        let through = proxy::find(access).map_err(|error| without_credentials(&error))?;
        let config = self.config(secure, through)?;
        Ok(proxy::agent(config, self.config(false, None)?))
    }

    fn config(&self, secure: bool, through: Option<ureq::Proxy>) -> Result<Config, String> {
        let options = &self.options;
        let mut builder = Agent::config_builder()
            .http_status_as_error(false)
            // Redirections are followed by us, who know what must not be told to whom.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(options.user_agent.as_str())
            // The bytes are wanted as they lie on the server: digests are of those.
            .accept_encoding("identity")
            .max_idle_connections_per_host(options.parallel)
            .max_idle_connections(options.parallel * 2)
            .ip_family(family(options.access.family))
            .proxy(through)
            .timeout_resolve(Some(options.timeout))
            .timeout_connect(Some(options.timeout))
            .timeout_recv_response(Some(options.timeout))
            .timeout_per_read(Some(options.timeout));
        if secure {
            builder = builder.tls_config(tls::config(&options.access)?);
        }
        Ok(builder.build())
    }

    /// Addresses with those last whose servers have failed; otherwise in their order.
    pub fn by_health<'u>(&self, urls: &'u [String]) -> Vec<&'u String> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<&String> = urls.iter().collect();
        sorted.sort_by_key(|url| failures.get(&origin(url)).copied().unwrap_or(0));
        sorted
    }

    /// Remembers that a server failed, or works again.
    pub(crate) fn note(&self, url: &str, failed: bool) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match failed {
            true => *failures.entry(origin(url)).or_default() += 1,
            false => drop(failures.remove(&origin(url))),
        }
    }
}

fn family(family: Family) -> IpFamily {
    match family {
        Family::Any => IpFamily::Any,
        Family::V4 => IpFamily::Ipv4Only,
        Family::V6 => IpFamily::Ipv6Only,
    }
}

/// The error for a failure that is not tried again.
pub(crate) fn final_error(name: &str, url: &str, failure: Failure) -> Error {
    let (name, url) = (without_credentials(name), without_credentials(url));
    match failure {
        Failure::Gone => Error::NotFound { name, urls: url },
        Failure::Refused(cause) => Error::Refused {
            name,
            url,
            cause: without_credentials(&cause),
        },
        Failure::Transient(cause) => Error::Interrupted {
            name,
            urls: url,
            cause: without_credentials(&cause),
        },
        Failure::Range => Error::Refused {
            name,
            url,
            cause: "a range that was not asked for".to_owned(),
        },
    }
}
