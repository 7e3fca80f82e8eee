#include "engine/api/transfer_lines.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "base/model/reference.h"
#include "engine/api/json_text.h"

namespace stack::api {
namespace {

using model::Action;
using model::Ending;

const char* finished_words(const model::Finished& finished) {
  const bool present = finished.ending == Ending::present;
  switch (finished.action) {
    case Action::download:
      return "Download complete";
    case Action::extract:
      return present ? "Already exists" : "Pull complete";
    case Action::upload:
      return present ? "Layer already exists" : "Pushed";
    default:
      return "";
  }
}

const char* started_words(Action action) {
  switch (action) {
    case Action::download:
      return "Pulling fs layer";
    case Action::prepare:
      return "Preparing";
    default:
      return "";
  }
}

TransferLine of_layer(const std::string& id, std::string status, std::uint64_t current = 0, std::uint64_t total = 0) {
  return {.id = id, .status = std::move(status), .of_layer = true, .current = current, .total = total, .pushed = {}};
}

// "1: digest: sha256:... size: 941", which a push ends with.
std::optional<TransferLine::Pushed> pushed_of(const std::string& text) {
  constexpr std::string_view kDigest = ": digest: ", kSize = " size: ";
  const std::size_t digest = text.find(kDigest), size = text.find(kSize);
  if (digest == std::string::npos || size == std::string::npos || size < digest) return std::nullopt;
  TransferLine::Pushed pushed{.tag = text.substr(0, digest), .digest = {}};
  pushed.digest = text.substr(digest + kDigest.size(), size - digest - kDigest.size());
  const char* number = text.data() + size + kSize.size();
  std::from_chars(number, text.data() + text.size(), pushed.size);
  return pushed;
}

TransferLine plain(std::string status) {
  TransferLine line;
  line.status = std::move(status);
  return line;
}

}  // namespace

std::string pulling_from(const std::string& reference) {
  return "Pulling from " + model::parse_reference(reference).repository;
}

std::string pushing_to(const std::string& reference) {
  const model::Reference parsed = model::parse_reference(reference);
  return "The push refers to repository [" + parsed.domain + "/" + parsed.repository + "]";
}

void TransferLines::begin(const std::string& reference, std::vector<TransferLine>& to) {
  const auto found = pulls_.find(reference);
  if (found == pulls_.end() || std::exchange(found->second, true)) return;
  const model::Reference parsed = model::parse_reference(reference);
  TransferLine line = plain(pulling_from(reference));
  line.id = parsed.digest.empty() ? parsed.tag : parsed.familiar();
  to.push_back(std::move(line));
}

void TransferLines::end(const model::Finished& finished, std::vector<TransferLine>& to) {
  if (finished.action == Action::push) {
    TransferLine line = plain(finished.details);
    line.pushed = pushed_of(finished.details);
    return to.push_back(std::move(line));
  }
  if (finished.action != Action::pull) return;
  begin(finished.subject.name, to);
  const std::string digest = digest_of_ ? digest_of_(finished.subject.name) : "";
  if (!digest.empty()) to.push_back(plain("Digest: " + digest));
}

std::vector<TransferLine> TransferLines::lines_of(const model::ProgressEvent& event) {
  std::vector<TransferLine> lines;
  const model::Subject& subject = model::subject_of(event);
  if (subject.kind != model::SubjectKind::layer) {
    // What the registry does not have never begins.
    if (const auto* started = std::get_if<model::Started>(&event);
        started != nullptr && started->action == Action::pull)
      pulls_.emplace(subject.name, false);
    if (const auto* finished = std::get_if<model::Finished>(&event)) end(*finished, lines);
    return lines;
  }
  begin(std::string{model::whole_of(event)}, lines);
  const std::string& id = subject.name;
  if (const auto* started = std::get_if<model::Started>(&event)) {
    if (const char* words = started_words(started->action); *words != '\0') lines.push_back(of_layer(id, words));
  } else if (const auto* advanced = std::get_if<model::Advanced>(&event)) {
    if (advanced->action == Action::extract && !std::exchange(layers_[id], true)) {
      lines.push_back(of_layer(id, "Verifying Checksum"));
      lines.push_back(of_layer(id, "Download complete"));
    }
    const char* words = advanced->action == Action::extract  ? "Extracting"
                        : advanced->action == Action::upload ? "Pushing"
                                                             : "Downloading";
    lines.push_back(of_layer(id, words, advanced->current, advanced->total));
  } else if (const auto* finished = std::get_if<model::Finished>(&event)) {
    lines.push_back(of_layer(id, finished->action == Action::mount ? "Mounted from " + finished->details
                                                                   : std::string{finished_words(*finished)}));
  }
  return lines;
}

std::string progress_bar(std::uint64_t current, std::uint64_t total) {
  constexpr std::size_t kWidth = 50;
  const auto filled =
      std::min<std::size_t>(kWidth, static_cast<std::size_t>(current * kWidth / std::max<std::uint64_t>(total, 1)));
  std::string bar = "[" + std::string(filled, '=') + ">" + std::string(kWidth - filled, ' ') + "] ";
  const std::string done = human_bytes(current);
  return bar + std::string(done.size() < 8 ? 8 - done.size() : 0, ' ') + done + "/" + human_bytes(total);
}

std::string transfer_line_json(const TransferLine& line) {
  JsonText to;
  to.object([&] {
    to.member("status", line.status);
    if (line.of_layer) {
      to.object("progressDetail", [&] {
        if (line.total == 0) return;
        to.member("current", line.current);
        to.member("total", line.total);
      });
      if (line.total != 0) to.member("progress", progress_bar(line.current, line.total));
    }
    if (!line.id.empty()) to.member("id", line.id);
  });
  if (!line.pushed) return to.take() + "\r\n";
  JsonText more;
  more.object([&] {
    more.object("progressDetail", [] {});
    more.object("aux", [&] {
      more.member("Tag", line.pushed->tag);
      more.member("Digest", line.pushed->digest);
      more.member("Size", line.pushed->size);
    });
  });
  return to.take() + "\r\n" + more.take() + "\r\n";
}

}  // namespace stack::api
