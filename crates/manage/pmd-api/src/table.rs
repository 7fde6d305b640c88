//! What an operation is, and the macro that makes a domain out of a list of them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Problem;

/// What an operation is about; each domain but [`Domain::Daemon`] has a root helper of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// The daemon itself: health, jobs, the audit log, this document.
    Daemon,
    /// Host name, time, kernel settings, metrics, reboot.
    System,
    /// Interfaces, addresses, routes, name servers, time servers.
    Network,
    /// Installed and available packages.
    Packages,
    /// Packages with a newer version, and advisories.
    Updates,
    /// Packet filter.
    Firewall,
    /// Local users and groups.
    Users,
    /// Units of systemd.
    Services,
    /// The journal.
    Logs,
    /// Role plugins.
    Roles,
    /// Backup and restore of the configuration.
    Backup,
    /// Membership in a directory.
    Directory,
}

impl Domain {
    /// All of them.
    pub const ALL: [Domain; 12] = [
        Domain::Daemon,
        Domain::System,
        Domain::Network,
        Domain::Packages,
        Domain::Updates,
        Domain::Firewall,
        Domain::Users,
        Domain::Services,
        Domain::Logs,
        Domain::Roles,
        Domain::Backup,
        Domain::Directory,
    ];

    /// Its name in operation ids, socket names and configuration.
    pub fn name(self) -> &'static str {
        match self {
            Domain::Daemon => "daemon",
            Domain::System => "system",
            Domain::Network => "network",
            Domain::Packages => "packages",
            Domain::Updates => "updates",
            Domain::Firewall => "firewall",
            Domain::Users => "users",
            Domain::Services => "services",
            Domain::Logs => "logs",
            Domain::Roles => "roles",
            Domain::Backup => "backup",
            Domain::Directory => "directory",
        }
    }

    /// The domain of that name.
    pub fn find(name: &str) -> Option<Domain> {
        Domain::ALL.into_iter().find(|domain| domain.name() == name)
    }
}

/// Methods of HTTP that the API uses (RFC 9110, section 9; RFC 5789).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Looks, changes nothing.
    Get,
    /// Does something, each time anew.
    Post,
    /// Makes a resource what the body says.
    Put,
    /// Changes the fields that the body names.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// As it is in a request.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// The method of that name.
    pub fn find(name: &str) -> Option<Method> {
        [
            Method::Get,
            Method::Post,
            Method::Put,
            Method::Patch,
            Method::Delete,
        ]
        .into_iter()
        .find(|method| method.name() == name)
    }

    /// Whether arguments outside the path are in a JSON body.
    pub fn has_body(self) -> bool {
        matches!(self, Method::Post | Method::Put | Method::Patch)
    }
}

/// What a caller must be allowed to do in the operation's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Anybody, even without a name.
    Public,
    /// Anybody who has proved who they are.
    Known,
    /// To look.
    Read,
    /// To change.
    Change,
}

/// Where an argument is in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A segment of the path.
    Path,
    /// The query string.
    Query,
    /// A member of the JSON body.
    Body,
}

/// What an argument looks like as text, on a command line or in a query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As it stands.
    Text,
    /// A decimal number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Several, each of them text.
    Texts,
    /// A JSON value.
    Json,
}

/// One argument of an operation.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in JSON, and after `--` on a command line.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Where it is in a request.
    pub place: Place,
    /// What it looks like as text.
    pub shape: Shape,
    /// Whether it must be given.
    pub required: bool,
    /// Words it can be; empty when there is no such list.
    pub choices: Vec<String>,
    /// Whether it must not be on a command line or in a log.
    pub secret: bool,
}

/// One line of the table.
pub struct Operation {
    /// `domain.word`, as in `network.set-link`.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path below [`crate::BASE`], with `{name}` for arguments.
    pub path: &'static str,
    /// Its domain.
    pub domain: Domain,
    /// What it takes.
    pub access: Access,
    /// Whether it goes on after the answer, which is then a job.
    pub job: bool,
    /// The media type of its answer.
    pub media: &'static str,
    /// What it does: a line, then more.
    pub about: &'static str,
    /// The schema of its arguments.
    pub arguments: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of its answer.
    pub answer: fn(&mut SchemaGenerator) -> Schema,
    /// Makes a call of its arguments.
    pub parse: fn(Value) -> Result<Call, serde_json::Error>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.id)
    }
}

impl Operation {
    /// The first line of what it does.
    pub fn summary(&self) -> &'static str {
        self.about.trim().lines().next().unwrap_or_default().trim()
    }

    /// Its word, without the domain.
    pub fn word(&self) -> &'static str {
        self.id.split_once('.').map_or(self.id, |(_, word)| word)
    }

    /// Names of the arguments that are in its path.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The operation that shows what this one changes: the GET of the same path.
    pub fn reader(&self) -> Option<&'static Operation> {
        operations().find(|other| other.method == Method::Get && other.path == self.path)
    }

    /// Its arguments, as its schema has them.
    pub fn fields(&self) -> Vec<Field> {
        let mut settings = SchemaSettings::draft2020_12();
        settings.inline_subschemas = true;
        let schema = (self.arguments)(&mut settings.into_generator());
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .map(|(name, property)| self.field(name, property, required.contains(&name.as_str())))
            .collect()
    }

    fn field(&self, name: &str, property: &Value, required: bool) -> Field {
        let in_path = self.path_names().any(|other| other == name);
        let place = match (in_path, self.method.has_body()) {
            (true, _) => Place::Path,
            (false, true) => Place::Body,
            (false, false) => Place::Query,
        };
        Field {
            name: name.to_owned(),
            about: text(property, "description"),
            place,
            shape: shape(property),
            required,
            choices: choices(property),
            secret: property.get("writeOnly").is_some_and(|value| value == true)
                || some(property).is_some_and(|inner| inner.get("writeOnly").is_some()),
        }
    }
}

fn text(schema: &Value, key: &str) -> String {
    schema
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The schema inside an `Option`.
fn some(schema: &Value) -> Option<&Value> {
    let any = schema.get("anyOf")?.as_array()?;
    any.iter()
        .find(|one| one.get("type").is_none_or(|kind| kind != "null"))
}

fn shape(schema: &Value) -> Shape {
    if let Some(inner) = some(schema) {
        return shape(inner);
    }
    if schema.get("enum").is_some() || schema.get("oneOf").is_some() && !choices(schema).is_empty() {
        return Shape::Text;
    }
    let is = |word: &str| match schema.get("type") {
        Some(Value::String(kind)) => kind == word,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == word),
        _ => false,
    };
    if is("string") {
        Shape::Text
    } else if is("integer") {
        Shape::Integer
    } else if is("boolean") {
        Shape::Boolean
    } else if is("array")
        && schema
            .get("items")
            .is_some_and(|items| shape(items) == Shape::Text)
    {
        Shape::Texts
    } else {
        Shape::Json
    }
}

fn choices(schema: &Value) -> Vec<String> {
    let inner = some(schema).unwrap_or(schema);
    let inner = inner.get("items").unwrap_or(inner);
    let words = |values: &Value| -> Vec<String> {
        let list = values.as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if let Some(values) = inner.get("enum") {
        return words(values);
    }
    let variants = inner.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    variants
        .flat_map(|variant| match variant.get("const") {
            Some(Value::String(word)) => vec![word.clone()],
            _ => variant.get("enum").map(words).unwrap_or_default(),
        })
        .collect()
}

/// The message of one domain: its operations with their arguments.
pub trait Message: serde::de::DeserializeOwned {
    /// The operation's id.
    fn id(&self) -> &'static str;
}

/// What can do everything that a domain's messages ask for: every implementation of the domain's `Handler`.
pub trait Work<C> {
    /// Does it; the answer is the operation's, as JSON.
    fn work(&mut self, call: C) -> Result<serde_json::Value, Problem>;
}

/// No arguments; or an answer that says no more than that it is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// Makes structures and enumerations of the API: with the derivations they all have, and refusing unknown members.
macro_rules! shapes {
    ($( $(#[$meta:meta])* pub struct $name:ident { $($body:tt)* } )*) => { $(
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name { $($body)* }
    )* };
}

/// Makes enumerations of words.
macro_rules! words {
    ($( $(#[$meta:meta])* pub enum $name:ident { $($body:tt)* } )*) => { $(
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
            schemars::JsonSchema,
        )]
        #[serde(rename_all = "kebab-case")]
        $(#[$meta])*
        pub enum $name { $($body)* }
    )* };
}

/// Makes a domain: its list of operations, the message its helper gets, and the trait its helper implements.
///
/// A line is `"word" function(Arguments) -> Answer = METHOD "path", access;`, and after the access `, job` for what
/// takes long or `, media "type"` for an answer that is no JSON.
macro_rules! operations {
    (
        $domain:ident $name:literal;
        $(
            $(#[doc = $about:literal])+
            $word:literal $function:ident($arguments:ty) -> $answer:ty
                = $method:ident $path:literal, $access:ident $(, job $job:literal)? $(, media $media:literal)?;
        )+
    ) => {
        /// The operations of this domain.
        pub static OPERATIONS: &[$crate::Operation] = &[ $( $crate::Operation {
            id: concat!($name, ".", $word),
            method: $crate::Method::$method,
            path: $path,
            domain: $crate::Domain::$domain,
            access: $crate::Access::$access,
            job: false $( || $job )?,
            media: { #[allow(unused_mut, unused_assignments)] { let mut _media = "application/json"; $( _media = $media; )? _media } },
            about: concat!($($about, "\n"),+),
            arguments: <$arguments as schemars::JsonSchema>::json_schema,
            answer: |generator| generator.subschema_for::<$answer>(),
            parse: |value| Ok($crate::Call::$domain(Call::$function(serde_json::from_value(value)?))),
        } ),+ ];

        /// The message that this domain's helper gets: an operation with its arguments.
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "operation", content = "arguments")]
        // Each is made once for a request and read once; the names are those of the handler's functions.
        #[allow(non_camel_case_types, clippy::large_enum_variant)]
        pub enum Call { $(
            $(#[doc = $about])+
            #[serde(rename = $word)]
            $function($arguments),
        )+ }

        impl Call {
            /// The operation's id.
            pub fn id(&self) -> &'static str {
                match self { $( Call::$function(_) => concat!($name, ".", $word), )+ }
            }

        }

        impl $crate::Message for Call {
            fn id(&self) -> &'static str {
                Call::id(self)
            }
        }

        impl<H: Handler> $crate::Work<Call> for H {
            fn work(&mut self, call: Call) -> Result<serde_json::Value, $crate::Problem> {
                match call { $(
                    Call::$function(arguments) => $crate::message::answer(self.$function(arguments)?),
                )+ }
            }
        }

        /// What carries out the operations of this domain.
        pub trait Handler { $(
            $(#[doc = $about])+
            fn $function(&mut self, arguments: $arguments) -> Result<$answer, $crate::Problem>;
        )+ }
    };
}

macro_rules! domains {
    ($($domain:ident $module:ident),+) => {
        /// An operation of any domain with its arguments.
        #[derive(Debug, Clone, Serialize)]
        #[serde(untagged)]
        #[allow(clippy::large_enum_variant)]
        pub enum Call { $(
            #[doc = concat!("Of the domain `", stringify!($module), "`.")]
            $domain(crate::$module::Call),
        )+ }

        impl Call {
            /// The operation's id.
            pub fn id(&self) -> &'static str {
                match self { $( Call::$domain(call) => call.id(), )+ }
            }
        }

        /// Every operation there is.
        pub fn operations() -> impl Iterator<Item = &'static Operation> {
            std::iter::empty()$(.chain(crate::$module::OPERATIONS))+
        }
    };
}

domains!(
    Daemon daemon, System system, Network network, Packages packages, Updates updates, Firewall firewall,
    Users users, Services services, Logs logs, Roles roles, Backup backup, Directory directory
);

/// The operation of that id.
pub fn find(id: &str) -> Option<&'static Operation> {
    operations().find(|operation| operation.id == id)
}
