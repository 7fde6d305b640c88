//! Doing what was asked, and what is printed.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::parse::{self, Line, Misuse, Request, Wish, misuse};
use super::table::{OBJECTS, Verb};
use crate::change::{Manner, Outcome};
use crate::error::{Code, Error};
use crate::objects::{dhcp_id, dns, firewall, hostname, ipv4, ipv6, link, ntp, param, route};
use crate::session::Session;
use crate::{change, confirm, live};

/// EDOM, with which the original ends on arguments that it does not understand.
const MISUSED: u8 = 33;

/// What the command printed and how it ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// On standard output.
    pub out: String,
    /// On standard error.
    pub err: String,
    /// The exit status.
    pub status: u8,
}

/// What went wrong: the arguments, or the work.
enum Failure {
    Misuse(Misuse),
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Error(error)
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Failure::Misuse(misuse)
    }
}

/// The command, with its arguments but without its name.
pub fn main(arguments: &[String]) -> Output {
    match arguments.first().map(String::as_str) {
        None | Some("-h" | "--help") => return printed(help()),
        Some("-v" | "--version") => return printed("netmgmt: 1.2.0\n".to_owned()),
        _ => {}
    }
    let mut output = Output::default();
    let done = parse::parse(arguments)
        .map_err(Failure::from)
        .and_then(|line| run(&line, &mut output));
    match done {
        Ok(()) => {}
        Err(Failure::Misuse(misuse)) if misuse.is_help => output.out = misuse.text,
        Err(Failure::Misuse(misuse)) => {
            output.err += &misuse.text;
            output.status = MISUSED;
        }
        Err(Failure::Error(error)) => {
            let _ = writeln!(output.err, "Error: {error}{}", error.advice());
            output.status = error.code().exit_status();
        }
    }
    output
}

fn printed(out: String) -> Output {
    Output {
        out,
        ..Output::default()
    }
}

fn help() -> String {
    let mut text = "Usage: netmgr OBJECT OPTIONS...\n       netmgr plan OBJECT OPTIONS...   show what would be \
                    written\n       netmgr undo                     take the last change back\n       netmgr --confirm SECONDS ...    take it back unless netmgr confirm is said by \
                    then\n\nFor help: netmgr -h, \
                    netmgr OBJECT --help\nFor version: netmgr -v\n\nObjects:\n\n"
        .to_owned();
    for object in OBJECTS {
        let _ = writeln!(text, "{:<14} {}", object.name, object.about);
    }
    text
}

fn run(line: &Line, output: &mut Output) -> Result<(), Failure> {
    match &line.wish {
        Wish::Do { request, plan } => perform(line, request, *plan, output),
        Wish::Confirm => Ok(confirm::confirm(&line.root)?),
        Wish::Rollback => {
            report(change::roll_back(&line.root)?, false, output);
            Ok(())
        }
        Wish::Undo { plan } => Ok(take_back(&line.root, *plan, output)?),
        Wish::Completions(shell) => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut parse::command(), "netmgr", &mut text);
            output.out = String::from_utf8_lossy(&text).into_owned();
            Ok(())
        }
        Wish::Manual => {
            let mut text = Vec::new();
            let page = clap_mangen::Man::new(parse::command());
            // Writing to memory does not fail.
            let _ = page.render(&mut text);
            output.out = String::from_utf8_lossy(&text).into_owned();
            Ok(())
        }
    }
}

fn take_back(root: &Path, plan: bool, output: &mut Output) -> Result<(), Error> {
    report(change::take_back(root, plan)?, plan, output);
    Ok(())
}

fn report(outcome: Outcome, plan: bool, output: &mut Output) {
    if plan {
        output.out += &outcome.difference();
    }
    for note in outcome.notes {
        let _ = writeln!(output.err, "Note: {note}");
    }
}

fn perform(line: &Line, request: &Request, plan: bool, output: &mut Output) -> Result<(), Failure> {
    let root = line.root.as_path();
    check(request)?;
    if matches!(request.verb, None | Some(Verb::Get)) {
        let mut session = Session::reading(root);
        output.out = look(&mut session, request)?;
        return Ok(());
    }
    let state = request.object.options.iter().any(|option| option.long == "state");
    let state = if state { request.get("state") } else { None };
    if state.is_some() && root != Path::new("/") {
        let text = "the state of a link is of the running system; it cannot be set below --root";
        return Err(Error::NotSupported(text.to_owned()).into());
    }
    let manner = Manner {
        plan,
        tell: !request.has("norestart"),
        order: "00",
        confirm: line.confirm,
    };
    let outcome = change::carry_out(root, &manner, |session| change(session, request))?;
    if let (Some(state), Some(interface), false) = (state, request.get("interface"), plan) {
        live::set_up(interface, state == "up")?;
    }
    report(outcome, plan, output);
    Ok(())
}

/// What an object needs beyond what the table says.
fn check(request: &Request) -> Result<(), Misuse> {
    let needs = |options: &[&str]| match options
        .iter()
        .find(|option| request.get(option).is_none_or(str::is_empty))
    {
        Some(option) => Err(misuse(&format!("{} needs --{option}", request.object.name))),
        None => Ok(()),
    };
    match (request.object.name, request.verb) {
        ("link_info", Some(Verb::Set)) => {
            needs(&["interface"])?;
            let any = ["macaddr", "mode", "state", "mtu"]
                .iter()
                .any(|option| request.get(option).is_some());
            if any {
                Ok(())
            } else {
                Err(misuse(
                    "link_info --set needs --macaddr, --mode, --state or --mtu",
                ))
            }
        }
        ("ip4_address", Some(Verb::Set)) => needs(&["interface", "mode"]),
        ("ip4_address", _) => needs(&["interface"]),
        ("ip6_address", Some(Verb::Add | Verb::Del)) if request.get("gateway").is_none() => {
            needs(&["interface", "addrlist"])
        }
        ("ip6_address", _) => needs(&["interface"]),
        ("ip_route", Some(Verb::Add | Verb::Del)) => needs(&["interface", "destination"]),
        ("dns_servers", Some(Verb::Set)) => needs(&["mode"]),
        ("dns_servers", Some(Verb::Add | Verb::Del)) => needs(&["servers"]),
        ("dns_domains", Some(Verb::Set | Verb::Add | Verb::Del)) => needs(&["domains"]),
        ("dhcp_duid", Some(Verb::Set)) if request.get("duid").is_none() => needs(&["duid"]),
        ("if_iaid", Some(Verb::Set)) => needs(&["interface", "iaid"]),
        ("if_iaid", _) => needs(&["interface"]),
        ("ntp_servers", Some(Verb::Set | Verb::Add | Verb::Del)) => needs(&["servers"]),
        ("hostname", Some(Verb::Set)) => needs(&["name"]),
        ("wait_for_link", _) => needs(&["interface", "timeout"]),
        ("wait_for_ip", _) => needs(&["interface", "timeout", "addrtype"]),
        ("error_info", _) => needs(&["errcode"]),
        ("net_info", _) => needs(&["object", "paramname"]),
        ("fw_rule", Some(Verb::Add | Verb::Del)) => needs(&["rule"]),
        _ => Ok(()),
    }
}

/// What `--get` and the objects without verbs print.
fn look(session: &mut Session, request: &Request) -> Result<String, Error> {
    let interface = request
        .object
        .options
        .iter()
        .any(|option| option.long == "interface");
    let interface = if interface { request.get("interface") } else { None };
    let name = interface.unwrap_or_default();
    match request.object.name {
        "link_info" => links(session, interface),
        "ip4_address" => Ok(ipv4_text(&ipv4::get(session, name)?)),
        "ip6_address" => Ok(ipv6_text(&ipv6::get(session, name)?)),
        "ip_route" => routes(session, interface),
        "dns_servers" => Ok(dns_text(&dns::servers(session, interface)?)),
        "dns_domains" => Ok(format!(
            "Domains={}\n",
            spaced(&dns::domains(session, interface)?)
        )),
        "dhcp_duid" => Ok(format!("DUID={}\n", dhcp_id::duid(session, interface)?)),
        "if_iaid" => Ok(format!("IAID={}\n", dhcp_id::iaid(session, name)?)),
        "ntp_servers" => Ok(format!("NTPServers= {}\n", spaced(&ntp::get(session)?))),
        "hostname" => Ok(format!("Hostname: {}\n", hostname::get(session)?)),
        "error_info" => error_text(request.get("errcode").unwrap_or_default()),
        "net_info" => parameter(session, request),
        "fw_rule" => Ok(firewall::get(session)?
            .iter()
            .map(|rule| format!("{rule}\n"))
            .collect()),
        "wait_for_link" => live::wait_for_link(name, timeout(request)?).map(|()| String::new()),
        "wait_for_ip" => live::wait_for_ip(name, timeout(request)?, &kinds(request)?).map(|()| String::new()),
        other => Err(Error::NotSupported(format!(
            "there is nothing to show of {other}"
        ))),
    }
}

fn change(session: &mut Session, request: &Request) -> Result<(), Error> {
    let interface = request
        .object
        .options
        .iter()
        .any(|option| option.long == "interface");
    let interface = if interface { request.get("interface") } else { None };
    let name = interface.unwrap_or_default();
    match (request.object.name, request.verb) {
        ("link_info", _) => set_link(session, name, request),
        ("ip4_address", _) => {
            let mode = match request.get("mode") {
                Some("dhcp") => ipv4::Mode::Dhcp,
                Some("static") => ipv4::Mode::Static,
                _ => ipv4::Mode::None,
            };
            ipv4::set(session, name, mode, request.get("addr"), request.get("gateway"))
        }
        ("ip6_address", Some(Verb::Add)) => {
            ipv6::add(session, name, &request.list("addrlist"), request.get("gateway"))
        }
        ("ip6_address", Some(Verb::Del)) => {
            ipv6::delete(session, name, &request.list("addrlist"), request.get("gateway"))
        }
        ("ip6_address", _) => set_ipv6(session, name, request),
        ("ip_route", Some(Verb::Add)) => route::add(session, name, &route_of(request)),
        ("ip_route", _) => route::delete(session, name, &route_of(request)),
        ("dns_servers", verb) => change_servers(session, interface, verb, request),
        ("dns_domains", verb) => {
            let domains = request.list("domains");
            match verb {
                Some(Verb::Add) => dns::add_domains(session, interface, &domains),
                Some(Verb::Del) => dns::delete_domains(session, interface, &domains),
                _ => dns::set_domains(session, interface, &domains),
            }
        }
        ("dhcp_duid", _) => dhcp_id::set_duid(session, interface, request.get("duid").unwrap_or_default()),
        ("if_iaid", _) => dhcp_id::set_iaid(session, name, number(request, "iaid")?),
        ("ntp_servers", Some(Verb::Add)) => ntp::add(session, &request.list("servers")),
        ("ntp_servers", Some(Verb::Del)) => ntp::delete(session, &request.list("servers")),
        ("ntp_servers", _) => ntp::set(session, &request.list("servers")),
        ("hostname", _) => set_hostname(session, request.get("name").unwrap_or_default()),
        ("net_info", _) => {
            let option = |name: &str| request.get(name).unwrap_or_default();
            param::set(
                session,
                option("object"),
                option("paramname"),
                option("paramvalue"),
            )
        }
        ("fw_rule", Some(Verb::Add)) => firewall::add(session, request.get("rule").unwrap_or_default()),
        ("fw_rule", _) => firewall::delete(session, request.get("rule").unwrap_or_default()),
        (other, _) => Err(Error::NotSupported(format!("{other} cannot be changed"))),
    }
}

fn set_hostname(session: &mut Session, name: &str) -> Result<(), Error> {
    hostname::set(session, name)
}

fn set_link(session: &mut Session, interface: &str, request: &Request) -> Result<(), Error> {
    let settings = link::Settings {
        mac: request.get("macaddr").map(str::to_owned),
        mtu: request.get("mtu").map(str::to_owned),
        mode: request.get("mode").map(|mode| {
            if mode == "auto" {
                link::Mode::Auto
            } else {
                link::Mode::Manual
            }
        }),
    };
    match settings == link::Settings::default() {
        true => Ok(()),
        false => link::set(session, interface, &settings),
    }
}

fn set_ipv6(session: &mut Session, interface: &str, request: &Request) -> Result<(), Error> {
    let on = |option: &str| request.get(option).map(|value| matches!(value, "1" | "true"));
    ipv6::set_mode(session, interface, on("dhcp"), on("autoconf"))?;
    let addresses = request.list("addrlist");
    match (addresses.is_empty(), request.get("gateway")) {
        (true, None) => Ok(()),
        (_, gateway) => ipv6::add(session, interface, &addresses, gateway),
    }
}

fn change_servers(
    session: &mut Session,
    interface: Option<&str>,
    verb: Option<Verb>,
    request: &Request,
) -> Result<(), Error> {
    let servers = request.list("servers");
    match (verb, request.get("mode")) {
        (Some(Verb::Add), _) => dns::add_servers(session, interface, &servers),
        (Some(Verb::Del), _) => dns::delete_servers(session, interface, &servers),
        (_, Some("static")) => dns::set_servers(session, interface, dns::Mode::Static, &servers),
        _ => dns::set_servers(session, interface, dns::Mode::Dhcp, &servers),
    }
}

fn route_of(request: &Request) -> route::Route {
    let option = |name: &str| request.get(name).map(str::to_owned);
    route::Route {
        destination: option("destination"),
        gateway: option("gateway"),
        scope: option("scope"),
        metric: option("metric"),
        ..route::Route::default()
    }
}

fn links(session: &mut Session, only: Option<&str>) -> Result<String, Error> {
    if !session.is_live() {
        let text = "links are of the running system; below --root there are only their files (see net_info)";
        return Err(Error::NotSupported(text.to_owned()));
    }
    let mut found = live::links()?;
    found.retain(|link| only.is_none_or(|name| link.name == name));
    if let (Some(name), true) = (only, found.is_empty()) {
        return Err(Error::Interface(format!("there is no interface {name}")));
    }
    let mut text = format!(
        "{:<10}\t{:<17}\t{:<10}\t{:<10}\t{:<10}\n",
        "Name", "MacAddress", "Mode", "MTU", "State"
    );
    for link in found {
        let mode = match link::mode(session, &link.name)? {
            link::Mode::Auto => "auto",
            link::Mode::Manual => "manual",
        };
        let state = if link.up { "up" } else { "down" };
        let _ = writeln!(
            text,
            "{:<10}\t{:<17}\t{mode:<10}\t{:<10}\t{state:<10}",
            link.name, link.mac, link.mtu
        );
    }
    Ok(text)
}

fn ipv4_text(found: &ipv4::Ipv4) -> String {
    let mut text = format!("IPv4 Address Mode: {}\n", found.mode.name());
    for address in &found.addresses {
        let _ = writeln!(text, "IPv4 Address={address}");
    }
    if let Some(gateway) = &found.gateway {
        let _ = writeln!(text, "IPv4 Gateway={gateway}");
    }
    text
}

fn ipv6_text(found: &ipv6::Ipv6) -> String {
    let state = |on: bool| if on { "enabled" } else { "disabled" };
    let mut text = format!(
        "DHCP IPv6 {}\nAutoconf IPv6 {}\n",
        state(found.dhcp),
        state(found.autoconf)
    );
    for address in &found.addresses {
        let _ = writeln!(text, "IPv6 static Address={address}");
    }
    if let Some(gateway) = &found.gateway {
        let _ = writeln!(text, "IPv6 Gateway={gateway}");
    }
    text
}

fn routes(session: &mut Session, interface: Option<&str>) -> Result<String, Error> {
    let Some(name) = interface else {
        return Err(Error::Parameter("ip_route --get needs --interface".to_owned()));
    };
    let mut text = "Static IP Routes:\n".to_owned();
    for (number, route) in route::get(session, name)?.iter().enumerate() {
        let _ = writeln!(text, "Route #{}", number + 1);
        let parts = [
            ("Dest", &route.destination),
            ("Gateway", &route.gateway),
            ("Scope", &route.scope),
            ("Metric", &route.metric),
        ];
        for (label, value) in parts {
            if let Some(value) = value {
                let _ = writeln!(text, "  {label}={value}");
            }
        }
    }
    Ok(text)
}

fn dns_text(found: &dns::Servers) -> String {
    let mode = match found.mode {
        dns::Mode::Static => "static",
        dns::Mode::Dhcp => "dhcp",
    };
    format!("DNSMode={mode}\nDNSServers={}\n", spaced(&found.servers))
}

/// Words, each with a space behind it.
fn spaced(words: &[String]) -> String {
    words.iter().map(|word| format!("{word} ")).collect()
}

fn parameter(session: &mut Session, request: &Request) -> Result<String, Error> {
    let option = |name: &str| request.get(name).unwrap_or_default();
    let values = param::get(session, option("object"), option("paramname"))?;
    Ok(format!(
        "ParamName: {}, ParamValue: {}\n",
        option("paramname"),
        values.join(" ")
    ))
}

fn error_text(number: &str) -> Result<String, Error> {
    let number: u32 = number
        .parse()
        .map_err(|_| Error::Parameter(format!("{number:?} is not a number")))?;
    let text = match Code::find(number) {
        Some(code) => code.text().to_owned(),
        None => std::io::Error::from_raw_os_error(number.try_into().unwrap_or(0)).to_string(),
    };
    Ok(format!("ErrorInfo: {text}\n"))
}

fn number(request: &Request, option: &str) -> Result<u32, Error> {
    let value = request.get(option).unwrap_or_default();
    value.parse().map_err(|_| {
        Error::Parameter(format!(
            "--{option}: {value:?} is not a number from 0 to 4294967295"
        ))
    })
}

/// 0 is for ever.
fn timeout(request: &Request) -> Result<Option<Duration>, Error> {
    let seconds = number(request, "timeout")?;
    Ok((seconds > 0).then(|| Duration::from_secs(seconds.into())))
}

fn kinds(request: &Request) -> Result<Vec<live::AddressKind>, Error> {
    let find = |name: &str| {
        live::AddressKind::find(name)
            .ok_or_else(|| Error::Parameter(format!("{name:?} is no kind of address")))
    };
    request.list("addrtype").into_iter().map(find).collect()
}
