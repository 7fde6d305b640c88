//! Dependencies read from the files of a package: ELF, interpreters, pkg-config
