//! The controllers that a guest's disk and network card hang on.

/// What the disk is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disk {
    /// virtio, as KVM and its relatives have it.
    #[default]
    VirtioBlk,
    /// NVMe: newer clouds, servers.
    Nvme,
    /// SATA: desktop hypervisors, servers.
    Ahci,
    /// VMware's paravirtual SCSI.
    Pvscsi,
}

/// The kind of network card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Card {
    /// virtio.
    #[default]
    VirtioNet,
    /// VMware's third.
    Vmxnet3,
}

impl Disk {
    /// QEMU's devices for the drive `disk`, the controller before what hangs on it (QEMU, `-device help`).
    pub(crate) fn devices(self) -> Vec<&'static str> {
        match self {
            Self::VirtioBlk => vec!["virtio-blk-pci,drive=disk,bootindex=1"],
            Self::Nvme => vec!["nvme,drive=disk,serial=lumen,bootindex=1"],
            Self::Ahci => vec!["ahci,id=sata", "ide-hd,drive=disk,bus=sata.0,bootindex=1"],
            Self::Pvscsi => vec!["pvscsi,id=scsi", "scsi-hd,drive=disk,bus=scsi.0,bootindex=1"],
        }
    }
}

impl Card {
    /// QEMU's device for the network `net`. No option ROM: the guest never boots from the network.
    pub(crate) fn device(self) -> &'static str {
        match self {
            Self::VirtioNet => "virtio-net-pci,netdev=net,romfile=",
            Self::Vmxnet3 => "vmxnet3,netdev=net,romfile=",
        }
    }
}
