//! Our own packages, from recipes under distro/packages
