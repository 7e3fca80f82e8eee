#include "engine/api/body_framing.h"

#include <string>

#include <gtest/gtest.h>

#include "base/error.h"

namespace stack::api {
namespace {

// The content of a body that comes in pieces of `step` bytes; "refused", or "unfinished" when it does not end. Behind it what is not
// the body's.
std::string read(BodyFraming framing, std::string_view bytes, std::size_t step) {
  std::string content;
  std::size_t at = 0;
  try {
    while (!framing.ended()) {
      if (at == bytes.size()) return content + " unfinished";
      const std::string_view piece = bytes.substr(at, step);
      const std::size_t skipped = framing.skip(piece);
      const auto here = piece.substr(skipped, framing.content_left());
      content += here;
      framing.pass(here.size());
      at += skipped + here.size();
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return "refused";
  }
  return content + "|" + std::string{bytes.substr(at)};
}

std::string chunks(std::string_view bytes) {
  const std::string whole = read(BodyFraming::of_chunks(), bytes, bytes.size());
  for (std::size_t step : {1, 2, 3, 7}) EXPECT_EQ(read(BodyFraming::of_chunks(), bytes, step), whole) << bytes;
  return whole;
}

TEST(BodyFraming, ALengthIsTheContent) {
  EXPECT_EQ(read(BodyFraming::of_length(3), "abcGET", 2), "abc|GET");
  EXPECT_EQ(read(BodyFraming::of_length(3), "ab", 2), "ab unfinished");
  EXPECT_EQ(read(BodyFraming::of_length(0), "GET", 2), "|GET");
  EXPECT_TRUE(BodyFraming{}.ended());
}

TEST(BodyFraming, ChunksAreTakenOutOfTheirSizes) {
  EXPECT_EQ(chunks("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET"), "abc0123456789|GET");
  EXPECT_EQ(chunks("003;name=\"value\"\r\nabc\r\n0;last\r\n\r\n"), "abc|");
  EXPECT_EQ(chunks("3\r\n\r\n\r\r\n0\r\nOne: 1\r\nTwo: 2\r\n\r\nx"), "\r\n\r|x");
  EXPECT_EQ(chunks("0\r\n\r\n"), "|");
  EXPECT_EQ(chunks("3\r\nabc\r\n"), "abc unfinished");
}

TEST(BodyFraming, WhatAreNoChunksIsRefused) {
  EXPECT_EQ(chunks("\r\n"), "refused");
  EXPECT_EQ(chunks("x\r\n"), "refused");
  EXPECT_EQ(chunks("-1\r\n"), "refused");
  EXPECT_EQ(chunks("3\nabc"), "refused");
  EXPECT_EQ(chunks("3\r\nabcd\r\n"), "refused");
  EXPECT_EQ(chunks("0\r\n\rx"), "refused");
  EXPECT_EQ(chunks("fffffffffffffffff\r\n"), "refused");
  EXPECT_EQ(chunks("1;" + std::string(20000, 'x')), "refused");
  EXPECT_EQ(chunks("0\r\n" + std::string(20000, 'x')), "refused");
}

}  // namespace
}  // namespace stack::api
