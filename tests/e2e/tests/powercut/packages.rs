//! Packages that leave traces wherever a package can.

use e2e::{RepositoryWriter, TIME};
use rpmfile::{
    Builder, DepFlags, Dependency, Evr, FileEntry, FileFlags, Scriptlet, ScriptletKind, Trigger,
    TriggerEvent, TriggerScope,
};
use std::path::Path;

/// Each needs the one before it, so that the last brings all and without the first none can stay.
pub(crate) const COUNT: usize = 24;

/// Write version 1 and version 2 of all packages to the repositories `1` and `2`.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    for version in [1, 2] {
        let repository = RepositoryWriter::new(&folder.join(version.to_string()))?;
        for number in 0..COUNT {
            repository.add(&package(number, version))?;
        }
        repository.finish(&[])?;
    }
    Ok(())
}

pub(crate) fn name(number: usize) -> String {
    format!("cut-{number:02}")
}

fn package(number: usize, version: usize) -> Builder {
    let name = name(number);
    let mut package = Builder::new(&name, Evr::parse(&format!("{version}-1")), "noarch");
    package.license = "MIT".into();
    package.summary = "Something to lose".into();
    package.build_time = TIME;
    if number > 0 {
        let before = self::name(number - 1);
        let requires = Dependency::new(&before, DepFlags::GREATER_OR_EQUAL, format!("{version}"));
        package.requires.push(requires);
    }
    files(&mut package, &name, version);
    scripts(&mut package, &name);
    if number == 0 {
        let body = "mkdir -p /var/lib/cut; LC_ALL=C sort -u >/var/lib/cut/trigger";
        let scope = TriggerScope::Transaction;
        let trigger = Trigger::on_files(scope, TriggerEvent::In, &["/opt/cut"], body);
        package.triggers.push(trigger);
    }
    package
}

/// Some stay, some change, one goes, one comes, one becomes something else.
fn files(package: &mut Builder, name: &str, version: usize) {
    let folder = format!("/opt/cut/{name}");
    let text = |what: &str| format!("{what} of {name} {version}\n").repeat(400);
    for path in ["/opt/cut", "/etc/cut", &folder] {
        package.file(FileEntry::directory(path));
    }
    let config = FileEntry::regular(format!("/etc/cut/{name}.conf"), text("settings").as_str());
    package.file(config.flags(FileFlags::CONFIG | FileFlags::NOREPLACE));
    package.file(FileEntry::regular(format!("{folder}/same"), name));
    package.file(FileEntry::regular(format!("{folder}/program"), text("program").as_str()).mode(0o4755));
    package.file(FileEntry::hard_link(
        format!("{folder}/other"),
        format!("{folder}/program"),
    ));
    package.file(FileEntry::regular(
        format!("{folder}/only-{version}"),
        text("data").as_str(),
    ));
    package.file(match version {
        1 => FileEntry::symlink(format!("{folder}/turns"), "same"),
        _ => FileEntry::regular(format!("{folder}/turns"), "into a file"),
    });
}

/// What runs before the decision may run for nothing, so it leaves nothing that lasts.
fn scripts(package: &mut Builder, name: &str) {
    let note = |kind: &str| format!("mkdir -p /var/lib/cut; echo \"$1\" >/var/lib/cut/{name}.{kind}");
    for (kind, body) in [
        (ScriptletKind::Pre, "test -d /run".to_owned()),
        (ScriptletKind::Post, note("post")),
        // That of a removal comes before the decision, that of an update after it.
        (
            ScriptletKind::PreUn,
            format!("[ \"$1\" = 0 ] || {{ {}; }}", note("preun")),
        ),
        (ScriptletKind::PostUn, note("postun")),
    ] {
        package.scriptlets.push(Scriptlet {
            kind,
            body,
            interpreter: vec!["/bin/sh".into()],
            flags: 0,
        });
    }
}
