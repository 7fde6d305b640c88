/// The parts of an import that take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Fetching and verifying the suites' indexes.
    Index,
    /// Fetching the packages.
    Download,
    /// Converting them.
    Convert,
}

/// Something worth showing while an import runs.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Something the user should know.
    Notice(&'a str),
    /// A step begins.
    Begin {
        /// Which.
        step: Step,
        /// How many files or packages it treats.
        items: usize,
        /// How many bytes it fetches or reads.
        bytes: u64,
    },
    /// What a download does.
    Download(download::Event<'a>),
    /// A package was converted.
    Converted {
        /// The recipe.
        name: &'a str,
        /// The bytes of its Debian packages.
        bytes: u64,
    },
    /// The step ended.
    End(Step),
}

/// Is told what happens; called from several threads.
pub type Progress<'a> = &'a (dyn Fn(Event<'_>) + Sync);
