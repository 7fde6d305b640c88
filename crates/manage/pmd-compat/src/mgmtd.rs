//! `/api/v1`: photon-mgmtd's interface, where it maps onto ours. Its GETs that changed the host are gone: they are
//! `POST` in the API, as everything that changes something.

use pmd_api::Problem;
use serde_json::{Map, Value, json};

use crate::list::{Merge, texts};
use crate::{Asked, Entry, Next, call, entry, of, one};

/// What is answered.
pub const TABLE: &[Entry] = &[
    entry("GET", "system/describe", |_, answers| {
        same(answers, "system.info", json!({}))
    }),
    entry("GET", "system/hostname/describe", |_, answers| {
        same(answers, "system.hostname", json!({}))
    }),
    entry("POST", "system/hostname/update", |asked, answers| {
        same(
            answers,
            "system.set-hostname",
            json!({"name": asked.need(&["StaticHostname", "Hostname", "TransientHostname"])?}),
        )
    }),
    entry("GET", "system/login/listsessions", |_, answers| {
        same(answers, "system.sessions", json!({}))
    }),
    entry("GET", "system/timedate/describe", |_, answers| {
        same(answers, "system.time", json!({}))
    }),
    entry("POST", "system/timedate/configure", set_time),
    entry("GET", "system/sysctl/status", |asked, answers| {
        same(answers, "system.sysctl", json!({"key": asked.need(&["Key"])?}))
    }),
    entry("GET", "system/sysctl/statusall", |_, answers| {
        same(answers, "system.sysctls", json!({}))
    }),
    entry("GET", "system/sysctl/statuspattern", |asked, answers| {
        same(
            answers,
            "system.sysctls",
            json!({"prefix": asked.need(&["Pattern"])?}),
        )
    }),
    entry("POST", "system/sysctl/update", |asked, answers| {
        same(
            answers,
            "system.set-sysctl",
            json!({"key": asked.need(&["Key"])?, "value": asked.need(&["Value"])?, "persistent": true}),
        )
    }),
    entry("DELETE", "system/sysctl/remove", |asked, answers| {
        same(
            answers,
            "system.unset-sysctl",
            json!({"key": asked.need(&["Key"])?}),
        )
    }),
    entry("GET", "service/systemd/units", |_, answers| {
        same(answers, "services.list", json!({}))
    }),
    entry("GET", "service/systemd/manager/describe", |_, answers| {
        same(answers, "services.manager", json!({}))
    }),
    entry("GET", "service/systemd/{unit}/status", |asked, answers| {
        same(answers, "services.get", unit(asked)?)
    }),
    entry("GET", "service/systemd/{unit}/propertyall", |asked, answers| {
        same(answers, "services.properties", unit(asked)?)
    }),
    entry("POST", "service/systemd", act),
    entry("GET", "system/user/view", |_, answers| {
        same(answers, "users.list", json!({}))
    }),
    entry("POST", "system/user/add", |asked, answers| {
        same(answers, "users.add", user(asked, true)?)
    }),
    entry("PUT", "system/user/modify", |asked, answers| {
        same(answers, "users.set", user(asked, false)?)
    }),
    entry("DELETE", "system/user/remove", |asked, answers| {
        same(answers, "users.delete", json!({"name": asked.need(&["Name"])?}))
    }),
    entry("GET", "system/group/view", |_, answers| {
        same(answers, "users.groups", json!({}))
    }),
    entry("GET", "system/group/view/{name}", |asked, answers| {
        same(
            answers,
            "users.get-group",
            json!({"name": asked.need(&["name"])?}),
        )
    }),
    entry("POST", "system/group/add", |asked, answers| {
        same(
            answers,
            "users.add-group",
            json!({"name": asked.need(&["Name"])?, "gid": asked.number(&["Gid"])?}),
        )
    }),
    entry("PUT", "system/group/modify", |asked, answers| {
        same(
            answers,
            "users.set-group",
            json!({"name": asked.need(&["Name"])?, "new_name": asked.get(&["NewName"])}),
        )
    }),
    entry("DELETE", "system/group/remove", |asked, answers| {
        same(
            answers,
            "users.delete-group",
            json!({"name": asked.need(&["Name"])?}),
        )
    }),
    entry("GET", "network/describe", |_, answers| {
        same(answers, "network.links", json!({}))
    }),
    entry("GET", "network/netlink/link", |_, answers| {
        same(answers, "network.links", json!({}))
    }),
    entry("GET", "network/netlink/address", |_, answers| {
        same(answers, "network.links", json!({}))
    }),
    entry("GET", "network/netlink/route", |_, answers| {
        same(answers, "network.live-routes", json!({}))
    }),
    entry("GET", "network/resolved/describe", |_, answers| {
        same(answers, "network.get-dns", json!({}))
    }),
    entry("GET", "network/resolved/dns", |_, answers| {
        one(answers, "network.get-dns", json!({}), |found| {
            of(found, "servers")
        })
    }),
    entry("GET", "network/resolved/domains", |_, answers| {
        one(answers, "network.get-dns", json!({}), |found| {
            of(found, "domains")
        })
    }),
    entry("POST", "network/resolved/add", |asked, answers| {
        resolved(asked, answers, Merge::Add)
    }),
    entry("DELETE", "network/resolved/remove", |asked, answers| {
        resolved(asked, answers, Merge::Remove)
    }),
    entry("GET", "network/timesyncd/describe", |_, answers| {
        same(answers, "network.get-ntp", json!({}))
    }),
    entry("POST", "network/timesyncd/add", |asked, answers| {
        timesyncd(asked, answers, Merge::Add)
    }),
    entry("DELETE", "network/timesyncd/remove", |asked, answers| {
        timesyncd(asked, answers, Merge::Remove)
    }),
    entry("GET", "network/firewall/nft/table/show", |_, answers| {
        same(answers, "firewall.tables", json!({}))
    }),
    entry("GET", "network/firewall/nft/chain/show", |_, answers| {
        same(answers, "firewall.tables", json!({}))
    }),
    entry("POST", "network/firewall/nft/table/add", |asked, answers| {
        same(answers, "firewall.add-table", table(asked)?)
    }),
    entry("DELETE", "network/firewall/nft/table/remove", |asked, answers| {
        same(answers, "firewall.delete-table", table(asked)?)
    }),
    entry("DELETE", "network/firewall/nft/chain/remove", |asked, answers| {
        let mut arguments = table(asked)?;
        arguments["chain"] = json!(nft(asked, "Chain", "Name")?);
        same(answers, "firewall.delete-chain", arguments)
    }),
    entry("PUT", "network/firewall/nft/save", |_, answers| {
        same(answers, "firewall.save", json!({}))
    }),
    entry("GET", "tdnf/list", |asked, answers| {
        same(
            answers,
            "packages.list",
            json!({"filter": "all", "names": asked.list(&["pkgs"])}),
        )
    }),
    entry("GET", "tdnf/list/{pkgs}", |asked, answers| {
        same(
            answers,
            "packages.list",
            json!({"filter": "all", "names": asked.list(&["pkgs"])}),
        )
    }),
    entry("GET", "tdnf/info/{pkgs}", |asked, answers| {
        same(answers, "packages.info", json!({"name": asked.need(&["pkgs"])?}))
    }),
    entry("GET", "tdnf/search", |asked, answers| {
        same(
            answers,
            "packages.list",
            json!({"filter": "all", "search": asked.need(&["q"])?}),
        )
    }),
    entry("GET", "tdnf/check-update", |_, answers| {
        same(answers, "packages.list", json!({"filter": "updates"}))
    }),
    entry("GET", "tdnf/repolist", |_, answers| {
        same(answers, "packages.repositories", json!({}))
    }),
    entry("GET", "tdnf/updateinfo", |_, answers| {
        same(answers, "updates.advisories", json!({}))
    }),
    entry("GET", "tdnf/history/list", |_, answers| {
        same(answers, "packages.history", json!({}))
    }),
    entry("GET", "tdnf/version", |_, answers| {
        same(answers, "daemon.health", json!({}))
    }),
];

/// What was there and is not, by the beginnings of its paths, and what to use.
const GONE: &[(&str, &str)] = &[
    (
        "tdnf/",
        "POST /api/v2/packages/transactions (or /packages/past, /packages/marks, /packages/refresh, /packages/clean): a GET changes nothing",
    ),
    (
        "network/firewall/nft/run",
        "POST /api/v2/firewall/rules, /firewall/tables and /firewall/chains",
    ),
    (
        "network/firewall/",
        "/api/v2/firewall/tables and /api/v2/firewall/chains",
    ),
    (
        "network/networkd/",
        "POST /api/v2/network/nmctl, or /api/v2/network/links/{name} and what is below it",
    ),
    (
        "network/ethtool/",
        "POST /api/v2/network/nmctl with set-link-feature and its like",
    ),
    ("network/resolved/", "/api/v2/network/dns?interface=NAME"),
    ("network/timesyncd/", "/api/v2/network/ntp"),
    ("network/netlink/", "/api/v2/network/links/{name}/routes"),
    ("system/login/", "GET /api/v2/system/sessions"),
    ("system/sysctl/", "/api/v2/system/sysctl/{key}"),
    ("service/", "/api/v2/services/{unit}"),
    ("proc/sys/", "/api/v2/system/sysctl/{key}"),
    ("proc/", "GET /api/v2/system/info and GET /api/v2/system/metrics"),
    ("_jobs/", "/api/v2/jobs/{id}, which tells more than once"),
];

/// What to use instead of a path that was there.
pub(crate) fn gone(path: &str) -> Option<String> {
    let found = GONE
        .iter()
        .find(|(begin, _)| path.starts_with(begin) || path == begin.trim_end_matches('/'));
    found.map(|(_, instead)| format!("/api/v1/{path} is gone; use {instead}"))
}

/// One call whose answer is the message.
fn same(answers: &[Value], operation: &'static str, arguments: Value) -> Result<Next, Problem> {
    one(answers, operation, arguments, Value::clone)
}

fn set_time(asked: &Asked, answers: &[Value]) -> Result<Next, Problem> {
    let value = asked.need(&["Value"])?;
    match asked.need(&["Method"])? {
        "SetTimezone" => same(answers, "system.set-time", json!({"timezone": value})),
        "SetNTP" => same(
            answers,
            "system.set-time",
            json!({"ntp": asked.truth(&["Value"])?}),
        ),
        other => Err(Problem::invalid(format!(
            "Method {other}: only SetTimezone and SetNTP are known"
        ))),
    }
}

/// A unit; without a suffix it is a service's.
fn unit_name(name: &str) -> String {
    if name.contains('.') {
        name.to_owned()
    } else {
        format!("{name}.service")
    }
}

fn unit(asked: &Asked) -> Result<Value, Problem> {
    Ok(json!({"unit": unit_name(asked.need(&["unit", "Unit"])?)}))
}

fn act(asked: &Asked, answers: &[Value]) -> Result<Next, Problem> {
    let unit = unit_name(asked.need(&["Unit"])?);
    match asked.need(&["Verb"])? {
        verb @ ("enable" | "disable") => same(
            answers,
            "services.set",
            json!({"unit": unit, "enabled": verb == "enable"}),
        ),
        verb @ ("mask" | "unmask") => same(
            answers,
            "services.set",
            json!({"unit": unit, "masked": verb == "mask"}),
        ),
        verb => same(answers, "services.act", json!({"unit": unit, "verb": verb})),
    }
}

fn user(asked: &Asked, new: bool) -> Result<Value, Problem> {
    let mut arguments = Map::new();
    let mut put = |name: &str, value: Value| arguments.insert(name.to_owned(), value);
    put("name", json!(asked.need(&["Name"])?));
    for (member, names) in [
        ("comment", "Comment"),
        ("home", "HomeDir"),
        ("shell", "Shell"),
        ("group", "Gid"),
    ] {
        if let Some(value) = asked
            .get(&[names])
            .filter(|value| !value.is_empty() && (member != "group" || value.parse::<u32>().is_err()))
        {
            put(member, json!(value));
        }
    }
    let groups = asked.list(&["Groups"]);
    if !groups.is_empty() {
        put("groups", json!(groups));
    }
    // Only from the body: a query string is in logs.
    if let Some(password) = asked
        .body
        .get("Password")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
    {
        put("password", json!(password));
    }
    if let (true, Some(uid)) = (new, asked.number(&["Uid"])?) {
        put("uid", json!(uid));
    }
    Ok(Value::Object(arguments))
}

fn resolved(asked: &Asked, answers: &[Value], merge: Merge) -> Result<Next, Problem> {
    let link = asked.get(&["Link"]);
    match answers {
        [] => call("network.get-dns", json!({"interface": link})),
        [present] => {
            let change = |member: &str, name: &str| match asked.list(&[name]) {
                named if named.is_empty() => Value::Null,
                named => json!(merge.apply(texts(present, member), named)),
            };
            let (servers, domains) = (change("servers", "DnsServers"), change("domains", "Domains"));
            call(
                "network.set-dns",
                json!({"interface": link, "servers": servers, "domains": domains}),
            )
        }
        [_, answer, ..] => Ok(Next::Done(answer.clone())),
    }
}

fn timesyncd(asked: &Asked, answers: &[Value], merge: Merge) -> Result<Next, Problem> {
    match answers {
        [] => call("network.get-ntp", json!({})),
        [present] => {
            let servers = merge.apply(texts(present, "servers"), asked.list(&["NTPServers", "NTP"]));
            call("network.set-ntp", json!({ "servers": servers }))
        }
        [_, answer, ..] => Ok(Next::Done(answer.clone())),
    }
}

/// A member of photon-mgmtd's `{"Table": {"Name": ...}}`, or the same without the nesting.
fn nft(asked: &Asked, object: &str, member: &str) -> Result<String, Problem> {
    let inner = asked
        .body
        .get(object)
        .and_then(|object| object.get(member))
        .and_then(Value::as_str);
    inner.map_or_else(|| asked.need(&[member]), Ok).map(str::to_owned)
}

fn table(asked: &Asked) -> Result<Value, Problem> {
    let family = match nft(asked, "Table", "Family")?.as_str() {
        "ipv4" => "ip".to_owned(),
        "ipv6" => "ip6".to_owned(),
        other => other.to_owned(),
    };
    Ok(json!({"family": family, "table": nft(asked, "Table", "Name")?}))
}
