#!/usr/bin/env bash
# The Windows package: inspected, and installed, upgraded and removed by wine's
# msiexec. What only a real Windows can show is in docs/windows-checklist.md.
set -euo pipefail
cd "$(dirname "$0")/../.."

. test/packages/lib.sh
finish() {
	local status=$?
	stop_collector
	if [[ $status -ne 0 ]]; then
		tail -n 30 "$work"/*.log "$work/heard" "${data:-/nowhere}"/*.log 2>/dev/null || true
	fi
	if [[ -n ${WINEPREFIX:-} ]]; then wineserver -k 2>/dev/null || true; fi
	rm -rf "$work"
}
trap finish EXIT

for tool in wixl msibuild msiinfo; do
	if ! command -v "$tool" >/dev/null; then
		echo "SKIPPED: $tool is missing (apt-get install wixl msitools)"
		exit 0
	fi
done

packages v0.9.1 "$work/old" msi
packages v0.9.2 "$work/new" msi
packages v0.9.2-3-gabcdef0 "$work/newer" msi
old=$work/old/budi-agent-0.9.1-x64.msi
new=$work/new/budi-agent-0.9.2-x64.msi
newer=$work/newer/budi-agent-0.9.2+3.gabcdef0-x64.msi

# cell FILE TABLE KEY COLUMN
cell() { msiinfo export "$1" "$2" | tr -d '\r' | awk -F '\t' -v key="$3" -v column="$4" '$1 == key { print $column }'; }
# same WHAT IS WANT
same() { [[ $2 == "$3" ]] || fail "$1: $2, want $3"; }

echo "-- inspected"
for file in "$old" "$new"; do
	same "token hidden" "$(cell "$file" Property MsiHiddenProperties 2)" "BUDI_TOKEN;BUDI_PROXY"
	same "secure properties" "$(cell "$file" Property SecureCustomProperties 2)" "OLDERFOUND;NEWERFOUND;BUDI_URL;BUDI_TOKEN;BUDI_PROXY"
	same "upgrade code" "$(cell "$file" Property UpgradeCode 2)" "{1D8C97C6-5B4E-4F0B-9C9E-0B7A3B2E7F51}"
	# 2048 as SYSTEM + 1024 deferred + 18 an installed program; 8192 hides, 64 may fail.
	same "type of Enrol" "$(cell "$file" CustomAction Enrol 2)" $((8192 + 2048 + 1024 + 18))
	same "type of Configure" "$(cell "$file" CustomAction Configure 2)" $((2048 + 1024 + 64 + 18))
	same "type of Purge" "$(cell "$file" CustomAction Purge 2)" $((2048 + 1024 + 64 + 18))
	same "arguments of the service" "$(cell "$file" ServiceInstall Install 11)" "run --service"
	same "start of the service" "$(cell "$file" ServiceInstall Install 5)" 2
	msiinfo suminfo "$file" | grep -q '^Template: x64;1033' || fail "not for 64 bits"
	order=$(msiinfo export "$file" InstallExecuteSequence | tr -d '\r' | tail -n +4 | sort -t $'\t' -k 3 -n | cut -f 1 |
		grep -E '^(InstallInitialize|RemoveExistingProducts|StopServices|DeleteServices|Purge|RemoveFiles|InstallFiles|Enrol|InstallServices|Configure|StartServices|InstallFinalize)$' | tr '\n' ' ')
	same "order" "$order" "InstallInitialize RemoveExistingProducts StopServices DeleteServices Purge RemoveFiles InstallFiles Enrol InstallServices Configure StartServices InstallFinalize "
done
same "version" "$(cell "$old" Property ProductVersion 2)" 0.9.1
same "version between tags" "$(cell "$newer" Property ProductVersion 2)" 0.9.2
[[ $(cell "$old" Property ProductCode 2) != "$(cell "$new" Property ProductCode 2)" ]] || fail "the product code stayed the same"
same "what is replaced" "$(msiinfo export "$new" Upgrade | tr -d '\r' | awk -F '\t' '$7 == "OLDERFOUND" { print $2, $3, $5 }')" "0.0.0 0.9.2 768"

for tool in wine wineserver x86_64-w64-mingw32-gcc; do
	if ! command -v "$tool" >/dev/null; then
		echo "SKIPPED: $tool is missing (apt-get install wine wine64 gcc-mingw-w64-x86-64): built and inspected, not installed"
		exit 0
	fi
done
export WINEPREFIX=$work/prefix WINEDEBUG=-all
unset DISPLAY
if ! timeout 180 wineboot --init >"$work/wine.log" 2>&1 || ! timeout 60 wine winecfg -v win10 >>"$work/wine.log" 2>&1; then
	cat "$work/wine.log"
	echo "SKIPPED: wine does not run here: built and inspected, not installed"
	exit 0
fi
# Real Windows gives a service 30 s to start, wine 10, which a busy computer needs.
wine reg add 'HKLM\System\CurrentControlSet\Control' /v ServicesPipeTimeout /t REG_SZ /d 60000 /f >/dev/null
wineserver -k
wineserver -w
# Wine ends its services with the last program of a person: one waits for input.
mkfifo "$work/input"
wine cmd <"$work/input" >/dev/null 2>&1 &
exec 9>"$work/input"
# Go's programs ask bcryptprimitives.dll for random numbers; wine 8 has none.
x86_64-w64-mingw32-gcc -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" test/packages/prng.c -ladvapi32

c=$WINEPREFIX/drive_c
program="$c/Program Files/Budi/budi-agent.exe"
data=$c/ProgramData/Budi
agent() { timeout 60 wine 'C:\Program Files\Budi\budi-agent.exe' "$@"; }
msi() { timeout 180 wine msiexec "$@" /qn >>"$work/wine.log" 2>&1; }
state() { timeout 30 wine sc query BudiAgent 2>/dev/null | tr -d '\r' | awk '$1 == "STATE" { print $4 }'; }
running() { [[ $(state) == RUNNING ]]; }
# How many agents the list of installed programs shows.
listed() { timeout 120 wine reg query 'HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall' /s 2>/dev/null | grep -c 'DisplayName .*Budi agent' || true; }
version() { agent version | tr -d '\r' | grep -qF "$1"; }
nothing_left() {
	[[ ! -e $c/Program\ Files/Budi ]] || fail "$1: the program is left"
	[[ ! -e $data ]] || fail "$1: $(ls "$data") is left"
	same "$1: service" "$(state)" ""
	same "$1: entries in the list of programs" "$(listed)" 0
	if timeout 30 wine reg query 'HKLM\System\CurrentControlSet\Services\EventLog\Application\BudiAgent' >/dev/null 2>&1; then
		fail "$1: the source of the event log is left"
	fi
}

# Windows Installer tells the old product that it is being upgraded by the
# property UPGRADINGPRODUCTCODE. Wine 8 forgets this, so the test says it to the
# copy that wine keeps of the installed package.
tell_upgrade() {
	local kept
	for kept in "$c"/windows/Installer/*.msi; do
		msibuild "$kept" -q "DELETE FROM \`Property\` WHERE \`Property\` = 'UPGRADINGPRODUCTCODE'"
		msibuild "$kept" -q "INSERT INTO \`Property\` (\`Property\`, \`Value\`) VALUES ('UPGRADINGPRODUCTCODE', '$(cell "$1" Property ProductCode 2)')"
	done
}

choose_port

echo "-- refused: half of the properties, a damaged token"
if msi /i "$old" "BUDI_URL=$url"; then fail "installed with an address and no token"; fi
nothing_left "no token"
if msi /i "$old" "BUDI_URL=$url" BUDI_TOKEN=budi_enrol_damaged; then fail "installed with a damaged token"; fi
nothing_left "damaged token"

echo "-- installed silently while the collector is away"
msi /i "$old" "BUDI_URL=$url" "BUDI_TOKEN=$token" || fail "msiexec /i: $?"
[[ -x $program ]] || fail "the program is not there"
version 0.9.1 || fail "version"
eventually 90 running
same "entries in the list of programs" "$(listed)" 1
[[ -e $data/enrol.yml ]] || fail "enrol.yml is not there"
timeout 30 wine reg query 'HKLM\System\CurrentControlSet\Services\BudiAgent' /v ImagePath >"$work/service.log"
grep -qF 'run --service' "$work/service.log" || fail "command line of the service"

echo "-- the collector comes: the agent enrols by itself"
start_collector
eventually 90 heard '^enrol .* windows'
eventually 90 test ! -e "$data/enrol.yml"
eventually 60 heard '^(write|report) '
secret=$(awk '$1 == "enrol" { print $2 }' "$work/heard")
eventually 90 agent status

echo "-- upgraded silently, with the properties as a group policy repeats them: the same agent"
tell_upgrade "$new"
msi /i "$new" "BUDI_URL=$url" "BUDI_TOKEN=$token" || fail "upgrade: $?"
version 0.9.2 || fail "version after the upgrade"
same "entries in the list of programs" "$(listed)" 1
eventually 90 running
before=$(wc -l <"$work/heard")
eventually 90 heard "^(write|report) $secret" "$before"
eventually 90 test ! -e "$data/enrol.yml"
[[ $(grep -c '^enrol ' "$work/heard") -eq 1 ]] || fail "enrolled again"

echo "-- another build of the same numbers, without properties: the same agent"
tell_upgrade "$newer"
msi /i "$newer" || fail "upgrade by a build of the same numbers: $?"
version 0.9.2-3-gabcdef0 || fail "version after the second upgrade"
same "entries in the list of programs" "$(listed)" 1
before=$(wc -l <"$work/heard")
eventually 90 heard "^(write|report) $secret" "$before"
[[ $(grep -c '^enrol ' "$work/heard") -eq 1 ]] || fail "enrolled again"

echo "-- an older one is refused"
if msi /i "$old"; then fail "an older agent replaced a newer one"; fi
version 0.9.2-3-gabcdef0 || fail "the refused downgrade changed the program"

echo "-- removed: nothing is left, the token nowhere"
timeout 60 wine reg export HKLM 'C:\registry' /y >/dev/null 2>&1 || fail "reg export"
mv "$c/registry" "$work/registry"
msi /x "$newer" || fail "msiexec /x: $?"
nothing_left "removal"
wineserver -k
wineserver -w
if grep -rqaF "$token" "$c" "$WINEPREFIX"/*.reg || iconv -f UTF-16 -t UTF-8 "$work/registry" | grep -qF "$token"; then
	fail "the token is left somewhere"
fi

echo "-- installed without properties, enrolled by hand, removed"
msi /i "$new" || fail "msiexec /i without properties: $?"
eventually 90 running
agent enroll --url "$url" --token "$token" >>"$work/wine.log" 2>&1 || fail "enroll beside the running service: $?"
[[ $(grep -c '^enrol ' "$work/heard") -eq 2 ]] || fail "not enrolled"
msi /x "$new" || fail "msiexec /x: $?"
nothing_left "second removal"
echo "The Windows package is fine, as far as wine can tell."
