//! The packet filter: rules in the words of iptables, tables and chains in those of nft, changed all at once.

use crate::Empty;
use crate::names::{InterfaceName, Label, Line};

words! {
    /// Addresses a rule is for.
    pub enum Family {
        /// IPv4.
        Ipv4,
        /// IPv6.
        Ipv6,
    }

    /// Families of tables in nft(8).
    pub enum TableFamily {
        /// IPv4 and IPv6.
        Inet,
        /// IPv4.
        Ip,
        /// IPv6.
        Ip6,
        /// ARP.
        Arp,
        /// Packets of a bridge.
        Bridge,
        /// Packets of an interface.
        Netdev,
    }

    /// Kinds of chains in nft(8).
    pub enum ChainKind {
        /// It lets through or drops.
        Filter,
        /// It changes addresses.
        Nat,
        /// It changes routes.
        Route,
    }

    /// Where a chain of nft(8) sees packets.
    pub enum Hook {
        /// Before routing.
        Prerouting,
        /// For this host.
        Input,
        /// Through this host.
        Forward,
        /// From this host.
        Output,
        /// After routing.
        Postrouting,
        /// As they come in at an interface.
        Ingress,
        /// As they go out at an interface.
        Egress,
    }

    /// The chains of iptables that take rules.
    pub enum BuiltIn {
        /// For this host.
        #[serde(rename = "INPUT")]
        Input,
        /// Through this host.
        #[serde(rename = "FORWARD")]
        Forward,
        /// From this host.
        #[serde(rename = "OUTPUT")]
        Output,
    }

    /// What a chain does with a packet that no rule has decided on.
    pub enum Policy {
        /// Let it through.
        Accept,
        /// Drop it.
        Drop,
    }
}

shapes! {
    /// A rule in the words of iptables.
    pub struct Rule {
        /// Which addresses it is for.
        #[serde(default = "ipv4")]
        pub family: Family,
        /// The chain.
        pub chain: BuiltIn,
        /// The rule, as after `iptables -A CHAIN`: `-p tcp --dport 80 -j ACCEPT`. It is parsed, never run.
        pub rule: Line,
        /// Whether it comes back after a boot.
        #[serde(default)]
        pub persistent: bool,
    }

    /// Which rules.
    pub struct RuleQuery {
        /// Which addresses they are for.
        #[serde(default = "ipv4")]
        pub family: Family,
    }

    /// Tables that are to be as given; those of others stay as they are.
    pub struct RuleSet {
        /// All of them.
        #[schemars(length(max = 1000))]
        pub tables: Vec<Table>,
    }

    /// A table of the kernel.
    pub struct Table {
        /// Its family.
        pub family: TableFamily,
        /// Its name.
        pub name: String,
        /// Whose it is, if it is not changed here. Only told, never taken.
        #[serde(default)]
        pub protected: Option<String>,
        /// Its chains.
        pub chains: Vec<Chain>,
    }

    /// A chain of the kernel.
    pub struct Chain {
        /// Its name.
        pub name: String,
        /// Its kind, when it hangs on a hook.
        #[serde(default)]
        pub kind: Option<ChainKind>,
        /// The hook.
        #[serde(default)]
        pub hook: Option<Hook>,
        /// Its priority there.
        #[serde(default)]
        pub priority: Option<i32>,
        /// What happens to the undecided.
        #[serde(default)]
        pub policy: Option<Policy>,
        /// The interface, at `ingress` and `egress`.
        #[serde(default)]
        pub device: Option<String>,
        /// Rules, as nft(8) prints them.
        pub rules: Vec<String>,
    }

    /// Which table.
    pub struct OneTable {
        /// Its family.
        pub family: TableFamily,
        /// Its name.
        pub table: Label,
    }

    /// Which chain.
    pub struct OneChain {
        /// The table's family.
        pub family: TableFamily,
        /// The table's name.
        pub table: Label,
        /// Its name.
        pub chain: Label,
    }

    /// A new chain.
    pub struct NewChain {
        /// The table's family.
        pub family: TableFamily,
        /// The table's name.
        pub table: Label,
        /// Its name.
        pub chain: Label,
        /// Its kind, when it hangs on a hook.
        #[serde(default)]
        pub kind: Option<ChainKind>,
        /// The hook.
        #[serde(default)]
        pub hook: Option<Hook>,
        /// Its priority there.
        #[serde(default)]
        pub priority: Option<i32>,
        /// What happens to the undecided.
        #[serde(default)]
        pub policy: Option<Policy>,
        /// The interface, at `ingress` and `egress`.
        #[serde(default)]
        pub device: Option<InterfaceName>,
    }
}

fn ipv4() -> Family {
    Family::Ipv4
}

operations! {
    Firewall "firewall";

    /// Rules that were added through the API.
    "rules" rules(RuleQuery) -> Vec<Rule> = Get "/firewall/rules", Read;
    /// Add a rule.
    "add-rule" add_rule(Rule) -> Vec<Rule> = Post "/firewall/rules", Change;
    /// Remove a rule.
    "delete-rule" delete_rule(Rule) -> Vec<Rule> = Delete "/firewall/rules", Change;
    /// Put back the rules that are kept for the next boot.
    "restore" restore(Empty) -> Vec<Rule> = Post "/firewall/restore", Change;
    /// Keep the rules of the kernel for the next boot.
    "save" save(Empty) -> Empty = Post "/firewall/save", Change;
    /// Tables, chains and rules of the kernel.
    "tables" tables(Empty) -> Vec<Table> = Get "/firewall/tables", Read;
    /// Make the tables what is given, all at once.
    "set-tables" set_tables(RuleSet) -> Vec<Table> = Put "/firewall/tables", Change;
    /// Add a table.
    "add-table" add_table(OneTable) -> Vec<Table> = Post "/firewall/tables", Change;
    /// Remove a table.
    "delete-table" delete_table(OneTable) -> Vec<Table> = Delete "/firewall/tables", Change;
    /// Add a chain.
    "add-chain" add_chain(NewChain) -> Vec<Table> = Post "/firewall/chains", Change;
    /// Remove a chain.
    "delete-chain" delete_chain(OneChain) -> Vec<Table> = Delete "/firewall/chains", Change;
}
