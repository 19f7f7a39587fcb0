# On a fresh Debian machine with Swift, `make eval` and `make test` are all that is needed.

MODEL    ?= checkpoints/cifar10-resnet8-ikl-at.h5
EPS      ?= 8/255
ATTACKS  ?= screen
# How many images; all of them when empty.
EXAMPLES ?=
# Further options, for instance OPTIONS='--norm L2 --seed 1'.
OPTIONS  ?=
# How many damaged files the short fuzz run makes: any bytes, and of formats whose structure it knows.
FUZZ     ?= 5000
FUZZ_STRUCTURE ?= 400

PACKAGES = libhdf5-dev libopenblas-dev libdnnl-dev zlib1g-dev libssl-dev libturbojpeg0-dev libpng-dev gnuplot-nox pkg-config
# Where `make install` puts things; DESTDIR stands before it for packagers.
PREFIX   ?= /usr/local
DESTDIR  ?=
# A folder of libraries that the loader does not know, for instance RPATH=/opt/onednn/lib.
RPATH    ?=
# Where `make deb` puts the package.
PACKAGES_IN ?= .build/deb
# Where `make static` puts the archive.
STATIC   ?= .build/robeval-linux.tar.xz

DEBUG    = .build/debug
RELEASE  = .build/release
SEEDS    = Tests/CheckpointsTests/Fixtures Tests/FilesTests/Fixtures
DATA_SEEDS = Tests/DatasetsTests/Fixtures Tests/CheckpointsTests/Fixtures/Keras

.PHONY: setup build eval test test-torch programs static install deb format

# Installs the system packages that are absent; says so where it cannot.
setup:
	@command -v swift >/dev/null || \
	  { echo "setup: swift is not on the PATH; install Swift 6.3 from swift.org"; exit 1; }
	@absent=""; for package in $(PACKAGES); do \
	  dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed \
	    || absent="$$absent $$package"; \
	done; \
	command -v python3 >/dev/null || absent="$$absent python3"; \
	if [ -z "$$absent" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
	  echo "setup: there is no apt-get here; install what$$absent stand for by hand"; exit 0; \
	fi; \
	if [ "$$(id -u)" -ne 0 ]; then sudo=sudo; fi; \
	echo "setup: installing$$absent"; \
	$$sudo apt-get update -qq && \
	$$sudo env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends $$absent >/dev/null

build: setup
	swift build -c release --product robeval

eval: build
	$(RELEASE)/robeval --model $(MODEL) --eps $(EPS) --attacks '$(ATTACKS)' \
	  $(if $(EXAMPLES),--examples $(EXAMPLES)) $(OPTIONS)

# Programs that run without Swift's libraries.
programs: setup
	for program in robeval robtrain; do \
	  swift build -c release --static-swift-stdlib --product $$program \
	    $(if $(RPATH),-Xlinker -rpath -Xlinker $(RPATH)) || exit 1; \
	done

install: programs
	sh packaging/install.sh $(RELEASE) '$(DESTDIR)$(PREFIX)'

# Programs with everything they load in one archive, for machines without Swift or these libraries.
static: setup
	for program in robeval robtrain; do \
	  swift build -c release --static-swift-stdlib --product $$program \
	    -Xlinker --disable-new-dtags -Xlinker -rpath -Xlinker '$$ORIGIN/../lib' || exit 1; \
	done
	sh packaging/bundle.sh $(RELEASE) $(STATIC)

# PyTorch is installed from PyPI into a folder of its own.
test-torch: setup
	python3 -m venv .build/torch
	.build/torch/bin/pip install --quiet torch
	swift build --product robevalPackageTests
	PATH="$(CURDIR)/.build/torch/bin:$$PATH" timeout 900 $(DEBUG)/robevalPackageTests.xctest \
	  --testing-library swift-testing --filter TorchTests

# Installs with `apt install .build/deb/robeval_*.deb`.
deb: programs
	@command -v dpkg-shlibdeps >/dev/null || \
	  { echo "deb: dpkg-shlibdeps is not on the PATH; install the package dpkg-dev"; exit 1; }
	sh packaging/deb.sh $(RELEASE) $(PACKAGES_IN)

# The test bundle runs directly: after a crash `swift test` may wait for it forever.
test: setup
	swift build --product robevalPackageTests
	swift build --product robeval
	swift build --product robtrain
	swift build --product AttackYourOwn
	timeout 900 $(DEBUG)/robevalPackageTests.xctest --testing-library swift-testing
	timeout 600 python3 Tests/EndToEnd/end_to_end.py $(DEBUG)/robeval
	timeout 600 python3 Tests/EndToEnd/train_end_to_end.py $(DEBUG)/robtrain
	OPENBLAS_NUM_THREADS=1 timeout 300 python3 Tests/Fuzzing/fuzz_checkpoints.py --driver '$(DEBUG)/robeval fuzz-batch' \
	  --seeds $(SEEDS) --count $(FUZZ) --keep .build/fuzz-crashes
	OPENBLAS_NUM_THREADS=1 timeout 300 python3 Tests/Fuzzing/fuzz_checkpoints.py --driver '$(DEBUG)/robeval fuzz-batch' \
	  --kind data --seeds $(DATA_SEEDS) --count $(FUZZ_STRUCTURE) --keep .build/fuzz-crashes
	for kind in hdf5 safetensors; do \
	  timeout 300 python3 Tests/Fuzzing/fuzz_checkpoints.py --driver '$(DEBUG)/robeval fuzz-batch' --kind $$kind \
	    --seeds $(SEEDS) --count $(FUZZ_STRUCTURE) --keep .build/fuzz-crashes || exit 1; \
	done
	OPENBLAS_NUM_THREADS=1 timeout 300 python3 Tests/Fuzzing/fuzz_runs.py --robeval $(DEBUG)/robeval \
	  --count $(FUZZ_STRUCTURE) --keep .build/fuzz-crashes

format:
	swift format -i -r Sources Tests Package.swift benchmarks
