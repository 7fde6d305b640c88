//! Users and groups, with shadow's programs, in a root of the test's own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod root;

use accounts::{
    Authority, Comment, Date, Error, GroupChange, Hash, Home, Member, NewGroup, Password, Secret, Shell,
    UserChange,
};
use root::{Root, as_root, group, name, new, without_chroot};

use Authority::{Admin, Users};

#[test]
fn the_files_are_read_as_the_c_library_reads_them() {
    let root = Root::new();
    let names: Vec<String> = root
        .accounts
        .users()
        .unwrap()
        .into_iter()
        .map(|user| user.name)
        .collect();
    assert_eq!(names, ["root", "daemon", "sshd", "boss", "nobody"]);
    let boss = root.accounts.user(&name("boss")).unwrap();
    assert_eq!(
        (boss.uid, boss.comment.as_str(), boss.shell.as_str(), boss.system),
        (1000, "The Boss", "/bin/bash", false)
    );
    assert!(root.accounts.user(&name("nobody")).unwrap().system);
    let groups: Vec<String> = root
        .accounts
        .groups_of(&name("boss"))
        .unwrap()
        .into_iter()
        .map(|group| group.name)
        .collect();
    assert_eq!(groups, ["boss", "wheel", "ops"]);
    assert!(matches!(
        root.accounts.user(&name("ada")),
        Err(Error::NotFound { .. })
    ));
}

#[test]
fn a_user_from_birth_to_end() {
    as_root("a_user_from_birth_to_end", || {
        let root = Root::new();
        let mut ada = new("ada");
        ada.comment = Some(Comment::new("Ada, Countess; $(id) \"x\" -o").unwrap());
        ada.shell = Some(Shell::new("/bin/bash").unwrap());
        ada.groups = vec![group("developers"), group("ops")];
        ada.password = Some(Password::Clear(Secret::new("correct: horse").unwrap()));
        ada.expires = Some(Date::new("2030-01-31").unwrap());
        let made = root.accounts.add_user(&ada, Users).unwrap();
        assert_eq!(
            (made.uid, made.home.as_str(), made.system),
            (1001, "/home/ada", false)
        );
        assert_eq!(
            root.line("etc/passwd", "ada"),
            "ada:x:1001:1001:Ada, Countess; $(id) \"x\" -o:/home/ada:/bin/bash"
        );
        assert!(root.path("home/ada").is_dir());
        assert!(
            root.line("etc/shadow", "ada").starts_with("ada:$y$"),
            "{}",
            root.line("etc/shadow", "ada")
        );
        assert_eq!(root.line("etc/group", "ops"), "ops:x:1101:boss,ada");
        assert!(matches!(
            root.accounts.add_user(&ada, Users),
            Err(Error::Exists { .. })
        ));

        let change = UserChange {
            shell: Some(Shell::new("/usr/sbin/nologin").unwrap()),
            home: Some(Home::new("/home/lovelace").unwrap()),
            move_home: true,
            groups: Some(vec![group("developers")]),
            locked: Some(true),
            name: Some(name("lovelace")),
            ..UserChange::default()
        };
        let changed = root.accounts.modify_user(&name("ada"), &change, Users).unwrap();
        assert_eq!(
            (
                changed.name.as_str(),
                changed.home.as_str(),
                changed.shell.as_str()
            ),
            ("lovelace", "/home/lovelace", "/usr/sbin/nologin")
        );
        assert!(root.path("home/lovelace").is_dir() && !root.path("home/ada").exists());
        assert!(root.line("etc/shadow", "lovelace").starts_with("lovelace:!$y$"));
        assert_eq!(root.line("etc/group", "ops"), "ops:x:1101:boss");
        let none = UserChange {
            groups: Some(vec![]),
            locked: Some(false),
            ..UserChange::default()
        };
        root.accounts
            .modify_user(&name("lovelace"), &none, Users)
            .unwrap();
        assert_eq!(root.line("etc/group", "developers"), "developers:x:1100:");

        let hash = Hash::new("$6$salt$hash").unwrap();
        root.accounts
            .set_password(&name("lovelace"), &Password::Hash(hash), Users)
            .unwrap();
        assert!(
            root.line("etc/shadow", "lovelace")
                .starts_with("lovelace:$6$salt$hash:")
        );
        root.accounts.remove_user(&name("lovelace"), true, Users).unwrap();
        assert!(root.line("etc/passwd", "lovelace").is_empty() && !root.path("home/lovelace").exists());
    });
}

#[test]
fn a_group_and_its_members() {
    as_root("a_group_and_its_members", || {
        let root = Root::new();
        let accounts = &root.accounts;
        let made = accounts
            .add_group(
                &NewGroup {
                    name: group("web"),
                    gid: Some(2000),
                    system: false,
                },
                Users,
            )
            .unwrap();
        assert_eq!((made.gid, made.system), (2000, false));
        let boss = Member::from(&name("boss"));
        assert_eq!(
            accounts.add_member(&group("web"), &boss, Users).unwrap().members,
            ["boss"]
        );
        assert_eq!(
            accounts.add_member(&group("web"), &boss, Users).unwrap().members,
            ["boss"]
        );
        let change = GroupChange {
            name: Some(group("www")),
            gid: Some(2001),
        };
        assert_eq!(
            accounts.modify_group(&group("web"), &change, Users).unwrap().gid,
            2001
        );
        assert_eq!(root.line("etc/group", "www"), "www:x:2001:boss");
        assert!(
            accounts
                .remove_member(&group("www"), &boss, Users)
                .unwrap()
                .members
                .is_empty()
        );
        accounts.remove_member(&group("www"), &boss, Users).unwrap();
        accounts.remove_group(&group("www"), Users).unwrap();
        assert!(matches!(
            accounts.group(&group("www")),
            Err(Error::NotFound { .. })
        ));
        let nobody = accounts
            .add_member(&group("developers"), &Member::new("ghost").unwrap(), Users)
            .unwrap_err();
        assert!(matches!(nobody, Error::Failed { .. }), "{nobody}");
    });
}

/// Everything that would make an administrator of somebody is refused to who manages users, and nothing has changed.
#[test]
fn only_an_administrator_makes_administrators() {
    as_root("only_an_administrator_makes_administrators", || {
        let root = Root::new();
        let accounts = root
            .accounts
            .clone()
            .with_administrative(["ops".to_owned(), "future-admins".to_owned()]);
        let before = root.state();
        let mut eve = new("eve");
        eve.groups = vec![group("wheel")];
        let refusals = [
            accounts.add_user(&eve, Users).map(|_| ()),
            accounts
                .add_user(&NewUserWith::first("docker"), Users)
                .map(|_| ()),
            accounts.add_user(&NewUserWith::first("ops"), Users).map(|_| ()),
            accounts.add_user(&new("shadow"), Users).map(|_| ()),
            accounts.add_user(&new("future-admins"), Users).map(|_| ()),
            accounts
                .add_group(
                    &NewGroup {
                        name: group("sudo"),
                        gid: None,
                        system: false,
                    },
                    Users,
                )
                .map(|_| ()),
            accounts
                .add_member(&group("root"), &Member::from(&name("boss")), Users)
                .map(|_| ()),
            accounts
                .remove_member(&group("wheel"), &Member::from(&name("boss")), Users)
                .map(|_| ()),
            accounts.set_password(&name("root"), &Password::Clear(Secret::new("x").unwrap()), Users),
            accounts.set_password(&name("boss"), &Password::Clear(Secret::new("x").unwrap()), Users),
            accounts
                .modify_user(
                    &name("boss"),
                    &UserChange {
                        locked: Some(true),
                        ..UserChange::default()
                    },
                    Users,
                )
                .map(|_| ()),
            accounts.remove_user(&name("boss"), true, Users),
            accounts
                .modify_group(
                    &group("developers"),
                    &GroupChange {
                        name: Some(group("sudo")),
                        gid: None,
                    },
                    Users,
                )
                .map(|_| ()),
        ];
        for (at, refusal) in refusals.into_iter().enumerate() {
            assert!(matches!(refusal, Err(Error::NeedsAdmin(_))), "{at}: {refusal:?}");
        }
        assert_eq!(root.state(), before);
        accounts.add_user(&eve, Admin).unwrap();
        assert_eq!(root.line("etc/group", "wheel"), "wheel:x:10:boss,eve");
    });
}

struct NewUserWith;

impl NewUserWith {
    fn first(first: &str) -> accounts::NewUser {
        let mut user = new("eve");
        user.group = Some(group(first));
        user
    }
}

#[test]
fn the_system_stays_what_it_is() {
    as_root("the_system_stays_what_it_is", || {
        let root = Root::new();
        let accounts = &root.accounts;
        let before = root.state();
        let rename = UserChange {
            name: Some(name("toor")),
            ..UserChange::default()
        };
        let lock = UserChange {
            locked: Some(true),
            ..UserChange::default()
        };
        let mut zero = new("zero");
        zero.uid = Some(0);
        let refusals = [
            accounts.remove_user(&name("root"), false, Admin),
            accounts.remove_user(&name("sshd"), true, Admin),
            accounts.remove_user(&name("nobody"), true, Admin),
            accounts.modify_user(&name("root"), &rename, Admin).map(|_| ()),
            accounts.modify_user(&name("root"), &lock, Admin).map(|_| ()),
            accounts.set_password(&name("sshd"), &Password::Clear(Secret::new("x").unwrap()), Admin),
            accounts.remove_group(&group("wheel"), Admin),
            accounts.add_user(&zero, Admin).map(|_| ()),
            accounts
                .modify_user(
                    &name("boss"),
                    &UserChange {
                        uid: Some(0),
                        ..UserChange::default()
                    },
                    Admin,
                )
                .map(|_| ()),
            accounts
                .add_group(
                    &NewGroup {
                        name: group("nul"),
                        gid: Some(0),
                        system: true,
                    },
                    Admin,
                )
                .map(|_| ()),
        ];
        for (at, refusal) in refusals.into_iter().enumerate() {
            assert!(refusal.as_ref().is_err_and(Error::is_input), "{at}: {refusal:?}");
        }
        assert_eq!(root.state(), before);
        accounts
            .set_password(&name("root"), &Password::Clear(Secret::new("x").unwrap()), Admin)
            .unwrap();
    });
}

/// What cannot be is refused before anything is made.
#[test]
fn a_user_that_cannot_be_is_not_made() {
    as_root("a_user_that_cannot_be_is_not_made", || {
        let root = Root::new();
        let before = root.state();
        let mut ada = new("ada");
        ada.shell = Some(Shell::new("/bin/zsh").unwrap());
        assert!(
            root.accounts.add_user(&ada, Users).unwrap_err().is_input(),
            "not in /etc/shells"
        );
        ada.shell = None;
        ada.groups = vec![group("nowhere")];
        assert!(matches!(
            root.accounts.add_user(&ada, Users),
            Err(Error::NotFound { .. })
        ));
        assert_eq!(root.state(), before);
    });
}

/// chpasswd fails - it may not change its root directory - after useradd has made the account: it goes again.
#[test]
fn a_user_is_made_whole_or_not_at_all() {
    without_chroot("a_user_is_made_whole_or_not_at_all", || {
        let root = Root::new();
        let before = root.accounts.users().unwrap();
        let mut ada = new("ada");
        ada.password = Some(Password::Clear(Secret::new("x").unwrap()));
        let failed = root.accounts.add_user(&ada, Users).unwrap_err();
        assert!(
            matches!(
                failed,
                Error::Failed {
                    program: "chpasswd",
                    ..
                }
            ),
            "{failed}"
        );
        assert_eq!(root.accounts.users().unwrap(), before);
        assert!(!root.path("home/ada").exists() && root.line("etc/group", "ada").is_empty());
    });
}

#[test]
fn members_are_set_as_a_whole() {
    as_root("members_are_set_as_a_whole", || {
        let root = Root::new();
        root.accounts.add_user(&new("ada"), Users).unwrap();
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| Member::new(name).unwrap())
                .collect::<Vec<_>>()
        };
        let developers = group("developers");
        let set = |members: &[&str]| {
            root.accounts
                .set_members(&developers, &names(members), Users)
                .unwrap()
                .members
        };
        assert_eq!(set(&["ada", "boss"]), ["ada", "boss"]);
        assert_eq!(set(&["boss"]), ["boss"]);
        assert!(set(&[]).is_empty());
        assert!(matches!(
            root.accounts.set_members(&group("wheel"), &[], Users),
            Err(Error::NeedsAdmin(_))
        ));
        assert!(
            root.accounts.is_locked(&name("root")).unwrap()
                && !root.accounts.is_locked(&name("boss")).unwrap()
        );
        assert!(
            root.accounts.is_locked(&name("ada")).unwrap(),
            "it has no password yet"
        );
    });
}
