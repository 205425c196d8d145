//! The server's loop: connections in, bounded in number and patience.
//!
//! A connection has ten seconds to send its head and sixty-four kilobytes for
//! it, so that a slow client holds a socket and never a place that others need;
//! there are at most so many connections at once, and the next one waits to be
//! taken. On shutdown no new connection is taken, and those at work may finish
//! for ten seconds.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use super::{ApiConfig, router};
use crate::app::App;
use crate::error::{Error, Result};

/// Connections at once.
const CONNECTIONS: usize = 4_096;
/// For the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Bytes of a request's head.
const HEAD_SIZE: usize = 64 << 10;
/// For answers at work when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Serves the API alone on a listener until `shutdown` resolves.
///
/// # Errors
/// [`Error::Setup`] for a configuration that can't be used.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let config = ApiConfig::new(&app.config)?;
    run(router(app, config), listener, shutdown).await
}

/// Serves any router, the API's merged with others', until `shutdown` resolves.
/// Requests carry the peer's address as `ConnectInfo<SocketAddr>`.
///
/// # Errors
/// None now; what a listener can't take is tried again.
pub async fn run(
    router: Router,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_SIZE);
    builder.http2().timer(TokioTimer::new()).max_header_list_size(HEAD_SIZE as u32);
    let builder = Arc::new(builder);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, taken) = tokio::select! {
            next = next => next,
            () = &mut shutdown => break,
        };
        let place = place.map_err(|_| Error::Stopped)?;
        let (stream, peer) = match taken {
            Ok(taken) => taken,
            Err(error) => {
                // Out of sockets, or the client left: neither may stop the server.
                tracing::warn!(kind = ?error.kind(), "a connection was not taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Answers are written whole.
        let _ = stream.set_nodelay(true);
        let connection = connection(Arc::clone(&builder), router.clone(), stream, peer);
        let watched = graceful.watcher();
        tokio::spawn(async move {
            connection(watched).await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some answers were cut off at the end");
    }
    Ok(())
}

type Watched = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// One connection, to be watched by the shutdown.
fn connection(
    builder: Arc<Builder<TokioExecutor>>,
    router: Router,
    stream: TcpStream,
    peer: SocketAddr,
) -> impl FnOnce(hyper_util::server::graceful::Watcher) -> Watched {
    move |watcher| {
        Box::pin(async move {
            let service = router.map_request(move |request: Request<hyper::body::Incoming>| {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            });
            let connection = builder.serve_connection_with_upgrades(
                TokioIo::new(stream),
                TowerToHyperService::new(service),
            );
            // A client that hangs up or speaks nonsense is its own affair.
            let _ = watcher.watch(connection.into_owned()).await;
        })
    }
}
