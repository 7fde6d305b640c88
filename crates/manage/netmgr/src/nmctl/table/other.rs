//! The proxy, and configuration in other forms.

use super::super::{edit, proxy};
use super::{BOOLEAN, Command, Does, Word, one_of, other};

const fn url(names: &'static [&'static str], about: &'static str) -> Word {
    other(names, "URL|none", about)
}

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "set-proxy",
        alias: "pxy",
        about: "Set the proxy of the system, in /etc/sysconfig/proxy",
        words: &[
            one_of(&["enable"], "whether it is used", BOOLEAN).bare(),
            url(&["http"], "for http"),
            url(&["https"], "for https"),
            url(&["ftp"], "for ftp"),
            url(&["gopher"], "for gopher"),
            url(&["socks"], "SOCKS"),
            url(&["socks5"], "SOCKS 5"),
            other(&["noproxy"], "HOST,...|none", "hosts that are asked directly"),
        ],
        does: Does::Change(proxy::set),
    },
    Command {
        name: "apply-file",
        alias: "af",
        about: "Write what a YAML file says",
        words: &[other(&["file"], "FILE", "the file").rest().needed()],
        does: Does::Change(edit::apply_file),
    },
    Command {
        name: "apply",
        alias: "",
        about: "Write what the YAML files in /etc/network-config-manager/yaml say",
        words: &[],
        does: Does::Change(edit::apply),
    },
    Command {
        name: "apply-cmdline",
        alias: "applycmd",
        about: "Write what a kernel command line says: ip=, vlan=, bond=, ... as in dracut.cmdline(7)",
        words: &[other(&["word"], "WORD", "the words; without any those of /proc/cmdline").rest()],
        does: Does::Change(edit::apply_cmdline),
    },
    Command {
        name: "set-systemd-networkd-debug",
        alias: "debug",
        about: "Have networkd log everything, or no longer",
        words: &[one_of(&["debug"], "whether it does", BOOLEAN).bare().needed()],
        does: Does::Change(edit::debug),
    },
];
