/// Our (RPM's) architecture name and Debian's.
const NAMES: [(&str, &str); 2] = [("x86_64", "amd64"), ("aarch64", "arm64")];

/// Debian's name of an architecture we build for, `None` for one we do not.
pub fn debian_arch(rpm: &str) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(ours, _)| *ours == rpm)
        .map(|(_, theirs)| *theirs)
}

/// Our name of a Debian architecture; `all` is `noarch`.
pub fn rpm_arch(debian: &str) -> Option<&'static str> {
    if debian == "all" {
        return Some("noarch");
    }
    NAMES
        .iter()
        .find(|(_, theirs)| *theirs == debian)
        .map(|(ours, _)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_map_both_ways() {
        assert_eq!(debian_arch("x86_64"), Some("amd64"));
        assert_eq!(rpm_arch("arm64"), Some("aarch64"));
        assert_eq!(rpm_arch("all"), Some("noarch"));
        assert_eq!(debian_arch("riscv64"), None);
    }
}
