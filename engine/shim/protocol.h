// The wire between stackd and a container's shim: one SOCK_SEQPACKET connection, a fixed header in each packet, at most
// kPacketBytes with it; big things (plans) travel as a sealed memfd beside the packet.
//
//   stackd -> shim                     fds                          answer
//   launch                             plan memfd                   started | failed, later exited
//   exec     number                    plan memfd, in, out, err     exec_started | exec_failed, later exec_exited
//            (with a tty: plan memfd only; exec_started carries the terminal; kProbe: it may have the place kept for probes)
//   signal   signal                    -                            - (to the first process)
//   resize   number, rows, columns     -                            - (of engines before; ours sizes its copies of terminals)
//   stdin_close                        -                            - (the container's own stdin)
//   forget                             -                            - : leave now that the exit is on record, or give up a
//                                                                   launch under way; a program that runs goes on
//
//   shim -> stackd                     fds
//   hello    pid, flags                pidfd, [dns udp, dns tcp], [stdin | terminal]: first packet on a later connection
//   started  pid, flags                as hello
//   failed   stage, error              -                            the container never ran; the shim leaves
//   exited   status, time, flags       -                            after the last log record was written and the exit record
//                                                                   (file "exit" in the container's folder) is on disk
//   exec_started number, pid           [terminal]
//   exec_failed  number, stage, error  -
//   exec_exited  number, pid, status   -                            number 0: the connection that asked is gone
//
// The shim serves the connection it was born with and at most kConnectionsMax later ones, on its socket below the run
// folder. A connection that closes is no event to it. It leaves when the container is gone and either nobody is
// connected or `forget` arrives; the exit record tells a later engine what happened.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stack::shim {

inline constexpr std::size_t kPacketBytes = 512;
inline constexpr std::size_t kFdsMax = 4;
inline constexpr int kConnectionsMax = 4;
inline constexpr int kControlFd = 3;  // where a newborn shim finds its first connection

enum class Kind : std::uint8_t {
  launch = 1,
  exec,
  signal,
  resize,
  stdin_close,
  forget,
  hello = 64,
  started,
  failed,
  exited,
  exec_started,
  exec_failed,
  exec_exited
};

// Bits of Packet::flags: which descriptors came along, in this order after the pidfd, and how the container ended.
enum Flags : std::uint32_t {
  kHasDns = 1,
  kHasStdin = 2,
  kHasTerminal = 4,
  kOomKilled = 8,
  kHasExited = 16,
  kProbe = 32
};

struct Packet {
  Kind kind{};
  std::uint8_t unused[3]{};
  std::uint32_t number = 0;  // which exec
  std::int32_t pid = 0;      // on the host
  std::int32_t status = 0;   // wait status as waitpid(2) gives it
  std::int32_t stage = 0;    // sandbox::Stage
  std::int32_t error = 0;    // errno
  std::uint32_t flags = 0;
  std::uint16_t rows = 0, columns = 0;
  std::int32_t signal = 0;
  std::int64_t time_ns = 0;  // wall clock, since 1970
  char detail[256]{};        // of a failure: the path or name it was about, NUL-terminated
};
static_assert(sizeof(Packet) <= kPacketBytes);

// The exit record: this struct, written to a temporary file and renamed to "exit".
struct ExitRecord {
  std::uint32_t magic = 0x31545853;  // "SXT1"
  std::int32_t status = 0;
  std::uint32_t flags = 0;
  std::uint32_t unused = 0;
  std::int64_t started_ns = 0;
  std::int64_t exited_ns = 0;
};

}  // namespace stack::shim
