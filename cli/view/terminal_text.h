// What the program prints passes here on its way to a terminal: text of strangers (names, commands and labels of images, words of
// registries, output of probes) cannot move the cursor, change the title or reverse the line. Colours stay.
//
// For std::cout and std::cerr; what is raw by its nature (logs, exec, archives) goes to the descriptors directly.
#pragma once

#include <ios>
#include <mutex>
#include <ostream>
#include <streambuf>
#include <string>

namespace stack::cli {

// Takes a stream's place until the end of the scope when `fd` is a terminal.
class TerminalText : public std::streambuf {
 public:
  TerminalText(std::ostream& stream, int fd);
  // Whatever `stream` leads to.
  explicit TerminalText(std::ostream& stream);
  TerminalText(const TerminalText&) = delete;
  TerminalText& operator=(const TerminalText&) = delete;
  ~TerminalText() override;

 protected:
  int_type overflow(int_type c) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;

 private:
  void pass();

  std::ostream& stream_;
  std::streambuf* below_ = nullptr;
  std::mutex mutex_;  // more than one thread may complain
  std::string text_;  // not passed on yet
};

}  // namespace stack::cli
