//! A request's query: names with brackets (`page[size]`, `role[]`), raw or
//! percent-coded, in the order in which they came.

use axum::extract::Query as AxumQuery;
use axum::http::Uri;

use super::Fail;

/// Most pairs that are read; what comes after is ignored.
const MAX_PAIRS: usize = 200;

/// The pairs of a query.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a target's query. What can't be read is as if it were not there.
    #[must_use]
    pub fn of(uri: &Uri) -> Query {
        let pairs = AxumQuery::<Vec<(String, String)>>::try_from_uri(uri);
        let mut pairs = pairs.map(|q| q.0).unwrap_or_default();
        pairs.truncate(MAX_PAIRS);
        Query(pairs)
    }

    /// The first value of a name, if it is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a name that is not empty.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(k, v)| k == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Whether a name is there, even without a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(k, _)| k == name)
    }

    /// A whole number.
    ///
    /// # Errors
    /// 400 if there is something else.
    pub fn number(&self, name: &'static str) -> Result<Option<i64>, Fail> {
        self.get(name)
            .map(|text| {
                let digits = text.trim();
                digits.parse().map_err(|_| Fail::malformed(name, "must be a whole number"))
            })
            .transpose()
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// Ids between commas, at most 100.
    ///
    /// # Errors
    /// 400 if there are none, more, or other things than ids.
    pub fn ids(&self, name: &'static str) -> Result<Vec<i64>, Fail> {
        let text = self.get(name).ok_or_else(|| Fail::malformed(name, "give up to 100 ids"))?;
        let ids: Option<Vec<i64>> = text
            .split(',')
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .take(101)
            .map(|t| t.parse().ok().filter(|id| valid_id(*id)))
            .collect();
        match ids {
            Some(ids) if !ids.is_empty() && ids.len() <= 100 => Ok(ids),
            _ => Err(Fail::malformed(name, "give up to 100 ids with commas between them")),
        }
    }

    /// The side-loads asked for.
    #[must_use]
    pub fn includes(&self, name: &str) -> bool {
        self.all("include").any(|list| list.split(',').any(|i| i.trim() == name))
    }

    /// The pairs without some names.
    pub fn without<'q>(&'q self, names: &'q [&str]) -> impl Iterator<Item = (&'q str, &'q str)> {
        self.0
            .iter()
            .filter(move |(k, _)| !names.contains(&k.as_str()))
            .map(|(k, v)| (k.as_str(), v.as_str()))
    }
}

/// Whether a number can be an id.
#[must_use]
pub fn valid_id(id: i64) -> bool {
    (0..1 << 53).contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::of(&format!("/x?{text}").parse().unwrap())
    }

    #[test]
    fn brackets_come_raw_or_coded() {
        for text in [
            "page[size]=5&role[]=agent&role[]=admin",
            "page%5Bsize%5D=5&role%5B%5D=agent&role%5B%5D=admin",
        ] {
            let q = query(text);
            assert_eq!(q.number("page[size]").unwrap(), Some(5));
            assert_eq!(q.all("role[]").collect::<Vec<_>>(), ["agent", "admin"]);
        }
        assert_eq!(query("query=a+b%20c").get("query"), Some("a b c"));
    }

    #[test]
    fn ids_are_ids_and_at_most_a_hundred() {
        assert_eq!(query("ids=1,2,%203").ids("ids").unwrap(), [1, 2, 3]);
        assert!(query("ids=1,x").ids("ids").is_err());
        assert!(query("ids=-1").ids("ids").is_err());
        assert!(query("ids=9007199254740992").ids("ids").is_err());
        assert!(query("").ids("ids").is_err());
        let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
        assert!(query(&format!("ids={}", many.join(","))).ids("ids").is_err());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert!(query("page=two").number("page").is_err());
        assert_eq!(query("page=").number("page").unwrap(), None);
    }
}
