//! The package manager: configuration, repositories, commands
