#include "base/dockerfile/last_line.h"

#include <algorithm>
#include <cstdint>

#include "base/dockerfile/dockerfile.h"

namespace stack::dockerfile {

int last_line_of(const std::string& text, int line) {
  const Dockerfile file = parse_dockerfile(text).dockerfile;
  int last = line;
  const auto look = [&](const Range& range, std::uint32_t end) {
    if (static_cast<int>(range.begin.line) == line) last = std::max(line, static_cast<int>(end));
  };
  for (const Instruction& arg : file.global_args) look(arg.range, arg.last_line);
  for (const Stage& stage : file.stages) {
    look(stage.range, stage.last_line);
    for (const Instruction& each : stage.instructions) look(each.range, each.last_line);
  }
  return last;
}

}  // namespace stack::dockerfile
