#include "cli/view/live_picture.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string_view>

#include "cli/view/printable.h"

namespace stack::cli {
namespace {

// Without the sequences that colour it.
std::size_t shown_width(std::string_view line) {
  std::string text;
  while (!line.empty()) {
    if (line.front() == '\033') {
      line.remove_prefix(std::min(line.find('m'), line.size() - 1) + 1);
      continue;
    }
    text += line.front();
    line.remove_prefix(1);
  }
  return width_of(text);
}

}  // namespace

Easel easel_on(int fd, const Terminal& terminal) {
  return {.write =
              [to = fd == 1 ? stdout : stderr](std::string_view text) {
                std::cout.flush();  // what was said before
                std::fwrite(text.data(), 1, text.size(), to);
                std::fflush(to);
              },
          .look =
              [fd, terminal] {
                Terminal now = terminal;
                ask_size(fd, now);
                return now;
              },
          .now = [] { return SystemClock{}.mono(); }};
}

void LivePicture::draw(const std::vector<std::string>& lines) {
  std::string text = erasure();  // in one piece with the lines: nothing flickers
  drawn_at_ = easel_.now();
  for (const std::string& line : lines) {
    text += line + "\n";
    widths_.push_back(shown_width(line));
  }
  easel_.write(text);
}

// A terminal that became narrower has broken the lines that were drawn wider.
std::string LivePicture::erasure() {
  if (widths_.empty()) return {};
  const auto width = static_cast<std::size_t>(std::max(easel_.look().columns, 1));
  std::size_t rows = 0;
  for (const std::size_t line : widths_) rows += line == 0 ? 1 : (line + width - 1) / width;
  widths_.clear();
  return "\033[" + std::to_string(rows) + "A\r\033[J";
}

void LivePicture::erase() {
  if (const std::string text = erasure(); !text.empty()) easel_.write(text);
}

}  // namespace stack::cli
