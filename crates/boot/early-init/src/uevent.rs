//! The kernel's announcements of devices (Linux lib/kobject_uevent.c), so that nothing has to be polled for.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// The multicast group of messages from the kernel itself (udev's own go to group 2).
const KERNEL_GROUP: u32 = 1;
/// UEVENT_BUFFER_SIZE and the header in front of it.
const LONGEST: usize = 4096;

/// What an announcement asks us to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A device that may need a driver.
    Device {
        /// Its modalias.
        alias: String,
    },
    /// A disk or partition came or changed.
    Block,
    /// Announcements were lost: look at everything again.
    Overrun,
}

/// A subscription; what happens after `open` is not missed.
#[derive(Debug)]
pub struct Uevents {
    socket: OwnedFd,
}

impl Uevents {
    /// Subscribes to the kernel's announcements.
    pub fn open() -> std::io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            flags,
            Some(KOBJECT_UEVENT),
        )?;
        bind(&socket, &SocketAddrNetlink::new(0, KERNEL_GROUP))?;
        Ok(Self { socket })
    }

    /// Waits for announcements until the deadline (without one, for ever) and returns all there are; none when
    /// the time is over.
    pub fn wait(&self, deadline: Option<Instant>) -> Vec<Event> {
        loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Vec::new();
            }
            self.sleep(left);
            let events = self.drain();
            if !events.is_empty() {
                return events;
            }
        }
    }

    fn sleep(&self, left: Option<Duration>) {
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        // An error (EINTR) only means to look again.
        let _ = poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], timeout.as_ref());
    }

    fn drain(&self) -> Vec<Event> {
        let mut buffer = [0; LONGEST];
        let mut events = Vec::new();
        loop {
            match recv(&self.socket, &mut buffer[..], RecvFlags::DONTWAIT) {
                Ok((_, length)) => events.extend(parse(&buffer[..length.min(LONGEST)])),
                Err(Errno::NOBUFS) => events.push(Event::Overrun),
                Err(Errno::INTR) => {}
                Err(_) => return events,
            }
        }
    }
}

/// Reads `add@/devices/...\0KEY=value\0...`; announcements that do not matter are nothing.
pub fn parse(message: &[u8]) -> Option<Event> {
    let mut fields = message
        .split(|byte| *byte == 0)
        .filter_map(|field| std::str::from_utf8(field).ok());
    let (action, _) = fields.next()?.split_once('@')?;
    if !matches!(action, "add" | "change") {
        return None;
    }
    let (mut block, mut alias) = (false, None);
    for (key, value) in fields.filter_map(|field| field.split_once('=')) {
        match key {
            "SUBSYSTEM" => block = value == "block",
            "MODALIAS" => alias = Some(value.to_owned()),
            _ => {}
        }
    }
    if block {
        Some(Event::Block)
    } else {
        alias.map(|alias| Event::Device { alias })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_new_device_wants_a_driver() {
        let message = b"add@/devices/x\0ACTION=add\0SUBSYSTEM=virtio\0MODALIAS=virtio:d2v1\0SEQNUM=7\0";
        assert_eq!(
            parse(message),
            Some(Event::Device {
                alias: "virtio:d2v1".into()
            })
        );
    }

    #[test]
    fn disks_are_worth_a_look_and_removals_are_not() {
        assert_eq!(
            parse(b"add@/block/vda\0SUBSYSTEM=block\0DEVNAME=vda\0"),
            Some(Event::Block)
        );
        assert_eq!(parse(b"change@/block/sr0\0SUBSYSTEM=block\0"), Some(Event::Block));
        assert_eq!(parse(b"remove@/block/vda\0SUBSYSTEM=block\0"), None);
        assert_eq!(parse(b"add@/devices/tty\0SUBSYSTEM=tty\0"), None);
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let Ok(events) = Uevents::open() else { return };
        let start = Instant::now();
        let deadline = start + Duration::from_millis(30);
        while !events.wait(Some(deadline)).is_empty() {}
        assert!(start.elapsed() >= Duration::from_millis(30));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes);
        }
    }
}
