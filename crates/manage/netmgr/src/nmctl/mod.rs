//! The `nmctl` command: the same library with the words of Photon's network-config-manager 0.7.5.

mod act;
mod composite;
mod edit;
mod editor;
mod help;
mod netdev;
mod nft;
mod proxy;
mod request;
mod run;
mod show;
mod status;
pub mod table;
mod text;

pub use help::{completions, manual, page};
pub use run::main;
