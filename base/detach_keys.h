// The keys that leave a terminal session without ending it, as Docker has them: "ctrl-p,ctrl-q". Pure.
#pragma once

#include <string>
#include <string_view>

namespace stack {

inline constexpr std::string_view kDetachKeys = "ctrl-p,ctrl-q";

// The bytes of a list of keys, each one character or ctrl- with a letter or one of @[\]^_. Throws stack::Error(invalid).
std::string parse_detach_keys(std::string_view text);

// Looks for the keys in what is typed.
class DetachKeys {
 public:
  explicit DetachKeys(std::string keys) : keys_(std::move(keys)) {}

  // What goes to the other end: keys that may be the beginning of the sequence are held back until the next ones are there.
  std::string pass(std::string_view typed);
  [[nodiscard]] bool complete() const { return !keys_.empty() && seen_ == keys_.size(); }

 private:
  std::string keys_;
  std::size_t seen_ = 0;  // of the sequence
};

}  // namespace stack
