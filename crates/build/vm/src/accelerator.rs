//! Which accelerator QEMU can use here.

use crate::Architecture;
use std::fs::OpenOptions;

/// How QEMU executes the guest's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accelerator {
    /// Hardware virtualisation.
    Kvm,
    /// Translation: slow, but runs everywhere.
    Tcg,
}

impl Accelerator {
    /// KVM where it is known to run Linux guests of this architecture, else TCG.
    ///
    /// An openable `/dev/kvm` is not enough: machines that are guests themselves may offer one that
    /// starts firmware and then fails the kernel, so the processor must show `vmx` or `svm` too.
    pub fn detect(architecture: Architecture) -> Self {
        let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let writable = OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
        if writable && architecture == Architecture::host() && has_virtualisation(&cpu_info, architecture) {
            Self::Kvm
        } else {
            Self::Tcg
        }
    }

    /// QEMU's `-accel` and `-cpu` values.
    ///
    /// Without `cx16` and `la57`: QEMU 7.2's translation of these breaks Linux 6.12 guests.
    pub(crate) fn arguments(self, architecture: Architecture) -> [&'static str; 4] {
        match (self, architecture) {
            (Self::Kvm, _) => ["-accel", "kvm", "-cpu", "host"],
            (Self::Tcg, Architecture::X86_64) => ["-accel", "tcg,thread=multi", "-cpu", "max,-cx16,la57=off"],
            (Self::Tcg, Architecture::Aarch64) => ["-accel", "tcg,thread=multi", "-cpu", "cortex-a72"],
        }
    }

    /// What the kernel must be told on this accelerator: a starved emulator makes the timer check fail.
    pub fn kernel_arguments(self) -> &'static str {
        match self {
            Self::Kvm => "panic=-1",
            Self::Tcg => "no_timer_check panic=-1",
        }
    }
}

fn has_virtualisation(cpu_info: &str, architecture: Architecture) -> bool {
    architecture == Architecture::Aarch64
        || cpu_info
            .lines()
            .filter(|line| line.starts_with("flags"))
            .flat_map(str::split_whitespace)
            .any(|flag| flag == "vmx" || flag == "svm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_without_vmx_or_svm_does_not_virtualise() {
        assert!(!has_virtualisation(
            "flags\t\t: fpu sse svmish\n",
            Architecture::X86_64
        ));
        assert!(has_virtualisation(
            "flags\t\t: fpu svm sse\n",
            Architecture::X86_64
        ));
        assert!(has_virtualisation("flags\t\t: fpu vmx\n", Architecture::X86_64));
    }

    #[test]
    fn translation_avoids_the_instructions_that_qemu_gets_wrong() {
        let arguments = Accelerator::Tcg.arguments(Architecture::X86_64);
        assert!(arguments.contains(&"max,-cx16,la57=off"));
    }
}
