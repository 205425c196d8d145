//! The trace of a request: method, route template, status, milliseconds and the
//! request's id. Never a path as typed, a query, a header or a body (I2).

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;

use super::Shared;
use crate::app::request_id;

/// The request's id, as it stands in the access log, the trace and the answer's
/// `X-Request-Id`.
#[derive(Clone)]
pub struct RequestId(pub Arc<str>);

/// Gives the request its id, and traces it.
pub(crate) async fn time(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id: Arc<str> = request_id(shared.app.rng.as_ref(), shared.app.clock.now()).into();
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| String::from("unknown"), |m| m.as_str().to_owned());
    let method = request.method().clone();
    let start = Instant::now();
    let mut response = next.run(request).await;
    tracing::info!(
        %method,
        route,
        status = response.status().as_u16(),
        ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        request = &*id,
        "answered"
    );
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}
