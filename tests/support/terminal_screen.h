// A small terminal: what stands on the screen, and above it, after bytes were written to it. It knows the sequences that the program
// uses, and throws at any other. Lines that are too long are broken as terminals break them, also when the width shrinks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stack::test {

class TerminalScreen {
 public:
  TerminalScreen(int rows, int columns) : rows_(rows), columns_(columns) {}

  void write(std::string_view bytes);
  // As terminals do that break their lines anew: the cursor stays on its character's line.
  void narrow(int columns);

  // What can be seen, without blanks at the ends of lines and empty lines at the end; and all that ever scrolled out above it as well.
  [[nodiscard]] std::vector<std::string> visible() const;
  [[nodiscard]] std::vector<std::string> everything() const;
  [[nodiscard]] int rows() const { return rows_; }
  [[nodiscard]] int columns() const { return columns_; }

 private:
  using Cells = std::vector<std::string>;  // one character each
  std::string_view sequence(std::string_view bytes);
  void line_feed();
  void put(std::string_view character);
  [[nodiscard]] std::size_t top() const;

  int rows_, columns_;
  std::vector<Cells> lines_{Cells{}};
  std::size_t row_ = 0, column_ = 0;  // row of lines_
};

}  // namespace stack::test
