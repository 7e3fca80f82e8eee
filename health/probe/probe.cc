#include "health/probe/probe.h"

namespace stack::health {

std::optional<std::string> problem_of(const std::vector<std::string>& test) {
  if (test.empty() || test.front() == "NONE") return std::nullopt;
  if (test.front() != "CMD" && test.front() != "CMD-SHELL")
    return "begins with \"" + test.front() + "\" instead of CMD, CMD-SHELL or NONE";
  if (test.size() < 2) return test.front() + (test.front() == "CMD" ? " has no program" : " has no command");
  return std::nullopt;
}

std::optional<std::vector<std::string>> command_of(const std::vector<std::string>& test,
                                                   const std::vector<std::string>& shell) {
  if (test.empty() || test.front() == "NONE" || problem_of(test)) return std::nullopt;
  std::vector<std::string> out;
  if (test.front() == "CMD-SHELL") out = shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : shell;
  out.insert(out.end(), test.begin() + 1, test.end());
  return out;
}

Result result_of(const ProbeOutcome& outcome) {
  return outcome.kind == ProbeOutcome::Kind::exited && outcome.exit_code == 0 ? Result::pass : Result::fail;
}

std::string bounded_output(std::string_view output) {
  if (output.size() <= kMaxOutputBytes) return std::string(output);
  std::size_t end = kMaxOutputBytes;
  while (end > kMaxOutputBytes - 4 && (static_cast<unsigned char>(output[end]) & 0xc0) == 0x80) --end;
  return std::string(output.substr(0, end));
}

}  // namespace stack::health
