// What a system call gives: a value, or an errno. Never throws, never allocates; any thread, also after clone3.
#pragma once

#include <cerrno>
#include <utility>

namespace stack::sys {

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) noexcept : value_(std::move(value)) {}
  static Result failure(int err) noexcept {
    Result result;
    result.err_ = err;
    return result;
  }
  [[nodiscard]] explicit operator bool() const noexcept { return err_ == 0; }
  // An errno value; 0 when there is a value.
  [[nodiscard]] int err() const noexcept { return err_; }
  [[nodiscard]] T& operator*() noexcept { return value_; }
  [[nodiscard]] const T& operator*() const noexcept { return value_; }
  [[nodiscard]] T* operator->() noexcept { return &value_; }
  [[nodiscard]] const T* operator->() const noexcept { return &value_; }

 private:
  Result() noexcept = default;
  T value_{};
  int err_ = 0;
};

// Success or an errno.
class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  explicit Status(int err) noexcept : err_(err) {}
  [[nodiscard]] explicit operator bool() const noexcept { return err_ == 0; }
  [[nodiscard]] int err() const noexcept { return err_; }

 private:
  int err_ = 0;
};

inline Status status_of(long rc) noexcept { return rc < 0 ? Status{errno} : Status{}; }

}  // namespace stack::sys
