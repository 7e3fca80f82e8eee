// Log records as lines with a coloured prefix per replica: "web-1  | text".
//
// Parts of one line are joined. Output is buffered and written when the caller calls flush() or much has gathered.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/api/log_frame.h"

namespace stack::cli {

struct LogStyle {
  bool prefix = true;
  bool colour = false;
  bool timestamps = false;
  bool split_streams = false;  // stderr of containers to stderr, as attached `up` does; else all to stdout
  bool lifecycle = false;      // "web-1 exited with code 0"
};

class LogView {
 public:
  explicit LogView(LogStyle style) : style_(style) {}
  LogView(const LogView&) = delete;
  LogView& operator=(const LogView&) = delete;
  ~LogView() { flush(); }

  // Names that will come, so that the prefixes are as wide from the first line on.
  void expect(const std::string& container, const std::string& project);
  void show(const api::LogFrame& frame);
  void flush();

 private:
  struct Source {
    std::string label;   // "web-1"
    std::string prefix;  // padded and coloured
    bool open_line[2] = {false, false};
  };
  void pad();
  std::string& sink(bool err) { return err && style_.split_streams ? err_ : out_; }

  LogStyle style_;
  std::map<std::uint16_t, Source> sources_;
  std::string project_;
  std::size_t width_ = 0;
  std::string out_, err_;
};

}  // namespace stack::cli
