#include "cli/view/progress_painter.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "base/bytes.h"
#include "cli/view/printable.h"

namespace stack::cli {
namespace {

constexpr int kGreen = 32, kRed = 31, kYellow = 33, kBlue = 34, kGrey = 90;
constexpr std::size_t kNameMin = 8;     // a name that is shorter than this tells nothing
constexpr std::size_t kDetailsMin = 6;  // the same of what is said behind the time
constexpr auto kFrame = std::chrono::milliseconds{100};

struct Look {
  std::string_view sign;
  int colour;
};

Look look_of(const Resource& resource, Mono now) {
  static constexpr std::array<std::string_view, 10> kSpinner{
      "\xe2\xa0\x8b", "\xe2\xa0\x99", "\xe2\xa0\xb9", "\xe2\xa0\xb8", "\xe2\xa0\xbc",
      "\xe2\xa0\xb4", "\xe2\xa0\xa6", "\xe2\xa0\xa7", "\xe2\xa0\x87", "\xe2\xa0\x8f"};
  using State = Resource::State;
  if (resource.state == State::failed) return {"\xe2\x9c\x98", kRed};
  if (resource.state == State::warned) return {"!", kYellow};
  if (resource.over) return {"\xe2\x9c\x94", kGreen};
  if (resource.state != State::working) return {"\xc2\xb7", kGrey};
  const auto frame = static_cast<std::size_t>(std::max<std::int64_t>(0, (now - resource.since) / kFrame));
  return {kSpinner[frame % kSpinner.size()], kBlue};
}

std::string painted(std::string_view text, int colour, bool wanted) {
  if (!wanted || text.empty()) return std::string{text};
  return "\033[" + std::to_string(colour) + "m" + std::string{text} + "\033[0m";
}

std::string time_of(const Resource& resource, Mono now) {
  const double seconds =
      std::max(0.0, std::chrono::duration<double>((resource.over ? resource.until : now) - resource.since).count());
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1fs", seconds);
  return text.data();
}

// How much there is of each part, a cell a part: "[⣿⣤⠀] "; of a single one in ten cells. Nothing for more than fit.
std::string bar_of(const std::map<std::string, Part>& parts) {
  constexpr std::size_t kCellsMax = 24, kCellsOfOne = 10;
  static constexpr std::array<std::string_view, 9> kFill{"\xe2\xa0\x80", "\xe2\xa1\x80", "\xe2\xa3\x80",
                                                         "\xe2\xa3\x84", "\xe2\xa3\xa4", "\xe2\xa3\xa6",
                                                         "\xe2\xa3\xb6", "\xe2\xa3\xb7", "\xe2\xa3\xbf"};
  if (parts.empty() || parts.size() > kCellsMax) return {};
  constexpr double kFull = kFill.size() - 1;
  const auto share = [](const Part& part) {
    if (part.over) return 1.0;
    return part.total == 0 ? 0.0 : std::min(1.0, static_cast<double>(part.current) / static_cast<double>(part.total));
  };
  std::string cells;
  const Part& first = parts.begin()->second;
  if (parts.size() == 1) {
    if (first.total == 0) return {};
    const double filled = share(first) * kCellsOfOne;
    for (std::size_t i = 0; i < kCellsOfOne; ++i) {
      const double of_this = std::clamp(filled - static_cast<double>(i), 0.0, 1.0);
      cells += kFill[static_cast<std::size_t>(of_this * kFull)];
    }
  } else {
    for (const auto& [id, part] : parts) cells += kFill[static_cast<std::size_t>(share(part) * kFull)];
  }
  return "[" + cells + "] ";
}

std::string details_of(const Resource& resource) {
  if (!resource.details.empty()) return printable(resource.details);
  if (resource.over) return printable(resource.cause);
  if (!resource.parts.empty()) {
    std::uint64_t current = 0, total = 0;
    for (const auto& [id, part] : resource.parts) {
      current += part.current;
      total += part.total;
    }
    return bar_of(resource.parts) + human_bytes(current) + (total > 0 ? " / " + human_bytes(total) : "");
  }
  if (!resource.waits_for.empty()) return printable(model::waits_text(resource.waits_for));
  const std::string_view now = resource.state == Resource::State::working ? model::remark(resource.action) : "";
  return now.empty() ? printable(resource.cause) : std::string{now};
}

// "db-1" of "Container db-1".
std::string without_kind(const std::string& id) {
  for (const std::string_view kind : {"Container ", "Network ", "Volume ", "Image ", "Project ", "Archive "}) {
    if (id.starts_with(kind)) return id.substr(kind.size());
  }
  return id;
}

struct ResourceLine {
  std::string name, state, time, details;
  Look look;
};

// How wide each column may be.
struct Columns {
  std::size_t margin = 1, name = 0, state = 0, time = 0, gap = 2;
  bool kinds = true;
};

Columns columns_for(const std::vector<ResourceLine>& lines, std::size_t width) {
  const auto widest = [&](auto text_of) {
    std::size_t most = 0;
    for (const ResourceLine& line : lines) most = std::max(most, width_of(text_of(line)));
    return most;
  };
  Columns columns{.state = widest([](const ResourceLine& line) { return line.state; }),
                  .time = widest([](const ResourceLine& line) { return line.time; })};
  const auto fixed = [&] {
    return columns.margin + 2 + columns.gap + columns.state + (columns.time > 0 ? columns.gap + columns.time : 0);
  };
  const auto fits = [&](std::size_t name) { return fixed() + name <= width; };
  columns.name = widest([](const ResourceLine& line) { return line.name; });
  if (fits(columns.name)) return columns;
  columns.kinds = false;
  columns.name = widest([](const ResourceLine& line) { return without_kind(line.name); });
  if (fits(columns.name)) return columns;
  columns.margin = 0;
  columns.gap = 1;
  if (!fits(std::min(columns.name, kNameMin))) columns.time = 0;
  if (!fits(columns.name)) columns.name = width > fixed() ? width - fixed() : 0;
  return columns;
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, width_of(text)), ' ');
}

std::string paint(const ResourceLine& line, const Columns& columns, std::size_t width, bool colour) {
  std::string text(columns.margin, ' ');
  const std::string gap(columns.gap, ' ');
  text += painted(line.look.sign, line.look.colour, colour) + " ";
  std::size_t used = columns.margin + 2 + columns.name + columns.gap + columns.state;
  text += padded(cut_start(columns.kinds ? line.name : without_kind(line.name), columns.name), columns.name) + gap;
  text += painted(padded(line.state, columns.state), line.look.colour, colour);
  if (columns.time > 0) {
    text += gap + std::string(columns.time - width_of(line.time), ' ') + painted(line.time, kBlue, colour);
    used += columns.gap + columns.time;
  }
  if (!line.details.empty() && used + columns.gap + kDetailsMin <= width)
    text += gap + cut_end(line.details, width - used - columns.gap);
  return text;
}

// Those that are shown, in their order: all, or as many as fit.
std::vector<const Resource*> shown_of(const Progress& progress, std::size_t room) {
  std::vector<const Resource*> all;
  for (const Resource& resource : progress.resources) all.push_back(&resource);
  if (all.size() <= room) return all;
  std::vector<const Resource*> chosen = all;
  // What works before what waits before what has ended, the last first.
  const auto rank = [](const Resource& each) { return each.over ? 2 : each.state == Resource::State::pending ? 1 : 0; };
  std::stable_sort(chosen.begin(), chosen.end(), [&](const Resource* a, const Resource* b) {
    if (rank(*a) != rank(*b)) return rank(*a) < rank(*b);
    return a->over && a->until > b->until;
  });
  chosen.resize(room);
  std::erase_if(all,
                [&](const Resource* each) { return std::find(chosen.begin(), chosen.end(), each) == chosen.end(); });
  return all;
}

}  // namespace

std::vector<std::string> picture(const Progress& progress, const Terminal& screen, Mono now, bool last) {
  const auto width = static_cast<std::size_t>(std::max(screen.columns - 1, 1));
  // One line for the head, one for the cursor.
  const auto room = static_cast<std::size_t>(std::max(screen.rows - 2, 1));
  const std::vector<const Resource*> shown = shown_of(progress, last ? progress.resources.size() : room);
  std::string head = "[+] " + std::to_string(progress.finished()) + "/" + std::to_string(progress.resources.size());
  if (const std::size_t hidden = progress.resources.size() - shown.size(); hidden > 0)
    head += " (" + std::to_string(hidden) + " not shown)";
  std::vector<ResourceLine> lines;
  for (const Resource* each : shown) {
    lines.push_back({.name = printable(model::title(each->subject)),
                     .state = printable(each->headline),
                     .time = time_of(*each, now),
                     .details = details_of(*each),
                     .look = look_of(*each, now)});
  }
  const Columns columns = columns_for(lines, width);
  std::vector<std::string> text{cut_end(head, width)};
  for (const ResourceLine& line : lines) text.push_back(paint(line, columns, width, screen.colour));
  return text;
}

}  // namespace stack::cli
