//! The host: its name, clock, kernel; metrics; turning it off. The library `services` does it.

use std::fs;

use pmd_api::system::*;
use pmd_api::{Empty, Problem};
use services::{Bus, Host, TimeZone};

use super::services::problem;
use super::{Context, network, sysctl};

/// Does what the domain `system` offers.
pub(super) struct System {
    context: Context,
}

impl System {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        System { context }
    }

    fn host(&self) -> Host {
        Host::below(&self.context.root)
    }

    /// The bus of the running host.
    fn bus(&self, what: &str) -> Result<Bus, Problem> {
        self.context.need_live(what)?;
        Bus::connect().map_err(problem)
    }

    /// The bus, after a line in the journal that says who wants the host off.
    fn bus_to_turn_off(&self, how: &str, asked: &Shutdown) -> Result<Bus, Problem> {
        let bus = self.bus("turning off")?;
        let reason = asked.reason.as_deref().unwrap_or("no reason given");
        let caller = &self.context.caller;
        eprintln!("<5>pmd-helper system: {how} asked for by {caller}: {reason}");
        Ok(bus)
    }

    /// A zone of the tz database that the host has.
    fn zone(&self, name: &str) -> Result<TimeZone, Problem> {
        let zone = TimeZone::new(name).map_err(problem)?;
        let file = self.context.path("/usr/share/zoneinfo").join(zone.as_str());
        match file.is_file() {
            true => Ok(zone),
            false => Err(Problem::invalid(format!("there is no time zone {name}"))),
        }
    }

    /// What the link /etc/localtime says: localtime(5).
    fn local_zone(&self) -> String {
        let link = fs::read_link(self.context.path("/etc/localtime")).unwrap_or_default();
        let name = link.to_string_lossy();
        name.split_once("zoneinfo/")
            .map_or_else(|| "UTC".to_owned(), |(_, zone)| zone.to_owned())
    }
}

impl Handler for System {
    fn info(&mut self, _: Empty) -> Result<Info, Problem> {
        let found = self.host().info().map_err(problem)?;
        Ok(Info {
            hostname: network::hostname(&self.context)?,
            os: found.os,
            os_id: found.os_id,
            os_version: found.os_version,
            kernel: found.kernel,
            kernel_version: found.kernel_version,
            machine: found.machine,
            machine_id: found.machine_id,
            boot_id: found.boot_id,
            uptime_seconds: found.uptime_seconds,
            processes: found.processes,
            processors: found.processors,
            memory_total: found.memory.total,
            memory_available: found.memory.available,
            memory_free: found.memory.free,
            load: found.load.to_vec(),
        })
    }

    fn hostname(&mut self, _: Empty) -> Result<NameNow, Problem> {
        network::hostname(&self.context).map(|name| NameNow { name })
    }

    fn set_hostname(&mut self, asked: Name) -> Result<NameNow, Problem> {
        network::set_hostname(&self.context, &asked.name)?;
        self.hostname(Empty {})
    }

    fn time(&mut self, _: Empty) -> Result<Time, Problem> {
        // Without timedated the zone and the time are still known.
        let clock = self
            .bus("the clock")
            .and_then(|mut bus| bus.clock().map_err(problem));
        let truth = |of: fn(&services::Clock) -> bool| clock.as_ref().is_ok_and(of);
        Ok(Time {
            now: crate::clock::now(),
            timezone: self.local_zone(),
            ntp: truth(|clock| clock.ntp),
            synchronized: truth(|clock| clock.synchronized),
        })
    }

    fn set_time(&mut self, asked: TimeChange) -> Result<Time, Problem> {
        let zone = asked
            .timezone
            .as_deref()
            .map(|name| self.zone(name))
            .transpose()?;
        let mut bus = self.bus("the clock")?;
        if let Some(zone) = &zone {
            bus.set_timezone(zone).map_err(problem)?;
        }
        if let Some(ntp) = asked.ntp {
            bus.set_ntp(ntp).map_err(problem)?;
        }
        self.time(Empty {})
    }

    fn sysctls(&mut self, asked: SysctlQuery) -> Result<Vec<Sysctl>, Problem> {
        sysctl::list(&self.context, asked.prefix.as_deref().unwrap_or_default())
    }

    fn sysctl(&mut self, asked: OneSysctl) -> Result<Sysctl, Problem> {
        sysctl::get(&self.context, &asked.key)
    }

    fn set_sysctl(&mut self, asked: SetSysctl) -> Result<Sysctl, Problem> {
        sysctl::set(&self.context, &asked.key, &asked.value, asked.persistent)
    }

    fn unset_sysctl(&mut self, asked: OneSysctl) -> Result<Sysctl, Problem> {
        sysctl::unset(&self.context, &asked.key)
    }

    fn sessions(&mut self, _: Empty) -> Result<Vec<LoginSession>, Problem> {
        let found = self.bus("who is logged in")?.sessions().map_err(problem)?;
        let session = |one: services::Session| LoginSession {
            id: one.id,
            uid: one.uid,
            user: one.user,
            seat: one.seat,
        };
        Ok(found.into_iter().map(session).collect())
    }

    fn metrics(&mut self, _: Empty) -> Result<String, Problem> {
        self.host().metrics().map_err(problem)
    }

    fn reboot(&mut self, asked: Shutdown) -> Result<Empty, Problem> {
        let mut bus = self.bus_to_turn_off("a restart", &asked)?;
        bus.reboot().map(|()| Empty {}).map_err(problem)
    }

    fn poweroff(&mut self, asked: Shutdown) -> Result<Empty, Problem> {
        let mut bus = self.bus_to_turn_off("turning off", &asked)?;
        bus.power_off().map(|()| Empty {}).map_err(problem)
    }
}
