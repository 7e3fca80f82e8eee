#include "cli/view/terminal_text.h"

#include <unistd.h>

#include "cli/view/printable.h"

namespace stack::cli {

namespace {

constexpr std::size_t kTextMax = 64 << 10;

}  // namespace

TerminalText::TerminalText(std::ostream& stream) : stream_(stream), below_(stream.rdbuf(this)) {}

TerminalText::TerminalText(std::ostream& stream, int fd) : stream_(stream) {
  if (::isatty(fd) == 1) below_ = stream.rdbuf(this);
}

TerminalText::~TerminalText() {
  if (below_ == nullptr) return;
  sync();
  stream_.rdbuf(below_);
}

TerminalText::int_type TerminalText::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  const std::scoped_lock lock{mutex_};
  text_ += traits_type::to_char_type(c);
  return c;
}

std::streamsize TerminalText::xsputn(const char* text, std::streamsize size) {
  const std::scoped_lock lock{mutex_};
  text_.append(text, static_cast<std::size_t>(size));
  if (text_.size() > kTextMax) pass();
  return size;
}

int TerminalText::sync() {
  const std::scoped_lock lock{mutex_};
  pass();
  return below_->pubsync();
}

void TerminalText::pass() {
  const std::string safe = harmless(text_);
  text_.clear();
  below_->sputn(safe.data(), static_cast<std::streamsize>(safe.size()));
}

}  // namespace stack::cli
