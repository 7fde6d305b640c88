# run · test · image · bench: one command each. Everything they need and the machine lacks is installed first.

LUMEN := target/release/lumen
IMAGE := minimal

.PHONY: run image test test-long lint deny bench clean

run: image
	$(LUMEN) image run $(IMAGE)

# From pinned upstream packages to a bootable disk; each step does only what is not done yet.
image: $(LUMEN)
	$(LUMEN) import
	$(LUMEN) package build --all
	$(LUMEN) repo build
	$(LUMEN) image build $(IMAGE)

.PHONY: $(LUMEN)
$(LUMEN):
	@setup/install run
	cargo build --release --locked -p lumen

# The end-to-end tests boot the image, so it is built first.
test: lint image
	@setup/install test
	cargo test --release --locked --workspace

test-long: test
	cargo test --release --locked --workspace -- --ignored

lint:
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

deny:
	command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check

bench: image
	@setup/install bench
	cargo run --release --locked -p bench

clean:
	rm -rf build
