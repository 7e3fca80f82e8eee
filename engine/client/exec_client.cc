#include "engine/client/exec_client.h"

#include <array>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/detach_keys.h"
#include "base/file.h"
#include "base/percent.h"
#include "engine/api/exec_frame.h"
#include "engine/api/stack_json.h"
#include "engine/client/engine_client.h"
#include "engine/client/engine_error.h"
#include "engine/client/raw_answer.h"
#include "engine/client/signal_queue.h"
#include "engine/client/terminal_mode.h"
#include "engine/client/unix_socket.h"

namespace stack::client {
namespace {

using api::ExecFrame;

std::string size_frame() {
  winsize size{};
  if (::ioctl(0, TIOCGWINSZ, &size) != 0) return {};
  std::array<std::uint16_t, 2> payload{size.ws_row, size.ws_col};
  return api::exec_frame(ExecFrame::resize, {reinterpret_cast<const char*>(payload.data()), sizeof payload});
}

class Coupling {
 public:
  Coupling(const UniqueFd& connection, bool tty, bool stdin_open, std::string detach_keys,
           const std::atomic<bool>* left, ExecSignals at_signals)
      : connection_(connection),
        left_(left),
        at_signals_(at_signals),
        keys_(tty ? std::move(detach_keys) : std::string{}),
        tty_(tty),
        reading_(stdin_open) {}

  // The exit code; nothing when the user has left.
  std::optional<int> run(std::string early) {
    const SignalQueue signals =
        at_signals_ == ExecSignals::leave ? SignalQueue{SIGWINCH, SIGINT, SIGTERM} : SignalQueue{SIGWINCH};
    take(early);
    if (!reading_) push(api::exec_frame(ExecFrame::in_end, {}));
    std::vector<char> block(64 << 10);
    while (!code_) {
      // Input is taken only when the engine has taken what came before, output always: neither can block the other.
      const auto wanted = static_cast<short>(waiting_.empty() ? POLLIN : POLLIN | POLLOUT);
      std::array<pollfd, 3> waits{{{connection_.get(), wanted, 0},
                                   {reading_ && waiting_.empty() ? 0 : -1, POLLIN, 0},
                                   {signals.fd(), POLLIN, 0}}};
      if (left_ != nullptr && left_->load()) return leave();
      if (::poll(waits.data(), waits.size(), left_ == nullptr ? -1 : kLookMs) < 0) {
        if (errno == EINTR) continue;
        throw Error::from_errno(errno, "waiting");
      }
      if ((waits[0].revents & POLLOUT) != 0) push({});
      if ((waits[0].revents & ~POLLOUT) != 0) {
        const ssize_t got = ::read(connection_.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw Error(ErrorKind::unavailable, "the engine went away; the process goes on in its container");
        take({block.data(), static_cast<std::size_t>(got)});
      }
      if (waits[1].revents != 0) forward_input(block);
      if (keys_.complete()) return leave();
      bool resized = false;
      for (int signal = 0; (signal = signals.take()) != 0;) {
        if (signal == SIGWINCH) resized = tty_;
        if (signal == SIGINT || signal == SIGTERM) return leave(), 0;
      }
      if (resized) push(size_frame());
    }
    return code_;
  }

 private:
  static constexpr int kLookMs = 50;  // how often who may leave is asked

  std::optional<int> leave() {
    send_all(connection_, waiting_ + api::exec_frame(ExecFrame::detach, {}));
    return std::nullopt;
  }

  void forward_input(std::vector<char>& block) {
    const ssize_t got = ::read(0, block.data(), block.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
      reading_ = false;
      push(api::exec_frame(ExecFrame::in_end, {}));
      return;
    }
    if (const std::string typed = keys_.pass({block.data(), static_cast<std::size_t>(got)}); !typed.empty())
      push(api::exec_frame(ExecFrame::in, typed));
  }

  // A process that has ended takes no input; how it ended is on its way here.
  void push(std::string frame) {
    waiting_ += frame;
    if (waiting_.empty() || send_some(connection_, waiting_)) return;
    waiting_.clear();
    reading_ = false;
  }

  void take(std::string_view bytes) {
    reader_.feed(bytes, [this](ExecFrame kind, std::string_view payload) {
      if (kind == ExecFrame::out) write_all(BorrowedFd{1}, payload, "writing to standard output");
      if (kind == ExecFrame::err) write_all(BorrowedFd{2}, payload, "writing to standard error");
      if (kind == ExecFrame::failure) throw EngineError(api::parse_error(500, payload));
      if (kind == ExecFrame::exit && payload.size() == 4) {
        std::int32_t code = 0;
        std::memcpy(&code, payload.data(), 4);
        code_ = code;
      }
    });
  }

  const UniqueFd& connection_;
  const std::atomic<bool>* left_;
  const ExecSignals at_signals_;
  api::ExecFrameReader reader_;
  DetachKeys keys_;
  std::string waiting_;  // for the engine to take
  bool tty_, reading_;
  std::optional<int> code_;
};

}  // namespace

std::optional<int> run_exec(const std::string& socket_path, const api::ExecRequest& request,
                            const std::string& detach_keys, const std::atomic<bool>* left, ExecSignals signals) {
  std::string keys = parse_detach_keys(detach_keys);
  const UniqueFd connection = connect_unix(socket_path);
  api::ExecRequest sized = request;
  winsize size{};
  if (request.tty && ::ioctl(0, TIOCGWINSZ, &size) == 0) {
    sized.rows = size.ws_row;
    sized.columns = size.ws_col;
  }
  const std::string body = api::exec_request_json(sized);
  send_all(connection, "POST /stack/v1/containers/" + percent_encode(request.container) +
                           "/exec HTTP/1.1\r\nHost: stack\r\nConnection: Upgrade\r\nUpgrade: stack-exec\r\n"
                           "Content-Type: application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body);
  std::string rest;
  const RawHead head = read_head(connection, rest);
  if (head.status != 101) throw_answer(connection, head, std::move(rest));
  if (request.detach) return 0;
  const TerminalMode raw{request.tty ? TerminalMode::Kind::raw : TerminalMode::Kind::as_it_is};
  return Coupling{connection, request.tty, request.stdin_open, std::move(keys), left, signals}.run(std::move(rest));
}

}  // namespace stack::client
