//! `/v1`: the 78 operations of Photon's first daemon, with the parameters and shapes of its document - also where its
//! program did otherwise: `enableDhcp` and `enable_dhcp`, `persistent` and `persist`, `link_mtu` and `set_mtu` are the
//! same here, and what only one of them knew, works.

use pmd_api::Problem;
use serde_json::{Value, json};

use crate::list::{Merge, texts};
use crate::{Asked, Entry, Next, Step, call, entry, of, one};

/// All of them.
pub const TABLE: &[Entry] = &[
    entry("GET", "info", |_, answers| {
        one(answers, "system.info", json!({}), info)
    }),
    entry("GET", "javelin.json", |_, answers| {
        one(answers, "daemon.openapi", json!({}), Value::clone)
    }),
    entry("GET", "pmd/modules", |_, _| {
        Ok(Next::Done(
            json!({"modules": ["firewall", "net", "pkg", "rolemgmt", "usrmgmt"]}),
        ))
    }),
    entry("GET", "pmd/config", |_, answers| {
        one(answers, "daemon.health", json!({}), Value::clone)
    }),
    entry("GET", "net/version", version),
    entry("GET", "net/hostname", |_, answers| {
        one(
            answers,
            "system.hostname",
            json!({}),
            |found| json!({"hostname": of(found, "name")}),
        )
    }),
    entry("PUT", "net/hostname", |asked, answers| {
        done(
            answers,
            "system.set-hostname",
            json!({"name": asked.need(&["hostname"])?}),
        )
    }),
    entry("POST", "net/waitforlink", |asked, answers| {
        wait(asked, answers, Vec::new())
    }),
    entry("POST", "net/waitforip", |asked, answers| {
        wait(
            asked,
            answers,
            asked
                .list(&["addrtype", "addr_type"])
                .iter()
                .map(|kind| kind.replace('_', "-"))
                .collect(),
        )
    }),
    entry("GET", "net/dns/domains", |asked, answers| {
        one(
            answers,
            "network.get-dns",
            interface(asked),
            |found| json!({"domains": of(found, "domains")}),
        )
    }),
    entry("PUT", "net/dns/domains", |asked, answers| {
        set_dns(asked, answers, "domains", Merge::Set)
    }),
    entry("POST", "net/dns/domains", |asked, answers| {
        set_dns(asked, answers, "domains", Merge::Add)
    }),
    entry("DELETE", "net/dns/domains", |asked, answers| {
        set_dns(asked, answers, "domains", Merge::Remove)
    }),
    entry("GET", "net/dns/servers", |asked, answers| {
        one(
            answers,
            "network.get-dns",
            interface(asked),
            |found| json!({"servers": of(found, "servers")}),
        )
    }),
    entry("PUT", "net/dns/servers", |asked, answers| {
        set_dns(asked, answers, "servers", Merge::Set)
    }),
    entry("POST", "net/dns/servers", |asked, answers| {
        set_dns(asked, answers, "servers", Merge::Add)
    }),
    entry("DELETE", "net/dns/servers", |asked, answers| {
        set_dns(asked, answers, "servers", Merge::Remove)
    }),
    entry("GET", "net/dhcp/duid", |asked, answers| {
        one(
            answers,
            "network.get-dhcp-ids",
            interface(asked),
            |found| json!({"duid": of(found, "duid")}),
        )
    }),
    entry("PUT", "net/dhcp/duid", |asked, answers| {
        done(
            answers,
            "network.set-dhcp-ids",
            json!({"interface": asked.get(&["interface"]), "duid": asked.need(&["duid"])?}),
        )
    }),
    entry("GET", "net/dhcp/iaid", |asked, answers| {
        one(
            answers,
            "network.get-dhcp-ids",
            json!({"interface": asked.need(&["interface"])?}),
            |found| json!({"iaid": of(found, "iaid")}),
        )
    }),
    entry("PUT", "net/dhcp/iaid", |asked, answers| {
        done(
            answers,
            "network.set-dhcp-ids",
            json!({"interface": asked.need(&["interface"])?, "iaid": asked.number(&["iaid"])?}),
        )
    }),
    entry("POST", "net/ifup", |asked, answers| {
        set_link(asked, answers, "up", json!(true))
    }),
    entry("POST", "net/ifdown", |asked, answers| {
        set_link(asked, answers, "up", json!(false))
    }),
    entry("GET", "net/ip/addr", addresses),
    entry("GET", "net/ip/route", |asked, answers| {
        one(answers, "network.routes", named(asked)?, |found| {
            routes(asked, found)
        })
    }),
    entry("PUT", "net/ip/route", |asked, answers| {
        done(answers, "network.add-route", route(asked)?)
    }),
    entry("DELETE", "net/ip/route", |asked, answers| {
        done(answers, "network.delete-route", route(asked)?)
    }),
    entry("GET", "net/ipv4/gateway", |asked, answers| {
        one(answers, "network.get-ipv4", named(asked)?, |found| {
            ipv4(asked, found)
        })
    }),
    entry("PUT", "net/ipv4/gateway", |asked, answers| {
        let mode = asked.get(&["mode", "addr_mode"]);
        let arguments = json!({"name": asked.need(&["interface"])?, "mode": mode.unwrap_or("static"), "address": asked.get(&["prefix"]), "gateway": asked.get(&["gateway"])});
        done(answers, "network.set-ipv4", arguments)
    }),
    entry("PUT", "net/ipv6/addr", |asked, answers| {
        set_ipv6_address(asked, answers, Merge::Add)
    }),
    entry("DELETE", "net/ipv6/addr", |asked, answers| {
        set_ipv6_address(asked, answers, Merge::Remove)
    }),
    entry("GET", "net/ipv6/gateway", |asked, answers| {
        one(
            answers,
            "network.get-ipv6",
            named(asked)?,
            |found| json!({"interface": asked.get(&["interface"]), "gateway": of(found, "gateway")}),
        )
    }),
    entry("PUT", "net/ipv6/gateway", |asked, answers| {
        done(
            answers,
            "network.set-ipv6",
            json!({"name": asked.need(&["interface"])?, "gateway": asked.need(&["gateway"])?}),
        )
    }),
    entry("GET", "net/ipv6/addr/mode", |asked, answers| {
        one(
            answers,
            "network.get-ipv6",
            named(asked)?,
            |found| json!({"interface": asked.get(&["interface"]), "dhcp": of(found, "dhcp"), "autoconf": of(found, "autoconf")}),
        )
    }),
    entry("PUT", "net/ipv6/addr/mode", |asked, answers| {
        let (dhcp, autoconf) = (
            asked.truth(&["enableDhcp", "enable_dhcp"])?,
            asked.truth(&["enableAutoConf", "enable_autoconf"])?,
        );
        done(
            answers,
            "network.set-ipv6",
            json!({"name": asked.need(&["interface"])?, "dhcp": dhcp, "autoconf": autoconf}),
        )
    }),
    entry("GET", "net/link/info", link_info),
    entry("GET", "net/link/mode", |asked, answers| {
        one(
            answers,
            "network.get-link",
            named(asked)?,
            |found| json!({"link_mode": of(found, "mode")}),
        )
    }),
    entry("PUT", "net/link/mode", |asked, answers| {
        set_link(
            asked,
            answers,
            "mode",
            json!(asked.need(&["link_mode", "set_mode"])?),
        )
    }),
    entry("GET", "net/link/mtu", |asked, answers| {
        one(
            answers,
            "network.get-link",
            named(asked)?,
            |found| json!({"link_mtu": of(found, "mtu")}),
        )
    }),
    entry("PUT", "net/link/mtu", |asked, answers| {
        set_link(
            asked,
            answers,
            "mtu",
            json!(asked.number(&["link_mtu", "set_mtu"])?),
        )
    }),
    entry("GET", "net/link/state", |asked, answers| {
        one(
            answers,
            "network.get-link",
            named(asked)?,
            |found| json!({"link_state": state(found)}),
        )
    }),
    entry("PUT", "net/link/state", |asked, answers| {
        let up = match asked.need(&["link_state", "set_state"])? {
            "up" => true,
            "down" => false,
            other => {
                return Err(Problem::invalid(format!(
                    "link_state={other}: neither up nor down"
                )));
            }
        };
        set_link(asked, answers, "up", json!(up))
    }),
    entry("GET", "net/mac_addr", |asked, answers| {
        one(
            answers,
            "network.get-link",
            named(asked)?,
            |found| json!({"mac_address": of(found, "mac")}),
        )
    }),
    entry("PUT", "net/mac_addr", |asked, answers| {
        set_link(asked, answers, "mac", json!(asked.need(&["mac_address"])?))
    }),
    entry("GET", "net/ntp/servers", |_, answers| {
        one(
            answers,
            "network.get-ntp",
            json!({}),
            |found| json!({"servers": of(found, "servers")}),
        )
    }),
    entry("PUT", "net/ntp/servers", |asked, answers| {
        done(
            answers,
            "network.set-ntp",
            json!({"servers": asked.list(&["servers"])}),
        )
    }),
    entry("DELETE", "net/ntp/servers", remove_ntp),
    entry("GET", "pkg/version", version),
    entry("GET", "pkg/count", |_, answers| {
        one(answers, "packages.count", json!({}), Value::clone)
    }),
    entry("GET", "pkg/repos", |_, answers| {
        one(answers, "packages.repositories", json!({}), repositories)
    }),
    entry("GET", "pkg/list", |asked, answers| {
        one(
            answers,
            "packages.list",
            json!({"filter": asked.get(&["filter"]).unwrap_or("all")}),
            packages,
        )
    }),
    entry("POST", "pkg/install", |asked, answers| {
        alter(asked, answers, "install", true)
    }),
    entry("POST", "pkg/erase", |asked, answers| {
        alter(asked, answers, "erase", true)
    }),
    entry("POST", "pkg/reinstall", |asked, answers| {
        alter(asked, answers, "reinstall", true)
    }),
    entry("POST", "pkg/update", |asked, answers| {
        alter(asked, answers, "update", false)
    }),
    entry("POST", "pkg/downgrade", |asked, answers| {
        alter(asked, answers, "downgrade", false)
    }),
    entry("POST", "pkg/distro_sync", |asked, answers| {
        alter(asked, answers, "distro-sync", false)
    }),
    entry("GET", "usrmgmt/users", |_, answers| {
        one(answers, "users.list", json!({}), users)
    }),
    entry("GET", "usrmgmt/groups", |_, answers| {
        one(answers, "users.groups", json!({}), groups)
    }),
    entry("GET", "usrmgmt/userid", |asked, answers| {
        one(
            answers,
            "users.get",
            name(asked)?,
            |found| json!({"userid": of(found, "uid")}),
        )
    }),
    entry("GET", "usrmgmt/groupid", |asked, answers| {
        one(
            answers,
            "users.get-group",
            name(asked)?,
            |found| json!({"groupid": of(found, "gid")}),
        )
    }),
    entry("PUT", "usrmgmt/useradd", |asked, answers| {
        done(answers, "users.add", name(asked)?)
    }),
    entry("PUT", "usrmgmt/groupadd", |asked, answers| {
        done(answers, "users.add-group", name(asked)?)
    }),
    entry("DELETE", "usrmgmt/userdel", |asked, answers| {
        done(answers, "users.delete", name(asked)?)
    }),
    entry("DELETE", "usrmgmt/groupdel", |asked, answers| {
        done(answers, "users.delete-group", name(asked)?)
    }),
    entry("GET", "firewall/version", version),
    entry("GET", "firewall/rules", |_, answers| {
        one(answers, "firewall.rules", json!({"family": "ipv4"}), rules)
    }),
    entry("GET", "firewall/rules6", |_, answers| {
        one(answers, "firewall.rules", json!({"family": "ipv6"}), rules)
    }),
    entry("PUT", "firewall/rules", |asked, answers| {
        done(answers, "firewall.add-rule", rule(asked)?)
    }),
    entry("DELETE", "firewall/rules", |asked, answers| {
        done(answers, "firewall.delete-rule", rule(asked)?)
    }),
    entry("GET", "rolemgmt/version", version),
    entry("GET", "rolemgmt/role/version", |asked, answers| {
        one(
            answers,
            "roles.get",
            name(asked)?,
            |found| json!({"version": of(found, "version")}),
        )
    }),
    entry("GET", "rolemgmt/roles", |_, answers| {
        one(answers, "roles.list", json!({}), roles)
    }),
    entry("GET", "rolemgmt/role/status", |asked, answers| {
        one(
            answers,
            "daemon.job",
            json!({"id": asked.need(&["taskid"])?}),
            |job| json!({"status": of(job, "state")}),
        )
    }),
    entry("GET", "rolemgmt/role/logs", logs),
    entry("PUT", "rolemgmt/role/alter", |asked, answers| {
        alter_role(asked, answers, "enable")
    }),
    entry("PATCH", "rolemgmt/role/alter", |asked, answers| {
        alter_role(asked, answers, "update")
    }),
    entry("DELETE", "rolemgmt/role/alter", |asked, answers| {
        alter_role(asked, answers, "remove")
    }),
];

/// A change whose answer is that it is done.
fn done(answers: &[Value], operation: &'static str, arguments: Value) -> Result<Next, Problem> {
    one(answers, operation, arguments, |_| json!({"result": "success"}))
}

fn version(_: &Asked, answers: &[Value]) -> Result<Next, Problem> {
    one(
        answers,
        "daemon.health",
        json!({}),
        |found| json!({"version": of(found, "version")}),
    )
}

fn info(found: &Value) -> Value {
    json!({
        "sysinfo": {
            "uptime": of(found, "uptime_seconds"),
            "procs": of(found, "processes"),
            "totalram": of(found, "memory_total"),
            "freeram": of(found, "memory_free"),
        },
        "uname": {
            "sysname": "Linux",
            "release": of(found, "kernel"),
            "nodename": of(found, "hostname"),
            "version": of(found, "kernel_version"),
            "machine": of(found, "machine"),
        },
    })
}

fn interface(asked: &Asked) -> Value {
    json!({"interface": asked.get(&["interface"])})
}

/// The interface as the API's `name`.
fn named(asked: &Asked) -> Result<Value, Problem> {
    Ok(json!({"name": asked.need(&["interface"])?}))
}

fn name(asked: &Asked) -> Result<Value, Problem> {
    Ok(json!({"name": asked.need(&["name"])?}))
}

fn wait(asked: &Asked, answers: &[Value], kinds: Vec<String>) -> Result<Next, Problem> {
    // 0 was for ever, which no connection lasts.
    let seconds = asked
        .number(&["timeout"])?
        .filter(|seconds| *seconds > 0)
        .unwrap_or(300)
        .min(300);
    done(
        answers,
        "network.wait",
        json!({"name": asked.need(&["interface"])?, "kinds": kinds, "seconds": seconds}),
    )
}

fn set_dns(asked: &Asked, answers: &[Value], what: &str, merge: Merge) -> Result<Next, Problem> {
    let single = what.trim_end_matches('s');
    let named = asked.list(&[single, what]);
    let mode = asked.get(&["mode"]).filter(|_| merge == Merge::Set);
    if named.is_empty() && mode.is_none() {
        return Err(Problem::invalid(format!("the parameter {what} is missing")));
    }
    let arguments =
        |list: Vec<String>| json!({"interface": asked.get(&["interface"]), "mode": mode, what: list});
    match (merge, answers) {
        (Merge::Set, []) => call("network.set-dns", arguments(named)),
        (Merge::Add | Merge::Remove, []) => call("network.get-dns", interface(asked)),
        (Merge::Add | Merge::Remove, [present]) => call(
            "network.set-dns",
            arguments(merge.apply(texts(present, what), named)),
        ),
        _ => Ok(Next::Done(json!({"result": "success"}))),
    }
}

fn remove_ntp(asked: &Asked, answers: &[Value]) -> Result<Next, Problem> {
    match answers {
        [] => call("network.get-ntp", json!({})),
        [present] => {
            let left = Merge::Remove.apply(texts(present, "servers"), asked.list(&["servers"]));
            call("network.set-ntp", json!({"servers": left}))
        }
        _ => Ok(Next::Done(json!({"result": "success"}))),
    }
}

fn set_link(asked: &Asked, answers: &[Value], field: &str, value: Value) -> Result<Next, Problem> {
    if value.is_null() {
        return Err(Problem::invalid(format!("the parameter link_{field} is missing")));
    }
    done(
        answers,
        "network.set-link",
        json!({"name": asked.need(&["interface"])?, field: value}),
    )
}

fn state(link: &Value) -> &'static str {
    if link.get("up").and_then(Value::as_bool).unwrap_or(false) {
        "up"
    } else {
        "down"
    }
}

fn link_info(asked: &Asked, answers: &[Value]) -> Result<Next, Problem> {
    let shape = |link: &Value| json!({"interface": of(link, "name"), "mac_address": of(link, "mac"), "mtu": of(link, "mtu"), "mode": of(link, "mode"), "state": state(link)});
    match asked.get(&["interface"]) {
        Some(_) => one(answers, "network.get-link", named(asked)?, |link| {
            json!([shape(link)])
        }),
        None => one(answers, "network.links", json!({}), |links| each(links, shape)),
    }
}

fn each(list: &Value, shape: impl Fn(&Value) -> Value) -> Value {
    list.as_array()
        .map(|items| items.iter().map(shape).collect())
        .unwrap_or_else(|| json!([]))
}

fn addresses(asked: &Asked, answers: &[Value]) -> Result<Next, Problem> {
    let wanted = asked.list(&["addr_type", "addrtype"]);
    one(answers, "network.get-link", named(asked)?, |link| {
        let kind = |address: &str| if address.contains(':') { "ipv6" } else { "ipv4" };
        let fits = |address: &String| {
            wanted.is_empty() || wanted.iter().any(|wanted| wanted.ends_with(kind(address)))
        };
        let found = texts(link, "addresses").into_iter().filter(fits);
        found.map(|address| json!({"interface": of(link, "name"), "addr_type": kind(&address), "prefix": address})).collect()
    })
}

fn routes(asked: &Asked, found: &Value) -> Value {
    each(found, |route| {
        json!({
            "interface": asked.get(&["interface"]),
            "dest_net": of(route, "destination"),
            "source_net": of(route, "source"),
            "gateway": of(route, "gateway"),
            "scope": of(route, "scope"),
            "metric": of(route, "metric"),
            "table": of(route, "table"),
        })
    })
}

fn route(asked: &Asked) -> Result<Value, Problem> {
    Ok(json!({
        "name": asked.need(&["interface"])?,
        "destination": asked.need(&["dest_net", "destination"])?,
        "source": asked.get(&["source_net"]),
        "gateway": asked.get(&["gateway"]),
        "scope": asked.get(&["scope"]),
        "metric": asked.number(&["metric"])?,
        "table": asked.number(&["table"])?,
    }))
}

fn ipv4(asked: &Asked, found: &Value) -> Value {
    json!({
        "interface": asked.get(&["interface"]),
        "mode": of(found, "mode"),
        "prefix": texts(found, "addresses").first(),
        "gateway": of(found, "gateway"),
    })
}

fn set_ipv6_address(asked: &Asked, answers: &[Value], merge: Merge) -> Result<Next, Problem> {
    let prefix = asked.need(&["prefix", "addr_prefix"])?.to_owned();
    match answers {
        [] => call("network.get-ipv6", named(asked)?),
        [present] => {
            let left = merge.apply(texts(present, "addresses"), vec![prefix]);
            call(
                "network.set-ipv6",
                json!({"name": asked.need(&["interface"])?, "addresses": left}),
            )
        }
        _ => Ok(Next::Done(json!({"result": "success"}))),
    }
}

fn repositories(found: &Value) -> Value {
    let keep = [
        "id",
        "name",
        "baseurl",
        "gpgkey",
        "metadata_expire",
        "gpgcheck",
        "skip_if_unavailable",
        "enabled",
    ];
    each(found, |repository| {
        keep.iter()
            .map(|key| ((*key).to_owned(), of(repository, key)))
            .collect()
    })
}

fn packages(found: &Value) -> Value {
    each(found, |package| {
        let keep = [
            "name",
            "arch",
            "epoch",
            "version",
            "release",
            "install_size",
            "summary",
            "url",
            "license",
            "description",
        ];
        let mut shaped: serde_json::Map<String, Value> = keep
            .iter()
            .map(|key| ((*key).to_owned(), of(package, key)))
            .collect();
        shaped.insert("reponame".to_owned(), of(package, "repository"));
        Value::Object(shaped)
    })
}

fn alter(asked: &Asked, answers: &[Value], action: &str, needed: bool) -> Result<Next, Problem> {
    let packages = asked.list(&["packages"]);
    if needed && packages.is_empty() {
        return Err(Problem::invalid("the parameter packages is missing"));
    }
    one(
        answers,
        "packages.change",
        json!({"action": action, "packages": packages}),
        |plan| {
            let kinds = ["install", "update", "reinstall", "erase", "downgrade"];
            kinds
                .iter()
                .map(|kind| ((*kind).to_owned(), of(plan, kind)))
                .collect()
        },
    )
}

fn users(found: &Value) -> Value {
    each(
        found,
        |user| json!({"name": of(user, "name"), "userid": of(user, "uid"), "groupid": of(user, "gid"), "description": of(user, "comment"), "homedir": of(user, "home"), "shell": of(user, "shell")}),
    )
}

fn groups(found: &Value) -> Value {
    each(
        found,
        |group| json!({"name": of(group, "name"), "groupid": of(group, "gid"), "members": of(group, "members")}),
    )
}

fn rules(found: &Value) -> Value {
    let text = |rule: &Value, key: &str| {
        rule.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    each(
        found,
        |rule| json!({"rule": format!("-A {} {}", text(rule, "chain"), text(rule, "rule"))}),
    )
}

fn rule(asked: &Asked) -> Result<Value, Problem> {
    let persistent = asked.truth(&["persistent", "persist"])?.unwrap_or(false);
    Ok(
        json!({"family": "ipv4", "chain": asked.need(&["chain"])?.to_ascii_uppercase(), "rule": asked.need(&["rule"])?, "persistent": persistent}),
    )
}

fn roles(found: &Value) -> Value {
    each(
        found,
        |role| json!({"id": of(role, "id"), "name": of(role, "name"), "description": of(role, "description")}),
    )
}

fn alter_role(asked: &Asked, answers: &[Value], action: &str) -> Result<Next, Problem> {
    match answers.first() {
        Some(job) => Ok(Next::Done(json!({"taskid": of(job, "id")}))),
        None => {
            let config = match asked.body.get("config").unwrap_or(&asked.body) {
                Value::Object(members) => Value::Object(members.clone()),
                _ => json!({}),
            };
            let arguments = json!({"name": asked.need(&["name"])?, "action": action, "config": config});
            Ok(Next::Call(Step {
                operation: "roles.alter",
                arguments,
                only_begin: true,
            }))
        }
    }
}

fn logs(asked: &Asked, answers: &[Value]) -> Result<Next, Problem> {
    let at = |names: &[&str]| {
        asked
            .number(names)
            .map(|number| number.and_then(|number| usize::try_from(number).ok()))
    };
    let (start, count) = (
        at(&["startat"])?.unwrap_or(0),
        at(&["count"])?.unwrap_or(usize::MAX),
    );
    one(
        answers,
        "daemon.job",
        json!({"id": asked.need(&["taskid"])?}),
        |job| {
            let lines = job
                .pointer("/result/log")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            lines
                .into_iter()
                .skip(start)
                .take(count)
                .map(|line| json!({"log": line}))
                .collect()
        },
    )
}
