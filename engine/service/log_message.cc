#include "engine/service/log_message.h"

#include <array>
#include <chrono>
#include <ctime>
#include <set>

#include "base/ids.h"
#include "base/model/log_attributes.h"
#include "base/moment.h"
#include "base/truth.h"
#include "engine/logs/packed_text.h"

namespace stack::service {
namespace {

constexpr int kInfo = 6, kError = 3;

struct Facility {
  std::string_view name;
  int number;
};
constexpr std::array<Facility, 20> kFacilities{
    {{"kern", 0},    {"user", 1},    {"mail", 2},    {"daemon", 3},    {"auth", 4},    {"syslog", 5},  {"lpr", 6},
     {"news", 7},    {"uucp", 8},    {"cron", 9},    {"authpriv", 10}, {"ftp", 11},    {"local0", 16}, {"local1", 17},
     {"local2", 18}, {"local3", 19}, {"local4", 20}, {"local5", 21},   {"local6", 22}, {"local7", 23}}};

std::string option_of(const LogOrigin& origin, const char* name) {
  const auto found = origin.options.find(name);
  return found == origin.options.end() ? std::string{} : found->second;
}

int severity(const logs::Entry& line) { return line.stream == logs::Stream::err ? kError : kInfo; }

int priority(const LogOrigin& origin, const logs::Entry& line) {
  const std::string wanted = option_of(origin, "syslog-facility");
  int facility = 3;
  for (const Facility& each : kFacilities) {
    if (each.name == wanted || std::to_string(each.number) == wanted) facility = each.number;
  }
  return facility * 8 + severity(line);
}

// "Jan  2 15:04:05", in local time as syslog wants it.
std::string stamp(Wall time, const char* format) {
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), format, &parts));
}

// "2026-01-02T15:04:05+01:00", with microseconds in between where they are wanted.
std::string rfc5424_time(Wall time, bool micros) {
  std::string text = stamp(time, "%Y-%m-%dT%H:%M:%S");
  if (micros) {
    const auto rest =
        std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count() % 1'000'000;
    const std::string digits = std::to_string(rest);
    text += "." + std::string(6 - digits.size(), '0') + digits;
  }
  std::string zone = stamp(time, "%z");
  if (zone == "+0000") return text + "Z";
  return text + zone.insert(3, ":");
}

// A header's word, which a line break or another control character would end.
std::string header_word(std::string text, bool printable_only) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (printable_only && (byte == ' ' || byte > 0x7f))) c = '_';
  }
  return text;
}

// --- MessagePack -----------------------------------------------------------------------------------------------------

void put_number(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void put_text(std::string& out, std::string_view text) {
  if (text.size() < 32) {
    out += static_cast<char>(0xa0 | text.size());
  } else if (text.size() < 256) {
    out += '\xd9';
    put_number(out, text.size(), 1);
  } else if (text.size() < 65536) {
    out += '\xda';
    put_number(out, text.size(), 2);
  } else {
    out += '\xdb';
    put_number(out, text.size(), 4);
  }
  out += text;
}

// --- journald --------------------------------------------------------------------------------------------------------

void put_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  if (value.find('\n') == std::string_view::npos) {
    out += '=';
  } else {
    out += '\n';
    for (int i = 0; i < 8; ++i) out += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> (8 * i) & 0xff);
  }
  out += value;
  out += '\n';
}

// Upper case, letters, digits and underscores, the first a letter.
std::string field_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'a' && c <= 'z') {
      out += static_cast<char>(c - 'a' + 'A');
    } else {
      out += (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
    }
  }
  const std::size_t first = out.find_first_not_of("_0123456789");
  return first == std::string::npos ? std::string{} : out.substr(out.front() == '_' ? first : 0);
}

}  // namespace

std::optional<LinePiece> SplitLines::piece_of(const logs::Entry& entry, const RandomSource& random) {
  const auto open = open_.find(entry.stream);
  if (open == open_.end() && !entry.partial) return std::nullopt;
  LinePiece piece{.line = open == open_.end() ? new_id(random) : open->second.line,
                  .ordinal = open == open_.end() ? 1 : open->second.ordinal + 1,
                  .last = !entry.partial};
  if (piece.last) {
    open_.erase(open);
  } else {
    open_[entry.stream] = piece;
  }
  return piece;
}

LogOrigin log_origin(const model::Container& container, const model::ImageConfig& image, std::string host,
                     int engine_pid) {
  const model::ContainerSpec& spec = container.spec;
  LogOrigin origin{.id = container.id,
                   .name = spec.name,
                   .image = spec.image,
                   .image_id = spec.image_id,
                   .command = {},
                   .tag = std::string{short_id(container.id)},
                   .created = container.created,
                   .attributes = model::log_attributes(container, image),
                   .host = std::move(host),
                   .engine_pid = engine_pid,
                   .options = spec.log.options};
  for (const std::string& word : container.command) origin.command += (origin.command.empty() ? "" : " ") + word;
  if (const auto tag = origin.attributes.find("tag"); tag != origin.attributes.end()) {
    if (!tag->second.empty()) origin.tag = tag->second;
    origin.attributes.erase(tag);
  }
  return origin;
}

std::string syslog_message(const LogOrigin& origin, const logs::Entry& line) {
  const std::string format = option_of(origin, "syslog-format");
  const std::string head = "<" + std::to_string(priority(origin, line)) + ">";
  const std::string pid = std::to_string(origin.engine_pid);
  const std::string text = line.text + "\n";
  const bool structured = format == "rfc5424" || format == "rfc5424micro";
  const std::string tag = header_word(origin.tag, structured);
  if (structured) {
    return head + "1 " + rfc5424_time(line.time, format == "rfc5424micro") + " " + origin.host + " " + tag + " " + pid +
           " " + tag + " - " + text;
  }
  const std::string host = format == "rfc3164" ? origin.host + " " : "";
  return head + stamp(line.time, "%b %e %H:%M:%S") + " " + host + tag + "[" + pid + "]: " + text;
}

std::string fluentd_message(const LogOrigin& origin, const logs::Entry& line, const std::optional<LinePiece>& piece) {
  std::map<std::string, std::string> record = origin.attributes;
  record["container_id"] = origin.id;
  record["container_name"] = "/" + origin.name;
  record["source"] = line.stream == logs::Stream::err ? "stderr" : "stdout";
  record["log"] = line.text;
  if (piece) {
    record["partial_message"] = "true";
    record["partial_id"] = piece->line;
    record["partial_ordinal"] = std::to_string(piece->ordinal);
    record["partial_last"] = piece->last ? "true" : "false";
  }
  std::string out{'\x93'};
  put_text(out, origin.tag);
  const Nanos since = line.time.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  if (parse_truth(option_of(origin, "fluentd-sub-second-precision")) == true) {
    out += "\xd7";
    out += '\0';
    put_number(out, static_cast<std::uint64_t>(seconds.count()), 4);
    put_number(out, static_cast<std::uint64_t>((since - seconds).count()), 4);
  } else {
    out += '\xce';
    put_number(out, static_cast<std::uint64_t>(seconds.count()), 4);
  }
  out += '\xde';
  put_number(out, record.size(), 2);
  for (const auto& [name, value] : record) {
    put_text(out, name);
    put_text(out, value);
  }
  return out;
}

std::string journald_message(const LogOrigin& origin, const logs::Entry& line, const std::optional<LinePiece>& piece) {
  std::string out;
  std::set<std::string> taken;
  const auto put = [&](const std::string& name, std::string_view value) {
    if (!name.empty() && taken.insert(name).second) put_field(out, name, value);
  };
  put("MESSAGE", line.text);
  put("PRIORITY", std::to_string(severity(line)));
  put("CONTAINER_ID", short_id(origin.id));
  put("CONTAINER_ID_FULL", origin.id);
  put("CONTAINER_NAME", origin.name);
  put("CONTAINER_TAG", origin.tag);
  put("SYSLOG_IDENTIFIER", origin.tag);
  put("IMAGE_NAME", origin.image);
  put("SYSLOG_TIMESTAMP", rfc3339_nanos(line.time));
  if (piece) {
    put("CONTAINER_PARTIAL_ID", piece->line);
    put("CONTAINER_PARTIAL_ORDINAL", std::to_string(piece->ordinal));
    put("CONTAINER_PARTIAL_LAST", piece->last ? "true" : "false");
    if (!piece->last) put("CONTAINER_PARTIAL_MESSAGE", "true");
  }
  for (const auto& [name, value] : origin.attributes) put(field_name(name), value);
  return out;
}

std::string gelf_packed(std::string message, const std::map<std::string, std::string>& options) {
  const auto type = options.find("gelf-compression-type"), level = options.find("gelf-compression-level");
  const bool typed = type != options.end();
  if (typed && type->second == "none") return message;
  return logs::packed_text(message, typed && type->second == "zlib" ? logs::Packing::zlib : logs::Packing::gzip,
                           level == options.end() ? 1 : std::stoi(level->second));
}

std::vector<std::string> gelf_chunks(std::string_view message, std::uint64_t id) {
  constexpr std::size_t kWhole = 1420, kPiece = kWhole - 12, kPiecesMax = 128;
  if (message.size() <= kWhole) return {std::string{message}};
  const std::size_t count = (message.size() + kPiece - 1) / kPiece;
  std::vector<std::string> chunks;
  if (count > kPiecesMax) return chunks;
  for (std::size_t i = 0; i < count; ++i) {
    std::string chunk{"\x1e\x0f"};
    put_number(chunk, id, 8);
    put_number(chunk, i, 1);
    put_number(chunk, count, 1);
    chunk += message.substr(i * kPiece, kPiece);
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

}  // namespace stack::service
