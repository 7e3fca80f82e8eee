#include "cli/view/log_view.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "base/file.h"
#include "cli/view/terminal.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;

// Without the project's name in front: "web-1" of "shop-web-1".
std::string label_of(const std::string& container, const std::string& service, const std::string& replica) {
  for (const char* gap : {"-", "_"}) {
    std::string tail = service + gap + replica;
    if (container.ends_with(tail)) return tail;
  }
  return container;
}

}  // namespace

void LogView::expect(const std::string& container, const std::string& project) {
  const bool whole = container.starts_with(project + "-") || container.starts_with(project + "_");
  const std::string label = whole ? container.substr(project.size() + 1) : container;
  width_ = std::max(width_, label.size());
  pad();
}

void LogView::pad() {
  for (auto& [number, source] : sources_) {
    std::string text = source.label;
    text.append(width_ - std::min(width_, text.size()), ' ');
    source.prefix = coloured(text + "  | ", source.colour, style_.colour);
  }
}

void LogView::show(const api::LogFrame& frame) {
  using api::LogKind;
  if (frame.kind == LogKind::source) {
    const std::string payload{frame.payload};
    const std::size_t first = payload.find('\0');
    const std::size_t second = payload.find('\0', first + 1);
    Source& source = sources_[frame.source];
    const std::size_t third = payload.find('\0', second + 1);
    source.label = label_of(payload.substr(0, first), payload.substr(first + 1, second - first - 1),
                            payload.substr(second + 1, third - second - 1));
    if (third != std::string::npos) source.details = payload.substr(third + 1) + " ";
    const std::string service = payload.substr(first + 1, second - first - 1);
    const auto place = std::lower_bound(style_.services.begin(), style_.services.end(), service);
    source.colour = place != style_.services.end() && *place == service
                        ? static_cast<std::size_t>(place - style_.services.begin())
                        : frame.source;
    width_ = std::max(width_, source.label.size());
    pad();
    return;
  }
  Source& source = sources_[frame.source];
  if (frame.kind == LogKind::exited || frame.kind == LogKind::started) {
    for (const bool err : {false, true}) end_line(source, err);
    if (!style_.lifecycle || frame.kind == LogKind::started) return;
    const bool restarting = (frame.flags & api::kLogRestarting) != 0;
    const bool oom_killed = (frame.flags & api::kLogOutOfMemory) != 0;
    out_ += source.label + " exited with code " + std::string{frame.payload} + (oom_killed ? " (out of memory)" : "") +
            (restarting ? " (restarting)" : "") + "\n";
    return;
  }
  const bool err = frame.kind == LogKind::err;
  auto& line = source.lines[err ? 1 : 0];
  const bool end_only = frame.payload.empty() && (frame.flags & api::kLogNoNewline) != 0;
  if (!line.open && end_only) return;  // of a line whose beginning was not asked for
  if (!std::exchange(line.open, true)) {
    if (style_.prefix) line.text += source.prefix;
    if (style_.timestamps) line.text += precise_time(Wall{Nanos{frame.time_ns}}) + " ";
    line.text += source.details;
  }
  line.text.append(frame.payload);
  if ((frame.flags & api::kLogPartial) == 0 || line.text.size() > kLineBytesMax) end_line(source, err);
}

void LogView::end_line(Source& source, bool err) {
  auto& line = source.lines[err ? 1 : 0];
  if (!std::exchange(line.open, false)) return;
  std::string& to = sink(err);
  to += std::exchange(line.text, {}) + "\n";
  if (to.size() >= kBufferBytes) flush();
}

void LogView::finish() {
  for (auto& [number, source] : sources_) {
    for (const bool err : {false, true}) end_line(source, err);
  }
  flush();
}

void LogView::write_to(int fd, std::string_view text) {
  write_all(BorrowedFd{fd}, text, fd == 1 ? "writing to standard output" : "writing to standard error");
}

void LogView::flush() {
  for (const auto& [fd, text] : {std::pair<int, std::string*>{1, &out_}, {2, &err_}}) {
    if (text->empty()) continue;
    const std::string lines = std::exchange(*text, {});  // what cannot be written is not tried again
    write_ ? write_(fd, lines) : write_to(fd, lines);
  }
}

}  // namespace stack::cli
