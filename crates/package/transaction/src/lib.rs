//! Staged, write-ahead-logged, crash-safe install, upgrade and erase
