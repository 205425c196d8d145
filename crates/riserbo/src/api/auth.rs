//! The gate: who asks, whether the token's limit and scopes let the request
//! through, and the context that goes with it.
//!
//! Two spellings of one token: `Authorization: Basic email/token:TOKEN`, where
//! the address must be the token's owner, and `Bearer TOKEN`. A password is not
//! taken: it would have to travel with every request. All failures look alike.
//!
//! The event's path is the route with its ids filled in (`/api/v2/tickets/35`),
//! made from the route and from numbers; nothing else that was typed is in it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::{Form, Unlogged};
use super::limit::Standing;
use super::query::{Query, valid_id};
use super::trace::RequestId;
use super::{BASE, Fail, Shared, links};
use crate::app::{Caller, Ctx};
use crate::error::Error;
use crate::service::access_log::Draft;
use crate::service::tokens::{self, Bearer};

/// Most bytes of all header lines.
const HEADER_LIMIT: usize = 32 << 10;
/// Most signs of a client's own word that the log keeps.
const CLIENT_LIMIT: usize = 200;

/// A request that came through the gate: what every handler starts from.
#[derive(Clone)]
pub struct Api {
    /// Who asks; goes into every service.
    pub ctx: Ctx,
    /// Scheme and host for links.
    pub base: Arc<str>,
    /// The path with its ids filled in.
    pub path: Arc<str>,
    /// The query.
    pub query: Query,
}

impl<S: Sync> FromRequestParts<S> for Api {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Api, Fail> {
        parts.extensions.get::<Api>().cloned().ok_or_else(Fail::internal)
    }
}

/// An id from the path. What is no id is a record that is not there.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub i64);

impl<S: Sync + Send> FromRequestParts<S> for Id {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, Fail> {
        let params =
            RawPathParams::from_request_parts(parts, state).await.map_err(|_| Fail::internal())?;
        let id = params.iter().next().and_then(|(_, text)| id_of(text));
        id.map(Id).ok_or_else(|| Fail::unlogged(Error::NotFound))
    }
}

fn id_of(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|id| digits && valid_id(*id))
}

/// Lets a request through, or answers it.
pub(crate) async fn gate(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::OPTIONS {
        return options();
    }
    let form = match request.extensions().get::<MatchedPath>() {
        Some(path) if path.as_str().ends_with("/access_logs") => Form::Array,
        _ => Form::Plain,
    };
    let (mut parts, body) = request.into_parts();
    let (api, standing) = match enter(&shared, &mut parts).await {
        Ok(entered) => entered,
        Err((fail, standing)) => {
            let mut response = fail.form(form).into_response();
            if let Some(standing) = standing {
                tell(&mut response, standing);
            }
            return response;
        }
    };
    let ctx = api.ctx.clone();
    parts.extensions.insert(api);
    let limit = shared.config.timeout;
    let answer = tokio::time::timeout(limit, next.run(Request::from_parts(parts, body))).await;
    let mut response = answer.unwrap_or_else(|_| Fail::timed_out().form(form).into_response());
    if let Some(Unlogged(outcome)) = response.extensions_mut().remove::<Unlogged>() {
        let draft = Draft { action: "api_request", outcome: Some(outcome), ..Draft::default() };
        // INVARIANT I1: even an answer that shows nothing has its event.
        if let Err(error) = ctx.log_plain(draft).await {
            response = Fail::from(error).form(form).into_response();
        }
    }
    tell(&mut response, standing);
    response
}

type Entered = Result<(Api, Standing), (Fail, Option<Standing>)>;

async fn enter(shared: &Shared, parts: &mut Parts) -> Entered {
    let app = &shared.app;
    let size: usize = parts.headers.iter().map(|(n, v)| n.as_str().len() + v.len()).sum();
    if size > HEADER_LIMIT {
        return Err((Fail::malformed("headers", "too long"), None));
    }
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let base = links::base(&shared.config, peer, parts).map_err(|fail| (fail, None))?;
    let address = links::client(&shared.config, peer, &parts.headers);
    let (token, bearer) =
        identify(shared, &parts.headers, address).await.map_err(|e| (Fail::from(e), None))?;
    let now = app.clock.now();
    let standing = shared.limiter.take(tokens::hash(&token), now);
    if !standing.allowed {
        return Err((Fail::limit(standing.reset), Some(standing)));
    }
    let path: Arc<str> = path(parts).await.into();
    let caller = Caller {
        agent_no: 0,
        software: false,
        address: address.map(|a| a.to_string()).unwrap_or_default(),
        client: client(&parts.headers),
        path: path.to_string(),
        method: method(&parts.method).to_owned(),
        request: parts.extensions.get::<RequestId>().map(|r| r.0.to_string()).unwrap_or_default(),
        now,
    };
    let mut ctx = Ctx::new(app, bearer.staff, caller);
    let readable = bearer.scopes.is_empty() || bearer.scopes.iter().any(|s| s == "read");
    ctx.bounds = Some(Arc::new(bearer.bounds));
    if !bearer.scopes.is_empty() {
        ctx.scopes = Some(bearer.scopes.into());
    }
    if !readable {
        let error = ctx.refuse("api_request", Error::Forbidden("read")).await;
        let fail = if matches!(error, Error::Log) { Fail::from(error) } else { Fail::scope() };
        return Err((fail, Some(standing)));
    }
    let query = Query::of(&parts.uri);
    ctx.profiles = query.includes("users");
    Ok((Api { ctx, base: base.into(), path, query }, standing))
}

/// The token and who it speaks for.
async fn identify(
    shared: &Shared,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<(String, Bearer), Error> {
    let (email, token) = credentials(headers).ok_or(Error::Unauthenticated)?;
    let bearer = tokens::check(&shared.app, &token, address).await?;
    if let Some(email) = email
        && email.to_lowercase() != bearer.staff.profile.email.to_lowercase()
    {
        return Err(Error::Unauthenticated);
    }
    Ok((token, bearer))
}

/// The owner's address, if it was sent, and the token.
fn credentials(headers: &HeaderMap) -> Option<(Option<String>, String)> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let text = lines.next()?.to_str().ok()?;
    // Two of them: nobody can say which one counts.
    if lines.next().is_some() {
        return None;
    }
    let (scheme, rest) = text.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some((None, rest.to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let clear = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (user, token) = clear.split_once(':')?;
    let email = user.strip_suffix("/token")?;
    Some((Some(email.to_owned()), token.to_owned()))
}

/// The route with its ids filled in.
async fn path(parts: &mut Parts) -> String {
    let Some(route) = parts.extensions.get::<MatchedPath>().map(|m| m.as_str().to_owned()) else {
        return BASE.to_owned();
    };
    let Ok(params) = RawPathParams::from_request_parts(parts, &()).await else { return route };
    fill(&route, params.iter())
}

fn fill<'p>(route: &str, params: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let mut out = route.to_owned();
    for (name, value) in params {
        if let Some(id) = id_of(value) {
            out = out.replace(&format!("{{{name}}}"), &id.to_string());
        }
    }
    out
}

/// A method of the list, and nothing that was typed.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}

/// The client's own word, for the sealed part of the event.
fn client(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    text.chars().take(CLIENT_LIMIT).collect()
}

/// What the limit looks like from outside, in the vendor's and in the draft
/// standard's names.
fn tell(response: &mut Response, standing: Standing) {
    let headers = response.headers_mut();
    headers.insert("x-rate-limit", HeaderValue::from(standing.limit));
    headers.insert("x-rate-limit-remaining", HeaderValue::from(standing.left));
    headers.insert("ratelimit-limit", HeaderValue::from(standing.limit));
    headers.insert("ratelimit-remaining", HeaderValue::from(standing.left));
    headers.insert("ratelimit-reset", HeaderValue::from(standing.reset));
}

/// The same for every path, so that it says nothing of any.
fn options() -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let allow = HeaderValue::from_static("GET, HEAD, OPTIONS");
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(Option<String>, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        credentials(&headers)
    }

    #[test]
    fn a_token_has_two_spellings() {
        let basic = STANDARD.encode("a@b.example/token:rsb_x:y");
        let owner = Some(String::from("a@b.example"));
        assert_eq!(read(&format!("Basic {basic}")), Some((owner, "rsb_x:y".into())));
        assert_eq!(read("bearer rsb_x"), Some((None, "rsb_x".into())));
    }

    #[test]
    fn passwords_and_nonsense_are_no_credentials() {
        let password = STANDARD.encode("a@b.example:password");
        for value in
            [&format!("Basic {password}"), "Basic !", "Digest x", "rsb_x", "Basic ", "Bearer"]
        {
            assert_eq!(read(value), None, "{value}");
        }
        let mut two = HeaderMap::new();
        two.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        two.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert_eq!(credentials(&two), None);
    }

    #[test]
    fn only_numbers_are_filled_into_a_path() {
        let route = "/api/v2/tickets/{id}/comments";
        assert_eq!(fill(route, [("id", "35")].into_iter()), "/api/v2/tickets/35/comments");
        for typed in ["mario.rossi", "+35", "1e3", "99999999999999999999", ""] {
            assert_eq!(fill(route, [("id", typed)].into_iter()), route);
        }
    }
}
