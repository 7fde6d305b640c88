//! Packages made by rpmbuild in repositories made by createrepo_c, and the answers of dnf and rpm.
#![allow(missing_docs, clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use support::Lab;

const SPEC: &str = "\
Name: NAME
Version: 1.0
Release: 1
Summary: A package of rpmbuild
License: MIT
BuildArch: noarch
EXTRA
%description
Made by rpmbuild.
%prep
%build
%install
mkdir -p %{buildroot}/usr/share/NAME %{buildroot}/etc
echo NAME > %{buildroot}/usr/share/NAME/file
echo conf > %{buildroot}/etc/NAME.conf
ln -s file %{buildroot}/usr/share/NAME/link
%files
/usr/share/NAME
%config(noreplace) /etc/NAME.conf
";

fn run(program: &str, package: &str, arguments: &[&str]) {
    let output = superuser::command(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|_| panic!("{program} is missing: install the package {package}"));
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn rpmbuild(lab: &Lab, name: &str, extra: &str) {
    let spec = lab.dir.path().join(format!("{name}.spec"));
    fs::write(&spec, SPEC.replace("NAME", name).replace("EXTRA", extra)).unwrap();
    let top = format!("_topdir {}", lab.dir.path().join("rpmbuild").display());
    let out = format!("_rpmdir {}", lab.repo().display());
    run(
        "rpmbuild",
        "rpm",
        &[
            "-bb",
            "--define",
            &top,
            "--define",
            &out,
            &spec.display().to_string(),
        ],
    );
}

/// Three packages, one of which needs the others by a rich dependency and a file.
fn lab() -> Lab {
    let lab = Lab::new();
    rpmbuild(
        &lab,
        "alpha",
        "Requires: (beta if gamma else beta)\nRequires: /usr/share/gamma/file",
    );
    rpmbuild(&lab, "beta", "Provides: something = 2");
    rpmbuild(&lab, "gamma", "Recommends: something");
    run(
        "createrepo_c",
        "createrepo-c",
        &["-q", &lab.repo().display().to_string()],
    );
    let repos = lab.root().join("etc/yum.repos.d");
    fs::create_dir_all(&repos).unwrap();
    fs::create_dir_all(lab.root().join("etc/tdnf")).unwrap();
    fs::write(lab.root().join("etc/tdnf/tdnf.conf"), "[main]\n").unwrap();
    fs::write(
        repos.join("f.repo"),
        format!("[f]\nbaseurl=file://{}\ngpgcheck=no\n", lab.repo().display()),
    )
    .unwrap();
    lab
}

#[test]
fn foreign_packages_are_installed_as_rpm_would() {
    let lab = lab();
    let ran = lab.tdnf("install -y alpha");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(
        lab.rpm_qa(),
        ["alpha-1.0-1.noarch", "beta-1.0-1.noarch", "gamma-1.0-1.noarch"]
    );
    let link = fs::read_link(lab.root().join("usr/share/alpha/link")).unwrap();
    assert_eq!(link, Path::new("file"));
    let verify = superuser::command("rpm")
        .args([
            "--dbpath",
            "/usr/lib/sysimage/rpm",
            "-Va",
            "--nouser",
            "--nogroup",
            "--root",
        ])
        .arg(lab.root())
        .output()
        .expect("rpm is missing: install the package rpm");
    assert_eq!(String::from_utf8_lossy(&verify.stdout), "");
}

#[test]
fn a_configuration_file_in_use_survives_removal() {
    let lab = lab();
    lab.tdnf("install -y beta");
    fs::write(lab.root().join("etc/beta.conf"), "mine\n").unwrap();
    assert_eq!(lab.tdnf("remove -y beta").status, 0);
    assert_eq!(
        fs::read_to_string(lab.root().join("etc/beta.conf.rpmsave")).unwrap(),
        "mine\n"
    );
}

#[test]
fn dnf_would_install_the_same() {
    let lab = lab();
    let ours = lab.tdnf("-j install alpha").json();
    let mut ours: Vec<String> = ours["Install"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["Name"].as_str().unwrap().to_owned())
        .collect();
    ours.sort();
    let other = lab.dir.path().join("dnf");
    let output = superuser::command("dnf")
        .args(["--assumeno", "--releasever=1", "--nogpgcheck", "--installroot"])
        .arg(&other)
        .arg(format!("--repofrompath=f,file://{}", lab.repo().display()))
        .arg(format!("--setopt=cachedir={}/cache", other.display()))
        // Later dnf reads the lists of files only when it is told to.
        .arg("--setopt=optional_metadata_types=filelists")
        .args(["--repo=f", "--setopt=reposdir=/nonexistent", "install", "alpha"])
        .output()
        .expect("dnf is missing: install the package dnf");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut theirs: Vec<String> = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix(' ')?
                .split_whitespace()
                .next()
                .map(str::to_owned)
        })
        .filter(|word| ["alpha", "beta", "gamma"].contains(&word.as_str()))
        .collect();
    theirs.sort();
    assert_eq!(ours, theirs, "{text}{}", String::from_utf8_lossy(&output.stderr));
}
