#include "engine/service/detach_keys.h"

#include "base/error.h"

namespace stack::service {

namespace {

char key_of(std::string_view word, std::string_view text) {
  constexpr std::string_view kControl = "ctrl-";
  if (word.size() == 1) return word.front();
  if (word.starts_with(kControl) && word.size() == kControl.size() + 1) {
    const char letter = word.back();
    if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 1);
    constexpr std::string_view kOthers = "@[\\]^_";
    if (const std::size_t at = kOthers.find(letter); at != std::string_view::npos)
      return static_cast<char>(at == 0 ? 0 : 26 + at);
  }
  throw Error(ErrorKind::invalid, "Invalid detach keys (" + std::string{text} + ") provided")
      .remedy("write single characters and ctrl-a to ctrl-z, separated by commas");
}

}  // namespace

DetachKeys::DetachKeys(std::string_view text) {
  if (text.empty()) text = "ctrl-p,ctrl-q";
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find(',', begin);
    sequence_ += key_of(text.substr(begin, end - begin), text);
  }
}

DetachKeys::Read DetachKeys::read(std::string_view bytes) {
  Read read;
  if (sequence_.empty()) return {.pass_on = std::string{bytes}};
  for (const char byte : bytes) {
    if (byte == sequence_[matched_]) {
      if (++matched_ == sequence_.size()) return {.pass_on = std::move(read.pass_on), .detached = true};
      continue;
    }
    read.pass_on += sequence_.substr(0, matched_);
    matched_ = byte == sequence_.front() ? 1 : 0;
    if (matched_ == 0) read.pass_on += byte;
  }
  return read;
}

}  // namespace stack::service
