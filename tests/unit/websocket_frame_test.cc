// websocket frame: what clients send in whatever pieces, and what the server writes.
#include "engine/api/websocket_frame.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace stack::api {
namespace {

std::string masked(unsigned first, std::string_view payload) {
  constexpr std::string_view kMask = "\x01\x02\x03\x04";
  std::string frame{static_cast<char>(first)};
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
  }
  frame += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ kMask[i % 4]);
  return frame;
}

struct Heard {
  std::string data, pings;
  int closed = 0;
  WebsocketReader::Events events{.on_data = [this](std::string_view bytes) { data += bytes; },
                                 .on_ping = [this](std::string_view bytes) { pings += bytes; },
                                 .on_close = [this] { ++closed; }};
};

TEST(WebsocketFrame, TheAnswerToAKeyIsThatOfTheSpecification) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebsocketFrame, TheLengthHasThreeForms) {
  EXPECT_EQ(websocket_frame(WebsocketFrame::binary, "abc"), (std::string{"\x82\x03"} + "abc"));
  EXPECT_EQ(websocket_frame(WebsocketFrame::binary, std::string(300, 'x')).substr(0, 4),
            (std::string{"\x82\x7e\x01\x2c", 4}));
  EXPECT_EQ(websocket_frame(WebsocketFrame::binary, std::string(70'000, 'x')).substr(0, 10),
            (std::string{"\x82\x7f\0\0\0\0\0\x01\x11\x70", 10}));
}

TEST(WebsocketReader, TextBinaryAndPartsAreOneStreamInWhateverPieces) {
  const std::string sent = masked(0x01, "he") + masked(0x89, "ping") + masked(0x80, "llo ") + masked(0x82, "") +
                           masked(0x82, std::string(200, 'x')) + masked(0x88, "\x03\xe8") + masked(0x81, "late");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, sent.size()}) {
    Heard heard;
    WebsocketReader reader;
    for (std::size_t at = 0; at < sent.size(); at += piece)
      reader.feed(std::string_view{sent}.substr(at, piece), heard.events);
    EXPECT_EQ(heard.data, "hello " + std::string(200, 'x')) << piece;
    EXPECT_EQ(heard.pings, "ping");
    EXPECT_EQ(heard.closed, 1);
  }
}

TEST(WebsocketReader, WhatNoClientMaySendIsRefused) {
  const auto refused = [](const std::string& sent) {
    Heard heard;
    WebsocketReader reader;
    EXPECT_THROW(reader.feed(sent, heard.events), Error) << sent;
  };
  refused(std::string{"\x82\x03"} + "abc" + std::string(4, 'x'));  // not masked
  refused(masked(0x83, "abc"));                                    // unknown
  refused(masked(0xc2, "abc"));                                    // an extension
  refused(masked(0x09, "abc"));                                    // a part of a ping
  refused(masked(0x89, std::string(126, 'x')));
}

}  // namespace
}  // namespace stack::api
