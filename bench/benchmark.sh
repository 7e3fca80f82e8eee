# shellcheck shell=bash disable=SC2034 # read by the benchmarks, which source it
# What the benchmarks share: the place that one runs in, its figures, and its tables.
#
# A benchmark sets `arguments` to its own, and calls `enter`. Where it has something of others' to undo it defines `clean_more`.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
declare -A figures

# help LAST: the comment at the head of the benchmark, up to that line, for a wrong command line.
help() { sed -n "2,$1s/^# \{0,1\}//p" "$0" >&2; exit 2; }

# enter TARGET...: builds them and the programs (unless STACK_BINARY_DIR names a build that has them), and goes on in network and mount
# namespaces and with folders of its own, which are gone at the end, as is the engine.
enter() {
  ((EUID == 0)) || { echo "$0: needs root" >&2; exit 1; }
  if [[ ${BENCH_INSIDE:-} != "$0" ]]; then
    if [[ -z ${STACK_BINARY_DIR:-} ]]; then
      (cd "$here" && cmake --preset release >/dev/null &&
        cmake --build build -j"$(nproc)" --target stack stackd stack-shim bench_time "$@" | tail -n 1 >&2)
    fi
    BENCH_INSIDE=$0 exec unshare --net --mount --propagation private "$0" "${arguments[@]}"
  fi
  ip link set lo up
  build=${STACK_BINARY_DIR:-$here/build}
  time=$build/bench/bench_time
  work=$(mktemp -d /tmp/stack-bench-XXXXXX)
  export STACK_ROOT=$work/root STACK_RUN=$work/run STACK_CONFIG=$work/none.json
  # As /run is on any machine: in memory, and gone with this mount namespace.
  mkdir "$STACK_RUN" && mount -t tmpfs tmpfs "$STACK_RUN"
  trap clean EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
clean() {
  trap - EXIT INT TERM
  set +e
  ! declare -F clean_more >/dev/null || clean_more
  if [[ -s $STACK_RUN/stackd.pid ]]; then
    kill -KILL "$(engine_pid)"
    for _ in $(seq 100); do kill -0 "$(engine_pid)" || break; sleep 0.05; done
    "$build/stackd" --purge
  fi 2>/dev/null
  umount "$STACK_RUN"
  rm -rf "$work"
}
stack() { "$build/stack" "$@"; }
engine_pid() { cat "$STACK_RUN/stackd.pid"; }
quietly() { "$@" >/dev/null 2>&1; }
# base_image NAME: the image of the quickstart sample, also as $work/image.tar.
base_image() {
  "$here/samples/quickstart/make-image" "$work/image.tar" "$1" >/dev/null
  stack image load -q -i "$work/image.tar" >/dev/null
}

note() { figures[$1]+=" $2"; }
sorted() { tr ' ' '\n' <<<"${figures[$1]:-}" | sed '/^$/d' | sort -g; }
median() { sorted "$1" | awk '{v[NR] = $1} END {if (NR) print v[int((NR + 1) / 2)]}'; }
highest() { sorted "$1" | tail -n 1; }
number() { if [[ -n $1 ]]; then printf '%.*f' "$2" "$1"; else printf -- '-'; fi; }
minus() { awk -v a="$1" -v b="$2" 'BEGIN {print a - b}'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {if (a > 0 && b > 0) printf "%.1f", a / b; else printf "-"}'; }

pss_mb() { for p in "$@"; do cat "/proc/$p/smaps_rollup" 2>/dev/null || true; done | awk '/^Pss:/ {s += $2} END {printf "%.1f", s / 1024}'; }
# Processor time of the processes and of the children that they have waited for, in ticks.
ticks() { for p in "$@"; do sed 's/.*) //' "/proc/$p/stat" 2>/dev/null || true; done | awk '{s += $12 + $13 + $14 + $15} END {print s + 0}'; }
our_processes() { engine_pid; pgrep -P "$(engine_pid)" || true; }
their_processes() { pgrep -x 'dockerd|containerd|containerd-shim|docker-proxy' || true; }
# cpu_percent LIST: what the processes that the function LIST names take of a processor for ten seconds.
cpu_percent() {
  local before after
  before=$(ticks $("$1"))
  sleep 10
  after=$(ticks $("$1"))
  awk -v d=$((after - before)) -v hz="$(getconf CLK_TCK)" 'BEGIN {printf "%.2f", d * 100 / hz / 10}'
}
