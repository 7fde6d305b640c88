//! Finding the root: with the drivers there are, then with those its devices ask for, then by waiting.

use crate::cmdline::Options;
use crate::disks::{Devices, Disk};
use crate::filesystem::FileSystem;
use crate::log;
use crate::modules::Modules;
use crate::report;
use crate::root_spec::{ROOT_TYPE, RootSpec};
use crate::uevent::{Event, Uevents};
use std::time::Instant;

/// The root that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Kernel name of the device, such as `vda2`.
    pub device: String,
    /// Its file system, when the search has read it anyway.
    pub filesystem: Option<FileSystem>,
}

/// The search and what it works with.
#[derive(Debug)]
pub struct Search<'a> {
    /// Where devices are shown.
    pub devices: &'a Devices,
    /// The command line.
    pub options: &'a Options,
    /// The modules of the initramfs.
    pub modules: &'a mut Modules,
}

impl Search<'_> {
    /// Finds the root, or explains what was looked for and what is there.
    pub fn run(&mut self) -> Result<Root, String> {
        // Subscribed before the first look, so that nothing can come between looking and waiting.
        let events =
            Uevents::open().map_err(|error| format!("cannot listen to the kernel's events: {error}"))?;
        let started = Instant::now();
        if let Some(root) = self.look().or_else(|| self.look_with_drivers()) {
            return Ok(root);
        }
        if let Some(root) = self.wait(&events, Some(started + self.options.wait)) {
            return Ok(root);
        }
        let report = report::not_found(self.options, self.devices, self.modules);
        if !self.goes_on() {
            return Err(report);
        }
        log::failure(&report);
        log::failure("going on as soon as it appears");
        self.wait(&events, None).ok_or(report)
    }

    /// Without a restart to come there is nothing better to do than to go on waiting for the disk.
    fn goes_on(&self) -> bool {
        self.options.wait_forever || self.options.panic == 0
    }

    fn look(&self) -> Option<Root> {
        if let RootSpec::Device(name) = &self.options.root {
            return self.devices.dev.join(name).exists().then(|| Root {
                device: name.clone(),
                filesystem: None,
            });
        }
        find(
            &self.options.root,
            self.devices.disks(self.options.root.needs_superblock()),
        )
    }

    /// Loads drivers one device at a time: the first disk's is usually the last that is needed. Backwards by
    /// name, so that the paravirtual buses (xen, vmbus, virtio, scsi) come before the emulated controllers on pci.
    fn look_with_drivers(&mut self) -> Option<Root> {
        let present = self.modules.aliases().present(&self.devices.sys);
        present
            .iter()
            .rev()
            .find_map(|alias| if self.drive(alias) { self.look() } else { None })
    }

    fn drive(&mut self, alias: &str) -> bool {
        self.modules.load_for(alias).unwrap_or_else(|error| {
            log::failure(&error.to_string());
            false
        })
    }

    fn wait(&mut self, events: &Uevents, deadline: Option<Instant>) -> Option<Root> {
        loop {
            let batch = events.wait(deadline);
            if batch.is_empty() {
                return None;
            }
            if let Some(root) = self.react(batch) {
                return Some(root);
            }
        }
    }

    /// Many announcements, one look.
    fn react(&mut self, batch: Vec<Event>) -> Option<Root> {
        let mut changed = false;
        for event in batch {
            changed |= match event {
                Event::Device { alias } => self.drive(&alias),
                Event::Block => true,
                Event::Overrun => return self.look().or_else(|| self.look_with_drivers()),
            };
        }
        if changed { self.look() } else { None }
    }
}

/// The device `root=` names among the disks; disks and partitions come in order, the first match counts.
pub fn find(wanted: &RootSpec, disks: Vec<Disk>) -> Option<Root> {
    disks.into_iter().find_map(|disk| {
        let partition = disk.partitions.into_iter().find(|part| match wanted {
            RootSpec::PartUuid(uuid) => part.uuid == *uuid,
            RootSpec::PartLabel(label) => part.label == *label,
            RootSpec::Discoverable => part.type_guid == ROOT_TYPE,
            _ => holds(wanted, part.filesystem.as_ref()),
        });
        match partition {
            Some(part) => Some(Root {
                device: part.name,
                filesystem: part.filesystem,
            }),
            None if holds(wanted, disk.filesystem.as_ref()) => Some(Root {
                device: disk.name,
                filesystem: disk.filesystem,
            }),
            None => None,
        }
    })
}

fn holds(wanted: &RootSpec, filesystem: Option<&FileSystem>) -> bool {
    let Some(filesystem) = filesystem else {
        return false;
    };
    match wanted {
        RootSpec::Uuid(uuid) => filesystem.uuid.eq_ignore_ascii_case(uuid),
        RootSpec::Label(label) => filesystem.label == *label,
        _ => false,
    }
}
