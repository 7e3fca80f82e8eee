// Standard output that knows whether what was printed has arrived.
//
// Takes std::cout's place until the end of the scope. After a failure nothing more is written; error() says why it failed. A reader that
// has left ends the process by SIGPIPE, as with every tool, or is EPIPE where that signal is ignored.
#pragma once

#include <array>
#include <streambuf>

namespace stack::cli {

class StandardOutput : public std::streambuf {
 public:
  explicit StandardOutput(int fd = 1);
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;
  ~StandardOutput() override;

  // An errno value, 0 as long as all has arrived.
  [[nodiscard]] int error() const { return error_; }

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  int fd_;
  int error_ = 0;
  std::array<char, 64 << 10> buffer_{};
  std::streambuf* below_;
};

}  // namespace stack::cli
