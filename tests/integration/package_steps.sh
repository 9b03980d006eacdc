#!/bin/bash
# package_steps - installs, upgrades, removes and purges the package in a layer over this machine's files.
#
#   package_steps DIRECTORY PACKAGE      in namespaces of its own (mount, process, network); 77: not possible here
set -euo pipefail
directory=$1
package=$2

mkdir -p "$directory/layer"
mount -t tmpfs none "$directory/layer" || { echo "no tmpfs can be mounted here"; exit 77; }
mkdir "$directory/layer/"{upper,work,root}
mount -t overlay none -o "lowerdir=/,upperdir=$directory/layer/upper,workdir=$directory/layer/work" \
  "$directory/layer/root" 2>/dev/null || { echo "no overlay can be mounted over this machine's root"; exit 77; }
root=$directory/layer/root
for name in dev proc; do mount --rbind "/$name" "$root/$name"; done
mount -t tmpfs none "$root/run"
mount -t tmpfs none "$root/tmp"
cp "$package" "$root/tmp/citygate.deb"
ip link set lo up

inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }
ok() { echo "ok $*"; }
fail() {
  echo "FAILED: $*"
  cat "$root/tmp/log" 2>/dev/null || true
  exit 1
}
install() { inside dpkg --no-triggers --force-confold --force-depends -i /tmp/citygate.deb 2>&1; }
main_process() { inside citygate status --state /var/lib/citygate | awk '$1 == "process" { print $2 }'; }
serve() {
  inside setpriv --reuid citygate --regid citygate --init-groups \
    citygate serve --config /etc/citygate/citygate.toml --state /var/lib/citygate >>"$root/tmp/log" 2>&1 &
  for _ in $(seq 600); do
    if inside citygate status --state /var/lib/citygate >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "the installed gateway does not start"
}

install || fail "it does not install"
inside getent passwd citygate >/dev/null || fail "there is no user"
[ "$(inside stat -c '%U %a' /var/lib/citygate)" = "citygate 700" ] || fail "the state directory is not the gateway's alone"
[ "$(inside stat -c '%U:%G %a' /etc/citygate)" = "root:citygate 750" ] || fail "/etc/citygate is open to others"
inside citygate check --config /etc/citygate/citygate.toml >/dev/null || fail "the packed configuration is not right"
ok "installed"

serve
[ "$(inside stat -c '%U' /var/lib/citygate/control.sock)" = citygate ] || fail "it does not run as its user"
ok "serves as its own user"

echo "# of the administrator" >>"$root/etc/citygate/policy.toml"
before=$(main_process)
help=$(inside citygate --help)  # whole: a pipe that is closed early would end it with a signal
if grep -q '^  upgrade' <<<"$help"; then
  # A connection from before, on which nothing has been asked yet.
  exec 3<>/dev/tcp/127.0.0.1/3128
  install || fail "it does not upgrade"
  after=$(main_process)
  [ "$before" != "$after" ] || fail "the old process still serves after the upgrade"
  printf 'GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n' >&3
  read -r -t 60 answer <&3 || fail "the connection from before the upgrade was dropped"
  [[ $answer == HTTP/1.1* ]] || fail "the connection from before the upgrade got '$answer'"
  exec 3>&- 3<&-
  ok "upgraded from process $before to $after with a connection kept"
else
  install || fail "it does not upgrade"
  [ "$(main_process)" = "$before" ] || fail "the running gateway was restarted by a package that cannot hand over"
  ok "upgraded; this binary cannot hand over, so the old process serves on"
fi
grep -q "of the administrator" "$root/etc/citygate/policy.toml" || fail "an edited conffile was overwritten"
ok "kept what the administrator wrote"

inside dpkg --no-triggers --force-depends -r citygate 2>&1 || fail "it does not remove"
for _ in $(seq 600); do
  if ! inside pgrep -x citygate >/dev/null; then break; fi
  sleep 0.1
done
if inside pgrep -x citygate >/dev/null; then fail "a removed gateway still runs"; fi
[ ! -e "$root/usr/bin/citygate" ] || fail "the binary is still there"
[ -e "$root/etc/citygate/policy.toml" ] || fail "removing took the configuration, which only a purge may"
[ -e "$root/var/lib/citygate/FORMAT" ] || fail "removing took the records"
ok "removed"

inside dpkg --no-triggers --force-depends -P citygate 2>&1 || fail "it does not purge"
[ ! -e "$root/etc/citygate/policy.toml" ] || fail "a purge leaves the configuration"
[ -e "$root/var/lib/citygate/FORMAT" ] || fail "a purge took records that nobody said to remove"
ok "purged, records kept"

install >/dev/null || fail "it does not install again"
touch "$root/var/lib/citygate/PURGE"
inside dpkg --no-triggers --force-depends -P citygate 2>&1 || fail "it does not purge"
[ ! -e "$root/var/lib/citygate" ] || fail "a purge left records that were to go"
ok "purged with its records, as asked"
echo "ok all"
