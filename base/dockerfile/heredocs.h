// Which here-documents an instruction opens: words like <<EOF, <<-EOF, 3<<"EOF" (Dockerfile reference: "Here-Documents"). Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/dockerfile/logical_line.h"

namespace stack::dockerfile {

// Without content. In the order of the line; their places are left to the caller.
struct HeredocWord {
  Heredoc heredoc;
  std::size_t begin = 0, end = 0;  // in the text
};
std::vector<HeredocWord> heredocs_in(std::string_view text);
// The here-document that one word opens.
std::optional<Heredoc> parse_heredoc(std::string_view word);

// Takes the lines of the content from the reader. False, and a problem, when the end is missing.
bool read_content(Heredoc& heredoc, LineReader& reader, Problems& problems);
// The content without the tabs in front of each line.
std::string without_tabs(std::string_view content);

}  // namespace stack::dockerfile
