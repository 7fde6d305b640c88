//! The placeholders of recipes: `{version}`, `{arch}`, `{multiarch}`, `{clamp_time}`.

/// What the placeholders stand for in one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Version of the package.
    pub version: String,
    /// Architecture as rpm calls it: `x86_64`, `aarch64`.
    pub arch: String,
    /// The latest time any file may carry, in seconds since 1970: the date of lumen.lock.
    pub clamp_time: u32,
}

impl Names {
    /// Replaces the placeholders in `text`; other braces stay.
    pub fn expand(&self, text: &str) -> String {
        text.replace("{version}", &self.version)
            .replace("{arch}", &self.arch)
            .replace("{multiarch}", &format!("{}-linux-gnu", self.arch))
            .replace("{clamp_time}", &self.clamp_time.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            version: "1.0".into(),
            arch: "aarch64".into(),
            clamp_time: 86400,
        }
    }

    #[test]
    fn each_placeholder_is_replaced_wherever_it_stands() {
        assert_eq!(
            names().expand("system-release = {version}"),
            "system-release = 1.0"
        );
        assert_eq!(
            names().expand("/usr/lib/{multiarch}/{arch}"),
            "/usr/lib/aarch64-linux-gnu/aarch64"
        );
        assert_eq!(names().expand("T={clamp_time}000\n"), "T=86400000\n");
    }

    #[test]
    fn other_braces_are_text() {
        assert_eq!(names().expand("${HOME} {x} {}"), "${HOME} {x} {}");
    }
}
