# Read by the tests of the packages: a folder that goes, a collector to talk to.
# shellcheck shell=bash disable=SC2034

# A token of the right shape that no collector knows.
token=budi_enrol_$(head -c 32 /dev/urandom | base64 -w0 | tr '+/' '-_' | tr -d =)
work=$(mktemp -d)
# A commit meanwhile changes no build of this test.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
collector=

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# eventually SECONDS COMMAND...: tries until it succeeds.
eventually() {
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < until)) || fail "waited in vain for: $*"
		sleep 0.3
	done
}

# packages VERSION FOLDER KIND
packages() {
	make -s packages VERSION="$1" DIST="$2" PACKAGES="$3" >/dev/null
}

# The port is chosen before anybody listens on it: the computer is installed
# before its collector is there.
choose_port() {
	go build -o "$work/collector" ./test/packages/collector
	port=$("$work/collector" -port)
	[[ -n $port ]] || fail "there is no free port"
	url=http://127.0.0.1:$port
}

start_collector() {
	"$work/collector" -listen "127.0.0.1:$port" -token "$token" >>"$work/heard" &
	collector=$!
}

# heard PATTERN [AT LEAST]: lines of what the collector heard.
heard() { [[ $(grep -cE "$1" "$work/heard") -ge ${2:-1} ]]; }

stop_collector() {
	if [[ -n $collector ]]; then
		kill "$collector" 2>/dev/null || true
		wait "$collector" 2>/dev/null || true
		collector=
	fi
}
