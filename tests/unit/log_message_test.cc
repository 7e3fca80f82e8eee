// Lines of logs on their way to others.
#include "engine/service/log_message.h"

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "base/error.h"
#include "base/model/log_endpoint.h"
#include "base/model/log_options.h"

namespace stack::service {
namespace {

using Transport = model::LogEndpoint::Transport;

LogOrigin origin() {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  return {.id = std::string(64, 'a'),
          .name = "shop-web-1",
          .image = "web:1",
          .image_id = "sha256:1",
          .command = "serve all",
          .tag = "aaaaaaaaaaaa",
          .attributes = {{"colour", "red"}},
          .host = "here",
          .engine_pid = 7,
          .options = {}};
}

logs::Entry line(const char* text, logs::Stream stream = logs::Stream::out) {
  return {.stream = stream, .time = Wall{Nanos{1'767'323'045'123'456'789}}, .text = text};
}

TEST(LogMessages, SyslogInEachForm) {
  LogOrigin from = origin();
  EXPECT_EQ(syslog_message(from, line("hi")), "<30>Jan  2 03:04:05 aaaaaaaaaaaa[7]: hi\n");
  from.options = {{"syslog-format", "rfc3164"}, {"syslog-facility", "local0"}};
  EXPECT_EQ(syslog_message(from, line("hi", logs::Stream::err)), "<131>Jan  2 03:04:05 here aaaaaaaaaaaa[7]: hi\n");
  from.options = {{"syslog-format", "rfc5424"}, {"syslog-facility", "17"}};
  EXPECT_EQ(syslog_message(from, line("hi")), "<142>1 2026-01-02T03:04:05Z here aaaaaaaaaaaa 7 aaaaaaaaaaaa - hi\n");
  from.options["syslog-format"] = "rfc5424micro";
  EXPECT_NE(syslog_message(from, line("hi")).find("03:04:05.123456Z"), std::string::npos);
}

TEST(LogMessages, WhatAnImageChoseForgesNothing) {
  LogOrigin from = origin();
  from.tag = "web\n<0>Jan  1 00:00:00 forged";
  from.attributes = {{"container_id", "forged"}, {"CONTAINER_NAME", "forged"}, {"a b", "c"}, {"id", "7"}};
  EXPECT_EQ(syslog_message(from, line("hi")).find('\n'), syslog_message(from, line("hi")).size() - 1);
  from.options = {{"syslog-format", "rfc5424"}};
  EXPECT_NE(syslog_message(from, line("hi")).find(" web_<0>Jan__1_00:00:00_forged 7 "), std::string::npos);
  const nlohmann::json gelf = nlohmann::json::parse(gelf_message(from, line("hi")));
  EXPECT_EQ(gelf.at("_container_id"), std::string(64, 'a'));
  EXPECT_EQ(gelf.at("_a_b"), "c");
  EXPECT_EQ(gelf.at("__id"), "7");
  EXPECT_FALSE(gelf.contains("_id"));
  const std::string journal = journald_message(from, line("hi"));
  EXPECT_EQ(journal.find("CONTAINER_NAME=forged"), std::string::npos) << journal;
  EXPECT_EQ(journal.find("CONTAINER_ID=forged"), std::string::npos) << journal;
}

RandomSource counting() {
  return [next = std::make_shared<unsigned char>()](void* data, std::size_t size) {
    ++*next;
    std::memset(data, *next, size);
  };
}

TEST(LogMessages, PiecesOfALineBelongTogether) {
  SplitLines lines;
  const RandomSource random = counting();
  const auto piece = [&](bool partial, logs::Stream stream) {
    logs::Entry entry = line("x", stream);
    entry.partial = partial;
    return lines.piece_of(entry, random);
  };
  constexpr auto out = logs::Stream::out, err = logs::Stream::err;
  EXPECT_FALSE(piece(false, out));
  const auto first = piece(true, out), other = piece(true, err), second = piece(true, out), last = piece(false, out);
  ASSERT_TRUE(first && other && second && last);
  EXPECT_EQ(first->line, second->line);
  EXPECT_EQ(first->line, last->line);
  EXPECT_NE(first->line, other->line);
  EXPECT_EQ(std::vector({first->ordinal, other->ordinal, second->ordinal, last->ordinal}), std::vector({1, 1, 2, 3}));
  EXPECT_FALSE(first->last || second->last);
  EXPECT_TRUE(last->last);
  EXPECT_FALSE(piece(false, out));
  EXPECT_TRUE(piece(false, err)->last);

  const nlohmann::json record = nlohmann::json::from_msgpack(fluentd_message(origin(), line("x"), last))[2];
  EXPECT_EQ(record.at("partial_message"), "true");
  EXPECT_EQ(record.at("partial_id"), last->line);
  EXPECT_EQ(record.at("partial_ordinal"), "3");
  EXPECT_EQ(record.at("partial_last"), "true");
  const std::string journal = journald_message(origin(), line("x"), first);
  EXPECT_NE(journal.find("CONTAINER_PARTIAL_ID=" + first->line +
                         "\nCONTAINER_PARTIAL_ORDINAL=1\n"
                         "CONTAINER_PARTIAL_LAST=false\nCONTAINER_PARTIAL_MESSAGE=true\n"),
            std::string::npos)
      << journal;
  EXPECT_EQ(journald_message(origin(), line("x"), last).find("CONTAINER_PARTIAL_MESSAGE"), std::string::npos);
}

TEST(LogMessages, GelfIsJsonAndLongOnesComeInChunks) {
  const nlohmann::json message = nlohmann::json::parse(gelf_message(origin(), line("hi\xff", logs::Stream::err)));
  EXPECT_EQ(message.at("version"), "1.1");
  EXPECT_EQ(message.at("level"), 3);
  EXPECT_EQ(message.at("_container_name"), "shop-web-1");
  EXPECT_EQ(message.at("_colour"), "red");
  EXPECT_DOUBLE_EQ(message.at("timestamp").get<double>(), 1'767'323'045.123);
  EXPECT_EQ(gelf_chunks("short", 1).size(), 1u);
  const std::string text(3000, 'x');
  const auto chunks = gelf_chunks(text, 0x0102030405060708);
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(chunks[1].substr(0, 12), std::string("\x1e\x0f\x01\x02\x03\x04\x05\x06\x07\x08\x01\x03", 12));
  EXPECT_EQ(chunks[0].substr(12) + chunks[1].substr(12) + chunks[2].substr(12), text);
  EXPECT_TRUE(gelf_chunks(std::string(1'000'000, 'x'), 1).empty());
}

std::string unpacked(std::string packed) {
  z_stream stream{};
  std::string plain(1 << 16, '\0');
  EXPECT_EQ(::inflateInit2(&stream, 15 + 32), Z_OK);  // zlib or gzip
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  ::inflateEnd(&stream);
  return plain;
}

TEST(LogMessages, GelfIsCompressedAsItsOptionsSay) {
  for (const std::string& text : {std::string{}, std::string{"hi"}, std::string(20'000, 'x')}) {
    const std::string usual = gelf_packed(text, {}), zlib = gelf_packed(text, {{"gelf-compression-type", "zlib"}});
    EXPECT_EQ(usual.substr(0, 2), "\x1f\x8b");
    EXPECT_EQ(unpacked(usual), text);
    EXPECT_EQ(zlib.front(), '\x78');
    EXPECT_EQ(unpacked(zlib), text);
    for (const char* level : {"-1", "0", "9"})
      EXPECT_EQ(unpacked(gelf_packed(text, {{"gelf-compression-level", level}})), text) << level;
    EXPECT_EQ(gelf_packed(text, {{"gelf-compression-type", "none"}}), text);
  }
}

TEST(LogMessages, FluentdIsMessagePack) {
  LogOrigin precise = origin();
  precise.options = {{"fluentd-sub-second-precision", "1"}};
  EXPECT_NE(fluentd_message(precise, line("hi")).find(std::string("\xd7\0", 2)), std::string::npos);
  const std::string bytes = fluentd_message(origin(), line("hi"));
  const nlohmann::json message = nlohmann::json::from_msgpack(bytes);
  ASSERT_EQ(message.size(), 3u);
  EXPECT_EQ(message[0], "aaaaaaaaaaaa");
  EXPECT_EQ(message[1], 1'767'323'045);
  EXPECT_EQ(message[2], (nlohmann::json{{"colour", "red"},
                                        {"container_id", std::string(64, 'a')},
                                        {"container_name", "/shop-web-1"},
                                        {"log", "hi"},
                                        {"source", "stdout"}}));
}

TEST(LogMessages, JournaldHasFields) {
  const std::string text = journald_message(origin(), line("hi", logs::Stream::err));
  EXPECT_NE(text.find("MESSAGE=hi\nPRIORITY=3\nCONTAINER_ID=aaaaaaaaaaaa\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nCOLOUR=red\n"), std::string::npos);
  EXPECT_NE(text.find("\nSYSLOG_TIMESTAMP=2026-01-02T03:04:05.123456789Z\n"), std::string::npos);
}

TEST(LogEndpoints, AddressesOfEachDriver) {
  const auto at = [](const char* driver, const char* key, const char* address) {
    return model::log_endpoint(driver, {{key, address}});
  };
  EXPECT_EQ(model::log_endpoint("syslog", {}).path, "/dev/log");
  EXPECT_EQ(at("syslog", "syslog-address", "udp://[::1]"), (model::LogEndpoint{Transport::udp, "::1", 514, {}, {}}));
  EXPECT_EQ(at("syslog", "syslog-address", "unixgram:///run/l").path, "/run/l");
  EXPECT_EQ(model::log_endpoint("fluentd", {}), (model::LogEndpoint{Transport::tcp, "localhost", 24224, {}, {}}));
  EXPECT_EQ(at("fluentd", "fluentd-address", "h:5"), (model::LogEndpoint{Transport::tcp, "h", 5, {}, {}}));
  EXPECT_EQ(at("gelf", "gelf-address", "udp://h:9").port, 9);
  for (const char* wrong : {"udp://h", "h:9", "unix:///x", "udp://:9", "udp://h:0", "udp://h:x", "ftp://h:1"})
    EXPECT_THROW(at("gelf", "gelf-address", wrong), Error) << wrong;
  EXPECT_EQ(at("syslog", "syslog-address", "tcp+tls://h").tls, model::LogTls{});
  EXPECT_EQ(at("fluentd", "fluentd-address", "tls://h").tls, model::LogTls{});
  EXPECT_EQ(at("syslog", "syslog-address", "tcp://h").tls, std::nullopt);
  EXPECT_THROW(at("gelf", "gelf-address", "tcp+tls://h:9"), Error);
  const std::string longest = "/" + std::string(106, 'x');
  EXPECT_EQ(at("syslog", "syslog-address", ("unix://" + longest).c_str()).path, longest);
  EXPECT_THROW(at("syslog", "syslog-address", ("unix://" + longest + "x").c_str()), Error);
  EXPECT_THROW((void)model::log_endpoint("gelf", {}), Error);
}

TEST(LogEndpoints, FilesOfTlsAreOfSyslog) {
  const auto tls = [](std::map<std::string, std::string> options) {
    options["syslog-address"] = "tcp+tls://h:6514";
    return model::log_endpoint("syslog", options).tls.value();
  };
  EXPECT_EQ(tls({{"syslog-tls-ca-cert", "/ca"}, {"syslog-tls-cert", "/c"}, {"syslog-tls-key", "/k"}}),
            (model::LogTls{"/ca", "/c", "/k", true}));
  EXPECT_FALSE(tls({{"syslog-tls-skip-verify", ""}}).verified);
  EXPECT_FALSE(tls({{"syslog-tls-skip-verify", "true"}}).verified);
  EXPECT_TRUE(tls({{"syslog-tls-skip-verify", "false"}}).verified);
  EXPECT_THROW(tls({{"syslog-tls-cert", "/c"}}), Error);
  EXPECT_THROW(tls({{"syslog-tls-ca-cert", "ca.pem"}}), Error);
}

TEST(LogEndpoints, OptionsAreJudged) {
  const auto faults = [](const char* driver, std::map<std::string, std::string> options) {
    std::string text;
    for (const auto& remark : model::judge_log_options(driver, options))
      text += remark.name + ": " + remark.fault + ";";
    return text;
  };
  EXPECT_EQ(faults("syslog", {{"syslog-address", "udp://h"}, {"tag", "{{.Name}}"}, {"syslog-facility", "local7"}}), "");
  EXPECT_NE(faults("syslog", {{"syslog-facility", "x"}}).find("\"x\" is no facility"), std::string::npos);
  EXPECT_NE(faults("gelf", {}).find("gelf-address is a required parameter"), std::string::npos);
  const auto gelf = [&](const char* address, const char* name, const char* value) {
    return faults("gelf", {{"gelf-address", address}, {name, value}});
  };
  EXPECT_EQ(gelf("udp://h:9", "gelf-compression-type", "zlib") + gelf("udp://h:9", "gelf-compression-level", "-1") +
                gelf("tcp://h:9", "gelf-tcp-max-reconnect", "3"),
            "gelf-tcp-max-reconnect: ;");  // no fault, but no effect
  EXPECT_NE(gelf("udp://h:9", "gelf-compression-type", "xz").find("\"xz\" is no compression"), std::string::npos);
  EXPECT_NE(gelf("udp://h:9", "gelf-compression-level", "10").find("\"10\" is no level"), std::string::npos);
  EXPECT_NE(gelf("tcp://h:9", "gelf-compression-type", "gzip").find("over UDP only"), std::string::npos);
  EXPECT_NE(gelf("tcp://h:9", "gelf-tcp-reconnect-delay", "-1").find("is not a number"), std::string::npos);
  EXPECT_NE(gelf("udp://h:9", "gelf-tcp-reconnect-delay", "1").find("tcp://"), std::string::npos);
  EXPECT_EQ(faults("fluentd", {{"fluentd-sub-second-precision", "1"}, {"fluentd-request-ack", "false"}}), "");
  for (const auto& [name, wrong] : std::map<std::string, std::string>{{"fluentd-async", "perhaps"},
                                                                      {"fluentd-buffer-limit", "much"},
                                                                      {"fluentd-max-retries", "-1"},
                                                                      {"fluentd-retry-wait", "soon"},
                                                                      {"fluentd-write-timeout", "-1s"},
                                                                      {"fluentd-async-reconnect-interval", "11s"},
                                                                      {"cache-disabled", "perhaps"},
                                                                      {"cache-compress", "perhaps"}})
    EXPECT_NE(faults("fluentd", {{name, wrong}}).find(name + ": \"" + wrong + "\" is "), std::string::npos) << name;
  EXPECT_NE(faults("journald", {{"max-size", "1m"}}).find("unknown log opt 'max-size' for journald log driver"),
            std::string::npos);
  EXPECT_EQ(model::log_settings({.driver = "syslog", .options = {{"cache-max-size", "1m"}}}).max_bytes,
            1'000'000u + 48'576u);
}

}  // namespace
}  // namespace stack::service
