//! The Zendesk dialect: one file a noun, handlers beside what shapes them.

mod access_logs;
mod comments;
mod incremental;
mod search;
mod settings;
mod tickets;
mod users;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;

use super::{Fail, error};

/// An answer of the dialect.
pub struct Answer(pub Value);

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        error::answer(StatusCode::OK, &self.0)
    }
}

/// What a handler returns.
pub type Result<T = Answer> = std::result::Result<T, Fail>;

/// Every route, below `/api/v2`, in its one form (no `.json`).
pub(super) fn routes() -> Router {
    Router::new()
        .route("/users/me", get(users::me))
        .route("/users", get(users::list))
        .route("/users/count", get(users::count))
        .route("/users/show_many", get(users::show_many))
        .route("/users/{id}", get(users::show))
        .route("/users/{id}/tickets/requested", get(tickets::requested))
        .route("/users/{id}/tickets/assigned", get(tickets::assigned))
        .route("/tickets", get(tickets::list))
        .route("/tickets/count", get(tickets::count))
        .route("/tickets/show_many", get(tickets::show_many))
        .route("/tickets/{id}", get(tickets::show))
        .route("/tickets/{id}/comments", get(comments::list))
        .route("/tickets/{id}/comments/count", get(comments::count))
        .route("/organizations", get(settings::organizations))
        .route("/organizations/{id}", get(settings::organization))
        .route("/organizations/{id}/tickets", get(tickets::of_organization))
        .route("/groups", get(settings::groups))
        .route("/groups/{id}", get(settings::group))
        .route("/ticket_fields", get(settings::ticket_fields))
        .route("/user_fields", get(settings::user_fields))
        .route("/organization_fields", get(settings::organization_fields))
        .route("/incremental/tickets/cursor", get(incremental::cursor))
        .route("/incremental/tickets", get(incremental::time))
        .route("/search", get(search::list))
        .route("/search/count", get(search::count))
        .route("/search/export", get(search::export))
        .route("/access_logs", get(access_logs::list))
}
