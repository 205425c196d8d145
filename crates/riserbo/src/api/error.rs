//! Errors on the wire: the one place where a service's error becomes a status
//! and a body of the dialect.
//!
//! No answer here holds a stored value or one that was typed. "Absent" and "not
//! listed for you" are the same bytes (INVARIANT I4), and what went wrong inside
//! is told by a request id, not by a text.

use std::any::Any;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Error;
use crate::service::access_log::Outcome;

/// What clients of the dialect know as "your role has no access to this": the
/// words are matched by an exporter, which then leaves the stream out.
pub const DENIED: &str = "Access to this resource is restricted. Please contact the account administrator for assistance.";

/// The form of an error's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// `{"error": …, "description": …}`.
    #[default]
    Plain,
    /// `{"errors": [{"title", "detail"}]}`: access logs and cursors.
    Array,
}

/// Why a request has no answer.
#[derive(Debug)]
pub struct Fail {
    kind: Kind,
    /// Whether a service has written its event already.
    logged: bool,
    form: Form,
}

#[derive(Debug)]
enum Kind {
    /// A service said so.
    Service(Error),
    /// A parameter can't be used.
    Malformed { name: &'static str, reason: String },
    /// A named error of the dialect with status 400 or 422.
    Named { status: StatusCode, error: &'static str, description: String },
    /// A scope is missing.
    Scope,
    /// The token's minute is spent.
    Limit { retry_after: i64 },
    /// The answer took too long.
    TimedOut,
    /// A defect.
    Internal,
}

impl From<Error> for Fail {
    /// A service's error: its event is written.
    fn from(error: Error) -> Fail {
        Fail { kind: Kind::Service(error), logged: true, form: Form::Plain }
    }
}

impl Fail {
    fn new(kind: Kind) -> Fail {
        Fail { kind, logged: false, form: Form::Plain }
    }

    /// An error that no service has logged yet.
    #[must_use]
    pub fn unlogged(error: Error) -> Fail {
        Fail::new(Kind::Service(error))
    }

    /// A parameter can't be used: 400. The reason must not repeat it.
    #[must_use]
    pub fn malformed(name: &'static str, reason: impl Into<String>) -> Fail {
        Fail::new(Kind::Malformed { name, reason: reason.into() })
    }

    /// A named error with status 400.
    #[must_use]
    pub fn bad(error: &'static str, description: impl Into<String>) -> Fail {
        let description = description.into();
        Fail::new(Kind::Named { status: StatusCode::BAD_REQUEST, error, description })
    }

    /// A named error with status 422.
    #[must_use]
    pub fn unprocessable(error: &'static str, description: impl Into<String>) -> Fail {
        let description = description.into();
        Fail::new(Kind::Named { status: StatusCode::UNPROCESSABLE_ENTITY, error, description })
    }

    /// The token has not the scope `read`.
    #[must_use]
    pub(crate) fn scope() -> Fail {
        Fail::new(Kind::Scope)
    }

    /// The token's minute is spent.
    #[must_use]
    pub(crate) fn limit(retry_after: i64) -> Fail {
        Fail { logged: true, ..Fail::new(Kind::Limit { retry_after }) }
    }

    /// The answer took too long.
    #[must_use]
    pub(crate) fn timed_out() -> Fail {
        Fail { logged: true, ..Fail::new(Kind::TimedOut) }
    }

    /// A defect of the server.
    #[must_use]
    pub(crate) fn internal() -> Fail {
        Fail { logged: true, ..Fail::new(Kind::Internal) }
    }

    /// The same in another form.
    #[must_use]
    pub fn form(mut self, form: Form) -> Fail {
        self.form = form;
        self
    }

    fn body(&self) -> Told {
        match &self.kind {
            Kind::Service(error) => service(error),
            Kind::Malformed { name, reason } => {
                let text = format!("{name}: {reason}");
                Told::new(StatusCode::BAD_REQUEST, "InvalidValue", &text)
            }
            Kind::Named { status, error, description } => Told::new(*status, error, description),
            Kind::Scope => Told::new(
                StatusCode::FORBIDDEN,
                "Forbidden",
                "Missing the following required scopes: read",
            ),
            Kind::Limit { retry_after } => Told::new(
                StatusCode::TOO_MANY_REQUESTS,
                "APIRateLimitExceeded",
                "Number of allowed API requests per minute exceeded",
            )
            .retry(*retry_after),
            Kind::TimedOut => Told::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Timeout",
                "The answer took too long; ask for less at once, or try again",
            )
            .retry(5),
            Kind::Internal => internal(),
        }
    }
}

/// Status, name, words and what else an error's answer has.
struct Told {
    status: StatusCode,
    error: &'static str,
    description: String,
    retry_after: Option<i64>,
    /// The whole plain body, where it is not the usual one.
    body: Option<Value>,
}

impl Told {
    fn new(status: StatusCode, error: &'static str, description: &str) -> Told {
        let description = description.to_owned();
        Told { status, error, description, retry_after: None, body: None }
    }

    fn retry(mut self, seconds: i64) -> Told {
        self.retry_after = Some(seconds);
        self
    }

    fn body(mut self, body: Value) -> Told {
        self.body = Some(body);
        self
    }
}

fn internal() -> Told {
    Told::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerError",
        "Something went wrong here; tell an operator the X-Request-Id of this answer",
    )
}

/// A service's error in the words of the dialect.
fn service(error: &Error) -> Told {
    let text = error.to_string();
    match error {
        // INVARIANT I4: the same for absent and for not listed.
        Error::NotFound => Told::new(StatusCode::NOT_FOUND, "RecordNotFound", "Not found"),
        Error::Forbidden(_) => Told::new(StatusCode::FORBIDDEN, "Forbidden", DENIED)
            .body(json!({"error": {"title": "Forbidden", "message": DENIED}})),
        Error::Refused(_) => Told::new(StatusCode::FORBIDDEN, "Forbidden", &text),
        Error::Unauthenticated => {
            const WORDS: &str = "Couldn't authenticate you";
            Told::new(StatusCode::UNAUTHORIZED, "Authentication failed", WORDS)
                .body(json!({"error": WORDS}))
        }
        Error::Invalid { field: "query", reason } => {
            Told::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", reason)
        }
        Error::Invalid { field: "cursor", reason } => {
            Told::new(StatusCode::BAD_REQUEST, "Invalid cursor", reason)
                .body(json!({"errors": [{"title": "Invalid cursor", "detail": reason}]}))
        }
        Error::Invalid { field, reason } => {
            let detail =
                json!([{"description": format!("{field}: {reason}"), "error": "InvalidValue"}]);
            let body = json!({
                "error": "RecordInvalid",
                "description": "Record validation errors",
                "details": {*field: detail},
            });
            Told::new(StatusCode::UNPROCESSABLE_ENTITY, "RecordInvalid", &text).body(body)
        }
        Error::Budget { retry_after } => {
            Told::new(StatusCode::TOO_MANY_REQUESTS, "BudgetSpent", &text).retry(*retry_after)
        }
        Error::Log => unavailable("log_unavailable", &text, 5),
        Error::IndexBehind => unavailable("index_behind", &text, 1),
        Error::KeyClosed("destroyed") => {
            Told::new(StatusCode::GONE, "key_destroyed", "The key of this data was destroyed")
        }
        Error::KeyClosed(_) => unavailable("key_revoked", &text, 60),
        Error::Stopped => unavailable("stopped", &text, 5),
        Error::Store(_) if error.store_is_down() => {
            unavailable("store_unavailable", "The store can't be used now; try again", 5)
        }
        Error::Store(_) | Error::Sealed | Error::Setup(_) => internal(),
    }
}

fn unavailable(error: &'static str, text: &str, seconds: i64) -> Told {
    Told::new(StatusCode::SERVICE_UNAVAILABLE, error, text).retry(seconds)
}

/// How a request ended that no service has logged: the gate writes its event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unlogged(pub(crate) Outcome);

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        let told = self.body();
        if told.status.is_server_error() {
            // The error's own text holds no value; it is for the operator.
            tracing::error!(error = ?self.kind.brief(), status = told.status.as_u16(), "no answer");
        }
        let body = match (self.form, told.body) {
            (Form::Array, _) => {
                json!({"errors": [{"title": told.error, "detail": told.description}]})
            }
            (Form::Plain, Some(body)) => body,
            (Form::Plain, None) => json!({"error": told.error, "description": told.description}),
        };
        let mut response = answer(told.status, &body);
        let headers = response.headers_mut();
        if let Some(seconds) = told.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if told.status == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Basic realm=\"Riserbo API\", charset=\"UTF-8\"");
            headers.insert(header::WWW_AUTHENTICATE, realm);
        }
        if !self.logged {
            let outcome = match told.status {
                StatusCode::NOT_FOUND => Outcome::NotFound,
                StatusCode::FORBIDDEN => Outcome::Denied,
                status if status.is_client_error() => Outcome::Invalid,
                _ => Outcome::Failed,
            };
            response.extensions_mut().insert(Unlogged(outcome));
        }
        response
    }
}

impl Kind {
    /// The error for the operator's trace.
    fn brief(&self) -> String {
        match self {
            Kind::Service(error) => error.to_string(),
            Kind::TimedOut => String::from("the answer took too long"),
            _ => String::from("a defect"),
        }
    }
}

/// A JSON answer.
#[must_use]
pub fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The answer to a path or method that the dialect (or this version of us) does
/// not have.
pub async fn no_endpoint() -> Response {
    let body = json!({"error": "InvalidEndpoint", "description": "Not found"});
    answer(StatusCode::NOT_FOUND, &body)
}

/// The answer after a panic: no detail leaves, in the body or in the trace.
#[must_use]
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Fail::internal().into_response()
}

/// Whether the process can do its work: 200 or 503, without data.
#[must_use]
pub fn health(app: &App) -> Response {
    if app.log.files().has_failed() {
        return Fail::unlogged(Error::Log).into_response();
    }
    answer(StatusCode::OK, &json!({"status": "ok"}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(fail: Fail) -> (u16, String, Option<String>) {
        let response = fail.into_response();
        let retry = response.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(axum::body::to_bytes(response.into_body(), 1 << 16))
            .unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap(), retry)
    }

    #[test]
    fn every_busy_answer_says_when_to_come_back() {
        for error in [
            Error::Log,
            Error::IndexBehind,
            Error::KeyClosed("revoked"),
            Error::Stopped,
            Error::Budget { retry_after: 9 },
            Error::unreachable_store(),
        ] {
            let (status, _, retry) = told(Fail::from(error));
            assert!(matches!(status, 429 | 503), "{status}");
            assert!(retry.unwrap().parse::<u32>().unwrap() >= 1);
        }
    }

    #[test]
    fn what_went_wrong_inside_stays_inside() {
        let secret = "password=hunter2hunter2";
        for error in [Error::Setup(secret.into()), Error::database(secret)] {
            let (status, body, _) = told(Fail::from(error));
            assert_eq!(status, 500);
            assert!(!body.contains("hunter2"), "{body}");
        }
    }

    #[test]
    fn a_denied_role_gets_the_words_that_exporters_match() {
        let (status, body, _) = told(Fail::from(Error::Forbidden("export")));
        assert_eq!(status, 403);
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["error"]["message"], DENIED);
    }

    #[test]
    fn an_error_can_stand_in_an_array() {
        let (_, body, _) = told(Fail::from(Error::Unauthenticated).form(Form::Array));
        insta::assert_snapshot!(body, @r#"{"errors":[{"title":"Authentication failed","detail":"Couldn't authenticate you"}]}"#);
    }
}
