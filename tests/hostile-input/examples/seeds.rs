//! Write the seeds whose formats are our own: `cargo run --release -p hostile-input --example seeds`

fn main() -> std::io::Result<()> {
    hostile_input::write_seeds()
}
