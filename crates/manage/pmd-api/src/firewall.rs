//! The packet filter: rules in the words of iptables, tables and chains in those of nft, changed all at once.

use crate::Empty;
use crate::names::{Label, Line};

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
        pub chain: Label,
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

    /// All rules the API keeps, as one set.
    pub struct RuleSet {
        /// In order.
        #[schemars(length(max = 10000))]
        pub rules: Vec<Rule>,
    }

    /// A table of the kernel.
    pub struct Table {
        /// Its family.
        pub family: TableFamily,
        /// Its name.
        pub name: String,
        /// Its chains.
        pub chains: Vec<Chain>,
    }

    /// A chain of the kernel.
    pub struct Chain {
        /// Its name.
        pub name: String,
        /// Its kind, when it hangs on a hook.
        pub kind: Option<String>,
        /// The hook.
        pub hook: Option<String>,
        /// Its priority there.
        pub priority: Option<i32>,
        /// What happens to the undecided.
        pub policy: Option<String>,
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
        /// The hook: `input`, `forward`, `output`, `prerouting`, `postrouting`, `ingress`.
        #[serde(default)]
        pub hook: Option<Label>,
        /// Its priority there.
        #[serde(default)]
        pub priority: Option<i32>,
        /// What happens to the undecided.
        #[serde(default)]
        pub policy: Option<Policy>,
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
    /// Replace all rules at once.
    "set-rules" set_rules(RuleSet) -> Vec<Rule> = Put "/firewall/rules", Change;
    /// Put back the rules that are kept for the next boot.
    "restore" restore(Empty) -> Vec<Rule> = Post "/firewall/restore", Change;
    /// Keep the rules of the kernel for the next boot.
    "save" save(Empty) -> Empty = Post "/firewall/save", Change;
    /// Tables, chains and rules of the kernel.
    "tables" tables(Empty) -> Vec<Table> = Get "/firewall/tables", Read;
    /// Add a table.
    "add-table" add_table(OneTable) -> Vec<Table> = Post "/firewall/tables", Change;
    /// Remove a table.
    "delete-table" delete_table(OneTable) -> Vec<Table> = Delete "/firewall/tables", Change;
    /// Add a chain.
    "add-chain" add_chain(NewChain) -> Vec<Table> = Post "/firewall/chains", Change;
    /// Remove a chain.
    "delete-chain" delete_chain(OneChain) -> Vec<Table> = Delete "/firewall/chains", Change;
}
