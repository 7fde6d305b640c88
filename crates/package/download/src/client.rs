use std::io::Read;
use std::sync::OnceLock;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::TlsConfig;

use crate::error::Error;
use crate::retry::Retries;
use crate::source::{Failure, Stream, local_path, open_file, open_http};

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
}

impl Default for Options {
    fn default() -> Self {
        let pause = Duration::from_millis(500);
        Self {
            parallel: 8,
            retries: 5,
            pause,
            timeout: Duration::from_secs(30),
        }
    }
}

/// Fetches files. Connections are kept and shared by all threads.
#[derive(Debug)]
pub struct Client {
    pub(crate) options: Options,
    plain: OnceLock<Agent>,
    tls: OnceLock<Agent>,
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
            options,
            plain: OnceLock::new(),
            tls: OnceLock::new(),
        }
    }

    /// Fetches a small file into memory: `http(s)://`, `file://` or an absolute path.
    ///
    /// More than `limit` bytes are an error, so that a broken server cannot fill the memory.
    pub fn get_bytes(&self, url: &str, limit: u64) -> Result<Vec<u8>, Error> {
        let mut retries = Retries::new(self.options.retries, self.options.pause);
        loop {
            let failure = match self.read_whole(url, limit) {
                Ok(bytes) if bytes.len() as u64 > limit => {
                    return Err(Error::TooLarge {
                        url: url.to_owned(),
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
        match local_path(url) {
            Some(path) => open_file(&path, start),
            None => open_http(self.agent(url), url, start),
        }
    }

    /// The certificate bundle is read only when the first HTTPS address is asked for: parsing it takes
    /// longer than many a command.
    fn agent(&self, url: &str) -> &Agent {
        match url.starts_with("https:") {
            true => self
                .tls
                .get_or_init(|| agent(&self.options, Some(crate::roots::system()))),
            false => self.plain.get_or_init(|| agent(&self.options, None)),
        }
    }
}

fn agent(options: &Options, roots: Option<ureq::tls::RootCerts>) -> Agent {
    let mut tls = TlsConfig::builder();
    if let Some(roots) = roots {
        tls = tls.root_certs(roots);
    }
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .http_status_as_error(false)
        .user_agent(concat!("lumen/", env!("CARGO_PKG_VERSION")))
        // The bytes are wanted as they lie on the server: digests are of those.
        .accept_encoding("identity")
        .max_idle_connections_per_host(options.parallel)
        .max_idle_connections(options.parallel * 2)
        .timeout_resolve(Some(options.timeout))
        .timeout_connect(Some(options.timeout))
        .timeout_recv_response(Some(options.timeout))
        .timeout_per_read(Some(options.timeout));
    config.build().new_agent()
}

/// The error for a failure that is not tried again.
pub(crate) fn final_error(name: &str, url: &str, failure: Failure) -> Error {
    let (name, url) = (name.to_owned(), url.to_owned());
    match failure {
        Failure::Gone => Error::NotFound { name, urls: url },
        Failure::Refused(cause) => Error::Refused { name, url, cause },
        Failure::Transient(cause) => Error::Interrupted {
            name,
            urls: url,
            cause,
        },
        Failure::Range => Error::Refused {
            name,
            url,
            cause: "a range that was not asked for".to_owned(),
        },
    }
}
