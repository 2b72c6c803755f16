#!/usr/bin/env bash
# The tarballs: the same bytes each time, complete, and that of this computer runs.
set -euo pipefail
cd "$(dirname "$0")/../.."

. test/packages/lib.sh
trap 'rm -rf "$work"' EXIT

packages v0.9.1 "$work/a" "linux-amd64 darwin-arm64"
packages v0.9.1 "$work/b" "linux-amd64 darwin-arm64"
(cd "$work/a" && sha256sum --quiet -c SHA256SUMS)
cmp "$work/a/SHA256SUMS" "$work/b/SHA256SUMS"

content() { tar -tzf "$work/a/budi-agent-0.9.1-$1.tar.gz" | sed 's,^budi-agent-0.9.1-[^/]*/,,' | sort | tr '\n' ' '; }
[[ $(content linux-amd64) == " LICENSE README.md agent.yml budi-agent budi-agent.service " ]] || fail "Linux: $(content linux-amd64)"
[[ $(content darwin-arm64) == " LICENSE README.md agent.yml budi-agent " ]] || fail "macOS: $(content darwin-arm64)"
if tar -tvzf "$work/a/budi-agent-0.9.1-linux-amd64.tar.gz" | awk '{ print $1, $2 }' | grep -vE '^[d-]rw[x-]r-[x-]r-[x-] 0/0$'; then
	fail "owners or rights"
fi

tar -xzf "$work/a/budi-agent-0.9.1-linux-amd64.tar.gz" -C "$work"
"$work/budi-agent-0.9.1-linux-amd64/budi-agent" version | grep -q 0.9.1 || fail "version"
echo "The tarballs are fine."
