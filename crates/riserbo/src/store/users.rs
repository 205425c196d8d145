//! Users across nouns: what a list of customers *and* staff needs.

use super::StoreError;
use super::db::{Arg, Db, placeholders};
use crate::args;

/// The ids of customers in order, at most `limit`, of those whose vector is in
/// the scope (none is all).
pub async fn customer_ids(
    db: &Db,
    vectors: Option<&[i64]>,
    limit: i64,
    descending: bool,
) -> Result<Vec<i64>, StoreError> {
    let direction = if descending { "DESC" } else { "ASC" };
    let mut args = args![limit];
    let scope = match vectors {
        None => String::new(),
        Some([]) => return Ok(Vec::new()),
        Some(list) => {
            args.extend(list.iter().map(|v| Arg::from(*v)));
            format!(" WHERE vector_id IN {}", placeholders(2, list.len()))
        }
    };
    db.all(format!("SELECT id FROM customer{scope} ORDER BY id {direction} LIMIT $1"), args)
        .await?
        .iter()
        .map(|row| row.int(0))
        .collect()
}
