// The lines of a Dockerfile as instructions see them: continued lines joined, comments and empty lines between them taken out,
// directives read. Every character of a joined line still knows its place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dockerfile/dockerfile.h"

namespace stack::dockerfile {

struct LogicalLine {
  struct Piece {
    std::size_t offset = 0;  // of its first character in `text`
    Position at;
  };
  std::string text;
  std::vector<Piece> pieces;
  std::vector<std::string> comments;  // the block of comments right above, without "#"

  // `offset` up to the text's size.
  [[nodiscard]] Position place(std::size_t offset) const;
  [[nodiscard]] Range range(std::size_t begin, std::size_t end) const;
  // The place of `part`, which lies in `text`.
  [[nodiscard]] Range range(std::string_view part) const;
  [[nodiscard]] Word word(std::string_view part) const { return {std::string{part}, range(part)}; }
};

// Without the newline and the carriage returns at its end.
std::string_view without_newline(std::string_view line);

class LineReader {
 public:
  // `text` and `problems` outlive the reader.
  LineReader(std::string_view text, Problems& problems);

  // Nothing at the end of the text.
  std::optional<LogicalLine> next();
  // The next line as it is, its newline included; for the content of heredocs.
  std::optional<std::string_view> raw();
  [[nodiscard]] std::uint32_t line() const { return line_; }  // the number of lines read

  Directives directives;

 private:
  void directive(std::string_view line, std::size_t column);
  void append(LogicalLine& to, std::string_view part, std::size_t column);
  bool continued(std::string_view& line) const;
  void continuation(LogicalLine& to);

  std::string_view rest_;
  Problems& problems_;
  std::vector<std::string> comments_;
  std::uint32_t line_ = 0;
  bool directives_done_ = false;
  bool shebang_ = false;
  bool escape_seen_ = false;
};

}  // namespace stack::dockerfile
