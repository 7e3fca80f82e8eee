// A Dockerfile's text as a tree: what BuildKit's frontend (docker/dockerfile 1.x) reads, with the place of every word. Pure.
//
// All mistakes of a file are found in one run; an instruction with one is left out of the tree. Bounds: 2 MiB of text, 65535 bytes a
// line, 20000 instructions. Cost: linear in the text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dockerfile/instruction.h"
#include "base/dockerfile/problem.h"

namespace stack::dockerfile {

inline constexpr std::size_t kTextMax = std::size_t{2} << 20;
inline constexpr std::size_t kLineMax = 65535;
inline constexpr std::size_t kInstructionsMax = 20000;

struct Directives {
  std::optional<Word> syntax, check;
  char escape = '\\';
  bool operator==(const Directives&) const = default;
};

struct Stage {
  Word base;                 // an earlier stage, an image, "scratch"; may hold variables of the global scope
  std::optional<Word> name;  // lower case
  std::optional<Word> platform;
  std::string description;  // of a comment "# NAME description" right above
  std::vector<Instruction> instructions;
  Range range;  // of FROM
  // As they stand in the file: FROM, AS and the name; the last one of the comments right above.
  std::string written = {}, written_as = {}, written_name = {}, comment = {};
  std::uint32_t last_line = 0;  // of FROM
  bool operator==(const Stage&) const = default;
};

struct Dockerfile {
  Directives directives;
  std::vector<Instruction> global_args;  // every ARG in front of the first FROM
  std::vector<Stage> stages;
  bool operator==(const Dockerfile&) const = default;
};

struct Parsed {
  Dockerfile dockerfile;
  Problems problems;  // in the order of the text
};

Parsed parse_dockerfile(std::string_view text);

// One instruction that stands alone, as `image import --change` and a trigger of ONBUILD do. FROM is none.
struct ParsedInstruction {
  std::optional<Instruction> instruction;
  Problems problems;
};
ParsedInstruction parse_instruction(std::string_view text, char escape = '\\');

}  // namespace stack::dockerfile
