#include "cli/view/progress_view.h"

#include <array>
#include <cstdio>

#include "engine/api/stack_json.h"
#include "engine/base/bytes.h"
#include "engine/base/error.h"

namespace stack::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedrawEvery = std::chrono::milliseconds{100};
constexpr std::size_t kLinesMax = 30;

void put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

const char* mark(const std::string& status) {
  if (status == "Done") return "\xe2\x9c\x94";
  if (status == "Error") return "\xe2\x9c\x98";
  if (status == "Warning") return "!";
  return "\xe2\xa0\xbf";
}

int colour_of(const std::string& status) {
  if (status == "Done") return 32;
  if (status == "Error") return 31;
  if (status == "Warning") return 33;
  return 34;
}

}  // namespace

ProgressMode parse_progress_mode(const std::string& text, const Terminal& terminal) {
  if (text.empty() || text == "auto") return terminal.is_terminal ? ProgressMode::tty : ProgressMode::plain;
  if (text == "plain") return ProgressMode::plain;
  if (text == "tty") return ProgressMode::tty;
  if (text == "json") return ProgressMode::json;
  if (text == "quiet") return ProgressMode::quiet;
  throw Error(ErrorKind::invalid, "unsupported --progress value \"" + text + "\"")
      .remedy("use auto, tty, plain, json or quiet");
}

void ProgressView::show(const api::Report& report) {
  if (mode_ == ProgressMode::json) return put(api::report_line(report));
  if (report.kind == api::Report::Kind::warning) return put("warning: " + report.text + "\n");
  if (report.kind != api::Report::Kind::progress || mode_ == ProgressMode::quiet) return;
  if (!report.parent.empty()) return show_part(report);
  if (mode_ == ProgressMode::plain) {
    return put(" " + report.id + "  " + report.text + (report.details.empty() ? "" : " " + report.details) + "\n");
  }
  const auto now = Clock::now();
  const auto [slot, fresh] = lines_.try_emplace(report.id);
  if (fresh) {
    order_.push_back(report.id);
    slot->second.since = now;
  }
  slot->second.report = report;
  slot->second.over = report.status != "Working";
  slot->second.until = now;
  if (now - drawn_at_ >= kRedrawEvery) redraw(false);
}

// Parts have no line of their own on a terminal: their sum stands behind what they belong to. Elsewhere each says when it is over.
void ProgressView::show_part(const api::Report& report) {
  if (mode_ == ProgressMode::plain) {
    if (report.status != "Working") put(" " + report.parent + "  " + report.id + " " + report.text + "\n");
    return;
  }
  parts_[report.parent][report.id] = {report.current, report.total};
  const auto line = lines_.find(report.parent);
  if (line == lines_.end() || line->second.over) return;
  std::uint64_t current = 0, total = 0;
  for (const auto& [id, bytes] : parts_[report.parent]) {
    current += bytes.first;
    total += bytes.second;
  }
  line->second.report.details = human_bytes(current) + " / " + human_bytes(total);
  if (Clock::now() - drawn_at_ >= kRedrawEvery) redraw(false);
}

void ProgressView::redraw(bool last) {
  drawn_at_ = Clock::now();
  std::string text;
  if (drawn_ > 0) text += "\033[" + std::to_string(drawn_) + "A\r\033[J";
  std::size_t done = 0;
  for (const auto& [id, line] : lines_) done += line.over ? 1 : 0;
  text += "[+] " + std::to_string(done) + "/" + std::to_string(lines_.size()) + "\n";
  // What is under way matters more than what is over, when not all of it fits; the last picture shows everything.
  const std::size_t hidden = last || order_.size() <= kLinesMax ? 0 : order_.size() - kLinesMax;
  drawn_ = 1;
  for (std::size_t i = hidden; i < order_.size(); ++i) {
    const Line& line = lines_.at(order_[i]);
    const double seconds = std::chrono::duration<double>((line.over ? line.until : drawn_at_) - line.since).count();
    std::array<char, 32> timer{};
    std::snprintf(timer.data(), timer.size(), "%.1fs", seconds);
    std::string body =
        line.report.id + "  " + line.report.text + (line.report.details.empty() ? "" : "  " + line.report.details);
    const std::size_t room =
        static_cast<std::size_t>(terminal_.columns) > 14 ? static_cast<std::size_t>(terminal_.columns) - 12 : 2;
    if (body.size() > room) body.resize(room);
    body.append(room - body.size(), ' ');
    const std::string sign = mark(line.report.status);
    text +=
        " " +
        (terminal_.colour ? "\033[" + std::to_string(colour_of(line.report.status)) + "m" + sign + "\033[0m" : sign) +
        " " + body + timer.data() + "\n";
    ++drawn_;
  }
  put(text);
}

void ProgressView::finish() {
  if (std::exchange(finished_, true)) return;
  if (mode_ == ProgressMode::tty && !order_.empty()) redraw(true);
}

}  // namespace stack::cli
