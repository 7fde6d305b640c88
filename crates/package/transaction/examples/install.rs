//! Install package files into a root, as an image build does: `install ROOT FILE...`; with `DURABLE=1` as on a host.

use std::process::ExitCode;

use transaction::{Event, Options, Transaction};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(root) = arguments.next() else {
        eprintln!("usage: install ROOT FILE...");
        return ExitCode::from(2);
    };
    let options = match std::env::var_os("DURABLE") {
        Some(_) => Options::default(),
        None => Options::image(1_700_000_000),
    };
    let mut transaction = Transaction::new(root, options);
    arguments.for_each(|file| {
        transaction.upgrade(file);
    });
    let listener = |event: &Event<'_>| match event {
        Event::Warning { text } => eprintln!("warning: {text}"),
        Event::Output { package, text } => eprintln!("{package}: {text}"),
        _ => {}
    };
    match transaction.run(&listener) {
        Ok(report) => println!("{} packages installed", report.installed.len()),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
