// Lines of a container's log as the services understand them that logs are sent to. Pure.
//
// syslog: RFC 3164 and 5424, in the forms of Docker's driver. gelf: GELF 1.1, a datagram in chunks where it is long. fluentd: the forward
// protocol's message mode (MessagePack). journald: the native protocol of systemd's journal. What an image or a user chose, tags and
// attributes, neither ends a message nor takes the place of what the engine says itself. Values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/model/container_state.h"
#include "base/model/image_config.h"
#include "engine/logs/reader.h"

namespace stack::service {

// What is the same for all lines of a container.
struct LogOrigin {
  std::string id, name, image, image_id, command;
  std::string tag;
  Wall created{};
  std::map<std::string, std::string> attributes;  // of labels, env and so on, without the tag
  std::string host;                               // of this machine
  int engine_pid = 0;
  std::map<std::string, std::string> options;
};

// A line of more than logs::kLineBytes goes in pieces.
struct LinePiece {
  std::string line;  // an id of the line
  int ordinal = 1;
  bool last = false;
};
// Knows which records are pieces of which line. Records come in their order.
class SplitLines {
 public:
  // Nothing for a line in one piece.
  std::optional<LinePiece> piece_of(const logs::Entry& entry, const RandomSource& random);

 private:
  std::map<logs::Stream, LinePiece> open_;
};

LogOrigin log_origin(const model::Container& container, const model::ImageConfig& image, std::string host,
                     int engine_pid);

std::string syslog_message(const LogOrigin& origin, const logs::Entry& line);
std::string gelf_message(const LogOrigin& origin, const logs::Entry& line);
// A message as it goes by datagrams: gzip of level 1 where gelf-compression-type and gelf-compression-level are silent.
std::string gelf_packed(std::string message, const std::map<std::string, std::string>& options);
// Of a datagram: pieces that are sent one by one; empty when there would be more than 128. `id`: eight bytes, one for each message.
std::vector<std::string> gelf_chunks(std::string_view message, std::uint64_t id);
std::string fluentd_message(const LogOrigin& origin, const logs::Entry& line,
                            const std::optional<LinePiece>& piece = std::nullopt);
std::string journald_message(const LogOrigin& origin, const logs::Entry& line,
                             const std::optional<LinePiece>& piece = std::nullopt);

}  // namespace stack::service
