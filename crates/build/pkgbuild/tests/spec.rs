//! Packages built by real rpmbuild in the sandbox, and looked at with the real rpm.
//!
//! The sandbox is made from the packages that `make image` has imported (build/tools/repo); what is built in it is tiny.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests, and the functions they share

mod bench;

use bench::{Bench, HELLO, run};
use pkgbuild::spec::Options;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

#[test]
fn a_package_is_built_signed_and_runs() {
    let bench = Bench::new();
    bench.recipe("hello", HELLO, "");
    let ready = bench.build(&["hello"]).unwrap().remove(0);
    assert!(ready.made);
    let names: Vec<String> = bench.packages();
    assert_eq!(
        names,
        ["hello-1.0-1.x86_64.rpm", "hello-debuginfo-1.0-1.x86_64.rpm"]
    );
    bench.assert_signed(&ready.files);
    let said = bench.run_installed(&ready.path, "usr/bin/hello");
    assert_eq!(said, "hello, world\n");
}

#[test]
fn flags_that_harden_reach_the_compiler() {
    let bench = Bench::new();
    bench.recipe("hello", HELLO, "");
    let ready = bench.build(&["hello"]).unwrap().remove(0);
    let log = bench.log("hello");
    for flag in [
        "-D_FORTIFY_SOURCE=3",
        "-fstack-protector-strong",
        "-fcf-protection=full",
        "-Wl,-z,now",
    ] {
        assert!(log.contains(flag), "{flag} is not in the log:\n{log}");
    }
    let program = bench.unpack(&ready.path).join("usr/bin/hello");
    let symbols = run("objdump", &["-T", program.to_str().unwrap()]);
    assert!(
        symbols.contains("__stack_chk_fail") && symbols.contains("__strcpy_chk"),
        "{symbols}"
    );
    let code = run("objdump", &["-d", "--section=.text", program.to_str().unwrap()]);
    assert!(code.contains("endbr64"), "{code}");
}

#[test]
fn nothing_is_built_twice_and_a_change_builds_what_depends_on_it() {
    let bench = Bench::new();
    bench.library_and_program();
    bench.recipe("alone", &HELLO.replace("hello", "alone"), "");
    let made = |bench: &Bench| -> Vec<String> {
        let ready = bench.build(&["program", "alone"]).unwrap();
        ready
            .into_iter()
            .filter(|one| one.made)
            .map(|one| one.name)
            .collect()
    };
    // The library comes along because the program needs it.
    assert_eq!(made(&bench), ["alone", "library", "program"]);
    assert_eq!(made(&bench), [""; 0]);
    bench.edit("library", "#define ANSWER 42", "#define ANSWER 43");
    assert_eq!(made(&bench), ["library", "program"]);
    let program = bench.rpm("program-1.0-1.x86_64.rpm");
    assert_eq!(bench.run_installed(&program, "usr/bin/program"), "43\n");
    // A package that was taken away is made again, and only that.
    fs::remove_file(bench.rpm("alone-1.0-1.x86_64.rpm")).unwrap();
    assert_eq!(made(&bench), ["alone"]);
}

/// Kernels share a directory of fragments, and a fragment concerns those flavours only that are made of it.
#[test]
fn a_file_of_a_shared_directory_concerns_who_names_it() {
    let bench = Bench::new();
    let shared = bench.project().join("distro/shared");
    fs::create_dir_all(&shared).unwrap();
    for name in ["one", "other"] {
        fs::write(shared.join(format!("{name}.txt")), name).unwrap();
        let spec = HELLO
            .replace("hello", name)
            .replace("%description", &format!("Source0: {name}.txt\n%description"))
            .replace(
                "%build\n",
                "%build\ntest -s %{SOURCE0}; test \"$(ls %{_sourcedir} | wc -l)\" = 1\n",
            );
        bench.recipe(name, &spec, "with = [\"../../shared\"]\n");
    }
    let made = |bench: &Bench| -> Vec<String> {
        let ready = bench.build(&["one", "other"]).unwrap();
        ready
            .into_iter()
            .filter(|one| one.made)
            .map(|one| one.name)
            .collect()
    };
    assert_eq!(made(&bench), ["one", "other"]);
    fs::write(shared.join("one.txt"), "changed").unwrap();
    assert_eq!(made(&bench), ["one"]);
    // One that is gone and named is missed by rpmbuild itself.
    fs::remove_file(shared.join("one.txt")).unwrap();
    let error = bench.build(&["one"]).unwrap_err().to_string();
    assert!(
        error.contains("cannot build one") && error.contains("one.txt"),
        "{error}"
    );
}

#[test]
fn what_is_only_prepared_is_there_to_be_looked_at_and_no_package() {
    let bench = Bench::with_a_package();
    let before = bench.state();
    bench.library_and_program();
    let prepare = Options {
        prepare: true,
        ..bench.options(false)
    };
    let ready = bench.build_with(&["library"], prepare).unwrap().remove(0);
    assert!(ready.files.is_empty() && ready.path.is_dir());
    let log = bench.log("library");
    assert!(
        log.contains("Executing(%prep)") && !log.contains("Executing(%build)"),
        "{log}"
    );
    assert_eq!(bench.state(), before);
}

#[test]
fn two_builds_in_two_directories_give_the_same_bytes() {
    let (one, other) = (Bench::new(), Bench::new());
    for bench in [&one, &other] {
        bench.recipe("hello", HELLO, "");
        bench.build(&["hello"]).unwrap();
    }
    assert_eq!(one.packages(), other.packages());
    for name in one.packages() {
        assert!(
            fs::read(one.rpm(&name)).unwrap() == fs::read(other.rpm(&name)).unwrap(),
            "{name} differs"
        );
    }
}

#[test]
fn in_the_sandbox_is_an_ordinary_user_without_a_network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let bench = Bench::new();
    let probe = format!(
        "if (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; then echo reached the host; exit 1; fi\n\
         if (exec 3<>/dev/tcp/192.0.2.1/80) 2>/dev/null; then echo reached the world; exit 1; fi\n\
         if (exec 3<>/dev/udp/192.0.2.1/53) 2>/dev/null; then echo reached a name server; exit 1; fi\n\
         test \"$(grep -c : /proc/net/dev)\" = 1\n\
         test \"$(id -u) $(id -un) $(id -gn)\" = '1000 builder builder'\n\
         if touch /usr/bin/mine 2>/dev/null; then echo wrote to the root; exit 1; fi\n\
         if grep -q 'CapEff:.*[1-9a-f]' /proc/self/status; then echo has rights; exit 1; fi\n\
         test \"$(ls -d /proc/[0-9]* | wc -l)\" -lt 20\n\
         test ! -e {}\n",
        bench.project().display()
    );
    bench.recipe(
        "hello",
        &HELLO.replace("%build\n", &format!("%build\n{probe}")),
        "",
    );
    bench.build(&["hello"]).unwrap();
    // The same on the host reaches the listener, so the probe can fail.
    let reached = Command::new("bash")
        .args(["-c", &format!("exec 3<>/dev/tcp/127.0.0.1/{port}")])
        .status();
    assert!(reached.unwrap().success());
}

/// As bash's tests need it, whether or not who builds uses nohup(1) or the background of a script.
#[test]
fn signals_that_who_builds_ignores_are_not_ignored_in_the_sandbox() {
    const IGNORING: &str = "PKGBUILD_TEST_IGNORES_SIGNALS";
    if std::env::var_os(IGNORING).is_none() {
        let again = Command::new("env")
            .args(["--ignore-signal=HUP,INT,QUIT", &format!("{IGNORING}=1")])
            .arg(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "signals_that_who_builds_ignores_are_not_ignored_in_the_sandbox",
            ])
            .status();
        return assert!(again.unwrap().success());
    }
    // HUP, INT and QUIT are the signals 1 to 3. 32 and 33 are the C library's own, which env(1) cannot set.
    let ignored = |status: &str| -> u64 {
        let line = status.lines().find(|line| line.starts_with("SigIgn:"));
        let mask = line.unwrap().split_whitespace().last().unwrap();
        u64::from_str_radix(mask, 16).unwrap() & 0x7fff_ffff
    };
    assert_eq!(ignored(&fs::read_to_string("/proc/self/status").unwrap()) & 7, 7);
    let bench = Bench::new();
    bench.recipe(
        "hello",
        &HELLO.replace("%build\n", "%build\ngrep SigIgn: /proc/self/status\n"),
        "",
    );
    bench.build(&["hello"]).unwrap();
    assert_eq!(ignored(&bench.log("hello")), 0);
}

#[test]
fn a_broken_spec_is_one_error_with_recipe_stage_and_log() {
    let bench = Bench::with_a_package();
    let before = bench.state();
    bench.recipe("broken", "Name: broken\nVersion: 1\nFrobnicate: yes\n", "");
    let error = bench.build(&["broken"]).unwrap_err().to_string();
    assert!(
        error.contains("broken") && error.contains("parse") && error.contains("Frobnicate"),
        "{error}"
    );
    bench.assert_log_named("broken", &error);
    assert_eq!(bench.state(), before);
}

#[test]
fn a_source_that_is_missing_or_wrong_is_one_error() {
    let bench = Bench::with_a_package();
    let before = bench.state();
    let source = |sha512: &str| {
        format!("[[spec.sources]]\npath = \"pool/main/l/lost/lost_1.tar\"\nsize = 3\nsha512 = \"{sha512}\"\n")
    };
    bench.recipe("lost", HELLO, &source(&"0".repeat(128)));
    let error = bench.build(&["lost"]).unwrap_err().to_string();
    assert!(
        error.contains("cannot build lost: sources") && error.contains("lost_1.tar"),
        "{error}"
    );
    bench.assert_log_named("lost", &error);
    bench.publish_source("pool/main/l/lost/lost_1.tar", b"abc");
    let error = bench.build(&["lost"]).unwrap_err().to_string();
    assert!(
        error.contains("SHA-512 ddaf35a1") && error.contains("sources"),
        "{error}"
    );
    assert_eq!(bench.state(), before);
}

#[test]
fn a_circle_is_named() {
    let bench = Bench::with_a_package();
    let before = bench.state();
    for (name, other) in [("chicken", "egg"), ("egg", "chicken")] {
        let spec = HELLO
            .replace("hello", name)
            .replace("%description", &format!("BuildRequires: {other}\n%description"));
        bench.recipe(name, &spec, "");
    }
    let error = bench.build(&["egg"]).unwrap_err().to_string();
    assert!(
        error.contains("chicken needs egg") && error.contains("egg needs chicken"),
        "{error}"
    );
    assert_eq!(bench.state(), before);
}

#[test]
fn what_nobody_has_is_named_with_the_recipe() {
    let bench = Bench::with_a_package();
    bench.recipe(
        "needy",
        &HELLO.replace("%description", "BuildRequires: unobtainium-devel\n%description"),
        "",
    );
    let error = bench.build(&["needy"]).unwrap_err().to_string();
    assert!(
        error.contains("needy") && error.contains("requirements"),
        "{error}"
    );
    assert!(error.contains("unobtainium-devel"), "{error}");
}

#[test]
fn a_failing_check_fails_the_build_and_leaves_the_repository() {
    let bench = Bench::with_a_package();
    let before = bench.state();
    bench.recipe(
        "hello",
        &HELLO.replace("%files", "%check\necho the answer is wrong; exit 3\n%files"),
        "",
    );
    let error = bench
        .build_with(&["hello"], bench.options(true))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot build hello: stage %check") && error.contains("the answer is wrong"),
        "{error}"
    );
    bench.assert_log_named("hello", &error);
    assert_eq!(bench.state(), before);
    // Without --check the same recipe is built, and then --check does not take it for tested.
    bench.build(&["hello"]).unwrap();
    assert!(bench.build_with(&["hello"], bench.options(true)).is_err());
}

#[test]
fn a_failed_build_goes_on_where_it_stopped() {
    let bench = Bench::new();
    let slow = HELLO.replace(
        "%build\n",
        "%build\nif ! test -e once; then touch once; exit 1; fi; echo second time\n",
    );
    bench.recipe("hello", &slow, "");
    bench.build(&["hello"]).unwrap_err();
    // From the beginning it fails again; in the same directory it goes on.
    bench.build(&["hello"]).unwrap_err();
    let resume = Options {
        resume: true,
        ..bench.options(false)
    };
    bench.build_with(&["hello"], resume).unwrap();
    assert!(!bench.log("hello").contains("Executing(%prep)"));
}

#[test]
fn a_program_that_came_out_weak_is_refused_unless_there_is_a_reason() {
    let bench = Bench::new();
    let weak = HELLO.replace("$LDFLAGS", "-no-pie");
    bench.recipe("hello", &weak, "");
    let error = bench.build(&["hello"]).unwrap_err().to_string();
    assert!(
        error.contains("hardening") && error.contains("/usr/bin/hello is built without pie"),
        "{error}"
    );
    assert!(error.contains("without relro"), "{error}");
    bench.recipe(
        "hello",
        &weak,
        "[spec.relax]\npie = \"it computes its own addresses\"\nrelro = \"it patches its own table\"\n",
    );
    bench.build(&["hello"]).unwrap();
}

/// Programs of imported packages are linked to zlib's; with one that lacks a function they would not start.
#[test]
fn a_library_without_what_others_are_linked_to_is_refused() {
    let bench = Bench::with_a_package();
    let before = bench.state();
    let spec = HELLO
        .replace("hello", "zlib")
        .replace("zlib.c -o", "-shared -fPIC -Wl,-soname,libz.so.1 zlib.c -o")
        .replace("/usr/bin/zlib", "/usr/lib/libz.so.1");
    bench.recipe("zlib", &spec, "");
    let error = bench.build(&["zlib"]).unwrap_err().to_string();
    assert!(
        error.contains("cannot build zlib: symbols: libz.so.1 has not adler32, "),
        "{error}"
    );
    assert_eq!(bench.state(), before);
}

#[test]
fn what_a_package_was_made_from_is_recorded() {
    let bench = Bench::new();
    bench.publish_source("pool/main/h/hello/hello.txt", b"abc");
    let sha512 = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    bench.recipe(
        "hello",
        HELLO,
        &format!(
            "[[spec.sources]]\npath = \"pool/main/h/hello/hello.txt\"\nsize = 3\nsha512 = \"{sha512}\"\n"
        ),
    );
    let ready = bench.build(&["hello"]).unwrap().remove(0);
    let statement = bench.record("hello.intoto.json");
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    let sum = run("sha256sum", &[ready.path.to_str().unwrap()]);
    assert_eq!(
        statement["subject"][0]["digest"]["sha256"],
        sum.split(' ').next().unwrap()
    );
    let inputs = &statement["predicate"]["buildDefinition"]["resolvedDependencies"];
    let has = |name: &str| {
        inputs
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"].as_str().unwrap().starts_with(name))
    };
    assert!(
        has("pool/main/h/hello/hello.txt") && has("gcc-") && has("macros") && has("hello.spec"),
        "{inputs}"
    );
    let spdx = bench.record("hello.spdx.json");
    assert_eq!(spdx["spdxVersion"], "SPDX-2.3");
    assert_eq!(spdx["packages"][0]["licenseDeclared"], "MIT");
    assert!(spdx.to_string().contains(sha512));
}

#[test]
fn a_vendored_go_module_is_compiled_without_a_network() {
    let bench = Bench::new();
    bench.go_module();
    let ready = bench.build_go("hello-go").unwrap();
    assert!(ready.made);
    bench.assert_signed(&ready.files);
    assert_eq!(
        bench.run_installed(&ready.path, "usr/bin/hello-go"),
        "hello, go\n"
    );
    assert!(!bench.build_go("hello-go").unwrap().made);
    // The same bytes again.
    let first = fs::read(&ready.path).unwrap();
    fs::remove_file(&ready.path).unwrap();
    bench.build_go("hello-go").unwrap();
    assert!(fs::read(&ready.path).unwrap() == first);
    // What is not vendored is not fetched either.
    bench.forget_vendored();
    let error = bench.build_go("hello-go").unwrap_err().to_string();
    assert!(
        error.contains("hello-go") && error.contains("vendor/modules.txt"),
        "{error}"
    );
}

#[test]
fn recipes_of_this_project_give_a_reason_for_every_relaxed_flag() {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../distro/packages");
    let catalog = pkgbuild::catalog::Catalog::load(&packages).unwrap();
    assert!(catalog.iter().filter(|one| one.recipe.spec.is_some()).count() >= 4);
}
