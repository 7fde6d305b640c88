//! The API as commands see it.

use serde_json::Value;

use crate::failure::Failure;

/// Calls operations. A command is a function of this and of its arguments, whatever is between it and the host.
pub trait Api {
    /// Calls an operation with its arguments; of a job the result, when it has ended.
    fn call(&mut self, operation: &str, arguments: Value) -> Result<Value, Failure>;

    /// Asks a question that is answered with yes or no; no, where nobody can answer.
    fn ask(&mut self, question: &str) -> bool;
}
