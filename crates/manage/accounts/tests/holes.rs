//! Holes of those who came before, each of which is closed here.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod root;

use accounts::{Authority, Comment, Date, GroupName, Hash, Home, Member, NewUser, Secret, Shell, UserName};
use proptest::prelude::*;
use root::{Root, as_root, name, new};

/// Section 5.1-4: `useradd %s` was split at blanks, so that a name could be options.
#[test]
fn hole_5_1_4_option_injection_into_useradd() {
    for bad in [
        "-o -u 0 evil",
        "-o",
        "--root=/",
        "evil -o",
        "evil\t-u0",
        "ev;il",
        "ev`il",
        "",
        "Evil",
        "9evil",
        "ev.il",
        "e\0",
        "\u{e9}va",
    ] {
        assert!(UserName::new(bad).is_err(), "{bad:?}");
        assert!(GroupName::new(bad).is_err(), "{bad:?}");
        assert!(
            serde_json::from_value::<NewUser>(serde_json::json!({"name": bad})).is_err(),
            "{bad:?}"
        );
    }
    for bad in ["-evil", "a b", "a,b", "a:b", "a\nb", ""] {
        assert!(Member::new(bad).is_err(), "{bad:?}");
    }
    for good in ["ada@corp.example", "CORP\\ada", "svc-web"] {
        assert!(Member::new(good).is_ok(), "{good}");
    }
    assert!(serde_json::from_value::<NewUser>(serde_json::json!({"name": "a", "non_unique": true})).is_err());
}

/// Section 5.2-7: a line for `newusers` was put together, so that a line break in a comment was another account.
#[test]
fn hole_5_2_7_a_line_break_in_a_comment_is_no_account() {
    as_root("hole_5_2_7_a_line_break_in_a_comment_is_no_account", || {
        for bad in ["x\nevil:x:0:0::/root:/bin/sh", "a:b", "a\0b", "a\r", "\u{85}"] {
            assert!(Comment::new(bad).is_err(), "{bad:?}");
        }
        for bad in [
            "/bin/sh\nevil",
            "/bin/sh:x",
            "bin/sh",
            "/bin/../sh",
            "/bin/sh -i",
            "-x",
            "/",
        ] {
            assert!(Shell::new(bad).is_err(), "{bad:?}");
        }
        for bad in [
            "/",
            "/home",
            "/etc/x",
            "/usr/x",
            "/home/../etc",
            "/home/a:b",
            "home/a",
            "/home//a",
            "/home/a\n",
            "/home/a b",
        ] {
            assert!(Home::new(bad).is_err(), "{bad:?}");
        }
        for bad in ["2030-1-1", "2030-13-01", "-1", "2030-01-01 ", "tomorrow"] {
            assert!(Date::new(bad).is_err(), "{bad:?}");
        }
        for bad in ["x", "$6$a", "$6$a$b:0", "$6$a$b\nroot:x", "!$6$a$b"] {
            assert!(Hash::new(bad).is_err(), "{bad:?}");
        }
        // A comment that looks like options is one.
        let root = Root::new();
        let mut user = new("ada");
        user.comment = Some(Comment::new("-o --uid=0 -- root").unwrap());
        let made = root.accounts.add_user(&user, Authority::Users).unwrap();
        assert_eq!((made.uid, made.comment.as_str()), (1001, "-o --uid=0 -- root"));
        assert_eq!(root.read("etc/passwd").matches(":0:0:").count(), 1);
    });
}

/// Section 5.2-7: passwords were arguments. Ours cannot be a second line of chpasswd's input, and are not printed.
#[test]
fn hole_5_2_7_a_password_is_one_line_and_is_not_shown() {
    for bad in ["x\nroot:evil", "", "x\0", "x\r", &"x".repeat(512)] {
        let refused = Secret::new(bad).unwrap_err().to_string();
        assert!(!refused.contains("evil"), "{refused}");
    }
    assert_eq!(format!("{:?}", Secret::new("open sesame").unwrap()), "Secret");
}

proptest! {
    /// Whatever is taken as a value leaves the files with one line more, and nobody new with uid 0.
    #[test]
    fn names_that_are_taken_hold_no_separator(text in "\\PC{0,40}|[-a-z_:,\n\\\\@ ]{0,8}") {
        for taken in [UserName::new(&text).map(String::from), Member::new(&text).map(String::from)].into_iter().flatten() {
            prop_assert!(!taken.starts_with('-') && !taken.contains([':', ',', '\n', ' ', '\0']));
        }
        if let Ok(comment) = Comment::new(&text) {
            prop_assert!(!comment.as_str().contains([':', '\n']));
        }
    }
}

#[test]
fn an_account_is_one_line_whatever_is_in_it() {
    as_root("an_account_is_one_line_whatever_is_in_it", || {
        let root = Root::new();
        let lines = root.read("etc/passwd").lines().count();
        let mut user = new("odd");
        user.comment = Some(Comment::new("%s %n \\n $HOME `id` '\"|&<> ,,,, \u{fc}").unwrap());
        root.accounts.add_user(&user, Authority::Users).unwrap();
        assert_eq!(root.read("etc/passwd").lines().count(), lines + 1);
        assert_eq!(
            root.accounts.user(&name("odd")).unwrap().comment,
            "%s %n \\n $HOME `id` '\"|&<> ,,,, \u{fc}"
        );
    });
}
