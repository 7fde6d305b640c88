//! Links, addresses, waiting and the host name on a running kernel: in namespaces of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::process::Command;

/// Runs a script where nothing of the machine is seen or changed: one loopback device, which is down, and empty
/// directories where files would be written. The script finds the command as $netmgr.
fn script(text: &str) -> String {
    let head = "set -eu
for place in /etc /run /var/lib; do mount -t tmpfs tmpfs $place; done
";
    let output = Command::new("unshare")
        .args([
            "--map-root-user",
            "--net",
            "--mount",
            "--uts",
            "sh",
            "-c",
            &format!("{head}{text}"),
        ])
        .env("netmgr", env!("CARGO_BIN_EXE_netmgr"))
        .output()
        .expect("cannot run unshare: install the package util-linux");
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{text}\n{out}{err}");
    out
}

#[test]
fn a_link_is_shown_and_brought_up_and_down() {
    let said = script(
        "$netmgr link_info --get
         $netmgr link_info --set --interface lo --state up
         $netmgr link_info --get --interface lo
         $netmgr link_info --set --interface lo --state down
         $netmgr link_info --get --interface lo",
    );
    let head = "Name      \tMacAddress       \tMode      \tMTU       \tState     \n";
    let row = |state: &str| format!("lo        \t00:00:00:00:00:00\tauto      \t65536     \t{state:<10}\n");
    assert_eq!(
        said,
        format!("{head}{}{head}{}{head}{}", row("down"), row("up"), row("down"))
    );
}

#[test]
fn an_interface_that_is_not_there_is_refused() {
    let said = script(
        "set +e
         for command in 'link_info --get' 'link_info --set --mtu 1400' 'ip4_address --get' \
             'wait_for_ip --timeout 1 --addrtype ipv4' 'link_info --set --state up'; do
             $netmgr $command --interface nope 2>&1; echo $?
         done; ls /etc",
    );
    assert_eq!(said, "Error: there is no interface nope\n206\n".repeat(5));
}

/// The wait is for a minute, but it ends with the event.
#[test]
fn waiting_ends_when_it_happens() {
    let started = std::time::Instant::now();
    script(
        "$netmgr wait_for_link --interface lo --timeout 60 & link=$!
         $netmgr wait_for_ip --interface lo --timeout 60 --addrtype static_ipv4 & address=$!
         $netmgr link_info --set --interface lo --state up
         ip address add 10.9.9.1/24 dev lo
         wait $link; wait $address",
    );
    assert!(started.elapsed().as_secs() < 50, "{:?}", started.elapsed());
}

#[test]
fn waiting_ends_in_time() {
    let said = script(
        "set +e
         $netmgr wait_for_link --interface lo --timeout 1 2>&1; echo $?
         $netmgr wait_for_ip --interface lo --timeout 1 --addrtype dhcp_ipv4,auto_ipv6 2>&1; echo $?",
    );
    let expected =
        "Error: lo did not come up in time\n211\nError: lo did not get such an address in time\n211\n";
    assert_eq!(said, expected);
}

#[test]
fn the_host_takes_its_name_and_the_old_one_at_undo() {
    let said = script(
        "echo old-name > /etc/hostname
         $netmgr hostname --set --name new-name; uname -n
         $netmgr undo; uname -n; cat /etc/hostname",
    );
    assert_eq!(said, "new-name\nold-name\nold-name\n");
}

/// The files are written though nobody is there to be told, and that is said.
#[test]
fn a_service_that_does_not_run_is_named() {
    let said = script(
        "$netmgr link_info --set --interface lo --mtu 1400 2>&1; cat /etc/systemd/network/00-lo.network",
    );
    let note = "Note: networkd was not told, for there is no D-Bus at /run/dbus/system_bus_socket: No such file or \
                directory (os error 2); the change takes effect when it next starts\n";
    assert_eq!(said, format!("{note}[Match]\nName=lo\n\n[Link]\nMTUBytes=1400\n"));
}
