// A request to end an operation, made from outside: the operation asks for it, or is called when it comes.
//
// Loop thread only. request() again, or after the end, does nothing.
#pragma once

#include <functional>
#include <utility>

namespace stack::async {

class CancellationToken {
 public:
  void request() {
    if (std::exchange(requested_, true)) return;
    if (act_) act_();
  }
  [[nodiscard]] bool requested() const { return requested_; }
  // What ends the operation, called at once when the request has come already; empty when it is over.
  void on_request(std::function<void()> act) {
    act_ = std::move(act);
    if (requested_ && act_) act_();
  }

 private:
  bool requested_ = false;
  std::function<void()> act_;
};

}  // namespace stack::async
