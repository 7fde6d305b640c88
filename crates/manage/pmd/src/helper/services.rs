//! Units of systemd: the library `services`, over D-Bus.

use pmd_api::services::*;
use pmd_api::{Empty, Problem};
use services::{Bus, UnitName};

use super::Context;

/// Does what the domain `services` offers.
pub(super) struct Services {
    context: Context,
}

impl Services {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Services { context }
    }

    fn bus(&self) -> Result<Bus, Problem> {
        self.context.need_live("systemd")?;
        Bus::connect().map_err(problem)
    }
}

pub(super) fn problem(error: services::Error) -> Problem {
    let text = error.to_string();
    match error {
        services::Error::NotFound(_) => Problem::not_found(text),
        services::Error::Absent { .. } | services::Error::Bus { .. } => Problem::unavailable(text),
        services::Error::Job { .. } | services::Error::Kernel { .. } => Problem::conflict(text),
        services::Error::Read { .. } | services::Error::Foreign(_) => Problem::conflict(text),
        services::Error::TimeOut { .. } => Problem::time_out(text),
        _ if error.is_input() => Problem::invalid(text),
        _ => Problem::failed(text),
    }
}

fn name(unit: &str) -> Result<UnitName, Problem> {
    UnitName::new(unit).map_err(problem)
}

fn listed(unit: services::Unit) -> Unit {
    Unit {
        name: unit.name,
        description: unit.description,
        load: unit.load,
        active: unit.active,
        sub: unit.sub,
        enabled: None,
        main_pid: None,
    }
}

fn whole(status: services::UnitStatus) -> Unit {
    Unit {
        enabled: Some(status.enabled).filter(|word| !word.is_empty()),
        main_pid: status.main_pid,
        ..listed(status.unit)
    }
}

/// SIGTERM, signal(7).
const TERMINATE: i32 = 15;

/// A change of the daemon's own parts would end what carries it out; `pmd disable` is for that.
fn check_not_own(unit: &str) -> Result<(), Problem> {
    match unit == "pmd.service" || unit.starts_with("pmd-helper@") {
        true => Err(Problem::conflict(
            "the management's own units are switched with `pmd enable` and `pmd disable`",
        )),
        false => Ok(()),
    }
}

impl Handler for Services {
    fn list(&mut self, asked: UnitQuery) -> Result<Vec<Unit>, Problem> {
        let units = self.bus()?.units().map_err(problem)?;
        let fits = |unit: &services::Unit| {
            asked
                .state
                .as_deref()
                .is_none_or(|state| unit.active == state || unit.sub == state)
                && asked
                    .kind
                    .as_deref()
                    .is_none_or(|kind| unit.name.rsplit('.').next() == Some(kind))
        };
        Ok(units.into_iter().filter(fits).map(listed).collect())
    }

    fn get(&mut self, asked: OneUnit) -> Result<Unit, Problem> {
        self.bus()?
            .status(&name(&asked.unit)?)
            .map(whole)
            .map_err(problem)
    }

    fn properties(&mut self, asked: OneUnit) -> Result<Properties, Problem> {
        let properties = self
            .bus()?
            .unit_properties(&name(&asked.unit)?)
            .map_err(problem)?;
        Ok(Properties { properties })
    }

    fn set(&mut self, asked: UnitChange) -> Result<Unit, Problem> {
        check_not_own(&asked.unit)?;
        let (unit, mut bus) = (name(&asked.unit)?, self.bus()?);
        if let Some(masked) = asked.masked {
            bus.mask(&unit, masked).map_err(problem)?;
        }
        if let Some(enabled) = asked.enabled {
            bus.enable(&unit, enabled).map_err(problem)?;
        }
        match asked.active {
            Some(true) => bus.start(&unit).map_err(problem)?,
            Some(false) => bus.stop(&unit).map_err(problem)?,
            None => {}
        }
        bus.status(&unit).map(whole).map_err(problem)
    }

    fn act(&mut self, asked: UnitAction) -> Result<Unit, Problem> {
        check_not_own(&asked.unit)?;
        let (unit, mut bus) = (name(&asked.unit)?, self.bus()?);
        let verb = match asked.verb {
            Verb::Start => services::Verb::Start,
            Verb::Stop => services::Verb::Stop,
            Verb::Restart => services::Verb::Restart,
            Verb::TryRestart => services::Verb::TryRestart,
            Verb::Reload => services::Verb::Reload,
            Verb::ReloadOrRestart => services::Verb::ReloadOrRestart,
            Verb::Kill => {
                bus.kill(&unit, TERMINATE).map_err(problem)?;
                return bus.status(&unit).map(whole).map_err(problem);
            }
        };
        bus.act(verb, &unit).map_err(problem)?;
        bus.status(&unit).map(whole).map_err(problem)
    }

    fn manager(&mut self, _: Empty) -> Result<Properties, Problem> {
        let properties = self.bus()?.manager_properties().map_err(problem)?;
        Ok(Properties { properties })
    }
}
