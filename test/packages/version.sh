#!/usr/bin/env bash
# deploy/version, and that dpkg sorts what it makes as we mean it.
set -euo pipefail
cd "$(dirname "$0")/../.."

failed=
check() {
	local got
	got=$(deploy/version "$1" "$2" 2>/dev/null) || got=refused
	if [[ $got != "$3" ]]; then
		echo "version $1 $2: $got, want $3" >&2
		failed=yes
	fi
}
while read -r describe deb msi; do
	check deb "$describe" "$deb"
	check msi "$describe" "$msi"
done <<'TABLE'
v1.4.2                     1.4.2                     1.4.2
1.4.2                      1.4.2                     1.4.2
v1.4.2-dirty               1.4.2+dirty               1.4.2
v1.4.2-7-g1a2b3c4          1.4.2+7.g1a2b3c4          1.4.2
v1.4.2-7-g1a2b3c4-dirty    1.4.2+7.g1a2b3c4.dirty    1.4.2
v1.4.2-rc.1                1.4.2~rc.1                1.4.2
v1.4.2-rc.1-7-g1a2b3c4     1.4.2~rc.1+7.g1a2b3c4     1.4.2
v255.255.65535             255.255.65535             255.255.65535
v256.0.0                   256.0.0                   refused
v1.256.0                   1.256.0                   refused
v1.0.65536                 1.0.65536                 refused
v1.08.09                   1.08.09                   1.8.9
1a2b3c4                    0.0.0+g1a2b3c4            0.0.0
1234567                    0.0.0+g1234567            0.0.0
1a2b3c4-dirty              0.0.0+g1a2b3c4.dirty      0.0.0
v1.4                       refused                   refused
latest                     refused                   refused
v1.4.2-a_b                 refused                   refused
v1.4.2;id                  refused                   refused
TABLE

before=
for describe in 1a2b3c4 v1.4.2-rc.1 v1.4.2-rc.1-7-g1a2b3c4 v1.4.2-rc.2 v1.4.2 v1.4.2-7-g1a2b3c4 v1.4.2-10-g0a2b3c4 v1.4.3-rc.1 v1.10.0; do
	now=$(deploy/version deb "$describe")
	if [[ -n $before ]] && ! dpkg --compare-versions "$before" lt "$now"; then
		echo "$before is not less than $now" >&2
		failed=yes
	fi
	before=$now
done

[[ -z $failed ]]
