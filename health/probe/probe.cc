#include "health/probe/probe.h"

#include "engine/base/error.h"

namespace stack::health {

std::optional<std::vector<std::string>> command_of(const std::vector<std::string>& test,
                                                   const std::vector<std::string>& shell) {
  if (test.empty() || test.front() == "NONE") return std::nullopt;
  if (test.front() == "CMD" && test.size() > 1) return std::vector<std::string>(test.begin() + 1, test.end());
  if (test.front() == "CMD-SHELL" && test.size() == 2) {
    std::vector<std::string> out = shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : shell;
    out.push_back(test[1]);
    return out;
  }
  throw Error(ErrorKind::invalid, "the health check's test begins with \"" + test.front() + "\" and has " +
                                      std::to_string(test.size()) + " words")
      .remedy("write [NONE], [CMD, program, argument...] or [CMD-SHELL, command]");
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
