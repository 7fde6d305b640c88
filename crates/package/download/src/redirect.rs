//! Where a redirection leads (RFC 9110, section 15.4), and who is told our name there.

/// `https://host:port` of an address, without user name and password.
pub(crate) fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{}://{}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
}

/// The address that `location` means in an answer to `url` (RFC 3986, section 5.2, for what servers send).
pub(crate) fn target(url: &str, location: &str) -> Result<String, String> {
    let to = resolve(url, location.trim());
    let secure = url.to_ascii_lowercase().starts_with("https:");
    match to
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase())
    {
        Some(scheme) if scheme == "https" || (scheme == "http" && !secure) => Ok(to),
        // What was asked for over TLS is not had from plain text; and a server has no say over our files.
        _ => Err(format!("a redirection to {to}, which is refused")),
    }
}

fn resolve(url: &str, location: &str) -> String {
    let scheme_end = url.find("://").map_or(0, |at| at + 3);
    let path_start = url[scheme_end..]
        .find('/')
        .map_or(url.len(), |at| scheme_end + at);
    if location.contains("://") {
        return location.to_owned();
    }
    if let Some(rest) = location.strip_prefix("//") {
        return format!("{}{rest}", &url[..scheme_end]);
    }
    if location.starts_with('/') {
        return format!("{}{location}", origin(url));
    }
    let path = url[path_start..].split(['?', '#']).next().unwrap_or_default();
    let dir = path.rfind('/').map_or("", |slash| &path[..slash]);
    format!("{}{dir}/{location}", origin(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved_against_the_address_that_gave_them() {
        let url = "http://u:p@host:1/dir/file?q=/x";
        for (location, to) in [
            ("https://other/x", "https://other/x"),
            ("//other/x", "http://other/x"),
            ("/x", "http://host:1/x"),
            ("x", "http://host:1/dir/x"),
        ] {
            assert_eq!(target(url, location).unwrap(), to);
        }
        assert_eq!(target("http://host", "x").unwrap(), "http://host/x");
    }

    #[test]
    fn neither_plain_text_nor_our_files_stand_in_for_what_was_asked_over_tls() {
        assert!(target("https://host/a", "http://host/a").is_err());
        assert!(target("http://host/a", "file:///etc/passwd").is_err());
        assert!(target("https://host/a", "HTTPS://other/a").is_ok());
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(origin("HTTP://u:p@Host:80/x"), "http://host:80");
        assert_ne!(origin("http://host:80"), origin("http://host:81"));
    }
}
