//! RPM dependency resolution, with explained refusals
