// Why a build failed, out of the builder's words into those that Docker's clients know and people search for. Pure.
#pragma once

#include <string>
#include <string_view>

namespace stack::api {

// "Dockerfile:4:1: text": line 4 and "text". Line 0: the text has no place, and stands behind the file's name or alone.
struct PlacedText {
  int line = 0;
  std::string text;
};
PlacedText split_place(std::string_view message, std::string_view file);

// Of a step: `name` is "[build 2/5] RUN make", `error` the builder's words, or empty.
std::string step_failure(std::string_view name, std::string_view error);

// Of a build: `placed.text` is "RUN make: the command exited with code 2" or "error: unknown instruction: FOO". One line.
std::string build_failure_words(const PlacedText& placed);

}  // namespace stack::api
