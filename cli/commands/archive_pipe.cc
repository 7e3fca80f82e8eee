#include "cli/commands/archive_pipe.h"

#include <array>
#include <exception>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pipe.h"

namespace stack::cli {
namespace {

constexpr int kPipeBytes = 1 << 20;

}  // namespace

void through_pipe(const std::function<void(BorrowedFd)>& produce, const std::function<void(BorrowedFd)>& consume) {
  Pipe pipe;
  ::fcntl(pipe.writing.get(), F_SETPIPE_SZ, kPipeBytes);  // where the user may
  std::exception_ptr producing, consuming;
  std::thread producer{[&] {
    // A consumer that has gone is an error to be told, not a signal.
    sigset_t broken_pipe;
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    const UniqueFd to = std::move(pipe.writing);
    try {
      produce(to);
    } catch (...) {
      producing = std::current_exception();
    }
  }};
  try {
    consume(pipe.reading);
  } catch (...) {
    consuming = std::current_exception();
  }
  pipe.reading.reset();
  producer.join();
  const auto was_cut_off = [](const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      return error.err() == EPIPE;
    } catch (...) {
      return false;
    }
  };
  if (producing && !(consuming && was_cut_off(producing))) std::rethrow_exception(producing);
  if (consuming) std::rethrow_exception(consuming);
}

}  // namespace stack::cli
