#include "cli/view/table.h"

#include <algorithm>

#include "cli/view/printable.h"

namespace stack::cli {
namespace {

constexpr std::size_t kGap = 3;
constexpr std::size_t kColumnMin = 10;  // with the gap

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

}  // namespace

std::string ellipsis(const std::string& text, std::size_t width) {
  if (characters(text) <= width) return text;
  std::size_t seen = 0, end = 0;
  for (; end < text.size(); ++end) {
    if (starts_character(text[end]) && seen++ == width - 1) break;
  }
  return text.substr(0, end) + "\xe2\x80\xa6";
}

std::string table(const Row& head, std::vector<Row> rows) {
  for (Row& row : rows) {
    for (std::string& cell : row) cell = printable(cell);
  }
  std::vector<std::size_t> widths;
  for (const std::string& cell : head) widths.push_back(characters(cell));
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], characters(row[i]));
  }
  std::string text;
  const auto line = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(std::max(widths[i] + kGap, kColumnMin) - characters(row[i]), ' ');
    }
    text += '\n';
  };
  line(head);
  for (const Row& row : rows) line(row);
  return text;
}

}  // namespace stack::cli
