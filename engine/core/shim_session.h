// One program in the care of one shim: its launch, its further processes, its signals and its end.
//
// Knows nothing of containers, records or stores: its input is a sealed launch plan (engine/sandbox/launch_plan.h), which says where
// its files are and what becomes of its output; what happens is told to its owner. Loop thread only. The owner is called from the
// loop, never from within a call of its own, and may destroy the session in it; exactly one of on_failed, on_exited and on_lost is
// the last word. Destroying a session leaves the program running.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "engine/core/exec_session.h"
#include "engine/core/shims.h"

namespace stack::core {

class ShimSession {
 public:
  struct Launched {
    std::int32_t pid = 0;
    UniqueFd dns_udp, dns_tcp;  // in its network namespace; invalid when it has none of its own
    bool adopted = false;       // it ran before this session
  };
  struct Exit {
    int wait_status = 0;  // as waitpid(2) gives it
    bool oom_killed = false;
    Wall when{};
    bool adopted = false;  // it had ended before this session
  };
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_launched(Launched launched) noexcept = 0;
    // It never ran; the shim leaves, and takes what it made along.
    virtual void on_failed(Error why) noexcept = 0;
    // Its log and its exit record are complete.
    virtual void on_exited(Exit exit) noexcept = 0;
    // The shim is gone, and nothing tells how the program ended.
    virtual void on_lost() noexcept = 0;
  };

  ShimSession(boost::asio::io_context& loop, async::Timekeeper& time, Shims& shims, Owner& owner)
      : loop_(loop), time_(time), shims_(shims), owner_(owner) {}
  ShimSession(const ShimSession&) = delete;
  ShimSession& operator=(const ShimSession&) = delete;
  ~ShimSession();

  // Starts a shim and gives it the plan. Throws stack::Error when that cannot be done.
  void launch(BorrowedFd sealed_plan);
  // Takes over a shim that runs; on_launched or on_exited follows.
  void adopt(std::unique_ptr<ShimLink> link);
  // A launch under way ends: on_failed follows, or on_launched when it was too late.
  void cancel() noexcept;

  // Whether there is a program to signal.
  [[nodiscard]] bool runs() const { return stage_ == Stage::running; }
  // Its program has ended, and its shim does not say so.
  [[nodiscard]] bool is_silent() const { return runs() && shims_.has_ended(process_); }
  // Throws stack::Error when it cannot be sent; a program that has just ended is no error.
  void signal(int number);
  enum class Purpose : std::uint8_t { user, probe };
  // Runs a further process. Throws conflict when no program runs, what the shim reports, and unavailable when it has not started by
  // `deadline`, whether or not the shim answers.
  boost::asio::awaitable<std::shared_ptr<ExecSession>> exec(UniqueFd sealed_plan, bool tty, Purpose purpose,
                                                            Mono deadline);
  // How an exec of an engine before this one has ended: what the shim told of the process `pid` since it was adopted.
  [[nodiscard]] std::optional<int> stray_exit(std::int32_t pid) const;
  // Of the program's terminal, at once: what is typed afterwards finds the new size. Nothing happens without one.
  void resize(std::uint16_t rows, std::uint16_t columns) const;
  // The program's own standard input, or its terminal, for whoever wants to attach; invalid when it has none.
  [[nodiscard]] UniqueFd copy_of_input() const;
  // Its standard input ends, as far as nobody holds a copy.
  void close_input() noexcept;

  // Nothing more is wanted: a shim whose program has ended leaves, one that should have answered is killed.
  void end() noexcept;

 private:
  enum class Stage : std::uint8_t { idle, launching, running, over, gone };
  void listen();
  void on_packet(shim::Received& received);
  void on_running(shim::Received& received);
  void on_exec_packet(shim::Received& received);
  void on_exit(const shim::Packet& packet);
  void on_closed();
  void end_execs() noexcept;

  boost::asio::io_context& loop_;
  async::Timekeeper& time_;
  Shims& shims_;
  Owner& owner_;
  std::unique_ptr<ShimLink> link_;
  Stage stage_ = Stage::idle;
  Process process_;
  UniqueFd input_, terminal_;
  std::uint32_t last_exec_ = 0;
  std::map<std::uint32_t, std::weak_ptr<ExecSession>> execs_;
  std::map<std::int32_t, int>
      stray_exits_;  // by process ID; no more than a shim runs at once, since only the engine before starts them
};

}  // namespace stack::core
