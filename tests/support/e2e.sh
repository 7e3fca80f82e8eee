# What every end-to-end scenario begins with: a world of its own, an engine in it, and words to say what must be true.
#
#   #!/bin/bash
#   . "$(dirname "$0")/../../support/e2e.sh"
#   here=$(scenario)                      # the scenario's folder
#   stack -f "$here/compose.yaml" up -d   # the engine starts by itself
#   equal "replicas" "$(stack ps -q | wc -l)" 3
#
# The world: private network, mount and process namespaces and a tmpfs, so that nothing outlives the scenario even when it is
# killed; only the control groups are the machine's, and those of a killed scenario are removed by the next one. At the end the
# engine is purged and everything it made must be gone: interfaces, mounts, control groups, processes, firewall tables.
# Exit status: 0 passed, 1 failed, 77 skipped (not root).

set -euo pipefail
shopt -s inherit_errexit
e2e_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
e2e_scenario=$(cd "$(dirname "$0")" && pwd)
e2e_binaries=${STACK_BINARY_DIR:-$e2e_source/build/dev}

if [ -z "${E2E_WORLD:-}" ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "skipped: needs root"
    exit 77
  fi
  export E2E_WORLD=/tmp/stack-e2e.$$ STACK_BINARY_DIR=$e2e_binaries
  exec unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private bash "$e2e_scenario/$(basename "$0")" "$@"
fi

e2e_control_groups() {
  grep -o "name=stack-$1" /proc/self/cgroup || true
  find /sys/fs/cgroup -maxdepth 3 -type d -name "stack-$1" 2>/dev/null || true
}

# Of scenarios that were killed. One that begins makes its folder first and locks it then.
e2e_sweep() {
  local world folder
  for world in $(find /tmp -maxdepth 1 -name 'stack-e2e.*' -mmin +2); do
    [ "$world" != "$E2E_WORLD" ] || continue
    # This world has its own process numbers; the lock says whether the owner of that one lives.
    (
      exec 8>>"$world/lock" && flock -n 8 || exit 0
      if [ -s "$world/tag" ]; then
        for folder in $(e2e_control_groups "$(cat "$world/tag")"); do find "$folder" -depth -type d -exec rmdir {} + || true; done
      fi
      rm -f "$world/tag" "$world/lock"
      rmdir "$world/w" "$world" || true
    ) 2>/dev/null || true
  done
}

# Everything of this machine that an engine could leave behind, as text; the same before and after.
e2e_kernel_objects() {
  sed -n 's/^ *\([^:]*\):.*/interface \1/p' /proc/net/dev
  sed 's/^[0-9]* [0-9]* [^ ]* //; s/^/mount /' /proc/self/mountinfo
  # A table that another namespace is removing can interrupt the question.
  if command -v nft >/dev/null; then { nft list tables 2>/dev/null || nft list tables; } | sed 's/^/nft /'; fi
}

e2e_processes() {
  local folder
  for folder in /proc/[0-9]*; do
    [ "$(cat "$folder/comm" 2>/dev/null || true)" ] || continue
    case $(cat "$folder/comm" 2>/dev/null) in
      stackd | stack-shim | stack | httpd | busybox | nginx | postgres | redis-server | shop) echo "process $(cat "$folder/comm") ${folder#/proc/}" ;;
    esac
  done
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# equal WHAT GOT WANTED
equal() { [ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"; }
differ() { [ "$2" != "$3" ] || fail "$1: both are '$2'"; }
# matches WHAT TEXT REGEX
matches() { grep -Eq -- "$3" <<<"$2" || fail "$1: '$2' does not match '$3'"; }
lacks() { ! grep -Eq -- "$3" <<<"$2" || fail "$1: '$2' matches '$3'"; }
note() { echo "-- $* (at $SECONDS s)"; }

# refused CODE REGEX COMMAND...: it must end with CODE (+ for any but 0) and say REGEX.
refused() {
  local code=$1 regex=$2 said status=0
  shift 2
  said=$("$@" 2>&1 </dev/null) || status=$?
  if [ "$code" = + ]; then
    [ $status -ne 0 ] || fail "'$*' succeeded: $said"
    [ $status -lt 128 ] || fail "'$*' crashed with $status: $said"
  else
    equal "exit code of '$*' ($said)" $status "$code"
  fi
  matches "what '$*' said" "$said" "$regex"
}

# soon SECONDS COMMAND...: looks again and again until the command succeeds.
soon() {
  local end=$((SECONDS + $1 * ${E2E_PATIENCE:-1} + 1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "did not become true: $*"
    read -r -t 0.05 <> <(:) || true
  done
}

stack() { "$e2e_binaries/stack" "$@"; }
scenario() { echo "$e2e_scenario"; }
# processes NAME: the numbers of those whose program is called so.
processes() { grep -lx "$1" /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3 || true; }
engine_pid() { cat "$STACK_RUN/stackd.pid"; }
# (The -T of a statically linked busybox crashes.)
fetch() { timeout 5 busybox wget -q -O - "$1"; }
# ids SERVICE...: of all its containers, in the order of their names.
ids() { stack ps -aq --no-trunc "$@"; }
# field SERVICE NAME: of `ps --format json`, one line a replica.
field() { stack ps -a --format json "$1" | sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

kill_engine() {
  local pid
  pid=$(engine_pid)
  kill -KILL "$pid" 2>/dev/null || true
  soon 5 e2e_is_gone "$pid"
}
e2e_is_gone() { [ ! -e "/proc/$1" ]; }

e2e_nothing_left() {
  local left status=0 tag
  tag=$(cat "$E2E_WORLD/tag" 2>/dev/null || true)
  if [ -e "$STACK_ROOT/state.db" ]; then
    stack system shutdown || status=1
    soon 10 e2e_no_engine
    "$e2e_binaries/stackd" --purge || status=1
  fi
  if ! (soon 10 e2e_no_processes); then
    echo "left behind:" && e2e_processes && status=1
  fi
  left=$(diff <(echo "$e2e_before") <(e2e_kernel_objects) || true)
  if [ -n "$left" ]; then
    echo "left behind:" && echo "$left" && status=1
  fi
  if [ -n "$tag" ] && ! (soon 5 e2e_no_control_groups "$tag"); then
    echo "left behind: $(e2e_control_groups "$tag")" && status=1
  fi
  return $status
}
e2e_no_engine() { [ ! -e "$STACK_RUN/stackd.pid" ] || flock -n "$STACK_RUN/stackd.pid" true; }
e2e_no_control_groups() { [ -z "$(e2e_control_groups "$1")" ]; }
e2e_no_processes() { [ -z "$(e2e_processes)" ]; }

e2e_end() {
  local status=$?
  trap - EXIT
  set +e
  if [ $status -ne 0 ]; then
    echo "--- the engine's log:"
    tail -n 40 "$STACK_ROOT/stackd.log"
    echo "--- containers:"
    stack ps -a
  fi
  cd /
  e2e_nothing_left >"$E2E_WORLD/w/end" 2>&1 || { [ $status -ne 0 ] || status=1; cat "$E2E_WORLD/w/end"; }
  exec 9>&-
  umount -l "$E2E_WORLD/w"
  rm -f "$E2E_WORLD/tag" "$E2E_WORLD/lock"
  rmdir "$E2E_WORLD/w" "$E2E_WORLD"
  [ $status -ne 0 ] || echo "passed"
  exit $status
}

e2e_sweep
mkdir -p "$E2E_WORLD/w"
exec 9>"$E2E_WORLD/lock"
flock 9
mount -t tmpfs tmpfs "$E2E_WORLD/w"
ip link set lo up 2>/dev/null || busybox ip link set lo up
# Whatever the machine and its user have set.
while read -r e2e_setting e2e_value; do
  [ ! -e "/proc/sys/net/$e2e_setting" ] || echo "$e2e_value" >"/proc/sys/net/$e2e_setting"
done < <(grep -v '^#' "$e2e_source/tests/support/network-settings")
umask 022
export HOME=/root PATH=$PATH:/usr/sbin:/sbin LC_ALL=C TERM=xterm
unset TMPDIR XDG_CONFIG_HOME XDG_CACHE_HOME DOCKER_CONFIG DOCKER_HOST COLUMNS LINES NO_COLOR COMPOSE_PROGRESS COMPOSE_ANSI
unset http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY DOCKER_DEFAULT_PLATFORM SOURCE_DATE_EPOCH
export STACK_ROOT=$E2E_WORLD/w/r STACK_RUN=$E2E_WORLD/w/n
unset STACK_HOST STACK_CONFIG COMPOSE_PROJECT_NAME COMPOSE_FILE COMPOSE_PROFILES
e2e_before=$(e2e_kernel_objects)
trap e2e_end EXIT
trap 'echo "FAILED at line $LINENO: $BASH_COMMAND" >&2' ERR
# The work folder: scenarios write their changed files here.
work=$E2E_WORLD/w/work
mkdir "$work"
if [ ! -s "${E2E_IMAGE:-}" ]; then
  E2E_IMAGE=$E2E_WORLD/w/image.tar
  "$e2e_source/samples/quickstart/make-image" --flat "$E2E_IMAGE"
fi
# One layer, or many (E2E_ARCHIVE, of tests/support/realistic_image): scenarios do with either.
if [ -s "${E2E_ARCHIVE:-}" ]; then
  stack image load -i "$E2E_ARCHIVE" >/dev/null
else
  stack image import "$E2E_IMAGE" quickstart:latest >/dev/null
fi
stack system info | sed -n 's/^Tag: *//p' >"$E2E_WORLD/tag"
cd "$work"
