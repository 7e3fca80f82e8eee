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
  ended_at_ = SystemClock{}.wall();
  ended_.store(true);
  wake_up();
}

void Follower::follow_again() {
  if (thread_.joinable()) thread_.join();
  if (broken_.load()) return;
  request_.since = ended_at_;
  ended_.store(false);
  start();
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

Follower::End Follower::wait_for_decision(const std::function<bool(char)>& key, const std::function<bool()>& going_on) {
  std::array<char, 64> bytes{};
  bool typing = key != nullptr;
  while (!decided_.load() && !interrupted.load() && (!ended_.load() || going_on())) {
    if (ended_.load() && going_on()) follow_again();
    std::array<pollfd, 2> waits{{{wake_fd(), POLLIN, 0}, {typing ? 0 : -1, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), ended_.load() ? kFollowAgainMs : -1) < 0) continue;
    if (waits[0].revents != 0) {
      while (::read(wake_fd(), bytes.data(), bytes.size()) > 0) {
      }
    }
    if (waits[1].revents == 0) continue;
    const ssize_t got = ::read(0, bytes.data(), bytes.size());
    typing = got > 0;
    for (ssize_t i = 0; i < got; ++i) {
      if (key(bytes[static_cast<std::size_t>(i)])) return End::left;
    }
  }
  return interrupted.load() && !decided_.load() ? End::interrupt : End::over;
}

void Follower::finish() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace stack::cli
