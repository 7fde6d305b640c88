//! Scriptlets in Lua: the same answers as from the interpreter in real rpm, also where there is nothing yet.

#![allow(clippy::unwrap_used)] // also outside of #[test] functions

mod lab;

use std::fs;
use std::path::{Path, PathBuf};

use lab::{Lab, package, with_files};
use rpmfile::{Builder, FileEntry, Scriptlet, ScriptletKind, Trigger, TriggerEvent, TriggerScope};
use transaction::Error;

/// `say` writes to the log as the shell scripts of the other tests do.
const SAY: &str = "local function say(...) local f = io.open('/log', 'a') \
    local t = table.pack(...) for i = 1, t.n do f:write(tostring(t[i]), ' ') end f:write('\\n') f:close() end\n";

fn lua(kind: ScriptletKind, body: &str) -> Scriptlet {
    Scriptlet {
        kind,
        body: format!("{SAY}{body}"),
        interpreter: vec!["<lua>".to_owned()],
        flags: 0,
    }
}

fn with_lua(mut builder: Builder, kind: ScriptletKind, body: &str) -> Builder {
    builder.scriptlets.push(lua(kind, body));
    builder
}

/// A root in which there is nothing at all.
fn empty(lab: &Lab, name: &str) -> PathBuf {
    let root = lab.path(name);
    fs::create_dir_all(&root).unwrap();
    root
}

/// What packages ask of rpm's libraries; each line is answered by real rpm too.
const QUESTIONS: &[&str] = &[
    "say(type(arg[1]), arg[1], math.type(arg[2]), arg[2], #arg, type(opt), next(opt))",
    "say(posix.getcwd(), rpm.expand('%{_prefix} %{_nosuch} %{?_nosuch}x %{name}'))",
    "say(posix.stat('/nosuch'))",
    "say(posix.errno())",
    "say(posix.mkdir('/x')) say(posix.mkdir('/x'))",
    "say(posix.stat('/x', 'mode'), posix.stat('/x', 'type'), posix.stat('/x').uid, posix.umask())",
    "say(pcall(posix.stat, '/x', 'nonsense') and 1 or 'refused')",
    "say(posix.access('/x')) say(posix.access('/x', 'rwx')) say(posix.access('/nosuch'))",
    "say(rpm.vercmp('1.0-1', '1.0-2'), rpm.vercmp('1:1-1', '2-1'), rpm.vercmp('1~a', '1'), rpm.vercmp('1', '1-1'))",
    "say(rpm.b64encode('hello'), rpm.b64encode('hello', 0), rpm.b64decode('aGVsbG8='))",
    "say(rpm.b64encode(string.rep('hello', 30)), rpm.b64encode(string.rep('x', 30), 20))",
    "say(posix.getpasswd('root', 'uid'), posix.getpasswd('nobody-here'), posix.getgroup('nobody-here'))",
    "say(pcall(os.exit, 1)) say(pcall(posix.exec, '/bin/true'))",
    "say(rpm.execute('/nosuch'))",
    "say(posix.chmod('/x', '0700'), posix.stat('/x', 'mode'), posix.chmod('/x', 755), posix.stat('/x', 'mode'))",
    "say(posix.chmod('/x', 'rwxr-x---'), posix.stat('/x', 'mode'), posix.chmod('/x', 'g-r'), posix.stat('/x', 'mode'))",
    "say(posix.chmod('/x', 'u+s'), posix.stat('/x', 'mode'), posix.chmod('/x', '0755'), posix.chmod('/nosuch', '1'))",
    "say((pcall(posix.chmod, '/x', 'bad'))) say((pcall(posix.stat)))",
    "say(posix.symlink('a', '/x/l'), posix.readlink('/x/l'), posix.stat('/x/l', 'type'), posix.unlink('/x/l'))",
    "say(posix.readlink('/x')) say(posix.unlink('/nosuch')) say(posix.rmdir('/nosuch')) say(posix.symlink('a', '/x'))",
    "local t = posix.dir('/x') table.sort(t) say(table.concat(t, ',')) say(posix.dir('/nosuch'))",
    "local t = {} for f in posix.files('/x') do t[#t + 1] = f end table.sort(t) say(table.concat(t, ','))",
    "say(posix.files('/nosuch'))",
    "say(posix.utime('/x', 5, 6), posix.stat('/x', 'mtime'), posix.stat('/x', 'atime'))",
    "say(rpm.isdefined('_libdir'), rpm.isdefined('nosuch'), macros._prefix, macros.nosuch)",
    "rpm.define('mine one') rpm.define('mine two') say(rpm.expand('%mine %{mine}')) rpm.undefine('mine') say(macros.mine)",
    "local v = rpm.ver('1:2-3') say(v, v.e, v.v, v.r, v < rpm.ver('1:2-4'), v == rpm.ver(1, 2, 3))",
    "say(posix.setenv('A', 'b'), posix.getenv('A'), os.getenv('A'), posix.setenv('A', 'c', false), posix.getenv('A'))",
    "say(posix.putenv('C=d'), posix.getenv('C'), posix.unsetenv('C'), posix.getenv('C'))",
    "say(posix.umask('rwx------'), posix.umask('rwxr-xr-x'))",
    "say(posix.mkfifo('/x/f'), posix.stat('/x/f', 'type'), posix.link('/x/f', '/x/g'), posix.stat('/x/f', 'nlink'))",
    "say(posix.chown('/x', 0, 0), os.rename('/x/g', '/x/h'), os.remove('/x/h'), posix.chdir('/x'), posix.getcwd())",
    "say(posix.uname('%s %m'), posix.getprocessid('uid'), posix.sleep(0), type(posix.getprocessid()))",
    "local f = io.open('/x/o', 'w') f:write('abcdef') f:close() f = rpm.open('/x/o') say(f:read(2), f:read())",
    "say((pcall(rpm.open, '/nosuch')))",
    "say(posix == require('posix'), posix.kill(posix.getprocessid('pid'), 0), 7 // 2, utf8.char(228))",
    "for i, p in ipairs({}) do end say(string.format('%d', 3.0), tostring(nil), #posix.dir('/x'))",
];

#[test]
fn the_libraries_answer_as_in_rpm() {
    let lab = Lab::new();
    let (ours, rpms) = (empty(&lab, "ours"), empty(&lab, "rpm"));
    let body = QUESTIONS
        .iter()
        .map(|question| format!("do {question} end\n"))
        .collect::<String>();
    let builder = with_lua(package("asks", "1"), ScriptletKind::PreTrans, &body);
    let file = lab.build(&builder);
    lab::rpm(&rpms, &["-U", "--nodeps", file.to_str().unwrap()]);
    lab::upgrade(&ours, &[&file]).unwrap();
    let (ours, rpms) = (lab::log(&ours), lab::log(&rpms));
    let (ours, rpms): (Vec<&str>, Vec<&str>) = (ours.lines().collect(), rpms.lines().collect());
    assert!(ours.len() > QUESTIONS.len(), "{ours:?}");
    assert_eq!(ours, rpms);
}

/// Photon's and Fedora's package `filesystem` begins so, where there is nothing.
#[test]
fn pretrans_works_in_an_empty_root() {
    let lab = Lab::new();
    let (ours, rpms) = (empty(&lab, "ours"), empty(&lab, "rpm"));
    let body = "posix.mkdir('/usr') posix.mkdir('/usr/bin') posix.mkdir('/proc')\n\
        if not posix.stat('/bin') then posix.symlink('usr/bin', '/bin') end\n\
        posix.chmod('/usr/bin', '0755')";
    let files = [
        FileEntry::directory("/usr"),
        FileEntry::directory("/usr/bin"),
        FileEntry::symlink("/bin", "usr/bin"),
    ];
    let builder = with_lua(
        with_files(package("filesystem", "1"), files),
        ScriptletKind::PreTrans,
        body,
    );
    let file = lab.build(&builder);
    lab::rpm(&rpms, &["-U", "--nodeps", file.to_str().unwrap()]);
    lab::upgrade(&ours, &[&file]).unwrap();
    assert_eq!(lab::tree(&ours), lab::tree(&rpms));
    assert_eq!(lab::rows(&ours), lab::rows(&rpms));
    assert_eq!(lab::verify(&ours), "");
}

/// What fedora's glibc and others do to get a folder out of the way of a link.
#[test]
fn a_folder_is_replaced_by_a_link_with_the_help_of_pretrans() {
    let lab = Lab::new();
    let pair = lab.pair("swap");
    let old = with_files(
        package("swap", "1"),
        [
            FileEntry::directory("/opt/place"),
            FileEntry::regular("/opt/place/file", "1"),
        ],
    );
    let body = "local path = '/opt/place'\nlocal found = posix.stat(path)\n\
        if found and found.type == 'directory' then\n  local status = os.rename(path, path .. '.rpmmoved')\n\
        say('moved', status)\nend";
    let files = [
        FileEntry::directory("/opt/real"),
        FileEntry::regular("/opt/real/file", "2"),
        FileEntry::symlink("/opt/place", "real"),
    ];
    let new = with_lua(
        with_files(package("swap", "2"), files),
        ScriptletKind::PreTrans,
        body,
    );
    pair.upgrade(&[&lab.build(&old)]);
    pair.edit(|root| fs::write(root.join("opt/place/notes"), "the user's").unwrap());
    pair.upgrade(&[&lab.build(&new)]);
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
    pair.assert_equal();
    assert!(pair.ours.join("opt/place.rpmmoved/notes").exists());
}

#[test]
fn every_kind_of_scriptlet_may_be_in_lua() {
    let lab = Lab::new();
    let pair = lab.pair("kinds");
    let kinds = [
        ScriptletKind::PreTrans,
        ScriptletKind::Pre,
        ScriptletKind::Post,
        ScriptletKind::PreUn,
        ScriptletKind::PostUn,
        ScriptletKind::PostTrans,
    ];
    let build = |version: &str| {
        let all = kinds.iter().fold(package("kinds", version), |builder, kind| {
            let body = format!(
                "say('{} {version}', arg[1], arg[2], arg[3], #arg)",
                kind.section()
            );
            with_lua(builder, *kind, &body)
        });
        lab.build(&all)
    };
    pair.upgrade(&[&build("1")]);
    pair.upgrade(&[&build("2")]);
    pair.erase(&["kinds"]);
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
    assert_eq!(ours.lines().count(), 12, "{ours}");
}

fn lua_trigger(scope: TriggerScope, event: TriggerEvent, on: &str) -> Trigger {
    let body = format!(
        "{SAY}say('{scope:?} {event:?}', arg[2], arg[3], #arg) local f = rpm.next_file()\n\
         while f do say(' ', f) f = rpm.next_file() end"
    );
    let mut trigger = Trigger::on_files(scope, event, &[on], body);
    trigger.interpreter = vec!["<lua>".to_owned()];
    trigger
}

#[test]
fn triggers_may_be_in_lua() {
    let lab = Lab::new();
    let pair = lab.pair("triggers");
    let mut watcher = package("watcher", "1");
    for event in [TriggerEvent::In, TriggerEvent::Un, TriggerEvent::PostUn] {
        watcher
            .triggers
            .push(lua_trigger(TriggerScope::Package, event, "w"));
        watcher
            .triggers
            .push(lua_trigger(TriggerScope::File, event, "/opt/w"));
        watcher
            .triggers
            .push(lua_trigger(TriggerScope::Transaction, event, "/opt/w"));
    }
    let watched = |version: &str| {
        let files = [
            FileEntry::directory("/opt/w"),
            FileEntry::regular(format!("/opt/w/{version}"), "x"),
        ];
        lab.build(&with_files(package("w", version), files))
    };
    pair.upgrade(&[&lab.build(&watcher)]);
    pair.upgrade(&[&watched("1")]);
    pair.upgrade(&[&watched("2")]);
    pair.erase(&["w"]);
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
    assert!(ours.contains("/opt/w/2"), "{ours}");
}

#[test]
fn programs_of_the_root_are_started() {
    let lab = Lab::new();
    let pair = lab.pair("programs");
    let body = "say(rpm.execute('/bin/sh', '-c', 'echo executed >> /log; exit 3'))\n\
        say(rpm.execute('/bin/sh', '-c', 'exit 0'))\n\
        local pid = posix.fork()\n\
        if pid == 0 then posix.redirect2null(1) posix.exec('/bin/sh', '-c', 'echo away; echo forked >> /log')\n\
        elseif pid > 0 then say(posix.wait(pid) == pid) end\n\
        say(os.execute('echo by the shell >> /log'))\n\
        local p = io.popen('echo piped') say(p:read('a')) p:close()\n\
        pid = posix.fork() if pid == 0 then os.exit(4) end say(posix.wait(pid) == pid)";
    let file = lab.build(&with_lua(package("starts", "1"), ScriptletKind::Post, body));
    pair.upgrade(&[&file]);
    let (ours, rpms) = pair.logs();
    assert_eq!(ours, rpms);
    assert!(ours.contains("executed") && ours.contains("forked"), "{ours}");
}

fn refused(root: &Path, file: &PathBuf) -> String {
    let error = lab::upgrade(root, &[file]).unwrap_err();
    assert!(matches!(error, Error::Scriptlet { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_failing_pretrans_stops_everything_and_says_where() {
    let lab = Lab::new();
    let root = lab.root("fails");
    let failing = |body: &str| {
        let files = [FileEntry::regular("/opt/file", "x")];
        let builder = with_lua(
            with_files(package("f", "1"), files),
            ScriptletKind::PreTrans,
            body,
        );
        lab.build(&builder)
    };
    let before = lab::tree(&root);
    let text = refused(&root, &failing("print('printed')\nerror('not here')"));
    assert!(
        text.contains("printed") && text.contains(r#"[string "%pretrans(f-1-1.noarch)"]:3: not here"#),
        "{text}"
    );
    let text = refused(&root, &failing("this is not Lua"));
    assert!(text.contains("invalid syntax"), "{text}");
    assert_eq!(lab::tree(&root), before);
}

#[test]
fn a_failing_post_is_a_warning() {
    let lab = Lab::new();
    let root = lab.root("warns");
    let file = lab.build(&with_lua(package("w", "1"), ScriptletKind::Post, "error({})"));
    let report = lab::upgrade(&root, &[&file]).unwrap();
    assert_eq!(report.warnings.len(), 1, "{report:?}");
}

#[test]
fn a_script_sees_the_root_and_nothing_else() {
    let lab = Lab::new();
    let root = lab.root("confined");
    let body = "say(posix.stat('/bin/sh', 'type'), posix.getenv('CARGO'), posix.access('/usr/bin/env'))\n\
        say(posix.getenv('PATH'))";
    let file = lab.build(&with_lua(package("c", "1"), ScriptletKind::Post, body));
    lab::upgrade(&root, &[&file]).unwrap();
    assert_eq!(
        lab::log(&root),
        "regular nil nil /usr/bin/env: No such file or directory 2.0 \n/sbin:/bin:/usr/sbin:/usr/bin \n"
    );
}
