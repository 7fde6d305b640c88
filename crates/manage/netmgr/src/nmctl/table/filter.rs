//! The packet filter as it is now: nft(8).

use super::super::nft;
use super::{Command, Does, Word, one_of, other};

const FAMILIES: &[&str] = &["ipv4", "ipv6", "ip", "ip6", "inet", "arp", "bridge", "netdev"];
const FAMILY: Word = one_of(&["family", "f"], "the family", FAMILIES).bare();
const TABLE: Word = other(&["table"], "TABLE", "the table").bare();
const CHAIN: Word = other(&["chain"], "CHAIN", "the chain").bare();

pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "add-nft-table",
        alias: "atable",
        about: "Add a table",
        words: &[FAMILY.needed(), TABLE.needed()],
        does: Does::Act(nft::add_table),
    },
    Command {
        name: "show-nft-tables",
        alias: "table",
        about: "Show the tables, or one with what is in it",
        words: &[FAMILY, TABLE],
        does: Does::Show(nft::tables),
    },
    Command {
        name: "delete-nft-table",
        alias: "dtable",
        about: "Remove a table",
        words: &[FAMILY.needed(), TABLE.needed()],
        does: Does::Act(nft::delete_table),
    },
    Command {
        name: "add-nft-chain",
        alias: "achain",
        about: "Add a chain to a table",
        words: &[FAMILY.needed(), TABLE.needed(), CHAIN.needed()],
        does: Does::Act(nft::add_chain),
    },
    Command {
        name: "show-nft-chains",
        alias: "chain",
        about: "Show the chains",
        words: &[FAMILY, TABLE],
        does: Does::Show(nft::chains),
    },
    Command {
        name: "delete-nft-chain",
        alias: "dchain",
        about: "Remove a chain from a table",
        words: &[FAMILY.needed(), TABLE.needed(), CHAIN.needed()],
        does: Does::Act(nft::delete_chain),
    },
    Command {
        name: "add-nft-rule",
        alias: "anft-rule",
        about: "Add a rule about a port to a chain",
        words: &[
            FAMILY.needed(),
            TABLE.needed(),
            CHAIN.needed(),
            one_of(&["proto"], "the protocol", &["tcp", "udp"])
                .bare()
                .needed(),
            one_of(
                &["direction"],
                "the port it comes from, or goes to",
                &["sport", "dport"],
            )
            .bare()
            .needed(),
            other(&["port"], "PORT", "a port from 1 to 65535").bare().needed(),
            one_of(&["action"], "what becomes of the packet", &["accept", "drop"])
                .bare()
                .needed(),
        ],
        does: Does::Act(nft::add_rule),
    },
    Command {
        name: "show-nft-rules",
        alias: "nft-rule",
        about: "Show the rules of a table",
        words: &[TABLE.needed()],
        does: Does::Show(nft::rules),
    },
    Command {
        name: "delete-nft-rule",
        alias: "dnft-rule",
        about: "Remove a rule by its handle",
        words: &[
            FAMILY.needed(),
            TABLE.needed(),
            CHAIN.needed(),
            other(&["handle"], "NUMBER", "the handle, as show-nft-rules tells it")
                .bare()
                .needed(),
        ],
        does: Does::Act(nft::delete_rule),
    },
    Command {
        name: "nft-run",
        alias: "nftr",
        about: "Run nft with these words",
        words: &[other(&["word"], "WORD", "what nft is to do").rest().needed()],
        does: Does::Act(nft::run),
    },
];
