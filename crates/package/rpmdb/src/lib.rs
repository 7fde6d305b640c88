//! The database of installed packages, row-compatible with rpm 4.18 to 4.20
