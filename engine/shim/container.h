// The one container of a shim: its first process, its streams, its log, its end. No heap; a single object, a single
// thread.
//
// States: empty -> launching (the child exists and has not yet become the program) -> running -> draining (the first
// process is gone, its streams are being read to their end, at most kDrainMs) -> over (exit record written). launching
// -> failed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/unique_fd.h"
#include "engine/logs/writer.h"
#include "engine/sandbox/child_wire.h"
#include "engine/sandbox/flat_plan.h"
#include "engine/shim/child_process.h"
#include "engine/shim/compressor.h"
#include "engine/shim/prepare.h"
#include "engine/shim/protocol.h"

struct pollfd;

namespace stack::shim {

inline constexpr int kDrainMs = 1000;

enum class Phase { empty, launching, running, draining, over, failed };

class Container {
 public:
  // Takes the plan's descriptor and starts the child. On failure nothing of it is left.
  Failure launch(UniqueFd plan_file) noexcept;
  // Ends a launch that nobody waits for any more, or that failed: kills, reaps, removes the groups.
  void abandon() noexcept;

  // The same for a reason that came up outside.
  void fail(const Failure& failure) noexcept {
    failure_ = failure;
    abandon();
  }

  // Descriptors to wait for, at most kPollMax; and what to do when poll(2) has answered for them.
  static constexpr std::size_t kPollMax = 5;
  std::size_t watch(pollfd* out) const noexcept;
  void attend(const pollfd* polled, std::size_t count) noexcept;
  // Milliseconds until attend must be called although nothing happened, or -1.
  [[nodiscard]] int timeout_ms() const noexcept;

  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  [[nodiscard]] const Failure& failure() const noexcept { return failure_; }
  [[nodiscard]] const sandbox::FlatView& plan() const noexcept { return plan_; }
  [[nodiscard]] int pid() const noexcept { return process_.pid(); }
  [[nodiscard]] BorrowedFd pidfd() const noexcept { return process_.pidfd(); }
  [[nodiscard]] bool shares_pids() const noexcept;

  // Fills a hello, started or exited packet and gives its descriptors.
  std::size_t describe(Packet& packet, int (&fds)[kFdsMax]) const noexcept;
  // Whether processes of execs may still write to the streams or use the group: holds the end back (see finish).
  void finish_if_drained(bool execs_running) noexcept;

  void signal(int number) noexcept;
  void resize(std::uint16_t rows, std::uint16_t columns) noexcept;
  void close_stdin() noexcept { stdin_.reset(); }

 private:
  Failure map_plan(UniqueFd file) noexcept;
  Failure take_folder() noexcept;
  Failure open_log() noexcept;
  Failure make_child() noexcept;
  Failure connect_network() noexcept;
  void on_line() noexcept;
  void take_failure(const sandbox::ChildMessage& message) noexcept;
  void on_exit() noexcept;
  void drain(UniqueFd& stream, logs::Stream kind) noexcept;
  void write_record() const noexcept;

  Phase phase_ = Phase::empty;
  Failure failure_;
  sandbox::FlatView plan_;
  int status_ = 0;
  std::uint32_t end_flags_ = 0;
  std::int64_t started_ns_ = 0, exited_ns_ = 0;
  std::int64_t drain_until_ns_ = 0;
  bool ready_ = false;
  char failed_detail_[256]{};
  UniqueFd folder_, log_folder_;
  ChildProcess process_;
  UniqueFd line_;
  UniqueFd out_, err_;  // our reading ends; with a terminal out_ is a copy of it
  UniqueFd stdin_, terminal_;
  UniqueFd dns_udp_, dns_tcp_;
  logs::Writer log_;
  Compressor compressor_;
};

std::int64_t wall_ns() noexcept;
std::int64_t mono_ns() noexcept;

}  // namespace stack::shim
