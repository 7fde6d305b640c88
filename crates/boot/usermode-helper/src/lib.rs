//! Which programs the kernel may start by itself.
//!
//! A kernel starts programs as root when a module is missing, a key is asked for, a core is dumped or the machine is to go
//! down; their paths are in memory that whoever can write to it turns into any program. With `CONFIG_STATIC_USERMODEHELPER`
//! it always starts one and the same program, whose path is part of its read-only text, with the path it would have started
//! as the first argument (Linux `security/Kconfig`). That program is this one, and it has a list.

/// What the kernel may ask for, each with the program that is started for it.
///
/// - `modprobe`: `kernel/module/kmod.c`, for a protocol or file system whose module is not there yet.
/// - `poweroff`, `reboot`: `kernel/reboot.c`, when a hypervisor or a button asks for an orderly end.
/// - `request-key`: `security/keys/request_key.c`, for names and keys of NFS and CIFS.
const ALLOWED: [(&str, &str); 5] = [
    ("/sbin/modprobe", "/usr/sbin/modprobe"),
    ("/usr/sbin/modprobe", "/usr/sbin/modprobe"),
    ("/sbin/poweroff", "/usr/sbin/poweroff"),
    ("/sbin/reboot", "/usr/sbin/reboot"),
    ("/sbin/request-key", "/usr/sbin/request-key"),
];

/// The program to start when the kernel asks for `asked`; nothing when it is not on the list.
#[must_use]
pub fn program(asked: &str) -> Option<&'static str> {
    let entry = ALLOWED.iter().find(|(path, _)| *path == asked);
    entry.map(|(_, program)| *program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_asks_for_by_itself_is_allowed() {
        assert_eq!(program("/sbin/modprobe"), Some("/usr/sbin/modprobe"));
        assert_eq!(program("/sbin/poweroff"), Some("/usr/sbin/poweroff"));
    }

    #[test]
    fn everything_else_is_not() {
        for path in [
            "",
            "/bin/sh",
            "modprobe",
            "/tmp/sbin/modprobe",
            "/sbin/modprobe/../../bin/sh",
        ] {
            assert_eq!(program(path), None, "{path}");
        }
    }
}
