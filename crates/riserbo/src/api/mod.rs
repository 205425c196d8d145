//! HTTP: the Zendesk dialect, so that existing clients, exporters and scripts
//! read Riserbo unchanged, each seeing what its principal's role may see.
//!
//! One way for every request: the path is brought to one form (`normal`), the
//! *gate* ([`auth`]) finds out who asks, counts the request against the token's
//! limit, makes the [`Ctx`](crate::app::Ctx) that goes through every call, and
//! dresses the answer; handlers under [`zendesk`] read their parameters, call one
//! service and give a wire shape to the view that they get. What a service
//! returns is masked and logged already (INVARIANT I1); a request that ends
//! before a service (a malformed parameter) is logged by the gate.
//!
//! It is not a place of decisions: no policy, no store, no key, no clear value.
//! Answers are `no-store` and have no ETag; the trace of a request holds its
//! route, status and time, and nothing that was typed (I2, I4).

pub mod auth;
pub mod error;
pub mod limit;
pub mod links;
pub mod paging;
pub mod query;
pub mod serve;
pub mod trace;
pub mod wire;
pub mod zendesk;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Request, Uri, header};
use axum::routing::get;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::service::tokens;
use limit::Limiter;

pub use error::Fail;
pub use serve::serve;

/// Where the dialect begins.
pub const BASE: &str = "/api/v2";

/// Most bytes of a request's body. The read side takes none; clients that send
/// one with a GET are borne with.
const BODY_LIMIT: usize = 1 << 20;

/// How the API meets the network.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// Reverse proxies whose `X-Forwarded-*` headers count: (address, bits).
    proxies: Vec<(IpAddr, u8)>,
    /// Requests that one token may make in a minute.
    per_minute: u32,
    /// Longest time for one answer.
    timeout: Duration,
    /// Whether connections come in over TLS that this process ends itself.
    tls: bool,
}

impl ApiConfig {
    /// From the configuration.
    ///
    /// # Errors
    /// [`Error::Setup`] if a trusted proxy is no network.
    pub fn new(config: &Config) -> Result<ApiConfig> {
        let proxies = config
            .server
            .trusted_proxies
            .iter()
            .map(|text| {
                tokens::network_of(text).ok_or_else(|| {
                    Error::Setup(String::from(
                        "server.trusted_proxies: write networks as 10.0.0.0/8 or ::1/128",
                    ))
                })
            })
            .collect::<Result<_>>()?;
        Ok(ApiConfig {
            proxies,
            per_minute: config.limits.api_requests_per_minute.max(1),
            timeout: Duration::from_secs(60),
            tls: false,
        })
    }

    /// As this one, for a listener that ends TLS: links say `https`.
    #[must_use]
    pub fn with_tls(mut self) -> ApiConfig {
        self.tls = true;
        self
    }

    /// Whether the `X-Forwarded-*` headers of this peer count.
    fn trusts(&self, peer: IpAddr) -> bool {
        self.proxies.iter().any(|network| tokens::contains(*network, peer))
    }
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    pub(crate) config: ApiConfig,
    pub(crate) limiter: Limiter,
}

/// Every route of the API, and `/healthz`. Everything else under `/api/v2` is
/// `404 InvalidEndpoint`; other paths are left to who merges this router.
///
/// The peer's address is taken from the request's `ConnectInfo<SocketAddr>`
/// ([`serve()`] puts it there); without it, tokens that are bound to networks are
/// refused.
pub fn router(app: Arc<App>, config: ApiConfig) -> Router {
    let limiter = Limiter::new(config.per_minute);
    let shared = Arc::new(Shared { app, config, limiter });
    let dialect = zendesk::routes()
        .fallback(error::no_endpoint)
        .method_not_allowed_fallback(error::no_endpoint)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&shared), auth::gate))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&shared), trace::time));
    // The path is brought to one form before it is routed, so that a layer of
    // the router would come too late.
    let dialect = dialect.map_request(normal);
    Router::new()
        .nest_service(BASE, dialect)
        .route("/healthz", get(health).with_state(shared))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(set(header::CACHE_CONTROL, "no-store"))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
        .layer(set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

/// Says that the process answers and its log can be written, and nothing else.
async fn health(
    axum::extract::State(shared): axum::extract::State<Arc<Shared>>,
) -> axum::response::Response {
    error::health(&shared.app)
}

/// A path of the dialect in its one form: without `.json` and without a slash at
/// the end, for clients send all of them.
fn normal<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    let bare = path.trim_end_matches('/');
    let bare = bare.strip_suffix(".json").unwrap_or(bare);
    if bare == path {
        return request;
    }
    let bare = if bare.is_empty() { "/" } else { bare };
    let target = match request.uri().query() {
        Some(query) => format!("{bare}?{query}"),
        None => bare.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    // What was parsed once and only lost its end parses again.
    if let Ok(target) = target.parse() {
        parts.path_and_query = Some(target);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(uri: &str) -> String {
        let request = Request::builder().uri(uri).body(()).unwrap();
        normal(request).uri().to_string()
    }

    #[test]
    fn a_path_has_one_form() {
        assert_eq!(path("/tickets.json?page%5Bsize%5D=1"), "/tickets?page%5Bsize%5D=1");
        assert_eq!(path("/tickets/"), "/tickets");
        assert_eq!(path("/tickets/1.json/"), "/tickets/1");
        assert_eq!(path("/tickets"), "/tickets");
        assert_eq!(path("http://h:1/users/me.json"), "http://h:1/users/me");
        assert_eq!(path("/.json"), "/");
        assert_eq!(path("//"), "/");
    }
}
