//! The numbers of the header's tags (rpm's include/rpm/rpmtag.h).

/// The number of an entry in the main header, or in a header of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u32);

/// The number of an entry in the signature header, where the same numbers mean other things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureTag(pub u32);

macro_rules! tags {
    ($type:ident: $($name:ident = $number:literal, $doc:literal;)*) => {
        impl $type {
            $(#[doc = $doc] pub const $name: Self = Self($number);)*
        }
    };
}

impl From<SignatureTag> for Tag {
    fn from(tag: SignatureTag) -> Self {
        Tag(tag.0)
    }
}

tags! { SignatureTag:
    REGION = 62, "The region of the signature header.";
    DSA = 267, "OpenPGP signature over the main header, any algorithm but RSA.";
    RSA = 268, "OpenPGP signature over the main header, RSA.";
    SHA1 = 269, "SHA-1 of the main header, in hex.";
    LONG_SIZE = 270, "As `SIZE`, 64 bits.";
    LONG_ARCHIVE_SIZE = 271, "As `PAYLOAD_SIZE`, 64 bits.";
    SHA256 = 273, "SHA-256 of the main header, in hex.";
    FILE_SIGNATURES = 274, "IMA signatures of the files.";
    FILE_SIGNATURE_LENGTH = 275, "Length of an IMA signature.";
    VERITY_SIGNATURES = 276, "fs-verity signatures of the files.";
    VERITY_SIGNATURE_ALGORITHM = 277, "Algorithm of the fs-verity digests.";
    OPENPGP = 278, "OpenPGP signatures over the main header, base64 (rpm 6).";
    SIZE = 1000, "Size of main header and payload.";
    PGP = 1002, "OpenPGP signature over header and payload, RSA (legacy).";
    MD5 = 1004, "MD5 of main header and payload.";
    GPG = 1005, "OpenPGP signature over header and payload, not RSA (legacy).";
    PAYLOAD_SIZE = 1007, "Size of the uncompressed payload.";
    RESERVED_SPACE = 1008, "Room for signatures made later.";
}

tags! { Tag:
    HEADER_SIGNATURES = 62, "The region of a signature header.";
    HEADER_IMMUTABLE = 63, "The region of a main header: what digests and signatures cover.";
    HEADER_I18N_TABLE = 100, "Locales of the translated strings.";
    SIG_SIZE = 257, "`SignatureTag::SIZE`, in the database.";
    SIG_PGP = 259, "`SignatureTag::PGP`, in the database.";
    SIG_MD5 = 261, "`SignatureTag::MD5`, in the database.";
    SIG_GPG = 262, "`SignatureTag::GPG`, in the database.";
    PUBKEYS = 266, "An imported key, in the database.";
    DSA_HEADER = 267, "`SignatureTag::DSA`, in the database.";
    RSA_HEADER = 268, "`SignatureTag::RSA`, in the database.";
    SHA1_HEADER = 269, "`SignatureTag::SHA1`, in the database.";
    LONG_SIG_SIZE = 270, "`SignatureTag::LONG_SIZE`, in the database.";
    LONG_ARCHIVE_SIZE = 271, "`SignatureTag::LONG_ARCHIVE_SIZE`, in the database.";
    SHA256_HEADER = 273, "`SignatureTag::SHA256`, in the database.";
    NAME = 1000, "The package's name.";
    VERSION = 1001, "Its version.";
    RELEASE = 1002, "Its release.";
    EPOCH = 1003, "Its epoch, if any.";
    SUMMARY = 1004, "One line about it.";
    DESCRIPTION = 1005, "Several lines about it.";
    BUILD_TIME = 1006, "When it was built.";
    BUILD_HOST = 1007, "Where it was built.";
    INSTALL_TIME = 1008, "When it was installed (database).";
    SIZE = 1009, "Sum of the sizes of its files.";
    VENDOR = 1011, "Who distributes it.";
    LICENSE = 1014, "Its licence.";
    PACKAGER = 1015, "Who packaged it.";
    GROUP = 1016, "A category, of little use today.";
    URL = 1020, "Its home page.";
    OS = 1021, "Operating system, `linux`.";
    ARCH = 1022, "Architecture.";
    PREIN = 1023, "The %pre script.";
    POSTIN = 1024, "The %post script.";
    PREUN = 1025, "The %preun script.";
    POSTUN = 1026, "The %postun script.";
    OLD_FILE_NAMES = 1027, "Whole paths, in ancient packages.";
    FILE_SIZES = 1028, "Sizes.";
    FILE_STATES = 1029, "What became of each file (database).";
    FILE_MODES = 1030, "Types and permissions.";
    FILE_RDEVS = 1033, "Device numbers.";
    FILE_MTIMES = 1034, "Modification times.";
    FILE_DIGESTS = 1035, "Digests, in hex.";
    FILE_LINKTOS = 1036, "Targets of symbolic links.";
    FILE_FLAGS = 1037, "Attributes: configuration, documentation, ghost...";
    FILE_USER_NAMES = 1039, "Owners.";
    FILE_GROUP_NAMES = 1040, "Groups.";
    SOURCE_RPM = 1044, "The source package it was built from.";
    FILE_VERIFY_FLAGS = 1045, "What `rpm -V` compares.";
    ARCHIVE_SIZE = 1046, "Size of the uncompressed payload (database).";
    PROVIDE_NAME = 1047, "Provides: names.";
    REQUIRE_FLAGS = 1048, "Requires: flags.";
    REQUIRE_NAME = 1049, "Requires: names.";
    REQUIRE_VERSION = 1050, "Requires: versions.";
    CONFLICT_FLAGS = 1053, "Conflicts: flags.";
    CONFLICT_NAME = 1054, "Conflicts: names.";
    CONFLICT_VERSION = 1055, "Conflicts: versions.";
    RPM_VERSION = 1064, "The rpm that built the package.";
    TRIGGER_SCRIPTS = 1065, "Triggers: scripts.";
    TRIGGER_NAME = 1066, "Triggers: names of packages.";
    TRIGGER_VERSION = 1067, "Triggers: versions.";
    TRIGGER_FLAGS = 1068, "Triggers: flags.";
    TRIGGER_INDEX = 1069, "Triggers: number of the script.";
    VERIFY_SCRIPT = 1079, "The %verifyscript.";
    CHANGELOG_TIME = 1080, "Changelog: dates.";
    CHANGELOG_NAME = 1081, "Changelog: authors.";
    CHANGELOG_TEXT = 1082, "Changelog: texts.";
    PREIN_PROG = 1085, "Interpreter of %pre.";
    POSTIN_PROG = 1086, "Interpreter of %post.";
    PREUN_PROG = 1087, "Interpreter of %preun.";
    POSTUN_PROG = 1088, "Interpreter of %postun.";
    OBSOLETE_NAME = 1090, "Obsoletes: names.";
    VERIFY_SCRIPT_PROG = 1091, "Interpreter of %verifyscript.";
    TRIGGER_SCRIPT_PROG = 1092, "Triggers: interpreters.";
    FILE_DEVICES = 1095, "Numbers that tell hard links apart.";
    FILE_INODES = 1096, "Numbers that tell hard links apart.";
    FILE_LANGS = 1097, "Locales of files.";
    PREFIXES = 1098, "Where it may be relocated.";
    INSTALL_PREFIXES = 1099, "Where it was relocated (database).";
    SOURCE_PACKAGE = 1106, "Set in source packages.";
    PROVIDE_FLAGS = 1112, "Provides: flags.";
    PROVIDE_VERSION = 1113, "Provides: versions.";
    OBSOLETE_FLAGS = 1114, "Obsoletes: flags.";
    OBSOLETE_VERSION = 1115, "Obsoletes: versions.";
    DIR_INDEXES = 1116, "For each file the number of its directory.";
    BASE_NAMES = 1117, "Names of files, without directory.";
    DIR_NAMES = 1118, "Directories.";
    OPT_FLAGS = 1122, "Compiler flags.";
    PAYLOAD_FORMAT = 1124, "`cpio`.";
    PAYLOAD_COMPRESSOR = 1125, "`zstd`, `xz`, `gzip`...";
    PAYLOAD_FLAGS = 1126, "Level of compression.";
    INSTALL_COLOR = 1127, "Colors of the transaction (database).";
    INSTALL_TID = 1128, "Number of the transaction (database).";
    PLATFORM = 1132, "Architecture, vendor, system and libc.";
    FILE_COLORS = 1140, "Colors of the files.";
    PRETRANS = 1151, "The %pretrans script.";
    POSTTRANS = 1152, "The %posttrans script.";
    PRETRANS_PROG = 1153, "Interpreter of %pretrans.";
    POSTTRANS_PROG = 1154, "Interpreter of %posttrans.";
    LONG_FILE_SIZES = 5008, "As `FILE_SIZES`, 64 bits.";
    LONG_SIZE = 5009, "As `SIZE`, 64 bits.";
    FILE_CAPS = 5010, "Capabilities, as text.";
    FILE_DIGEST_ALGO = 5011, "Algorithm of the files' digests.";
    BUG_URL = 5012, "Where to report bugs.";
    PREIN_FLAGS = 5020, "Flags of %pre.";
    POSTIN_FLAGS = 5021, "Flags of %post.";
    PREUN_FLAGS = 5022, "Flags of %preun.";
    POSTUN_FLAGS = 5023, "Flags of %postun.";
    PRETRANS_FLAGS = 5024, "Flags of %pretrans.";
    POSTTRANS_FLAGS = 5025, "Flags of %posttrans.";
    VERIFY_SCRIPT_FLAGS = 5026, "Flags of %verifyscript.";
    TRIGGER_SCRIPT_FLAGS = 5027, "Triggers: flags of the scripts.";
    RECOMMEND_NAME = 5046, "Recommends: names.";
    RECOMMEND_VERSION = 5047, "Recommends: versions.";
    RECOMMEND_FLAGS = 5048, "Recommends: flags.";
    SUGGEST_NAME = 5049, "Suggests: names.";
    SUGGEST_VERSION = 5050, "Suggests: versions.";
    SUGGEST_FLAGS = 5051, "Suggests: flags.";
    ORDER_NAME = 5035, "OrderWithRequires: names.";
    ORDER_VERSION = 5036, "OrderWithRequires: versions.";
    ORDER_FLAGS = 5037, "OrderWithRequires: comparison.";
    SUPPLEMENT_NAME = 5052, "Supplements: names.";
    SUPPLEMENT_VERSION = 5053, "Supplements: versions.";
    SUPPLEMENT_FLAGS = 5054, "Supplements: flags.";
    ENHANCE_NAME = 5055, "Enhances: names.";
    ENHANCE_VERSION = 5056, "Enhances: versions.";
    ENHANCE_FLAGS = 5057, "Enhances: flags.";
    ENCODING = 5062, "`utf-8`.";
    FILE_TRIGGER_SCRIPTS = 5066, "File triggers: scripts.";
    FILE_TRIGGER_SCRIPT_PROG = 5067, "File triggers: interpreters.";
    FILE_TRIGGER_SCRIPT_FLAGS = 5068, "File triggers: flags of the scripts.";
    FILE_TRIGGER_NAME = 5069, "File triggers: prefixes of paths.";
    FILE_TRIGGER_INDEX = 5070, "File triggers: number of the script.";
    FILE_TRIGGER_VERSION = 5071, "File triggers: versions, all empty.";
    FILE_TRIGGER_FLAGS = 5072, "File triggers: flags.";
    TRANS_FILE_TRIGGER_SCRIPTS = 5076, "Transaction file triggers: scripts.";
    TRANS_FILE_TRIGGER_SCRIPT_PROG = 5077, "Transaction file triggers: interpreters.";
    TRANS_FILE_TRIGGER_SCRIPT_FLAGS = 5078, "Transaction file triggers: flags of the scripts.";
    TRANS_FILE_TRIGGER_NAME = 5079, "Transaction file triggers: prefixes of paths.";
    TRANS_FILE_TRIGGER_INDEX = 5080, "Transaction file triggers: number of the script.";
    TRANS_FILE_TRIGGER_VERSION = 5081, "Transaction file triggers: versions, all empty.";
    TRANS_FILE_TRIGGER_FLAGS = 5082, "Transaction file triggers: flags.";
    FILE_TRIGGER_PRIORITIES = 5084, "File triggers: priorities.";
    TRANS_FILE_TRIGGER_PRIORITIES = 5085, "Transaction file triggers: priorities.";
    FILE_SIGNATURES = 5090, "IMA signatures of the files (database).";
    FILE_SIGNATURE_LENGTH = 5091, "Length of an IMA signature (database).";
    PAYLOAD_DIGEST = 5092, "Digest of the compressed payload, in hex.";
    PAYLOAD_DIGEST_ALGO = 5093, "Algorithm of that digest.";
    PAYLOAD_DIGEST_ALT = 5097, "Digest of the uncompressed payload, in hex.";
    PREUNTRANS = 5103, "The %preuntrans script (rpm 4.19).";
    POSTUNTRANS = 5104, "The %postuntrans script (rpm 4.19).";
    PREUNTRANS_PROG = 5105, "Interpreter of %preuntrans.";
    POSTUNTRANS_PROG = 5106, "Interpreter of %postuntrans.";
    PREUNTRANS_FLAGS = 5107, "Flags of %preuntrans.";
    POSTUNTRANS_FLAGS = 5108, "Flags of %postuntrans.";
}
