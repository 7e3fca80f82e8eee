#include "base/model/signals.h"

#include <charconv>
#include <csignal>
#include <cstring>

namespace stack::model {

std::optional<int> parse_signal(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) {
    return number > 0 && number <= 64 ? std::optional{number} : std::nullopt;
  }
  std::string upper;
  for (const char c : text) upper += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  std::string_view name = upper;
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (const auto& [base, value] : {std::pair<std::string_view, int>{"RTMIN", 34}, {"RTMAX", 64}}) {
    if (!name.starts_with(base)) continue;
    std::string_view offset = name.substr(base.size());
    if (offset.starts_with('+')) offset.remove_prefix(1);
    int delta = 0;
    if (!offset.empty()) {
      const auto [stop, bad] = std::from_chars(offset.data(), offset.data() + offset.size(), delta);
      if (bad != std::errc{} || stop != offset.data() + offset.size()) return std::nullopt;
    }
    const int result = value + delta;
    return result >= 34 && result <= 64 ? std::optional{result} : std::nullopt;
  }
  if (name == "IOT") return SIGABRT;
  if (name == "CLD") return SIGCHLD;
  for (int signal = 1; signal < 32; ++signal) {
    const char* abbreviation = ::sigabbrev_np(signal);
    if (abbreviation != nullptr && name == abbreviation) return signal;
  }
  return std::nullopt;
}

std::string signal_name(int signal) {
  const char* abbreviation = ::sigabbrev_np(signal);
  return abbreviation != nullptr ? std::string{"SIG"} + abbreviation : std::to_string(signal);
}

}  // namespace stack::model
