//! Who is logged in, and turning the host off: org.freedesktop.login1(5).

use std::collections::BTreeMap;

use dbus_client::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::bus::{Bus, Object};
use crate::error::Error;

const SERVICE: &str = "org.freedesktop.login1";
const MANAGER: Object<'static> = Object {
    service: SERVICE,
    path: "/org/freedesktop/login1",
    interface: "org.freedesktop.login1.Manager",
};

/// A session in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// logind's id.
    pub id: String,
    /// The user's number.
    pub uid: u32,
    /// The user.
    pub user: String,
    /// The seat; empty if there is none.
    pub seat: String,
}

/// All properties of a session or a user.
pub type SessionDetail = BTreeMap<String, Json>;

impl Bus {
    /// Who is logged in.
    pub fn sessions(&mut self) -> Result<Vec<Session>, Error> {
        let found = self.call(MANAGER, "ListSessions", &[])?;
        let items = found.first().ok_or(Error::Answer("ListSessions"))?.items();
        Ok(items.iter().filter_map(|item| session(item.items())).collect())
    }

    /// A session.
    pub fn session(&mut self, id: &str) -> Result<SessionDetail, Error> {
        self.detail("GetSession", Value::text(id), "org.freedesktop.login1.Session")
    }

    /// What logind knows of a user who is logged in.
    pub fn login_user(&mut self, uid: u32) -> Result<SessionDetail, Error> {
        self.detail("GetUser", Value::U32(uid), "org.freedesktop.login1.User")
    }

    fn detail(&mut self, method: &str, argument: Value, interface: &str) -> Result<SessionDetail, Error> {
        let found = self.call(MANAGER, method, &[argument])?;
        let path = found
            .first()
            .and_then(Value::as_text)
            .ok_or(Error::Answer("logind"))?;
        self.properties(Object {
            service: SERVICE,
            path,
            interface,
        })
    }

    /// Restarts the host, with the services ended in order.
    pub fn reboot(&mut self) -> Result<(), Error> {
        self.call(MANAGER, "Reboot", &[Value::Bool(false)]).map(|_| ())
    }

    /// Turns the host off, with the services ended in order.
    pub fn power_off(&mut self) -> Result<(), Error> {
        self.call(MANAGER, "PowerOff", &[Value::Bool(false)]).map(|_| ())
    }
}

/// Id, uid, name, seat, path.
fn session(fields: &[Value]) -> Option<Session> {
    let text = |at: usize| fields.get(at).and_then(Value::as_text).map(str::to_owned);
    let uid = fields.get(1)?.as_number()?.try_into().ok()?;
    Some(Session {
        id: text(0)?,
        uid,
        user: text(2)?,
        seat: text(3)?,
    })
}
