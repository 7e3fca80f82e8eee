#include "engine/api/body_framing.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/error.h"

namespace stack::api {
namespace {

constexpr std::size_t kBetweenMax = 16 << 10;
constexpr std::size_t kDigitsMax = 15;  // no size comes near 2^60

[[noreturn]] void refuse() { throw Error(ErrorKind::invalid, "the request's body is not in chunks"); }

int digit_of(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

}  // namespace

std::string chunk_head(std::size_t bytes) {
  std::array<char, 24> text{};
  const int length = std::snprintf(text.data(), text.size(), "%zx\r\n", bytes);
  return {text.data(), static_cast<std::size_t>(length)};
}

BodyFraming BodyFraming::of_length(std::uint64_t bytes) {
  BodyFraming framing;
  framing.left_ = bytes;
  framing.state_ = bytes == 0 ? State::ended : State::content;
  return framing;
}

BodyFraming BodyFraming::of_chunks() {
  BodyFraming framing;
  framing.chunked_ = true;
  framing.state_ = State::size;
  return framing;
}

std::size_t BodyFraming::skip(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size() && state_ != State::content && state_ != State::ended) {
    if (++between_ > kBetweenMax) throw Error(ErrorKind::invalid, "the request's body has too much between its chunks");
    take(bytes[done++]);
  }
  return done;
}

void BodyFraming::pass(std::uint64_t bytes) {
  const bool had_content = content_left() > 0;
  left_ -= std::min(bytes, content_left());
  if (!had_content || left_ > 0) return;
  state_ = chunked_ ? State::content_cr : State::ended;
}

void BodyFraming::take(char byte) {
  const auto expect = [&](char wanted, State next) {
    if (byte != wanted) refuse();
    state_ = next;
  };
  switch (state_) {
    case State::size:
      return take_digit(byte);
    case State::extension:
      if (byte == '\r') state_ = State::size_end;
      return;
    case State::size_end:
      if (byte != '\n') refuse();
      return begin_content();
    case State::content_cr:
      return expect('\r', State::content_lf);
    case State::content_lf:
      return expect('\n', State::size);
    case State::trailer:
      state_ = byte == '\r' ? State::end_lf : State::trailer_line;
      return;
    case State::trailer_line:
      if (byte == '\r') state_ = State::trailer_end;
      return;
    case State::trailer_end:
      return expect('\n', State::trailer);
    case State::end_lf:
      return expect('\n', State::ended);
    case State::content:
    case State::ended:
      return;
  }
}

void BodyFraming::take_digit(char byte) {
  const int digit = digit_of(byte);
  if (digit >= 0) {
    if (++digits_ > kDigitsMax) refuse();
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return;
  }
  if (digits_ == 0) refuse();
  if (byte == '\r') {
    state_ = State::size_end;
  } else if (byte == ';' || byte == ' ' || byte == '\t') {
    state_ = State::extension;
  } else {
    refuse();
  }
}

void BodyFraming::begin_content() {
  digits_ = 0;
  if (left_ == 0) {
    state_ = State::trailer;
    return;
  }
  state_ = State::content;
  between_ = 0;
}

}  // namespace stack::api
