#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "recorded.h"

namespace stack::compose {
namespace {

using Json = nlohmann::json;

std::string inflate(const std::filesystem::path& path) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> in{archive_read_new(), &archive_read_free};
  archive_read_support_filter_all(in.get());
  archive_read_support_format_raw(in.get());
  archive_entry* entry = nullptr;
  std::string text;
  if (archive_read_open_filename(in.get(), path.c_str(), 1 << 16) != ARCHIVE_OK ||
      archive_read_next_header(in.get(), &entry) != ARCHIVE_OK) {
    throw Error(ErrorKind::invalid, "cannot read " + path.string() + ": " + archive_error_string(in.get()));
  }
  char buffer[1 << 16];
  for (;;) {
    const auto got = archive_read_data(in.get(), buffer, sizeof buffer);
    if (got < 0)
      throw Error(ErrorKind::invalid, "cannot read " + path.string() + ": " + archive_error_string(in.get()));
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

void deflate(const std::filesystem::path& path, const std::string& text) {
  const std::unique_ptr<archive, decltype(&archive_write_free)> out{archive_write_new(), &archive_write_free};
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry{archive_entry_new(), &archive_entry_free};
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
  archive_entry_set_pathname(entry.get(), "answers.jsonl");
  if (archive_write_set_format_raw(out.get()) != ARCHIVE_OK || archive_write_add_filter_xz(out.get()) != ARCHIVE_OK ||
      archive_write_set_options(out.get(), "xz:compression-level=9") != ARCHIVE_OK ||
      archive_write_open_filename(out.get(), path.c_str()) != ARCHIVE_OK ||
      archive_write_header(out.get(), entry.get()) != ARCHIVE_OK ||
      archive_write_data(out.get(), text.data(), text.size()) != static_cast<la_ssize_t>(text.size()) ||
      archive_write_close(out.get()) != ARCHIVE_OK) {
    throw Error(ErrorKind::invalid, "cannot write " + path.string() + ": " + archive_error_string(out.get()));
  }
}

}  // namespace

std::vector<Recorded> read_recorded(const std::filesystem::path& path) {
  std::vector<Recorded> all;
  const std::string text = inflate(path);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    const auto line = Json::parse(text.substr(at, end - at));
    Recorded one;
    one.sample.name = line.at("name");
    one.sample.files = line.at("files").get<std::map<std::string, std::string>>();
    one.sample.arguments = line.at("arguments").get<std::vector<std::string>>();
    one.sample.environment = line.at("environment").get<Variables>();
    one.sample.rules = line.at("rules").get<std::vector<std::string>>();
    one.answer.accepted = line.at("accepted");
    one.answer.json = line.at("json");
    one.answer.messages = line.at("messages");
    all.push_back(std::move(one));
    at = end + 1;
  }
  return all;
}

void write_recorded(const std::filesystem::path& path, const std::vector<Recorded>& all) {
  std::string text;
  for (const auto& [sample, answer] : all) {
    const Json line{{"name", sample.name},           {"files", sample.files},
                    {"arguments", sample.arguments}, {"environment", sample.environment},
                    {"rules", sample.rules},         {"accepted", answer.accepted},
                    {"json", answer.json},           {"messages", answer.messages}};
    text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  deflate(path, text);
}

}  // namespace stack::compose
