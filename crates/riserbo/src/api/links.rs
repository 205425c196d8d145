//! Where links in answers lead: to the very scheme and host that the client
//! used, for clients follow them literally and some refuse any other.
//!
//! `X-Forwarded-Proto`, `-Host` and `-For` count only when they come from a
//! trusted proxy; from anybody else they would let a client write links (and
//! addresses in the access log) of its own choice.

use std::fmt::Write as _;
use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::{ApiConfig, Fail};

/// Scheme and host of this request: `http://127.0.0.1:8080`.
///
/// # Errors
/// 400 without a host, or with one that can't stand in a link.
pub fn base(config: &ApiConfig, peer: Option<IpAddr>, parts: &Parts) -> Result<String, Fail> {
    let trusted = peer.is_some_and(|ip| config.trusts(ip));
    let forwarded = |name: &str| if trusted { text(&parts.headers, name) } else { None };
    let own = if config.tls { "https" } else { "http" };
    let scheme = match forwarded("x-forwarded-proto").map(last) {
        Some("https") => "https",
        Some("http") => "http",
        _ => own,
    };
    let host = forwarded("x-forwarded-host")
        .map(last)
        .or_else(|| text(&parts.headers, header::HOST.as_str()))
        .or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str))
        .filter(|host| plain(host))
        .ok_or_else(|| Fail::malformed("host", "send a Host header"))?;
    Ok(format!("{scheme}://{host}"))
}

/// The client's address: the peer's, or what a trusted proxy says, from the
/// right to the first that is no trusted proxy itself.
#[must_use]
pub fn client(config: &ApiConfig, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let mut address = peer?.to_canonical();
    if !config.trusts(address) {
        return Some(address);
    }
    let list: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .collect();
    for text in list.iter().rev() {
        let Ok(next) = text.trim().parse::<IpAddr>() else { break };
        address = next.to_canonical();
        if !config.trusts(address) {
            break;
        }
    }
    Some(address)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim).filter(|v| !v.is_empty())
}

/// What the nearest proxy wrote.
fn last(list: &str) -> &str {
    list.rsplit(',').next().unwrap_or(list).trim()
}

/// A name or address with a port, nothing that could turn a link.
fn plain(host: &str) -> bool {
    host.len() <= 255
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
}

/// Adds `text` percent-coded: all but the unreserved signs of RFC 3986.
pub fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                // Writing to a text can't fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// A link: base, path with `.json`, and pairs.
pub fn link<'p>(
    base: &str,
    path: &str,
    pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> String {
    let mut out = format!("{base}{path}.json");
    for (n, (name, value)) in pairs.into_iter().enumerate() {
        out.push(if n == 0 { '?' } else { '&' });
        encode(name, &mut out);
        out.push('=');
        encode(value, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn config(proxies: &[&str]) -> ApiConfig {
        let mut config = crate::config::Config::default();
        config.server.trusted_proxies = proxies.iter().map(|p| (*p).to_owned()).collect();
        ApiConfig::new(&config).unwrap()
    }

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri("/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const FORWARDED: [(&str, &str); 4] = [
        ("host", "inner:1"),
        ("x-forwarded-host", "desk.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-for", "9.9.9.9, 203.0.113.7, 10.0.0.2"),
    ];

    #[test]
    fn only_a_trusted_proxy_may_say_where_a_request_came_from() {
        let trusting = config(&["10.0.0.0/8"]);
        let proxy = Some("10.0.0.1".parse().unwrap());
        let parts = parts(&FORWARDED);
        assert_eq!(base(&trusting, proxy, &parts).unwrap(), "https://desk.example");
        // The client wrote 9.9.9.9 itself; the outer proxy saw 203.0.113.7.
        let client_ip = client(&trusting, proxy, &parts.headers).unwrap();
        assert_eq!(client_ip.to_string(), "203.0.113.7");

        let stranger = Some("192.0.2.1".parse().unwrap());
        assert_eq!(base(&trusting, stranger, &parts).unwrap(), "http://inner:1");
        let own = client(&trusting, stranger, &parts.headers).unwrap();
        assert_eq!(own.to_string(), "192.0.2.1");
    }

    #[test]
    fn a_host_that_could_turn_a_link_is_refused() {
        for host in ["evil.example/x", "a b", "a?b", "a#b", "u@h"] {
            assert!(base(&config(&[]), None, &parts(&[("host", host)])).is_err(), "{host}");
        }
        assert!(base(&config(&[]), None, &parts(&[])).is_err());
        assert!(base(&config(&[]), None, &parts(&[("host", "[::1]:80")])).is_ok());
    }

    #[test]
    fn links_are_coded() {
        let pairs = [("page[size]", "2"), ("q", "è &")];
        assert_eq!(
            link("http://h", "/a", pairs),
            "http://h/a.json?page%5Bsize%5D=2&q=%C3%A8%20%26"
        );
        assert_eq!(link("http://h", "/a", []), "http://h/a.json");
    }
}
