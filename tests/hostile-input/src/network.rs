//! What users write into network files, and what comes over D-Bus.

use dbus_client::Message;
use networkd::Document;

/// Printed, a file is what it was, and an edit of it can be read again.
pub(crate) fn file(bytes: &[u8]) {
    let mut document = Document::parse(bytes);
    assert_eq!(document.to_bytes(), bytes);
    let _ = document.fatal_problem();
    if document.set("Network", "DNS", "10.0.0.1").is_ok() {
        let again = Document::parse(&document.to_bytes());
        assert_eq!(again.values("Network", "DNS").last(), Some(&"10.0.0.1"));
    }
}

/// A message of another program on the bus.
pub(crate) fn dbus_message(bytes: &[u8]) {
    let _ = Message::parse(bytes);
}
