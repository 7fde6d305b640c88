//! File capabilities: from the text in a package header to the extended attribute.
//!
//! Text as in cap_from_text(3): clauses `names OP flags`, for example `cap_net_raw,cap_net_admin=ep`. Attribute as in
//! linux/capability.h, `vfs_cap_data` revision 2: magic with the effective bit, then permitted and inheritable sets in
//! two halves of 32 bits, all little endian.

/// Names by number, linux/capability.h.
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

const REVISION_2: u32 = 0x0200_0000;
const EFFECTIVE: u32 = 1;

/// The three sets while clauses are applied.
#[derive(Default)]
struct Sets {
    effective: u64,
    permitted: u64,
    inheritable: u64,
}

/// The value of `security.capability` for this text; `None` when it is not understood.
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let mut sets = Sets::default();
    for clause in text.split_whitespace() {
        sets.apply(clause)?;
    }
    // The file's effective set is a single bit: all or none of what it grants.
    let granted = sets.permitted | sets.inheritable;
    if sets.effective != 0 && sets.effective != granted {
        return None;
    }
    let magic = if sets.effective == 0 {
        REVISION_2
    } else {
        REVISION_2 | EFFECTIVE
    };
    let halves = [
        sets.permitted,
        sets.inheritable,
        sets.permitted >> 32,
        sets.inheritable >> 32,
    ];
    let low = |value: &u64| (*value & 0xffff_ffff) as u32;
    Some(
        std::iter::once(magic)
            .chain(halves.iter().map(low))
            .flat_map(u32::to_le_bytes)
            .collect(),
    )
}

impl Sets {
    fn apply(&mut self, clause: &str) -> Option<()> {
        let start = clause.find(['=', '+', '-'])?;
        let (names, mut actions) = clause.split_at(start);
        let which = mask(names)?;
        while let Some(operator) = actions.chars().next() {
            let rest = &actions[1..];
            let end = rest.find(['=', '+', '-']).unwrap_or(rest.len());
            let (flags, next) = rest.split_at(end);
            self.act(operator, flags, which)?;
            actions = next;
        }
        Some(())
    }

    fn act(&mut self, operator: char, flags: &str, which: u64) -> Option<()> {
        if flags.chars().any(|flag| !"eip".contains(flag)) {
            return None;
        }
        let sets = [
            ('e', &mut self.effective),
            ('p', &mut self.permitted),
            ('i', &mut self.inheritable),
        ];
        for (flag, set) in sets {
            match (operator, flags.contains(flag)) {
                ('=' | '+', true) => *set |= which,
                ('=', false) | ('-', true) => *set &= !which,
                _ => {}
            }
        }
        Some(())
    }
}

fn mask(names: &str) -> Option<u64> {
    let all = (1 << NAMES.len()) - 1;
    if names.is_empty() || names.eq_ignore_ascii_case("all") {
        return Some(all);
    }
    names.split(',').try_fold(0, |mask, name| {
        let name = name.to_ascii_lowercase();
        let number = NAMES
            .iter()
            .position(|known| Some(*known) == name.strip_prefix("cap_"))?;
        Some(mask | 1 << number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        encode(text)
            .unwrap()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    #[test]
    fn as_setcap_writes_them() {
        // Values printed by `setcap TEXT file; getfattr -e hex -n security.capability file`.
        assert_eq!(hex("cap_net_raw=ep"), "0100000200200000000000000000000000000000");
        assert_eq!(hex("cap_net_raw+p"), "0000000200200000000000000000000000000000");
        assert_eq!(
            hex("cap_perfmon,cap_chown=eip"),
            "0100000201000000010000004000000040000000"
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["cap_nothing=ep", "cap_chown", "cap_chown=x", "chown=p"] {
            assert_eq!(encode(text), None, "{text}");
        }
    }

    #[test]
    fn later_clauses_change_earlier_ones() {
        assert_eq!(encode("cap_chown,cap_kill=p cap_kill-p"), encode("cap_chown=p"));
    }
}
