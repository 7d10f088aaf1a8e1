# Two commands set everything up on a fresh machine: `make demo` and `make test`.

SHELL := /bin/bash
TOOLS := $(or $(COVATLAS_TOOLS),$(HOME)/.cache/covatlas-tools)
export PATH := $(TOOLS)/bin:$(PATH)
TARGET := $(or $(CARGO_TARGET_DIR),target)
COVATLAS := $(TARGET)/release/covatlas
DEMO := tests/fixtures/demo
VIEWER_SOURCES := $(shell find viewer site-template shared/src -type f -not -path 'viewer/dist/*') Cargo.toml Cargo.lock

.PHONY: demo demo-site fixtures test test-all check viewer bench binary

# The whole pipeline on the bundled cluster, then the site on 127.0.0.1.
demo: demo-site
	$(COVATLAS) -C .demo/tern serve $(if $(PORT),--port $(PORT))

demo-site: binary
	$(COVATLAS) -C .demo/tern run $(DEMO)/data --cluster-name tern-staging --images $(DEMO)/images.tsv \
	  --owners $(DEMO)/owners.json --mirror https://git.example.com/=$(abspath $(DEMO)/git) --allow-local-git --hide kind=Pod
	$(COVATLAS) -C .demo/tern pack -o .demo/site.tar.gz

# Makes the bundled cluster again; only this needs Go.
fixtures:
	cd $(DEMO)/make && go run . -root ..

binary: viewer
	cargo build --release --locked -p covatlas

viewer: viewer/dist/index.html

viewer/dist/index.html: $(VIEWER_SOURCES)
	tests/setup/viewer-tools.sh
	viewer/build.sh

test: binary
	tests/setup/test-tools.sh
	cargo test --locked --workspace --lib --bins --exclude covatlas-tests
	COVATLAS_BIN=$(abspath $(COVATLAS)) cargo test --locked -p covatlas-tests

# What takes long or needs more: large real data beside the real tool, real servers, and the page in
# another browser.
test-all: test
	tests/setup/real-corpus.sh
	tests/setup/real-servers.sh
	COVATLAS_BIN=$(abspath $(COVATLAS)) cargo test --locked -p covatlas-tests -- --ignored
	tests/setup/firefox.sh
	COVATLAS_BROWSER=firefox COVATLAS_BIN=$(abspath $(COVATLAS)) cargo test --locked -p covatlas-tests --test browser

check:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked -p covatlas --no-default-features -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --locked --workspace --no-deps --document-private-items
	tests/setup/no-foreign-tls.sh

bench: binary
	tests/setup/real-corpus.sh
	benches/run.sh $(abspath $(COVATLAS))
	benches/pages.sh $(abspath $(COVATLAS))
	benches/cluster.sh $(abspath $(COVATLAS))
	benches/bucket.sh $(abspath $(COVATLAS))
	benches/sources.sh $(abspath $(COVATLAS))
