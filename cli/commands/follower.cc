#include "cli/commands/follower.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "cli/commands/session.h"

namespace stack::cli {

Follower::Follower(std::string socket_path, api::LogRequest request, LogStyle style, DecisiveExit decisive,
                   std::vector<std::string> shown, LogView::Write write)
    : request_(std::move(request)),
      decisive_(std::move(decisive)),
      shown_(std::move(shown)),
      client_(std::move(socket_path)),
      view_(style, std::move(write)) {}

Follower::~Follower() {
  quit_.store(true);
  if (thread_.joinable()) thread_.join();
}

void Follower::start() {
  thread_ = std::thread{[this] { follow(); }};
}

void Follower::follow() {
  try {
    client_.logs(
        request_,
        [this](const api::LogFrame& frame) {
          if (frame.kind == api::LogKind::source) {
            const std::string payload{frame.payload};
            const std::size_t first = payload.find('\0');
            service_of_[frame.source] = payload.substr(first + 1, payload.find('\0', first + 1) - first - 1);
          }
          if (shows(frame)) view_.show(frame);
          if (frame.kind == api::LogKind::exited && decides(frame)) {
            view_.flush();
            decided_.store(true);
            wake_up();
          }
          return true;
        },
        [this] { view_.flush(); }, &quit_);
  } catch (const Error& error) {
    complain(error);
  }
  try {
    view_.flush();
  } catch (const Error& error) {
    complain(error);
  }
  ended_.store(true);
  wake_up();
}

void Follower::complain(const Error& error) {
  if (quit_.load() || broken_.exchange(true)) return;
  // A reader that has left is no failure to speak of.
  if (error.err() != EPIPE) std::cerr << "stack: logs: " << error.render() << "\n";
}

bool Follower::shows(const api::LogFrame& frame) const {
  if (frame.kind != api::LogKind::out && frame.kind != api::LogKind::err) return true;
  const auto service = service_of_.find(frame.source);
  return service == service_of_.end() || std::find(shown_.begin(), shown_.end(), service->second) != shown_.end();
}

bool Follower::decides(const api::LogFrame& frame) {
  if ((frame.flags & api::kLogRestarting) != 0) return false;
  int code = 0;
  std::from_chars(frame.payload.data(), frame.payload.data() + frame.payload.size(), code);
  const bool decides = !decided_.load() && (decisive_.any_exit || (decisive_.any_failure && code != 0));
  const bool chosen = !decisive_.code_of.empty() && service_of_[frame.source] == decisive_.code_of;
  if (decides || (chosen && !std::exchange(chosen_, true))) exit_code_ = code;
  return decides;
}

bool Follower::wait_for_decision() {
  std::array<char, 64> bytes{};
  while (!ended_.load() && !decided_.load() && !interrupted.load()) {
    pollfd wake{wake_fd(), POLLIN, 0};
    ::poll(&wake, 1, -1);
    while (::read(wake_fd(), bytes.data(), bytes.size()) > 0) {
    }
  }
  return ended_.load() || decided_.load();
}

void Follower::finish() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace stack::cli
