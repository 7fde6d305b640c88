//! Static routes.

use netmgr::objects::route::{self, Route};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::host::{change, look};

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(get_static_ip_routes, module)?)?;
    module.add_function(wrap_pyfunction!(add_static_ip_route, module)?)?;
    module.add_function(wrap_pyfunction!(delete_static_ip_route, module)?)
}

/// The static routes that are configured.
#[pyfunction]
fn get_static_ip_routes(py: Python<'_>, ifname: &str) -> PyResult<Vec<Py<PyDict>>> {
    let found = look(py, |session| route::get(session, ifname))?;
    let entry = |route: &Route| {
        let dict = PyDict::new(py);
        dict.set_item("interface", ifname)?;
        dict.set_item("destination", &route.destination)?;
        dict.set_item("source", &route.source)?;
        dict.set_item("gateway", &route.gateway)?;
        dict.set_item("scope", &route.scope)?;
        let metric = route
            .metric
            .as_deref()
            .and_then(|metric| metric.parse::<u32>().ok());
        dict.set_item("metric", metric)?;
        dict.set_item("table", &route.table)?;
        Ok(dict.unbind())
    };
    found.iter().map(entry).collect()
}

/// Adds a static route.
#[pyfunction]
#[pyo3(signature = (ifname, destination, gateway=None, source=None, scope=None, metric=None, table=None))]
#[allow(clippy::too_many_arguments, reason = "Python names them")]
fn add_static_ip_route(
    py: Python<'_>,
    ifname: &str,
    destination: String,
    gateway: Option<String>,
    source: Option<String>,
    scope: Option<String>,
    metric: Option<u32>,
    table: Option<String>,
) -> PyResult<u32> {
    let route = made(destination, gateway, source, scope, metric, table);
    change(py, |session| route::add(session, ifname, &route))
}

/// Removes the static routes to a destination, with what else is given.
#[pyfunction]
#[pyo3(signature = (ifname, destination, gateway=None, source=None, scope=None, metric=None, table=None))]
#[allow(clippy::too_many_arguments, reason = "Python names them")]
fn delete_static_ip_route(
    py: Python<'_>,
    ifname: &str,
    destination: String,
    gateway: Option<String>,
    source: Option<String>,
    scope: Option<String>,
    metric: Option<u32>,
    table: Option<String>,
) -> PyResult<u32> {
    let route = made(destination, gateway, source, scope, metric, table);
    change(py, |session| route::delete(session, ifname, &route))
}

fn made(
    destination: String,
    gateway: Option<String>,
    source: Option<String>,
    scope: Option<String>,
    metric: Option<u32>,
    table: Option<String>,
) -> Route {
    Route {
        destination: Some(destination),
        gateway,
        source,
        scope,
        metric: metric.map(|metric| metric.to_string()),
        table,
        ..Route::default()
    }
}
