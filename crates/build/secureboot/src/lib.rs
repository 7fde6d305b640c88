//! Unified kernel images
