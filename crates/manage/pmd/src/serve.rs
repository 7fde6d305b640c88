//! Listening, and one task for each connection.

use std::collections::HashMap;
use std::net::IpAddr;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::auth::Peer;
use crate::config::Config;
use crate::daemon::Daemon;
use crate::http::respond;
use crate::{listen, sandbox, tls};

/// How long a handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the age of the certificate is looked at.
const ROTATION: Duration = Duration::from_secs(3600);

/// Serves until SIGTERM.
pub fn serve(path: &Path) -> anyhow::Result<()> {
    let config = Config::load(path)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(4)
        .thread_keep_alive(Duration::from_secs(2))
        .build()
        .context("cannot start")?;
    runtime.block_on(run(config, path))
}

/// What every listener needs.
#[derive(Clone)]
struct Shared {
    daemon: Arc<Daemon>,
    acceptor: TlsAcceptor,
    all: Arc<Semaphore>,
    sources: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

async fn run(config: Config, path: &Path) -> anyhow::Result<()> {
    let files = tls::Files::of(&config)?;
    let current = tls::Current::load(&files, config.tls.days)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls::server(&config.tls, current.clone())?));
    let (listen, days, whole) = (config.listen.clone(), config.tls.days, config.clone());
    let shared = Shared {
        all: Arc::new(Semaphore::new(config.limits.connections.max(1))),
        daemon: Arc::new(Daemon::new(config)?),
        acceptor,
        sources: Arc::default(),
    };
    if let Some(path) = &listen.unix {
        tokio::spawn(accept_unix(unix(path, 0o666)?, shared.clone()));
    }
    if let Some(path) = &listen.relay {
        tokio::spawn(accept_relay(unix(path, 0o600)?, shared.clone()));
    }
    let mut places = Vec::new();
    for address in &listen.tls {
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("cannot listen at {address}"))?;
        places.push(listener.local_addr()?.to_string());
        tokio::spawn(accept_tcp(listener, shared.clone()));
    }
    sandbox::confine(&whole, path, &files)?;
    notify(&format!("READY=1\nSTATUS=TLS at {}", places.join(" ")));
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut reload = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = reload.recv() => {}
            () = tokio::time::sleep(ROTATION) => {}
        }
        // Roles are taken up at once; what listens, and how callers prove who they are, by a restart.
        match Config::load(path).and_then(|config| Ok(config.roles()?)) {
            Ok(roles) => shared.daemon.set_roles(roles),
            Err(error) => eprintln!("<3>the roles stay as they are: {error:#}"),
        }
        if let Err(error) = current.reload(&files, days) {
            eprintln!("<3>the certificate stays as it is: {error:#}");
        }
    }
    notify("STOPPING=1");
    Ok(())
}

fn unix(path: &Path, mode: u32) -> anyhow::Result<UnixListener> {
    Ok(UnixListener::from_std(listen::unix(path, mode)?)?)
}

/// Tells systemd (sd_notify(3)); without systemd there is nobody to tell.
fn notify(state: &str) {
    use std::os::linux::net::SocketAddrExt as _;
    let Ok(name) = std::env::var("NOTIFY_SOCKET") else {
        return;
    };
    let address = match name.strip_prefix('@') {
        Some(name) => std::os::unix::net::SocketAddr::from_abstract_name(name),
        None => std::os::unix::net::SocketAddr::from_pathname(&name),
    };
    if let (Ok(socket), Ok(address)) = (UnixDatagram::unbound(), address) {
        let _ = socket.send_to_addr(state.as_bytes(), &address);
    }
}

/// Too many open files and the like: wait a moment, and do not spin.
async fn breathe(error: &std::io::Error) {
    eprintln!("<3>a connection cannot be accepted: {error}");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn accept_unix(listener: UnixListener, shared: Shared) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                breathe(&error).await;
                continue;
            }
        };
        let Some(place) = shared.clone().place(None) else {
            continue;
        };
        let Ok(credentials) = stream.peer_cred() else {
            continue;
        };
        let peer = Peer::Process {
            uid: credentials.uid(),
        };
        tokio::spawn(async move {
            plain(&place, stream, peer).await;
        });
    }
}

/// TLS over a unix socket, which systemd-socket-proxyd fills from vsock(7): the daemon itself needs no such socket.
async fn accept_relay(listener: UnixListener, shared: Shared) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Some(place) = shared.clone().place(None) {
                    tokio::spawn(async move { secure(&place, stream, None).await });
                }
            }
            Err(error) => breathe(&error).await,
        }
    }
}

async fn accept_tcp(listener: TcpListener, shared: Shared) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                let address = address.ip().to_canonical();
                let _ = stream.set_nodelay(true);
                if let Some(place) = shared.clone().place(Some(address)) {
                    tokio::spawn(async move { secure(&place, stream, Some(address)).await });
                }
            }
            Err(error) => breathe(&error).await,
        }
    }
}

/// A connection's place among those that are allowed; given back when it is dropped.
struct Place {
    shared: Shared,
    source: Option<IpAddr>,
    _one: tokio::sync::OwnedSemaphorePermit,
}

impl Shared {
    /// A place, if there is one: what is too much is closed at once, so that it costs nothing.
    fn place(self, source: Option<IpAddr>) -> Option<Place> {
        let one = self.all.clone().try_acquire_owned().ok()?;
        if let Some(address) = source {
            let most = self.daemon.config.limits.connections_per_source.max(1);
            let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
            let count = sources.entry(address).or_default();
            if *count >= most {
                return None;
            }
            *count += 1;
        }
        Some(Place {
            shared: self,
            source,
            _one: one,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.source else {
            return;
        };
        let mut sources = self.shared.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = sources.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                sources.remove(&address);
            }
        }
    }
}

async fn secure<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    place: &Place,
    stream: S,
    address: Option<IpAddr>,
) {
    let handshake = place.shared.acceptor.accept(stream);
    let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, handshake).await else {
        return;
    };
    let (_, session) = stream.get_ref();
    let certificate = session
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(|one| one.to_vec());
    let second = session.alpn_protocol() == Some(b"h2");
    let peer = Peer::Remote { address, certificate };
    match second {
        true => multiplexed(place, stream, peer).await,
        false => plain(place, stream, peer).await,
    }
}

/// HTTP/1.1. Headers must arrive in time, at the start and after each answer.
async fn plain<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(place: &Place, stream: S, peer: Peer) {
    let daemon = place.shared.daemon.clone();
    let patience = Duration::from_secs(daemon.config.limits.header_seconds.max(1));
    let peer = Arc::new(peer);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = respond(daemon.clone(), peer.clone(), request);
        async move { Ok::<_, std::convert::Infallible>(answer.await) }
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(32 << 10)
        .max_headers(64)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// HTTP/2. A connection that does not answer pings is closed.
async fn multiplexed<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    place: &Place,
    stream: S,
    peer: Peer,
) {
    let daemon = place.shared.daemon.clone();
    let patience = Duration::from_secs(daemon.config.limits.header_seconds.max(1));
    let peer = Arc::new(peer);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = respond(daemon.clone(), peer.clone(), request);
        async move { Ok::<_, std::convert::Infallible>(answer.await) }
    });
    let _ = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(patience)
        .keep_alive_timeout(patience)
        .max_concurrent_streams(32)
        .max_header_list_size(32 << 10)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
