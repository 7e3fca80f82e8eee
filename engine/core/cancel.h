// Ends an operation from outside; calling request() again, or after the end, does nothing. Loop thread.
#pragma once

#include <functional>

namespace stack::core {

class Cancel {
 public:
  void request() {
    requested_ = true;
    if (act_) act_();
  }
  [[nodiscard]] bool requested() const { return requested_; }
  // What ends it; empty once it is over.
  void on_request(std::function<void()> act) { act_ = std::move(act); }

 private:
  bool requested_ = false;
  std::function<void()> act_;
};

}  // namespace stack::core
