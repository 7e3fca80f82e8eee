// Log records as lines with a coloured prefix per replica: "web-1  | text".
//
// Only whole lines are written: parts of one are joined first, whatever comes between them, and what has no newline when its source
// ends, or grows beyond kLineBytesMax, gets one. Output is buffered and written when the caller calls flush() or much has gathered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/log_frame.h"

namespace stack::cli {

struct LogStyle {
  bool prefix = true;
  bool colour = false;
  bool timestamps = false;
  bool split_streams = false;           // stderr of containers to stderr, as attached `up` does; else all to stdout
  bool lifecycle = false;               // "web-1 exited with code 0"
  std::vector<std::string> services{};  // sorted: the colour of each is its place among them
};

class LogView {
 public:
  static constexpr std::size_t kLineBytesMax = 1 << 20;
  using Write = std::function<void(int fd, std::string_view text)>;

  explicit LogView(LogStyle style, Write write = {}) : style_(std::move(style)), write_(std::move(write)) {}
  LogView(const LogView&) = delete;
  LogView& operator=(const LogView&) = delete;
  ~LogView() { finish(); }

  // Names that will come, so that the prefixes are as wide from the first line on.
  void expect(const std::string& container, const std::string& project);
  void show(const api::LogFrame& frame);
  void flush();
  // To a standard stream of this process, 1 or 2.
  static void write_to(int fd, std::string_view text);
  // No more will come: what is unfinished is written as well.
  void finish();

 private:
  struct Source {
    std::string label;  // "web-1"
    std::size_t colour = 0;
    std::string prefix;   // padded and coloured
    std::string details;  // before each line, a blank behind; empty when not asked for
    struct {
      bool open = false;
      std::string text;  // prefix and time included
    } lines[2];          // of stdout and stderr, what has not ended yet
  };
  void pad();
  void end_line(Source& source, bool err);
  std::string& sink(bool err) { return err && style_.split_streams ? err_ : out_; }

  LogStyle style_;
  Write write_;
  std::map<std::uint16_t, Source> sources_;
  std::string project_;
  std::size_t width_ = 0;
  std::string out_, err_;
};

}  // namespace stack::cli
