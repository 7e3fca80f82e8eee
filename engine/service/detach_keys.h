// The keys by which a client leaves a container's terminal: "ctrl-p,ctrl-q". Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace stack::service {

class DetachKeys {
 public:
  // Empty: ctrl-p,ctrl-q. Throws invalid for keys that are none.
  explicit DetachKeys(std::string_view text);
  static DetachKeys none() { return DetachKeys{}; }

  struct Read {
    std::string pass_on;  // for the process
    bool detached = false;
  };
  // The beginning of the sequence is held back until it is clear that it is none.
  Read read(std::string_view bytes);

 private:
  DetachKeys() = default;

  std::string sequence_;
  std::size_t matched_ = 0;
};

}  // namespace stack::service
