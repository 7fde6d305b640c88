//! One architecture, as each of the worlds we touch calls it.

/// An architecture we can import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arch {
    rpm: &'static str,
    debian: &'static str,
}

impl Arch {
    /// By rpm's name, `x86_64` or `aarch64`; `None` for one we cannot import.
    pub fn from_rpm(name: &str) -> Option<Self> {
        let debian = deb::debian_arch(name)?;
        Some(Self {
            rpm: deb::rpm_arch(debian)?,
            debian,
        })
    }

    /// rpm's name: `x86_64`.
    pub fn rpm(&self) -> &'static str {
        self.rpm
    }

    /// Debian's name: `amd64`.
    pub fn debian(&self) -> &'static str {
        self.debian
    }

    /// The directory Debian keeps libraries in: `x86_64-linux-gnu`.
    pub fn multiarch(&self) -> String {
        format!("{}-linux-gnu", self.rpm)
    }

    /// Replaces `{deb-arch}` (amd64), `{gnu-arch}` (x86-64, as in package names) and `{cpu}` (x86_64).
    pub fn expand(&self, text: &str) -> String {
        let gnu = self.rpm.replace('_', "-");
        text.replace("{deb-arch}", self.debian)
            .replace("{gnu-arch}", &gnu)
            .replace("{cpu}", self.rpm)
    }
}
