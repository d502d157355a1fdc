//! Connections: how many there are, how long a client may keep one without asking anything, and how they end.
//!
//! Why not `axum::serve`: it sets no limit to the time in which a request's head must arrive, so that a client that sends
//! nothing holds a connection for ever, and none to their number.

use std::{
    collections::{HashMap, hash_map::Entry},
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service as _;

/// The largest head of a request, in bytes; a longer one is answered 431.
const MAX_HEAD: usize = 64 << 10;
/// The most header fields of a request; more are answered 431.
const MAX_HEADERS: usize = 100;
/// How long no connection is taken after the system gave none, as when the process has as many files open as it may.
const RECOVERY: Duration = Duration::from_secs(1);

/// What connections may do.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// In what time the head of a request must have arrived, counted from the connection's beginning or from the end of the
    /// answer before. A connection on which nothing is asked for so long is closed.
    pub head_timeout: Duration,
    /// The most connections at one time. Further ones wait in the system's queue until one ends.
    pub at_once: usize,
    /// The most of one address; a further one is closed at once, so that a single client cannot keep all others waiting.
    pub per_address: usize,
}

/// How many connections each address has.
#[derive(Debug, Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection of an address, until it is dropped.
struct Counted {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    /// Counts one more, unless there are so many already.
    fn enter(&self, address: IpAddr, most: usize) -> Option<Counted> {
        let mut counts = self.0.lock();
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Counted { addresses: self.clone(), address })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.addresses.0.lock();
        if let Entry::Occupied(mut count) = counts.entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// Serves `app` until `stop`. Then no connection is taken any more, those on which nothing is under way are closed, and it
/// returns when the last request is answered.
pub async fn serve(listener: TcpListener, app: Router, limits: ConnectionLimits, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(limits.at_once.min(Semaphore::MAX_PERMITS)));
    let (open, addresses) = (TaskTracker::new(), Addresses::default());
    while let Some(Ok(place)) = stop.run_until_cancelled(places.clone().acquire_owned()).await {
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        match accepted {
            Ok((stream, peer)) => {
                let Some(counted) = addresses.enter(peer.ip(), limits.per_address) else { continue };
                let (app, stop) = (app.clone(), stop.clone());
                open.spawn(async move {
                    connection(stream, peer, app, limits.head_timeout, stop).await;
                    drop((place, counted));
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken at present");
                tokio::time::sleep(RECOVERY).await;
            }
        }
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// Errors of a connection that ended before it was taken: the next one may be fine.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection(stream: TcpStream, peer: SocketAddr, app: Router, head_timeout: Duration, stop: CancellationToken) {
    // Answers are written whole, and events of a stream are small and wanted at once.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection without TCP_NODELAY");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut app = app.clone();
        async move { Ok::<_, Infallible>(app.call(request).await.unwrap_or_else(|never| match never {})) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_timeout).max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = match stop.run_until_cancelled(connection.as_mut()).await {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that hangs up or takes too long: nothing that an operator could mend.
        tracing::debug!(%error, "a connection ended");
    }
}
