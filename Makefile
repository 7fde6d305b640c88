# run · test · image · bench: one command each. Everything they need and the machine lacks is installed first.

LUMEN := target/release/lumen
IMAGE := minimal
# `make run KERNEL=linux-esx`, and the like with `image`: one of our own, which is compiled first; see docs/kernels.md.
KERNEL := imported

.PHONY: run image test test-long fuzz lint deny bench bench-kernels bench-managers bench-network bench-pmd clean

run: image
	$(LUMEN) image run $(IMAGE) --kernel $(KERNEL)

# From pinned upstream packages to a bootable disk; each step does only what is not done yet.
image: $(LUMEN)
	$(LUMEN) import
	$(LUMEN) package build --all
	$(if $(filter-out imported,$(KERNEL)),$(LUMEN) package build $(KERNEL))
	$(LUMEN) repo build
	$(LUMEN) image build $(IMAGE) --kernel $(KERNEL)

.PHONY: $(LUMEN)
$(LUMEN):
	@setup/install run
	cargo build --release --locked -p lumen

# The end-to-end tests boot the image, so it is built first.
test: lint image
	@setup/install test
	cargo test --release --locked --workspace --no-fail-fast

# Every fault at every call of a transaction; every object of the image against rpm's own generator; power cuts; fuzzing;
# all packages and the disk made again, elsewhere and as another user, to the same bytes; the image with base packages that are
# compiled here. From then on the image holds these, until build/ is removed.
BASE := zlib xz zstd sed grep gzip less bash openssl openssh

test-long: test
	TEST_LONG=1 cargo test --release --locked -p transaction
	TEST_LONG=1 cargo test --release --locked -p depsolve
	LUMEN_DEPGEN_TREE=$(CURDIR)/build/image/$(IMAGE)/root \
		cargo test --release --locked -p depgen --test elfdeps -- --ignored a_tree_of_objects
	TEST_LONG=1 cargo test --release --locked -p e2e --test powercut
	$(LUMEN) package build pmd pmd-cli lumen-directory
	$(LUMEN) repo build
	cargo build --release --locked -p pmd-cli
	TEST_LONG=1 cargo test --release --locked -p e2e --test management
	TEST_LONG=1 cargo test --release --locked -p e2e --test directory
	TEST_LONG=1 cargo test --release --locked -p e2e --test network
	TEST_LONG=1 cargo test --release --locked -p netmgr-python
	TEST_LONG=1 cargo test --release --locked -p pmd-python
	TEST_LONG=1 cargo test --release --locked -p pmd --test daemon
	LUMEN_NETWORKD_ROOT=$(CURDIR)/build/image/$(IMAGE)/root cargo test --release --locked -p networkd
	tests/reproducible $(IMAGE) pmd pmd-cli lumen-directory
	$(LUMEN) package build --check $(BASE)
	$(LUMEN) repo build
	$(LUMEN) image build $(IMAGE)
	cargo test --release --locked -p e2e --test minimal
	$(MAKE) fuzz

# Every reader of foreign bytes, each for this many seconds; what is found stays in fuzz/artifacts.
SECONDS := 60
TARGETS := $(notdir $(wildcard tests/hostile-input/corpus/*))

fuzz:
	command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
	fuzz/run $(SECONDS) $(TARGETS)

lint:
	@setup/install run
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

deny:
	command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check

bench: image
	@setup/install bench
	cargo run --release --locked -p bench
	cargo run --release --locked -p bench -- kernels

# Debian's kernel and those of ours that there is an image with: `lumen image build minimal --kernel linux-esx`.
bench-kernels: image
	@setup/install bench
	cargo run --release --locked -p bench -- kernels

# tdnf beside dnf and rpm, as root: on a repository of 20,000 packages, and installing 100 small ones. SUITE=forky makes that
# repository of another suite than the one we import from.
bench-managers: $(LUMEN)
	@setup/install bench
	cargo build --release --locked -p tdnf
	cargo run --release --locked -p bench -- repository build/bench/repository $(SUITE)
	cargo run --release --locked -p bench -- managers build/bench/repository

# netmgr and nmctl: what a look costs, and a change of a long file.
bench-network:
	@setup/install bench
	cargo build --release --locked -p netmgr
	cargo run --release --locked -p bench -- network target/release

# The management daemon: requests over TLS, memory, start.
bench-pmd:
	@setup/install bench
	cargo build --release --locked -p pmd
	cargo run --release --locked -p bench -- pmd target/release

clean:
	rm -rf build
