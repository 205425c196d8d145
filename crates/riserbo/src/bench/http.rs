//! P3 and P4: reading a masked ticket of about ten comments over HTTP.
//!
//! P3 holds it against a hello in JSON on the same server, with the log in
//! memory, so that it measures reading and masking; P4 holds the durable log
//! against P3. Client and server share the machine, in both alike.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::import::Desk;
use super::{Row, quantile};
use crate::app::{App, Options};
use crate::clock::DAY;
use crate::demo::by_role;
use crate::error::{Error, Result};
use crate::service::tokens::{self, NewToken};

const CONNECTIONS: usize = 64;

fn failed<E>(_: E) -> Error {
    Error::Setup(String::from("the server's bench could not run"))
}

/// What a load of requests gave.
struct Load {
    per_second: f64,
    p99_ms: f64,
}

/// Reads one answer of a connection that stays open; returns its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<u16> {
    buffer.clear();
    let mut chunk = vec![0u8; 16 * 1024];
    loop {
        let n = stream.read(&mut chunk).await.ok()?;
        if n == 0 {
            return None;
        }
        buffer.extend_from_slice(chunk.get(..n)?);
        let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(buffer.get(..head)?).ok()?;
        let length: usize = text.lines().find_map(|l| {
            l.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
        })?;
        if buffer.len() >= head + 4 + length {
            return text.split(' ').nth(1)?.parse().ok();
        }
    }
}

/// 64 connections that ask again and again.
async fn load(address: SocketAddr, requests: Arc<Vec<String>>, seconds: f64) -> Result<Load> {
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut clients = tokio::task::JoinSet::new();
    for n in 0..CONNECTIONS {
        let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
        let requests = Arc::clone(&requests);
        clients.spawn(async move {
            let mut times = Vec::new();
            let Ok(mut stream) = TcpStream::connect(address).await else { return times };
            let _ = stream.set_nodelay(true);
            let mut buffer = Vec::new();
            let mut at = n;
            while !stop.load(Ordering::Relaxed) {
                let Some(request) = requests.get(at % requests.len()) else {
                    break;
                };
                at += CONNECTIONS + 1;
                let start = Instant::now();
                if stream.write_all(request.as_bytes()).await.is_err()
                    || answer(&mut stream, &mut buffer).await != Some(200)
                {
                    break;
                }
                times.push(start.elapsed().as_secs_f64() * 1e3);
                done.fetch_add(1, Ordering::Relaxed);
            }
            times
        });
    }
    // A warm-up that doesn't count.
    tokio::time::sleep(Duration::from_secs_f64(seconds * 0.2)).await;
    let (before, start) = (done.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    let counted = done.load(Ordering::Relaxed) - before;
    let elapsed = start.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    while let Some(client) = clients.join_next().await {
        times.extend(client.map_err(failed)?);
    }
    if counted == 0 {
        return Err(failed(()));
    }
    Ok(Load { per_second: counted as f64 / elapsed, p99_ms: quantile(&mut times, 0.99) })
}

/// A server on a free port, with a hello beside the product's routes.
async fn server(app: &Arc<App>) -> Result<(SocketAddr, tokio::task::JoinHandle<()>)> {
    let hello = axum::routing::get(|| async { axum::Json(serde_json::json!({"hello": "world"})) });
    // The bench asks more than any client may.
    let mut config = app.config.clone();
    config.limits.api_requests_per_minute = u32::MAX;
    let config = crate::api::ApiConfig::new(&config)?;
    let router = crate::api::router(Arc::clone(app), config).route("/hello", hello);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let task = tokio::spawn(async move {
        let _ = crate::api::serve::run(router, listener, std::future::pending()).await;
    });
    Ok((address, task))
}

async fn requests(app: &App, tickets: &[i64]) -> Result<Arc<Vec<String>>> {
    let agent = by_role(app, "agent-1")?;
    let new = NewToken {
        owner: agent.id,
        label: String::from("bench"),
        scopes: vec![],
        networks: vec![],
        expires_at: Some(app.clock.now() + DAY),
    };
    let token = tokens::make(app, new).await?.text;
    Ok(Arc::new(
        tickets
            .iter()
            .map(|id| {
                format!(
                    "GET /api/v2/tickets/{id}/comments.json HTTP/1.1\r\nHost: localhost\r\n\
                     Authorization: Bearer {token}\r\n\r\n"
                )
            })
            .collect(),
    ))
}

/// A copy of the desk whose files lie in memory.
async fn in_memory(from: &Path) -> Result<Option<(tempfile::TempDir, Arc<App>)>> {
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() {
        return Ok(None);
    }
    let dir =
        tempfile::Builder::new().prefix("riserbo-bench-").tempdir_in(memory).map_err(failed)?;
    copy(from, dir.path()).map_err(failed)?;
    let app = App::open(Options::new(dir.path())).await?;
    Ok(Some((dir, app)))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The goals' rows.
pub(super) async fn rows(desk: &Desk, quick: bool) -> Result<Vec<Row>> {
    let seconds = if quick { 1.0 } else { 4.0 };
    let requests = requests(&desk.app, &desk.tickets).await?;
    let hello = Arc::new(vec![String::from("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")]);
    let (disk, disk_task) = server(&desk.app).await?;
    let greeting = load(disk, hello, seconds).await?;
    let durable = load(disk, Arc::clone(&requests), seconds).await?;
    disk_task.abort();
    let mut rows = Vec::new();
    let row = |id, what, value: f64, probe, probe_value: f64, floor, aim| Row {
        id,
        what,
        value,
        unit: "requests/s",
        probe,
        probe_value,
        probe_unit: "requests/s",
        ratio: value / probe_value,
        floor: Some(floor),
        aim: Some(aim),
        more_is_better: true,
        absolute: false,
    };
    let memory = in_memory(&desk.app.data_dir).await?;
    if let Some((dir, app)) = memory {
        let (address, task) = server(&app).await?;
        let read = load(address, requests, seconds).await?;
        task.abort();
        app.close().await;
        drop(dir);
        let what = "a masked ticket of ten comments, log in memory";
        rows.push(row(
            "P3",
            what,
            read.per_second,
            "hello in JSON",
            greeting.per_second,
            0.3,
            0.45,
        ));
        let what = "the same, logged durably before the answer";
        rows.push(row("P4", what, durable.per_second, "P3", read.per_second, 0.45, 0.6));
        rows.push(Row {
            unit: "ms p99",
            probe_unit: "ms p99",
            more_is_better: false,
            ..row("P4", "the same, 99th percentile", durable.p99_ms, "P3", read.p99_ms, 3.0, 1.5)
        });
    }
    Ok(rows)
}
