//! The network: netmgr's library.

use netmgr::objects::{self, dhcp_id, dns, ipv4, ipv6, link, ntp, param, route};
use netmgr::{Error, Host, live};
use pmd_api::network::*;
use pmd_api::{Empty, Problem};

use super::Context;

/// Does what the domain `network` offers.
pub(super) struct Network {
    context: Context,
    host: Host,
}

impl Network {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Network {
            host: Host::new(&context.root),
            context,
        }
    }

    fn change(&self, edit: impl FnOnce(&mut netmgr::Session) -> Result<(), Error>) -> Result<(), Problem> {
        let notes = self.host.change(edit).map_err(problem)?;
        for note in notes {
            eprintln!("<5>pmd-helper network: {note}");
        }
        Ok(())
    }

    fn look<T>(&self, look: impl FnOnce(&mut netmgr::Session) -> Result<T, Error>) -> Result<T, Problem> {
        self.host.look(look).map_err(problem)
    }

    fn describe(&self, one: live::Link, addresses: &[live::Address]) -> Link {
        let mode = self.host.look(|session| link::mode(session, &one.name));
        let own = addresses.iter().filter(|address| address.link == one.index);
        Link {
            mode: match mode {
                Ok(link::Mode::Manual) => LinkMode::Manual,
                _ => LinkMode::Auto,
            },
            addresses: own
                .map(|address| format!("{}/{}", address.ip, address.prefix))
                .collect(),
            index: one.index,
            mac: one.mac,
            mtu: one.mtu,
            up: one.up,
            carrier: one.carrier,
            operational: format!("{:?}", one.operational).to_lowercase(),
            kind: one.kind,
            name: one.name,
        }
    }
}

/// Which problem an error of netmgr's is.
fn problem(error: Error) -> Problem {
    let text = error.to_string();
    match error {
        Error::NotFound(_) | Error::Interface(_) => Problem::not_found(text),
        Error::Exists(_) | Error::Changed(_) | Error::Busy(_) | Error::NotSupported(_) => {
            Problem::conflict(text)
        }
        Error::Parameter(_) | Error::Mode(_) | Error::Setting(_) | Error::Form { .. } => {
            Problem::invalid(text)
        }
        Error::TimeOut(_) => Problem::time_out(text),
        Error::Offline(_) | Error::Bus(_) | Error::Service(_) => Problem::unavailable(text),
        _ => Problem::failed(text),
    }
}

fn texts<T: std::ops::Deref<Target = str>>(list: &[T]) -> Vec<&str> {
    list.iter().map(|one| &**one).collect()
}

/// What is not set is no failure.
fn or_unset<T>(found: Result<T, Error>, unset: T) -> Result<T, Error> {
    match found {
        Err(Error::NotFound(_)) => Ok(unset),
        other => other,
    }
}

fn to_route(asked: &OneRoute) -> route::Route {
    route::Route {
        destination: Some(asked.destination.to_string()),
        gateway: asked.gateway.as_ref().map(ToString::to_string),
        scope: asked.scope.as_ref().map(ToString::to_string),
        metric: asked.metric.map(|number| number.to_string()),
        source: asked.source.as_ref().map(ToString::to_string),
        table: asked.table.map(|number| number.to_string()),
        others: Vec::new(),
    }
}

fn kind(kind: AddressKind) -> live::AddressKind {
    match kind {
        AddressKind::Ipv4 => live::AddressKind::Ipv4,
        AddressKind::Ipv6 => live::AddressKind::Ipv6,
        AddressKind::StaticIpv4 => live::AddressKind::StaticIpv4,
        AddressKind::StaticIpv6 => live::AddressKind::StaticIpv6,
        AddressKind::DhcpIpv4 => live::AddressKind::DhcpIpv4,
        AddressKind::DhcpIpv6 => live::AddressKind::DhcpIpv6,
        AddressKind::AutoIpv6 => live::AddressKind::AutoIpv6,
        AddressKind::LinkLocalIpv6 => live::AddressKind::LinkLocalIpv6,
    }
}

impl Handler for Network {
    fn links(&mut self, _: Empty) -> Result<Vec<Link>, Problem> {
        let links = live::links().map_err(problem)?;
        let addresses = live::addresses().unwrap_or_default();
        Ok(links
            .into_iter()
            .map(|one| self.describe(one, &addresses))
            .collect())
    }

    fn get_link(&mut self, asked: OneLink) -> Result<Link, Problem> {
        let link = live::link(&asked.name).map_err(problem)?;
        Ok(self.describe(link, &live::addresses().unwrap_or_default()))
    }

    fn set_link(&mut self, asked: LinkChange) -> Result<Link, Problem> {
        let settings = link::Settings {
            mac: asked.mac.map(String::from),
            mtu: asked.mtu.map(|mtu| mtu.to_string()),
            mode: asked.mode.map(|mode| match mode {
                LinkMode::Auto => link::Mode::Auto,
                LinkMode::Manual => link::Mode::Manual,
            }),
        };
        let known = live::link(&asked.name).map_err(problem)?;
        if asked.up.is_some() {
            self.host
                .need_live("the state of an interface")
                .map_err(problem)?;
        }
        if settings != link::Settings::default() {
            self.change(|session| link::set(session, &known.name, &settings))?;
        }
        if let Some(up) = asked.up {
            live::set_up(&known.name, up).map_err(problem)?;
        }
        self.get_link(OneLink { name: asked.name })
    }

    fn get_ipv4(&mut self, asked: OneLink) -> Result<Ipv4, Problem> {
        let found = self.look(|session| ipv4::get(session, &asked.name))?;
        Ok(Ipv4 {
            mode: match found.mode {
                ipv4::Mode::None => Ipv4Mode::None,
                ipv4::Mode::Static => Ipv4Mode::Static,
                ipv4::Mode::Dhcp => Ipv4Mode::Dhcp,
            },
            addresses: found.addresses,
            gateway: found.gateway,
        })
    }

    fn set_ipv4(&mut self, asked: SetIpv4) -> Result<Ipv4, Problem> {
        let mode = match asked.mode {
            Ipv4Mode::None => ipv4::Mode::None,
            Ipv4Mode::Static => ipv4::Mode::Static,
            Ipv4Mode::Dhcp => ipv4::Mode::Dhcp,
        };
        if mode == ipv4::Mode::Static && asked.address.is_none() {
            return Err(Problem::invalid(
                "the mode static needs `address`, as 192.0.2.1/24",
            ));
        }
        let (address, gateway) = (asked.address.as_deref(), asked.gateway.as_deref());
        self.change(|session| ipv4::set(session, &asked.name, mode, address, gateway))?;
        self.get_ipv4(OneLink { name: asked.name })
    }

    fn get_ipv6(&mut self, asked: OneLink) -> Result<Ipv6, Problem> {
        let found = self.look(|session| ipv6::get(session, &asked.name))?;
        Ok(Ipv6 {
            dhcp: found.dhcp,
            autoconf: found.autoconf,
            addresses: found.addresses,
            gateway: found.gateway,
        })
    }

    fn set_ipv6(&mut self, asked: Ipv6Change) -> Result<Ipv6, Problem> {
        let name = &*asked.name;
        self.change(|session| {
            if asked.dhcp.is_some() || asked.autoconf.is_some() {
                ipv6::set_mode(session, name, asked.dhcp, asked.autoconf)?;
            }
            let Some(wanted) = &asked.addresses else {
                return ipv6::add(session, name, &[], asked.gateway.as_deref());
            };
            let old = ipv6::get(session, name)?.addresses;
            let wanted = texts(wanted);
            let gone: Vec<&str> = old
                .iter()
                .map(String::as_str)
                .filter(|one| !wanted.contains(one))
                .collect();
            let new: Vec<&str> = wanted
                .iter()
                .copied()
                .filter(|one| !old.iter().any(|o| o == one))
                .collect();
            ipv6::delete(session, name, &gone, None)?;
            ipv6::add(session, name, &new, asked.gateway.as_deref())
        })?;
        self.get_ipv6(OneLink { name: asked.name })
    }

    fn routes(&mut self, asked: OneLink) -> Result<Vec<Route>, Problem> {
        let found = self.look(|session| route::get(session, &asked.name))?;
        Ok(found
            .into_iter()
            .map(|route| Route {
                destination: route.destination,
                gateway: route.gateway,
                scope: route.scope,
                metric: route.metric,
                source: route.source,
                table: route.table,
            })
            .collect())
    }

    fn add_route(&mut self, asked: OneRoute) -> Result<Vec<Route>, Problem> {
        self.change(|session| route::add(session, &asked.name, &to_route(&asked)))?;
        self.routes(OneLink { name: asked.name })
    }

    fn delete_route(&mut self, asked: OneRoute) -> Result<Vec<Route>, Problem> {
        self.change(|session| route::delete(session, &asked.name, &to_route(&asked)))?;
        self.routes(OneLink { name: asked.name })
    }

    fn wait(&mut self, asked: Wait) -> Result<Empty, Problem> {
        self.host.need_live("waiting").map_err(problem)?;
        let patience = Some(std::time::Duration::from_secs(u64::from(
            asked.seconds.clamp(1, 300),
        )));
        let kinds: Vec<live::AddressKind> = asked.kinds.into_iter().map(kind).collect();
        let done = match kinds.is_empty() {
            true => live::wait_for_link(&asked.name, patience),
            false => live::wait_for_ip(&asked.name, patience, &kinds),
        };
        done.map(|()| Empty {}).map_err(problem)
    }

    fn live_routes(&mut self, _: Empty) -> Result<Vec<LiveRoute>, Problem> {
        let routes =
            live::routes().map_err(|error| Problem::failed(format!("the kernel's routes: {error}")))?;
        let links = live::links().map_err(problem)?;
        let name = |index: u32| {
            links
                .iter()
                .find(|link| link.index == index)
                .map(|link| link.name.clone())
        };
        Ok(routes
            .into_iter()
            .map(|route| LiveRoute {
                interface: route.link.and_then(name),
                destination: format!("{}/{}", route.destination, route.prefix),
                gateway: route.gateway.map(|ip| ip.to_string()),
                source: route.source.map(|ip| ip.to_string()),
                metric: route.metric,
                table: route.table,
            })
            .collect())
    }

    fn get_dns(&mut self, asked: DnsQuery) -> Result<Dns, Problem> {
        let interface = asked.interface.as_deref();
        let servers = self.look(|session| dns::servers(session, interface))?;
        Ok(Dns {
            mode: match servers.mode {
                dns::Mode::Static => DnsMode::Static,
                dns::Mode::Dhcp => DnsMode::Dhcp,
            },
            servers: servers.servers,
            domains: self.look(|session| dns::domains(session, interface))?,
        })
    }

    fn set_dns(&mut self, asked: DnsChange) -> Result<Dns, Problem> {
        let interface = asked.interface.as_deref();
        let mode = asked.mode.map(|mode| match mode {
            DnsMode::Static => dns::Mode::Static,
            DnsMode::Dhcp => dns::Mode::Dhcp,
        });
        self.change(|session| {
            let now = dns::servers(session, interface)?.servers;
            let wanted = asked.servers.as_deref().map(texts);
            match (mode, wanted) {
                (Some(mode), wanted) => {
                    let kept = now.iter().map(String::as_str).collect();
                    dns::set_servers(session, interface, mode, &wanted.unwrap_or(kept))?;
                }
                (None, Some(wanted)) => dns::put_servers(session, interface, &wanted)?,
                (None, None) => {}
            }
            match &asked.domains {
                Some(domains) => dns::set_domains(session, interface, &texts(domains)),
                None => Ok(()),
            }
        })?;
        self.get_dns(DnsQuery {
            interface: asked.interface,
        })
    }

    fn get_ntp(&mut self, _: Empty) -> Result<Ntp, Problem> {
        let servers = self.look(ntp::get)?;
        Ok(Ntp {
            servers: servers
                .into_iter()
                .filter_map(|server| server.try_into().ok())
                .collect(),
        })
    }

    fn set_ntp(&mut self, asked: Ntp) -> Result<Ntp, Problem> {
        self.change(|session| ntp::set(session, &texts(&asked.servers)))?;
        self.get_ntp(Empty {})
    }

    fn get_dhcp_ids(&mut self, asked: DnsQuery) -> Result<DhcpIds, Problem> {
        let interface = asked.interface.as_deref();
        self.look(|session| {
            Ok(DhcpIds {
                duid: or_unset(dhcp_id::duid(session, interface), String::new())?,
                iaid: match interface {
                    Some(name) => or_unset(dhcp_id::iaid(session, name).map(Some), None)?,
                    None => None,
                },
            })
        })
    }

    fn set_dhcp_ids(&mut self, asked: DhcpIdsChange) -> Result<DhcpIds, Problem> {
        let interface = asked.interface.as_deref();
        if asked.iaid.is_some() && interface.is_none() {
            return Err(Problem::invalid(
                "`iaid` is of an interface; give `interface` too",
            ));
        }
        self.change(|session| {
            if let Some(duid) = &asked.duid {
                dhcp_id::set_duid(session, interface, duid)?;
            }
            match interface.zip(asked.iaid) {
                Some((name, iaid)) => dhcp_id::set_iaid(session, name, iaid),
                None => Ok(()),
            }
        })?;
        self.get_dhcp_ids(DnsQuery {
            interface: asked.interface,
        })
    }

    fn get_parameter(&mut self, asked: OneParameter) -> Result<Parameter, Problem> {
        let values = self.look(|session| param::get(session, &asked.object, &asked.parameter))?;
        Ok(Parameter { values })
    }

    fn set_parameter(&mut self, asked: SetParameter) -> Result<Parameter, Problem> {
        self.change(|session| param::set(session, &asked.object, &asked.parameter, &asked.value))?;
        let now =
            self.look(|session| or_unset(param::get(session, &asked.object, &asked.parameter), Vec::new()))?;
        Ok(Parameter { values: now })
    }

    fn nmctl(&mut self, asked: Command) -> Result<CommandOutput, Problem> {
        let mut words = vec!["--root".to_owned(), self.context.root.display().to_string()];
        words.push("--".to_owned());
        words.extend(asked.words.into_iter().map(String::from));
        let output = netmgr::nmctl::main(&words);
        match output.status {
            0 => Ok(CommandOutput { output: output.out }),
            _ => Err(Problem::conflict(output.err.trim().to_owned())),
        }
    }

    fn undo(&mut self, _: Empty) -> Result<Undone, Problem> {
        let changes = netmgr::undo(&self.context.root, true).map_err(problem)?;
        Ok(Undone {
            files: changes
                .into_iter()
                .map(|change| change.path.display().to_string())
                .collect(),
        })
    }
}

/// The host's name, which the domain `system` sets through the same library.
pub(super) fn hostname(context: &Context) -> Result<String, Problem> {
    let found = Host::new(&context.root).look(objects::hostname::get);
    or_unset(found, String::new()).map_err(problem)
}

/// Sets it.
pub(super) fn set_hostname(context: &Context, name: &str) -> Result<(), Problem> {
    let host = Host::new(&context.root);
    let notes = host
        .change(|session| objects::hostname::set(session, name))
        .map_err(problem)?;
    for note in notes {
        eprintln!("<5>pmd-helper system: {note}");
    }
    Ok(())
}
