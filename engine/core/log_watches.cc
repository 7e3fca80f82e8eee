#include "engine/core/log_watches.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <sys/inotify.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack::core {

LogWatches::Watch& LogWatches::Watch::operator=(Watch&& other) noexcept {
  if (this == &other) return *this;
  end();
  all_ = other.all_;
  listener_ = std::move(other.listener_);
  return *this;
}

void LogWatches::Watch::end() noexcept {
  if (const auto listener = std::exchange(listener_, nullptr)) all_->remove(listener);
}

LogWatches::Watch LogWatches::watch(const std::filesystem::path& folder, std::function<void()> changed) {
  open();
  const int number = ::inotify_add_watch(events_->native_handle(), folder.c_str(), IN_MODIFY | IN_CREATE | IN_ONLYDIR);
  if (number < 0) {
    const int failed = errno;
    if (listeners_.empty()) close();
    const std::string what = "watching the log " + folder.string();
    if (failed == ENOSPC)
      throw Error(ErrorKind::unavailable, what + ": too many folders are watched")
          .remedy("raise fs.inotify.max_user_watches");
    if (failed == ENOENT) throw Error(ErrorKind::not_found, what + ": it does not exist");
    throw Error::from_errno(failed, what);
  }
  auto listener = std::make_shared<Listener>(Listener{.folder = number, .changed = std::move(changed)});
  listeners_[number].push_back(listener);
  return {*this, std::move(listener)};
}

void LogWatches::open() {
  if (events_) return;
  UniqueFd fd{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!fd && errno == EMFILE)
    throw Error(ErrorKind::unavailable, "following logs: no further inotify instance")
        .remedy("raise fs.inotify.max_user_instances");
  if (!fd) throw Error::from_errno(errno, "following logs");
  events_ = std::make_shared<boost::asio::posix::stream_descriptor>(loop_, fd.release());
  wait();
}

void LogWatches::close() noexcept {
  const auto events = std::exchange(events_, nullptr);
  if (!events) return;
  UniqueFd fd{events->release()};
  try {
    workers_.post([fd = std::make_shared<UniqueFd>(std::move(fd))] { fd->reset(); });
  } catch (const std::exception&) {
    // Without memory for that it is closed here.
  }
}

void LogWatches::remove(const std::shared_ptr<Listener>& listener) noexcept {
  const auto found = listeners_.find(listener->folder);
  if (found == listeners_.end()) return;
  found->second.remove_if([&](const auto& weak) { return weak.expired() || weak.lock() == listener; });
  if (!found->second.empty()) return;
  if (events_) ::inotify_rm_watch(events_->native_handle(), found->first);
  listeners_.erase(found);
  if (listeners_.empty()) close();
}

void LogWatches::wait() {
  events_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this, weak = std::weak_ptr(events_)](const boost::system::error_code& failed) {
                        const auto alive = weak.lock();
                        if (failed || !alive || alive != events_) return;
                        take_events();
                        if (alive == events_) wait();
                      });
}

void LogWatches::take_events() {
  std::vector<std::weak_ptr<Listener>> told;
  const auto tell = [&told](const auto& listeners) { told.insert(told.end(), listeners.begin(), listeners.end()); };
  alignas(inotify_event) std::array<char, 4096> buffer;
  for (ssize_t got = 0; (got = ::read(events_->native_handle(), buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < got;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      at += static_cast<ssize_t>(sizeof event + event.len);
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        for (const auto& [number, listeners] : listeners_) tell(listeners);
      }
      const auto found = listeners_.find(event.wd);
      if (found != listeners_.end() && (event.mask & IN_IGNORED) == 0) tell(found->second);
    }
  }
  // A listener may begin and end watches, its own as well.
  for (const auto& weak : told) {
    if (const auto listener = weak.lock()) listener->changed();
  }
}

}  // namespace stack::core
