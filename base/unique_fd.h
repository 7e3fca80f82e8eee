// A file descriptor with an owner (UniqueFd) and one without (BorrowedFd).
//
// Invariant: a UniqueFd is -1 or a descriptor that nobody else closes. Values, usable on any thread; no errors.
#pragma once

#include <utility>

#include <unistd.h>

namespace stack {

class UniqueFd {
 public:
  UniqueFd() noexcept = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  // Gives up ownership: the caller closes.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// A descriptor that somebody else owns for at least as long as this value is used.
class BorrowedFd {
 public:
  BorrowedFd(const UniqueFd& fd) noexcept : fd_(fd.get()) {}
  explicit BorrowedFd(int fd) noexcept : fd_(fd) {}
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace stack
