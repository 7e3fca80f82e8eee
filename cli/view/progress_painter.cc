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
constexpr std::size_t kNameMin = 8;       // a name that is shorter than this tells nothing
constexpr std::size_t kDetailsMin = 6;    // the same of what is said behind the time
constexpr std::size_t kNameEnough = 12;   // a longer one gives way to what is waited for,
constexpr std::size_t kReasonMin = 14;    // until there is so much of that
constexpr std::size_t kDetailsWish = 24;  // for so much of what else is said, names become short
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

// What is left out of a picture that is too narrow for everything, one after the other.
struct Wording {
  bool project = true;  // at the beginning of names
  bool kinds = true;    // "Container"
  bool roomy = true;    // with a margin and wide gaps
  bool reasons = true;  // all of what is waited for, not only the names
};
constexpr std::array kWordings{Wording{}, Wording{false}, Wording{false, false}, Wording{false, false, false},
                               Wording{false, false, false, false}};

// "db-1" of "shop-db-1".
std::string without_project(const std::string& name, const std::string& project) {
  const std::size_t end = project.size();
  const bool has_it =
      !project.empty() && name.size() > end + 1 && name.starts_with(project) && (name[end] == '-' || name[end] == '_');
  return has_it ? name.substr(end + 1) : name;
}

std::string reason_of(const Resource& resource, const Wording& wording, const std::string& project) {
  std::vector<model::WaitsFor> waits = resource.waits_for;
  for (model::WaitsFor& each : waits) {
    if (!wording.project) each.name = without_project(each.name, project);
  }
  return printable(wording.reasons ? model::waits_text(waits) : model::waits_names(waits));
}

std::string details_of(const Resource& resource, const std::string& reason) {
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
  if (!reason.empty()) return reason;
  const std::string_view now = resource.state == Resource::State::working ? model::remark(resource.action) : "";
  return now.empty() ? printable(resource.cause) : std::string{now};
}

struct ResourceLine {
  std::string name, state, time, details;
  std::size_t need = 0;  // how much of the details must be there
  bool waits = false;    // the details are what it waits for
  Look look;
};

std::string name_of(const model::Subject& subject, const Wording& wording, const std::string& project) {
  using Kind = model::SubjectKind;
  const bool of_project =
      subject.kind == Kind::container || subject.kind == Kind::network || subject.kind == Kind::volume;
  const std::string name = of_project && !wording.project ? without_project(subject.name, project) : subject.name;
  return printable(wording.kinds ? model::title({subject.kind, name}) : name);
}

std::vector<ResourceLine> lines_of(const std::vector<const Resource*>& shown, const std::string& project, Mono now,
                                   const Wording& wording) {
  std::vector<ResourceLine> lines;
  for (const Resource* each : shown) {
    const std::string reason = reason_of(*each, wording, project);
    ResourceLine line{.name = name_of(each->subject, wording, project),
                      .state = printable(each->headline),
                      .time = time_of(*each, now),
                      .details = details_of(*each, reason),
                      .look = look_of(*each, now)};
    line.waits = !reason.empty() && line.details == reason;
    line.need = line.waits ? width_of(reason) : std::min(width_of(line.details), kDetailsWish);
    lines.push_back(std::move(line));
  }
  return lines;
}

// How wide each column may be.
struct Columns {
  std::size_t margin = 1, name = 0, state = 0, time = 0, gap = 2;

  [[nodiscard]] std::size_t fixed() const { return margin + 2 + gap + state + (time > 0 ? gap + time : 0); }
  [[nodiscard]] std::size_t used() const { return fixed() + name; }
};

Columns columns_for(const std::vector<ResourceLine>& lines, const Wording& wording) {
  Columns columns;
  if (!wording.roomy) columns.margin = 0, columns.gap = 1;
  for (const ResourceLine& line : lines) {
    columns.name = std::max(columns.name, width_of(line.name));
    columns.state = std::max(columns.state, width_of(line.state));
    columns.time = std::max(columns.time, width_of(line.time));
  }
  return columns;
}

bool fits(const std::vector<ResourceLine>& lines, const Columns& columns, std::size_t width) {
  return std::all_of(lines.begin(), lines.end(), [&](const ResourceLine& line) {
    return columns.used() + (line.need > 0 ? columns.gap + line.need : 0) <= width;
  });
}

// Where no wording is short enough: names give way to what is waited for as far as they can, then the time goes, then names are cut.
void squeeze(Columns& columns, const std::vector<ResourceLine>& lines, std::size_t width) {
  std::size_t reserve = 0;
  for (const ResourceLine& line : lines) {
    if (line.waits) reserve = std::max(reserve, columns.gap + std::min(line.need, kReasonMin));
  }
  const std::size_t whole = columns.name, enough = std::min(whole, kNameEnough);
  const auto left = [&](std::size_t taken) { return width > taken ? width - taken : 0; };
  columns.name = std::clamp(left(columns.fixed() + reserve), enough, whole);
  if (columns.used() <= width) return;
  if (columns.fixed() + std::min(whole, kNameMin) > width) columns.time = 0;
  columns.name = std::min(whole, left(columns.fixed()));
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, width_of(text)), ' ');
}

std::string paint(const ResourceLine& line, const Columns& columns, std::size_t width, bool colour) {
  std::string text(columns.margin, ' ');
  const std::string gap(columns.gap, ' ');
  text += painted(line.look.sign, line.look.colour, colour) + " ";
  text += padded(cut_start(line.name, columns.name), columns.name) + gap;
  text += painted(padded(line.state, columns.state), line.look.colour, colour);
  if (columns.time > 0)
    text += gap + std::string(columns.time - width_of(line.time), ' ') + painted(line.time, kBlue, colour);
  const std::size_t used = columns.used() + columns.gap;
  if (line.details.empty() || used + kDetailsMin > width) return text;
  std::string_view details = line.details;
  if (width_of(details) > width - used && details.starts_with(model::kConfigurationChanged))
    details.remove_prefix(model::kConfigurationChanged.size());
  text += gap + cut_end(details, width - used);
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
  Columns columns;
  for (const Wording& wording : kWordings) {
    lines = lines_of(shown, progress.project, now, wording);
    columns = columns_for(lines, wording);
    if (fits(lines, columns, width)) break;
  }
  if (!fits(lines, columns, width)) squeeze(columns, lines, width);
  std::vector<std::string> text{cut_end(head, width)};
  for (const ResourceLine& line : lines) text.push_back(paint(line, columns, width, screen.colour));
  return text;
}

}  // namespace stack::cli
