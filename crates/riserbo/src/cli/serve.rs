//! `riserbo serve`: the server, until it is told to stop.
//!
//! Without a certificate of its own it listens to this machine alone: a reverse proxy in front
//! ends TLS. Anything else would send people's data over the network in clear.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;

use super::exit::{Exit, Failure};
use super::open::{DataDir, Make, open};
use super::out::Out;
use crate::app::App;
use crate::service::accounts;

const EXAMPLES: &str = "\
Examples:
  riserbo serve
  riserbo serve --port 0 --json       any free port; one line with the address when it is ready

SIGINT and SIGTERM stop it: answers at work may finish first.";

/// Arguments of `serve`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Address to listen at [default: server.listen of riserbo.toml, else 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "port")]
    listen: Option<SocketAddr>,
    /// Port of this machine; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Say the address as one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    dir: DataDir,
}

/// Runs the command.
pub(super) async fn run(args: Args, out: &mut Out) -> Result<Exit, Failure> {
    let app = open(&args.dir.path(), Make::Yes).await?;
    let wanted = match (args.listen, args.port) {
        (Some(address), _) => address,
        (None, Some(port)) => SocketAddr::from(([127, 0, 0, 1], port)),
        (None, None) => app.config.server.listen,
    };
    let listener = listen(wanted).await?;
    let url = url(&listener)?;
    if args.json {
        out.json(&json!({"url": url}))?;
    } else {
        out.line(&url)?;
        if accounts::nobody(&app) {
            out.say("nobody can sign in yet: stop it, and begin with `riserbo user add --first`");
        }
    }
    out.flush()?;
    until_stopped(&app, listener).await?;
    out.say("stopped");
    Ok(Exit::Done)
}

/// Serves until a signal comes, then closes the stores.
pub(super) async fn until_stopped(app: &Arc<App>, listener: TcpListener) -> Result<(), Failure> {
    let recovering = crate::service::recovery::spawn(app);
    let served = crate::api::serve(Arc::clone(app), listener, stop()).await;
    recovering.abort();
    app.close().await;
    Ok(served?)
}

/// Listens at an address of this machine.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() {
        return Err(Failure::usage(format!(
            "{address} is open to the network, and without a certificate everything would go over \
             it in clear: listen at 127.0.0.1 and put a proxy that ends TLS before it \
             (server.trusted_proxies names it)"
        )));
    }
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::new(
            Exit::Busy,
            format!(
                "port {} is in use by another process: take another one with --port, or 0 for any",
                address.port()
            ),
        ),
        std::io::ErrorKind::PermissionDenied => Failure::broken(format!(
            "port {} needs rights that this process lacks: take one above 1023 with --port",
            address.port()
        )),
        kind => Failure::broken(format!("{address} can't be listened at ({kind})")),
    })
}

/// The address to open: `localhost`, because passkeys refuse bare addresses.
pub(super) fn url(listener: &TcpListener) -> Result<String, Failure> {
    let address = listener.local_addr().map_err(|e| Failure::broken(e.to_string()))?;
    Ok(if address.is_ipv4() && address.ip() == std::net::Ipv4Addr::LOCALHOST {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    })
}

/// Resolves when the process is asked to stop.
async fn stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_this_machine_is_listened_to() {
        let refused = listen("0.0.0.0:0".parse().unwrap()).await.unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.to_string().contains("in clear"));
        assert!(listen("127.0.0.1:0".parse().unwrap()).await.is_ok());
    }

    #[tokio::test]
    async fn a_port_in_use_is_said_with_what_to_do() {
        let first = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let busy = listen(first.local_addr().unwrap()).await.unwrap_err();
        assert_eq!(busy.exit, Exit::Busy);
        assert!(busy.to_string().contains("--port"));
        assert!(url(&first).unwrap().starts_with("http://localhost:"));
    }
}
