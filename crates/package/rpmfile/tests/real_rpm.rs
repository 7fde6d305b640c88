//! What the builder writes, as real rpm sees it.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Read;
use std::path::{Path, PathBuf};

use rpmfile::{
    Builder, ChangelogEntry, DepFlags, Dependency, Evr, FileEntry, FileFlags, Package, Scriptlet,
    ScriptletKind, Trigger, TriggerEvent, TriggerScope,
};

fn run(program: &str, arguments: &[&str]) -> String {
    let output = superuser::command(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .output();
    let output = output.unwrap_or_else(|e| panic!("cannot run {program} ({e}): install the package rpm"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // rpm complains of a database that it may not make, which a query of a file does not need.
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?} failed:\n{text}{complaint}"
    );
    text
}

fn rpm(arguments: &[&str]) -> String {
    run("rpm", arguments)
}

fn sample() -> Builder {
    let mut b = Builder::new("sample", Evr::parse("3:1.2~rc1-4"), "x86_64");
    b.summary = "A sample".into();
    b.description = "A sample\nof several lines.".into();
    b.license = "MIT".into();
    b.url = Some("https://example.org/".into());
    b.vendor = Some("Lumen".into());
    b.build_time = 1_700_000_000;
    b.requires = vec![
        Dependency::parse("glibc >= 2.41").unwrap(),
        Dependency::any("(foo if bar)"),
    ];
    b.provides = vec![Dependency::parse("libsample.so.1()(64bit)").unwrap()];
    b.conflicts = vec![Dependency::parse("oldsample < 1").unwrap()];
    b.obsoletes = vec![Dependency::new("ancient", DepFlags::LESS, "9")];
    b.recommends = vec![Dependency::any("nice")];
    b.suggests = vec![Dependency::any("perhaps")];
    b.supplements = vec![Dependency::any("main")];
    b.enhances = vec![Dependency::any("other")];
    b.scriptlets = vec![
        Scriptlet::shell(ScriptletKind::Post, "echo posted"),
        Scriptlet::program(ScriptletKind::PostUn, "/sbin/ldconfig"),
    ];
    b.triggers = vec![
        Trigger::on_files(
            TriggerScope::Transaction,
            TriggerEvent::In,
            &["/usr/lib", "/lib"],
            "ldconfig",
        )
        .with_priority(2_000_000),
        Trigger::on_files(TriggerScope::File, TriggerEvent::Un, &["/usr/share/info"], "true"),
        Trigger::on_files(
            TriggerScope::Package,
            TriggerEvent::In,
            &["kernel"],
            "echo kernel",
        ),
    ];
    b.changelog = vec![ChangelogEntry {
        time: 1_700_000_000,
        author: "A <a@example.org>".into(),
        text: "- b".into(),
    }];
    b.files = vec![
        FileEntry::directory("/usr/share/sample"),
        FileEntry::regular("/usr/bin/sample", vec![7; 100_000])
            .mode(0o4755)
            .mtime(1_600_000_000),
        FileEntry::hard_link("/usr/bin/sample-b", "/usr/bin/sample"),
        FileEntry::hard_link("/usr/bin/another", "/usr/bin/sample"),
        FileEntry::symlink("/usr/bin/link", "sample"),
        FileEntry::regular("/etc/sample.conf", "a=b\n").flags(FileFlags::CONFIG | FileFlags::NOREPLACE),
        FileEntry::regular("/usr/share/sample/empty", ""),
        FileEntry::regular("/usr/share/sample/größe", "ä").owner("root", "root"),
        FileEntry::ghost("/var/log/sample.log"),
    ];
    b
}

fn build(builder: &Builder, dir: &Path) -> PathBuf {
    let out = dir.join(builder.nevra.file_name());
    builder.build(&out, None).unwrap();
    out
}

#[test]
fn rpm_finds_the_digests_good() {
    let dir = tempfile::tempdir().unwrap();
    let out = build(&sample(), dir.path());
    let text = rpm(&["-Kv", out.to_str().unwrap()]);
    for line in [
        "Header SHA256 digest: OK",
        "Header SHA1 digest: OK",
        "Payload SHA256 digest: OK",
        "MD5 digest: OK",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn rpm_reads_names_dependencies_scripts_and_triggers() {
    let dir = tempfile::tempdir().unwrap();
    let out = build(&sample(), dir.path());
    let out = out.to_str().unwrap();
    assert_eq!(
        rpm(&["-qp", "--qf", "%{nevra} %{license} %{url} %{size}", out]).trim(),
        "sample-3:1.2~rc1-4.x86_64 MIT https://example.org/ 100006"
    );
    let requires = rpm(&["-qp", "--requires", out]);
    for line in [
        "(foo if bar)",
        "/bin/sh",
        "/sbin/ldconfig",
        "glibc >= 2.41",
        "rpmlib(RichDependencies) <= 4.12.0-1",
        "rpmlib(TildeInVersions) <= 4.10.0-1",
    ] {
        assert!(requires.lines().any(|l| l == line), "{line} in {requires}");
    }
    let provides = rpm(&["-qp", "--provides", out]);
    assert_eq!(
        provides,
        "libsample.so.1()(64bit)\nsample = 3:1.2~rc1-4\nsample(x86-64) = 3:1.2~rc1-4\n"
    );
    assert_eq!(rpm(&["-qp", "--conflicts", out]), "oldsample < 1\n");
    assert_eq!(rpm(&["-qp", "--obsoletes", out]), "ancient < 9\n");
    assert_eq!(
        rpm(&[
            "-qp",
            "--recommends",
            "--suggests",
            "--supplements",
            "--enhances",
            out
        ]),
        "nice\nperhaps\nmain\nother\n"
    );
    assert_eq!(
        rpm(&["-qp", "--scripts", out]),
        "postinstall scriptlet (using /bin/sh):\necho posted\npostuninstall program: /sbin/ldconfig\n"
    );
    assert_eq!(
        rpm(&["-qp", "--triggers", out]),
        "triggerin scriptlet (using /bin/sh) -- kernel\necho kernel\n"
    );
    let triggers = rpm(&["-qp", "--filetriggers", out]);
    assert!(
        triggers.contains("transfiletriggerin scriptlet (using /bin/sh) -- /usr/lib, /lib\nldconfig"),
        "{triggers}"
    );
    assert!(
        triggers.contains("filetriggerun scriptlet (using /bin/sh) -- /usr/share/info\ntrue"),
        "{triggers}"
    );
    let priorities = rpm(&["-qp", "--qf", "[%{TRANSFILETRIGGERPRIORITIES}]", out]);
    assert_eq!(priorities.trim(), "2000000");
    assert!(rpm(&["-qp", "--changelog", out]).contains("A <a@example.org>\n- b"));
}

#[test]
fn rpm_lists_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let out = build(&sample(), dir.path());
    let out = out.to_str().unwrap();
    assert_eq!(
        rpm(&["-qpl", out]),
        "/etc/sample.conf\n/usr/bin/another\n/usr/bin/link\n/usr/bin/sample\n/usr/bin/sample-b\n/usr/share/sample\n\
         /usr/share/sample/empty\n/usr/share/sample/größe\n/var/log/sample.log\n"
    );
    assert_eq!(rpm(&["-qpc", out]), "/etc/sample.conf\n");
    let modes = rpm(&[
        "-qp",
        "--qf",
        "[%{FILENAMES} %{FILEMODES:perms} %{FILELINKTOS}\n]",
        out,
    ]);
    assert!(modes.contains("/usr/bin/sample -rwsr-xr-x"), "{modes}");
    assert!(modes.contains("/usr/bin/link lrwxrwxrwx sample"), "{modes}");
}

#[test]
fn rpm_installs_verifies_and_unpacks() {
    let dir = tempfile::tempdir().unwrap();
    let mut builder = sample();
    builder.scriptlets.clear();
    builder.triggers.clear();
    let out = build(&builder, dir.path());
    let root = dir.path().join("root");
    std::fs::create_dir(&root).unwrap();
    let (root_text, out_text) = (root.to_str().unwrap(), out.to_str().unwrap());
    rpm(&["-i", "--root", root_text, "--nodeps", "--nosignature", out_text]);
    assert_eq!(rpm(&["-V", "--root", root_text, "--nodeps", "sample"]), "");
    let bin = root.join("usr/bin");
    let inode = |name: &str| {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(bin.join(name)).unwrap().ino()
    };
    assert_eq!(
        (inode("sample"), inode("sample")),
        (inode("another"), inode("sample-b"))
    );
    assert_eq!(std::fs::read(bin.join("sample")).unwrap(), vec![7; 100_000]);
    std::fs::write(bin.join("sample"), "changed").unwrap();
    let changed = superuser::command("rpm")
        .args(["-V", "--root", root_text, "--nodeps", "sample"])
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&changed.stdout).contains("5....T.    /usr/bin/sample\n"),
        "{changed:?}"
    );
    rpm(&["-e", "--root", root_text, "--nodeps", "sample"]);
    assert!(!bin.join("sample").exists());
}

#[test]
fn rpm2archive_unpacks() {
    let dir = tempfile::tempdir().unwrap();
    let out = build(&sample(), dir.path());
    let listed = run(
        "sh",
        &["-c", &format!("rpm2archive -n - < {} | tar t", out.display())],
    );
    assert!(listed.contains("usr/share/sample/empty\n"), "{listed}");
    assert_eq!(
        listed.lines().filter(|line| line.starts_with("./")).count(),
        8,
        "{listed}"
    );
}

#[test]
fn our_reader_agrees() {
    let dir = tempfile::tempdir().unwrap();
    let out = build(&sample(), dir.path());
    let package = Package::open(&out).unwrap();
    let digests = package.verify_digests().unwrap();
    assert!(digests.header_sha256 && digests.header_sha1 && digests.payload_sha256);
    assert!(package.signatures().is_empty());
    let header = &package.header;
    assert_eq!(header.nevra().unwrap(), sample().nevra);
    assert_eq!(header.scriptlets(), sample().scriptlets);
    assert_eq!(
        header.transaction_file_triggers().unwrap(),
        sample().triggers[..1]
    );
    assert_eq!(header.file_triggers().unwrap(), sample().triggers[1..2]);
    assert_eq!(header.triggers().unwrap(), sample().triggers[2..]);
    let mut payload = package.payload().unwrap();
    let mut seen = Vec::new();
    while let Some(mut entry) = payload.next_entry().unwrap() {
        let mut content = Vec::new();
        let info = entry.info().clone();
        entry.read_to_end(&mut content).unwrap();
        assert!(
            !info.is_regular() || content.len() as u64 == info.size,
            "{}",
            info.path
        );
        seen.push((info.path, entry.links().len()));
    }
    assert_eq!(
        seen.len(),
        6,
        "three names of one file come once, the ghost never: {seen:?}"
    );
    assert!(seen.contains(&("/usr/bin/sample-b".to_owned(), 3)));
}

#[test]
fn the_same_description_gives_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut reversed = sample();
    reversed.files.reverse();
    reversed.requires.reverse();
    let (a, b) = (build(&sample(), one.path()), build(&reversed, two.path()));
    assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
}
