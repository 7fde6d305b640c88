//! `net`: the objects of netmgr, as Photon's first grammar had them, and the commands of nmctl, as its second had.
//!
//! Objects are translated to operations of the API one by one; what is printed is what netmgr prints. Commands of nmctl
//! are sent as words, which the host understands by nmctl's own table.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::failure::Failure;
use crate::given::Given;

/// Does something with an object of netmgr's table.
pub(crate) fn run(
    api: &mut dyn Api,
    object: &str,
    verb: Option<&str>,
    given: &Given,
) -> Result<String, Failure> {
    let net = &mut Net { api, given };
    match (object, verb) {
        ("link_info", Some("get")) => net.link_info(),
        ("link_info", _) => net.set_link(),
        ("ip4_address", Some("get")) => net.ipv4(),
        ("ip4_address", _) => net.set_ipv4(),
        ("ip6_address", Some("get")) => net.ipv6(),
        ("ip6_address", verb) => net.set_ipv6(verb.unwrap_or("set")),
        ("ip_route", Some("get")) => net.routes(),
        ("ip_route", verb) => net.change_route(verb.unwrap_or("add")),
        ("dns_servers", Some("get")) => net.dns("servers"),
        ("dns_servers", verb) => net.set_dns("servers", verb.unwrap_or("set")),
        ("dns_domains", Some("get")) => net.dns("domains"),
        ("dns_domains", verb) => net.set_dns("domains", verb.unwrap_or("set")),
        ("dhcp_duid" | "if_iaid", Some("get")) => net.dhcp_id(object),
        ("dhcp_duid", _) => net.silent(
            "network.set-dhcp-ids",
            json!({"interface": given.get("interface"), "duid": net.given.get("duid").unwrap_or_default()}),
        ),
        ("if_iaid", _) => {
            let iaid = given.number("iaid")?;
            net.silent(
                "network.set-dhcp-ids",
                json!({"interface": given.need("interface")?, "iaid": iaid}),
            )
        }
        ("ntp_servers", Some("get")) => net.ntp(),
        ("ntp_servers", verb) => net.set_ntp(verb.unwrap_or("set")),
        ("hostname", Some("get")) => net.hostname(),
        ("hostname", _) => net.silent("system.set-hostname", json!({"name": given.need("name")?})),
        ("wait_for_link", _) => net.wait(Vec::new()),
        ("wait_for_ip", _) => net.wait(
            given
                .list("addrtype")
                .iter()
                .map(|kind| kind.replace('_', "-"))
                .collect(),
        ),
        ("error_info", _) => error_info(given),
        ("net_info", Some("get")) => net.parameter(),
        ("net_info", _) => net.set_parameter(),
        _ => Err(Failure::gone(format!(
            "{object} is not over the API; `pmd-cli firewall rules` is for rules"
        ))),
    }
}

/// Runs words of nmctl on the host.
pub(crate) fn nmctl(api: &mut dyn Api, words: &[String], json: bool) -> Result<String, Failure> {
    let answer = api.call("network.nmctl", json!({ "words": words }))?;
    if json {
        return Ok(format!("{answer}\n"));
    }
    let output = answer
        .get("output")
        .and_then(Value::as_str)
        .ok_or_else(|| Failure::missing("output", &answer))?;
    Ok(crate::show::printable(output, true))
}

fn error_info(given: &Given) -> Result<String, Failure> {
    let text = given.need("errcode")?;
    let code = text.parse().ok().and_then(netmgr::Code::find);
    let code = code.ok_or_else(|| {
        Failure::misuse(format!(
            "{text} is no error of netmgr: 4097 to 4108, or 201 to 212"
        ))
    })?;
    Ok(format!("ErrorInfo: {}\n", code.text()))
}

struct Net<'a> {
    api: &'a mut dyn Api,
    given: &'a Given,
}

impl Net<'_> {
    fn look(
        &mut self,
        operation: &str,
        arguments: Value,
        text: impl FnOnce(&Value) -> String,
    ) -> Result<String, Failure> {
        let answer = self.api.call(operation, arguments)?;
        Ok(if self.given.json {
            format!("{answer}\n")
        } else {
            text(&answer)
        })
    }

    fn silent(&mut self, operation: &str, arguments: Value) -> Result<String, Failure> {
        self.look(operation, arguments, |_| String::new())
    }

    fn interface(&self) -> Result<Value, Failure> {
        self.given.need("interface").map(|name| json!({"name": name}))
    }

    fn link_info(&mut self) -> Result<String, Failure> {
        let answer = match self.given.get("interface") {
            Some(_) => Value::Array(vec![self.api.call("network.get-link", self.interface()?)?]),
            None => self.api.call("network.links", json!({}))?,
        };
        if self.given.json {
            return Ok(format!("{answer}\n"));
        }
        let mut text = format!(
            "{:<10}\t{:<17}\t{:<10}\t{:<10}\t{:<10}\n",
            "Name", "MacAddress", "Mode", "MTU", "State"
        );
        for link in answer.as_array().into_iter().flatten() {
            let of = |key: &str| link.get(key).and_then(Value::as_str).unwrap_or_default();
            let mtu = link.get("mtu").and_then(Value::as_u64).unwrap_or_default();
            let state = if link.get("up").and_then(Value::as_bool).unwrap_or(false) {
                "up"
            } else {
                "down"
            };
            let _ = writeln!(
                text,
                "{:<10}\t{:<17}\t{:<10}\t{mtu:<10}\t{state:<10}",
                of("name"),
                of("mac"),
                of("mode")
            );
        }
        Ok(text)
    }

    fn set_link(&mut self) -> Result<String, Failure> {
        let given = self.given;
        let arguments = json!({
            "name": given.need("interface")?,
            "mac": given.get("macaddr"),
            "mtu": given.number("mtu")?,
            "mode": given.get("mode"),
            "up": given.get("state").map(|state| state == "up"),
        });
        self.silent("network.set-link", arguments)
    }

    fn ipv4(&mut self) -> Result<String, Failure> {
        self.look("network.get-ipv4", self.interface()?, |answer| {
            let mode = text(answer, "mode");
            let mut lines = format!("IPv4 Address Mode: {mode}\n");
            for address in list(answer, "addresses") {
                let _ = writeln!(lines, "IPv4 Address={address}");
            }
            if let Some(gateway) = answer.get("gateway").and_then(Value::as_str) {
                let _ = writeln!(lines, "IPv4 Gateway={gateway}");
            }
            lines
        })
    }

    fn set_ipv4(&mut self) -> Result<String, Failure> {
        let given = self.given;
        let arguments = json!({
            "name": given.need("interface")?,
            "mode": given.need("mode")?,
            "address": given.get("addr"),
            "gateway": given.get("gateway"),
        });
        self.silent("network.set-ipv4", arguments)
    }

    fn ipv6(&mut self) -> Result<String, Failure> {
        self.look("network.get-ipv6", self.interface()?, |answer| {
            let truth = |key: &str| answer.get(key).and_then(Value::as_bool).unwrap_or(false);
            let word = |on: bool| if on { "enabled" } else { "disabled" };
            let mut lines = format!(
                "DHCP IPv6 {}\nAutoconf IPv6 {}\n",
                word(truth("dhcp")),
                word(truth("autoconf"))
            );
            for address in list(answer, "addresses") {
                let _ = writeln!(lines, "IPv6 static Address={address}");
            }
            if let Some(gateway) = answer.get("gateway").and_then(Value::as_str) {
                let _ = writeln!(lines, "IPv6 Gateway={gateway}");
            }
            lines
        })
    }

    fn set_ipv6(&mut self, verb: &str) -> Result<String, Failure> {
        let given = self.given;
        let truth = |option: &str| given.get(option).map(|word| word == "1" || word == "true");
        let addresses = match given.get("addrlist") {
            None => None,
            Some(_) => {
                let present = if verb == "set" {
                    Vec::new()
                } else {
                    list(
                        &self.api.call("network.get-ipv6", self.interface()?)?,
                        "addresses",
                    )
                };
                Some(merged(verb, present, given.list("addrlist")))
            }
        };
        let arguments = json!({
            "name": given.need("interface")?,
            "dhcp": truth("dhcp"),
            "autoconf": truth("autoconf"),
            "addresses": addresses,
            "gateway": given.get("gateway"),
        });
        self.silent("network.set-ipv6", arguments)
    }

    fn routes(&mut self) -> Result<String, Failure> {
        self.look("network.routes", self.interface()?, |answer| {
            let mut lines = "Static IP Routes:\n".to_owned();
            for (at, route) in answer.as_array().into_iter().flatten().enumerate() {
                let _ = writeln!(lines, "Route #{}", at + 1);
                for (title, key) in [
                    ("Dest", "destination"),
                    ("Gateway", "gateway"),
                    ("Scope", "scope"),
                    ("Metric", "metric"),
                ] {
                    if let Some(value) = route.get(key).and_then(Value::as_str) {
                        let _ = writeln!(lines, "  {title}={value}");
                    }
                }
            }
            lines
        })
    }

    fn change_route(&mut self, verb: &str) -> Result<String, Failure> {
        let given = self.given;
        let operation = if verb == "add" {
            "network.add-route"
        } else {
            "network.delete-route"
        };
        let arguments = json!({
            "name": given.need("interface")?,
            "destination": given.need("destination")?,
            "gateway": given.get("gateway"),
            "scope": given.get("scope"),
            "metric": given.number("metric")?,
        });
        self.silent(operation, arguments)
    }

    fn dns(&mut self, what: &str) -> Result<String, Failure> {
        let interface = json!({"interface": self.given.get("interface")});
        self.look("network.get-dns", interface, |answer| {
            let values: String = list(answer, what)
                .iter()
                .map(|value| format!("{value} "))
                .collect();
            match what {
                "servers" => format!("DNSMode={}\nDNSServers={values}\n", text(answer, "mode")),
                _ => format!("Domains={values}\n"),
            }
        })
    }

    fn set_dns(&mut self, what: &str, verb: &str) -> Result<String, Failure> {
        let mut arguments = Map::new();
        let interface = self.given.get("interface");
        arguments.insert("interface".to_owned(), json!(interface));
        if verb == "set" && what == "servers" {
            arguments.insert("mode".to_owned(), json!(self.given.need("mode")?));
        }
        let present = match verb {
            "set" => Vec::new(),
            _ => list(
                &self
                    .api
                    .call("network.get-dns", json!({ "interface": interface }))?,
                what,
            ),
        };
        arguments.insert(
            what.to_owned(),
            json!(merged(verb, present, self.given.list(what))),
        );
        self.silent("network.set-dns", Value::Object(arguments))
    }

    fn dhcp_id(&mut self, object: &str) -> Result<String, Failure> {
        let interface = json!({"interface": self.given.get("interface")});
        self.look("network.get-dhcp-ids", interface, |answer| match object {
            "dhcp_duid" => format!("DUID={}\n", text(answer, "duid")),
            _ => format!(
                "IAID={}\n",
                answer.get("iaid").and_then(Value::as_u64).unwrap_or_default()
            ),
        })
    }

    fn ntp(&mut self) -> Result<String, Failure> {
        self.look("network.get-ntp", json!({}), |answer| {
            let values: String = list(answer, "servers")
                .iter()
                .map(|value| format!("{value} "))
                .collect();
            format!("NTPServers= {values}\n")
        })
    }

    fn set_ntp(&mut self, verb: &str) -> Result<String, Failure> {
        let present = match verb {
            "set" => Vec::new(),
            _ => list(&self.api.call("network.get-ntp", json!({}))?, "servers"),
        };
        let servers = merged(verb, present, self.given.list("servers"));
        self.silent("network.set-ntp", json!({ "servers": servers }))
    }

    fn hostname(&mut self) -> Result<String, Failure> {
        self.look("system.hostname", json!({}), |answer| {
            format!("Hostname: {}\n", text(answer, "name"))
        })
    }

    fn wait(&mut self, kinds: Vec<String>) -> Result<String, Failure> {
        // For ever is not over the API: the longest that it waits.
        let seconds = match self.given.number("timeout")? {
            None | Some(0) => 300,
            Some(seconds) => seconds.min(300),
        };
        let name = self.given.need("interface")?;
        self.silent(
            "network.wait",
            json!({"name": name, "kinds": kinds, "seconds": seconds}),
        )
    }

    fn parameter(&mut self) -> Result<String, Failure> {
        let (object, parameter) = (self.given.need("object")?, self.given.need("paramname")?);
        let arguments = json!({"object": object, "parameter": parameter});
        let line = |value: &String| format!("ParamName: {parameter}, ParamValue: {value}\n");
        self.look("network.get-parameter", arguments, |answer| {
            list(answer, "values").iter().map(line).collect()
        })
    }

    fn set_parameter(&mut self) -> Result<String, Failure> {
        let given = self.given;
        let arguments = json!({
            "object": given.need("object")?,
            "parameter": given.need("paramname")?,
            "value": given.get("paramvalue").unwrap_or_default(),
        });
        self.silent("network.set-parameter", arguments)
    }
}

/// What is there, with or without what was named.
fn merged(verb: &str, present: Vec<String>, named: Vec<String>) -> Vec<String> {
    match verb {
        "del" => present
            .into_iter()
            .filter(|value| !named.contains(value))
            .collect(),
        _ => {
            let new: Vec<String> = named
                .into_iter()
                .filter(|value| !present.contains(value))
                .collect();
            present.into_iter().chain(new).collect()
        }
    }
}

fn text<'a>(answer: &'a Value, key: &str) -> &'a str {
    answer.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list(answer: &Value, key: &str) -> Vec<String> {
    let items = answer
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}
