//! Debian's side: signed indexes, version numbers, .deb archives
