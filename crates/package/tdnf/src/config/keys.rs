//! What is said about the keys of the configuration, in manual pages.

/// A key.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) help: &'static str,
    /// A value that is not the default, for the test that the key is understood.
    #[cfg_attr(not(test), expect(dead_code, reason = "only the test uses it"))]
    sample: &'static str,
}

const fn key(name: &'static str, default: &'static str, sample: &'static str, help: &'static str) -> Key {
    Key {
        name,
        default,
        help,
        sample,
    }
}

/// Keys of `[main]`.
#[rustfmt::skip]
pub(crate) const MAIN: &[Key] = &[
    key("cachedir", "/var/cache/tdnf", "/x", "Where metadata and packages are cached, below the root."),
    key("clean_requirements_on_remove", "no", "1", "Removing a package also removes what only it needed."),
    key("distrosync_reinstall_changed", "no", "1", "distro-sync also replaces a package by another build of the same version."),
    key("distroverpkg", "system-release(releasever) system-release redhat-release", "x", "Capabilities whose version is $releasever; the first one that is installed counts."),
    key("dnf_check_update_compat", "no", "1", "check-update exits with 100 when there are updates."),
    key("excludepkgs", "", "x", "Packages that are never installed (patterns)."),
    key("gpgcheck", "yes", "0", "Packages must be signed by a trusted key; repositories inherit it."),
    key("installonly_limit", "2", "5", "How many versions of an installonly package stay."),
    key("installonlypkgs", "installonlypkg(kernel)", "x", "Names or capabilities whose packages are installed beside each other."),
    key("keepcache", "no", "1", "Keep downloaded packages."),
    key("minrate", "0", "1k", "Bytes a second below which a transfer is given up after timeout seconds (k, M)."),
    key("minversions", "", "x=1", "Lowest versions allowed: name=evr."),
    key("password", "", "x", "The password for servers."),
    key("persistdir", "/usr/lib/sysimage/tdnf", "/x", "Where the history is kept, below the root."),
    key("pluginconfpath", "/etc/tdnf/pluginconf.d", "/x", "Where NAME.conf switches a built-in plugin, metalink or repogpgcheck."),
    key("plugins", "yes", "0", "Whether metalinks and repo_gpgcheck are used at all."),
    key("proxy", "", "http://x", "Address of a proxy; without one, that of the environment; _none_ for none."),
    key("proxy_password", "", "x", "The password for the proxy."),
    key("proxy_username", "", "x", "Who we are for the proxy."),
    key("repo_gpgcheck", "no", "1", "Metadata must be signed by a trusted key; repositories inherit it."),
    key("reposdir", "/etc/yum.repos.d", "/x", "Where .repo files are. Also written repodir."),
    key("retries", "5", "9", "Attempts per file, with growing pauses between them."),
    key("sslcacert", "", "/x", "Certificates (PEM) to check servers with, instead of the system's."),
    key("sslclientcert", "", "/x", "Our certificate (PEM)."),
    key("sslclientkey", "", "/x", "The key (PEM) of our certificate."),
    key("sslverify", "yes", "0", "Check the certificates of servers."),
    key("throttle", "0", "1M", "Bytes a second that all downloads together may use (k, M)."),
    key("timeout", "30", "9", "Seconds a connection may be silent."),
    key("username", "", "x", "Who we are for servers."),
    key("varsdir", "/etc/tdnf/vars /etc/dnf/vars /etc/yum/vars", "/x", "Directories of variables: a file each."),
];

/// Keys of a repository's section.
#[rustfmt::skip]
pub(crate) const REPOSITORY: &[Key] = &[
    key("baseurl", "", "/x", "Addresses, tried in order: http(s)://, file:// or a path."),
    key("enabled", "yes", "0", "Whether it is used."),
    key("gpgcheck", "as in [main]", "0", "Packages must be signed by a trusted key."),
    key("gpgkey", "", "/x", "Where the keys are. Without any, those of /etc/pki/rpm-gpg are trusted."),
    key("metadata_expire", "48h", "never", "Age after which metadata is asked for again: seconds, or a number with m, h or d, or never."),
    key("metalink", "", "http://x", "Address of a metalink document."),
    key("mirrorlist", "", "http://x", "Address of a list of mirrors."),
    key("minrate", "as in [main]", "1k", "Bytes a second below which a transfer is given up."),
    key("name", "its id", "x", "Its name for people."),
    key("password", "as in [main]", "x", "The password for the server."),
    key("priority", "50", "9", "Among packages of one name the lower number wins."),
    key("proxy", "as in [main]", "http://x", "Address of a proxy, or _none_."),
    key("proxy_password", "as in [main]", "x", "The password for the proxy."),
    key("proxy_username", "as in [main]", "x", "Who we are for the proxy."),
    key("repo_gpgcheck", "as in [main]", "1", "Metadata must be signed by a trusted key."),
    key("retries", "as in [main]", "9", "Attempts per file."),
    key("skip_if_unavailable", "no", "1", "Go on without it when it cannot be reached."),
    key("skip_md_filelists", "no", "1", "Do not read complete lists of files."),
    key("skip_md_other", "no", "1", "Do not read change logs."),
    key("skip_md_updateinfo", "no", "1", "Do not read advisories."),
    key("sslcacert", "as in [main]", "/x", "Certificates (PEM) to check the server with."),
    key("sslclientcert", "as in [main]", "/x", "Our certificate (PEM)."),
    key("sslclientkey", "as in [main]", "/x", "The key (PEM) of our certificate."),
    key("sslverify", "as in [main]", "0", "Check the server's certificate."),
    key("throttle", "as in [main]", "1M", "Bytes a second that downloads from it may use."),
    key("timeout", "as in [main]", "9", "Seconds a connection may be silent."),
    key("username", "as in [main]", "x", "Who we are for the server."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{MainConfig, RepoConfig};

    #[test]
    fn every_key_of_the_manual_is_understood() {
        for key in MAIN {
            let mut config = MainConfig::default();
            assert!(config.set(key.name, key.sample), "{}", key.name);
            assert_ne!(config, MainConfig::default(), "{} does nothing", key.name);
        }
        for key in REPOSITORY {
            let fresh = || RepoConfig::new("r", "/default");
            let mut config = fresh();
            assert!(config.set(key.name, key.sample).unwrap(), "{}", key.name);
            assert_ne!(config, fresh(), "{} does nothing", key.name);
        }
    }
}
