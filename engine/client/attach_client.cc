#include "engine/client/attach_client.h"

#include <array>
#include <vector>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/detach_keys.h"
#include "base/file.h"
#include "base/percent.h"
#include "engine/api/container_creation_json.h"
#include "engine/client/raw_answer.h"
#include "engine/client/signal_queue.h"
#include "engine/client/stream_frames.h"
#include "engine/client/terminal_mode.h"
#include "engine/client/unix_socket.h"

namespace stack::client {
namespace {

// A request whose answer has no end yet.
class OpenRequest {
 public:
  OpenRequest(const std::string& socket_path, const std::string& target, const std::string& headers, int status)
      : connection_(connect_unix(socket_path)) {
    send_all(connection_, "POST " + target + " HTTP/1.1\r\nHost: stack\r\n" + headers + "Content-Length: 0\r\n\r\n");
    const RawHead head = read_head(connection_, rest_);
    if (head.status != status) throw_answer(connection_, head, std::move(rest_));
  }

  [[nodiscard]] BorrowedFd fd() const { return connection_; }
  // What came with the head.
  std::string& rest() { return rest_; }

 private:
  UniqueFd connection_;
  std::string rest_;
};

class Session {
 public:
  Session(const std::string& socket_path, EngineClient& engine, const AttachOptions& options)
      : engine_(engine),
        options_(options),
        keys_(options.tty ? parse_detach_keys(options.detach_keys.empty() ? kDetachKeys : options.detach_keys) : ""),
        streams_(socket_path, path() + "/attach?stream=1" + streams(), "Connection: Upgrade\r\nUpgrade: tcp\r\n", 101),
        end_(socket_path,
             path() + "/wait?condition=" +
                 (options.removes_itself ? "removed"
                  : options.start        ? "next-exit"
                                         : "not-running"),
             "", 200),
        reading_(options.input) {}

  std::optional<int> run() {
    const SignalQueue signals = options_.forward_signals
                                    ? SignalQueue{SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}
                                    : SignalQueue{SIGWINCH, SIGINT, SIGTERM};
    if (!options_.input) ::shutdown(streams_.fd().get(), SHUT_WR);
    if (options_.start) engine_.start_container(options_.container);
    const TerminalMode raw{options_.tty && options_.input ? TerminalMode::Kind::raw : TerminalMode::Kind::as_it_is};
    tell_size();
    take(std::exchange(streams_.rest(), {}));
    note_end(std::exchange(end_.rest(), {}));
    while (!over_ || !code_) {
      std::array<pollfd, 4> waits{{{over_ ? -1 : streams_.fd().get(), wanted(), 0},
                                   {code_ ? -1 : end_.fd().get(), POLLIN, 0},
                                   {reading_ && waiting_.empty() ? 0 : -1, POLLIN, 0},
                                   {signals.fd(), POLLIN, 0}}};
      if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) throw Error::from_errno(errno, "waiting");
      if ((waits[0].revents & POLLOUT) != 0) push({});
      if ((waits[0].revents & ~POLLOUT) != 0) receive(streams_.fd(), [this](std::string_view bytes) { take(bytes); });
      if (waits[1].revents != 0) receive(end_.fd(), [this](std::string_view bytes) { note_end(bytes); });
      if (waits[2].revents != 0) forward_input();
      if (keys_.complete()) return std::nullopt;
      for (int signal = 0; (signal = signals.take()) != 0;) {
        if (const auto code = on_signal(signal)) return code;
      }
    }
    return code_;
  }

 private:
  [[nodiscard]] std::string path() const { return "/containers/" + percent_encode(options_.container); }
  [[nodiscard]] std::string streams() const {
    return std::string{options_.input ? "&stdin=1" : ""} + (options_.output ? "&stdout=1" : "") +
           (options_.errors ? "&stderr=1" : "");
  }
  [[nodiscard]] short wanted() const { return static_cast<short>(waiting_.empty() ? POLLIN : POLLIN | POLLOUT); }

  template <class F>
  void receive(BorrowedFd from, F take_bytes) {
    const ssize_t got = ::read(from.get(), block_.data(), block_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got > 0) return take_bytes({block_.data(), static_cast<std::size_t>(got)});
    if (from.get() == streams_.fd().get()) {
      over_ = true;
    } else if (!code_) {
      throw Error(ErrorKind::unavailable, "the engine went away; the container runs on");
    }
  }

  void take(std::string_view bytes) {
    if (options_.tty) return write_all(BorrowedFd{1}, bytes, "writing to standard output");
    frames_.feed(bytes, [](bool error, std::string_view payload) {
      write_all(BorrowedFd{error ? 2 : 1}, payload, error ? "writing to standard error" : "writing to standard output");
    });
  }

  void note_end(std::string_view bytes) {
    ended_ += bytes;
    if (const auto end = api::parse_container_end(ended_)) code_ = end->exit_code;
  }

  void forward_input() {
    const ssize_t got = ::read(0, block_.data(), block_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
      reading_ = false;
      ::shutdown(streams_.fd().get(), SHUT_WR);
      return;
    }
    push(keys_.pass({block_.data(), static_cast<std::size_t>(got)}));
  }

  // A process that has ended takes no input; how it ended is on its way here.
  void push(const std::string& bytes) {
    waiting_ += bytes;
    if (waiting_.empty() || send_some(streams_.fd(), waiting_)) return;
    waiting_.clear();
    reading_ = false;
  }

  void tell_size() {
    winsize size{};
    if (!options_.tty || ::ioctl(1, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return;
    try {
      engine_.resize_container(options_.container, size.ws_row, size.ws_col);
    } catch (const Error&) {
      // It has just ended.
    }
  }

  // The exit code when that is the end of it: a process may ignore what it is sent.
  std::optional<int> on_signal(int signal) {
    if (signal == SIGWINCH) {
      tell_size();
      return std::nullopt;
    }
    const bool ending = signal == SIGINT || signal == SIGTERM;
    if (ending && options_.at_signal == AttachOptions::AtSignal::fails)
      throw Error("interrupted by signal " + std::to_string(signal));
    if (ending && ++asked_to_end_ == kAskedMax) {
      write_all(BorrowedFd{2}, "\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n", "writing to standard error");
      return 1;
    }
    if (options_.forward_signals) forward(signal);
    return ending && options_.at_signal == AttachOptions::AtSignal::leaves ? std::optional{0} : std::nullopt;
  }

  void forward(int signal) {
    try {
      engine_.kill(options_.container, std::to_string(signal));
    } catch (const Error&) {
      // It has just ended.
    }
  }

  static constexpr int kAskedMax = 3;  // Docker's

  EngineClient& engine_;
  const AttachOptions& options_;
  DetachKeys keys_;
  OpenRequest streams_, end_;
  std::vector<char> block_ = std::vector<char>(64 << 10);
  std::string waiting_, ended_;
  StreamFrames frames_;
  bool reading_, over_ = false;
  int asked_to_end_ = 0;
  std::optional<int> code_;
};

}  // namespace

std::optional<int> run_attached(const std::string& socket_path, EngineClient& engine, const AttachOptions& options) {
  return Session{socket_path, engine, options}.run();
}

}  // namespace stack::client
