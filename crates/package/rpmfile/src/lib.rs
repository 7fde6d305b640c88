//! RPM v4 package files: headers, versions, dependencies, payloads; reading and building
