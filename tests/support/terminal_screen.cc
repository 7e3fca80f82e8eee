#include "tests/support/terminal_screen.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace stack::test {
namespace {

std::vector<std::string> texts_of(const std::vector<std::vector<std::string>>& lines, std::size_t from) {
  std::vector<std::string> texts;
  for (std::size_t i = from; i < lines.size(); ++i) {
    std::string text;
    for (const std::string& cell : lines[i]) text += cell;
    while (text.ends_with(' ')) text.pop_back();
    texts.push_back(text);
  }
  while (!texts.empty() && texts.back().empty()) texts.pop_back();
  return texts;
}

std::size_t character_bytes(std::string_view bytes) {
  std::size_t size = 1;
  while (size < bytes.size() && (static_cast<unsigned char>(bytes[size]) & 0xc0) == 0x80) ++size;
  return size;
}

}  // namespace

std::size_t TerminalScreen::top() const {
  const auto rows = static_cast<std::size_t>(rows_);
  return lines_.size() > rows ? lines_.size() - rows : 0;
}

void TerminalScreen::line_feed() {
  if (++row_ == lines_.size()) lines_.emplace_back();
}

void TerminalScreen::put(std::string_view character) {
  if (column_ == static_cast<std::size_t>(columns_)) {
    line_feed();
    column_ = 0;
  }
  Cells& line = lines_[row_];
  if (line.size() <= column_) line.resize(column_ + 1, " ");
  line[column_++] = std::string{character};
}

void TerminalScreen::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (bytes.front() == '\033') {
      bytes = sequence(bytes);
      continue;
    }
    if (bytes.front() == '\n') {
      line_feed();
      column_ = 0;  // as the line discipline makes of it
    } else if (bytes.front() == '\r') {
      column_ = 0;
    } else if (static_cast<unsigned char>(bytes.front()) < 0x20) {
      throw std::runtime_error("a control character on the screen");
    } else {
      const std::size_t size = character_bytes(bytes);
      put(bytes.substr(0, size));
      bytes.remove_prefix(size);
      continue;
    }
    bytes.remove_prefix(1);
  }
}

std::string_view TerminalScreen::sequence(std::string_view bytes) {
  const std::size_t end = bytes.find_first_of("ABCDHJKm", 2);
  if (bytes.size() < 3 || bytes[1] != '[' || end == std::string_view::npos)
    throw std::runtime_error("an unknown sequence");
  std::size_t count = 1;
  std::from_chars(bytes.data() + 2, bytes.data() + end, count);
  switch (bytes[end]) {
    case 'A':
      row_ = std::max(top(), row_ - std::min(row_, count));
      break;
    case 'J':
      lines_.resize(row_ + 1);
      lines_[row_].resize(std::min(lines_[row_].size(), column_));
      break;
    case 'K':
      lines_[row_].resize(std::min(lines_[row_].size(), column_));
      break;
    case 'm':
      break;
    default:
      throw std::runtime_error("a sequence that the program is not known to use");
  }
  return bytes.substr(end + 1);
}

void TerminalScreen::narrow(int columns) {
  std::vector<Cells> broken;
  std::size_t row = 0;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    Cells rest = lines_[i];
    if (i == row_) row = broken.size();
    do {
      const auto take = static_cast<std::ptrdiff_t>(std::min(rest.size(), static_cast<std::size_t>(columns)));
      broken.emplace_back(rest.begin(), rest.begin() + take);
      rest.erase(rest.begin(), rest.begin() + take);
    } while (!rest.empty());
  }
  lines_ = std::move(broken);
  row_ = row;
  columns_ = columns;
}

std::vector<std::string> TerminalScreen::visible() const { return texts_of(lines_, top()); }
std::vector<std::string> TerminalScreen::everything() const { return texts_of(lines_, 0); }

}  // namespace stack::test
