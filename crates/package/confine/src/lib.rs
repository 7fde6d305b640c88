//! Run a program inside a root directory, as root or as an ordinary user
