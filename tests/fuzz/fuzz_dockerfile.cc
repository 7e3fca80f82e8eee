// Dockerfiles and .dockerignore files: never a crash; every place lies in the text; an instruction alone means what it means in a file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/dockerfile/base_image.h"
#include "base/dockerfile/expand_instruction.h"
#include "base/dockerfile/ignore_file.h"

namespace {

using namespace stack::dockerfile;

void check_place(const Range& range, std::uint32_t lines) {
  if (range.begin.line == 0) return;
  if (range.end < range.begin || range.begin.column == 0 || range.end.line > lines) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::uint32_t lines = 1;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  const Parsed parsed = parse_dockerfile(text);
  for (const Problem& problem : parsed.problems) check_place(problem.range, lines);
  (void)render(parsed.problems, "Dockerfile");
  const Lookup lookup = [](std::string_view name) -> std::optional<std::string> {
    return name.size() % 2 == 0 ? std::optional<std::string>{"a/b-$c d"} : std::nullopt;
  };
  for (const Stage& stage : parsed.dockerfile.stages) {
    check_place(stage.range, lines);
    for (Instruction instruction : stage.instructions) {
      check_place(instruction.range, lines);
      const auto alone = parse_instruction(instruction.text, parsed.dockerfile.directives.escape);
      if (alone.instruction && alone.instruction->keyword != instruction.keyword) std::abort();
      (void)expand_instruction(instruction, lookup, parsed.dockerfile.directives.escape);
    }
  }
  (void)base_image(parsed.dockerfile, "", platform_arguments({"linux", "amd64", ""}, {"linux", "arm", "v7"}, ""), {});
  Problems problems;
  const IgnoreFile ignore = IgnoreFile::parse(text.substr(0, 4096), problems);
  (void)ignore.ignores("src/lib/a.c");
  return 0;
}
