#include "cli/view/stats_view.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/bytes.h"
#include "base/ids.h"
#include "cli/view/table.h"

namespace stack::cli {
namespace {

constexpr const char* kUnknown = "--";
constexpr std::size_t kContainerNameMin = 8;

struct Column {
  const char* title;
  std::string StatsRow::*cell;
};
constexpr std::array kColumns{Column{"CONTAINER ID", &StatsRow::id},    Column{"NAME", &StatsRow::name},
                              Column{"CPU %", &StatsRow::cpu},          Column{"MEM USAGE / LIMIT", &StatsRow::memory},
                              Column{"MEM %", &StatsRow::memory_share}, Column{"NET I/O", &StatsRow::network},
                              Column{"BLOCK I/O", &StatsRow::block},    Column{"PIDS", &StatsRow::pids}};
using StatsColumns = std::vector<Column>;
// In this order they give way to the others.
constexpr std::array kDispensable{&StatsRow::block, &StatsRow::network, &StatsRow::id, &StatsRow::pids,
                                  &StatsRow::memory_share};

std::string percent(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f%%", value);
  return text.data();
}

// Of what all processors did between two looks, in units of one processor.
std::string cpu_share(const api::ContainerFigures& now, const std::optional<api::ContainerFigures>& before) {
  if (!before || !before->runs) return kUnknown;
  // A container that started again counts from zero.
  if (now.cpu_ns < before->cpu_ns || now.machine_cpu_ns <= before->machine_cpu_ns) return percent(0);
  const auto used = static_cast<double>(now.cpu_ns - before->cpu_ns);
  const auto all = static_cast<double>(now.machine_cpu_ns - before->machine_cpu_ns);
  return percent(used / all * static_cast<double>(now.processors) * 100);
}

std::string both(const std::string& a, const std::string& b) { return a + " / " + b; }

std::string table_of(const StatsColumns& columns, const std::vector<StatsRow>& rows) {
  Row head;
  for (const Column& column : columns) head.emplace_back(column.title);
  std::vector<Row> cells;
  for (const StatsRow& row : rows) {
    Row& line = cells.emplace_back();
    for (const Column& column : columns) line.push_back(row.*column.cell);
  }
  return table(head, std::move(cells));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::size_t width_of_lines(const std::vector<std::string>& lines) {
  std::size_t width = 0;
  for (const std::string& line : lines) width = std::max(width, line.size());
  return width;
}

void shorten_names(std::vector<StatsRow>& rows, std::size_t excess) {
  std::size_t longest = 0;
  for (const StatsRow& row : rows) longest = std::max(longest, row.name.size());
  const std::size_t room = std::max(kContainerNameMin, longest > excess ? longest - excess : 0);
  for (StatsRow& row : rows) row.name = ellipsis(row.name, room);
}

}  // namespace

StatsRow stats_row(const std::string& container, const api::ContainerFigures& now,
                   const std::optional<api::ContainerFigures>& before, bool whole_id) {
  StatsRow row{.container = container,
               .id = whole_id ? now.id : std::string{short_id(now.id)},
               .name = now.name,
               .cpu = kUnknown,
               .memory = both(kUnknown, kUnknown),
               .memory_share = kUnknown,
               .network = kUnknown,
               .block = kUnknown,
               .pids = kUnknown};
  if (!now.runs) return row;
  row.cpu = cpu_share(now, before);
  row.memory = both(binary_bytes(now.memory_bytes), binary_bytes(now.memory_limit));
  row.memory_share = percent(
      now.memory_limit == 0 ? 0 : static_cast<double>(now.memory_bytes) / static_cast<double>(now.memory_limit) * 100);
  row.network = both(short_bytes(now.received_bytes), short_bytes(now.sent_bytes));
  row.block = both(short_bytes(now.read_bytes), short_bytes(now.written_bytes));
  row.pids = std::to_string(now.pids);
  return row;
}

std::string stats_table(const std::vector<StatsRow>& rows) {
  return table_of({kColumns.begin(), kColumns.end()}, rows);
}

const std::map<std::string, std::string>& stats_titles() {
  static const std::map<std::string, std::string> titles{
      {"ID", "CONTAINER ID"}, {"CPUPerc", "CPU %"}, {"MemUsage", "MEM USAGE / LIMIT"},
      {"MemPerc", "MEM %"},   {"NetIO", "NET I/O"}, {"BlockIO", "BLOCK I/O"}};
  return titles;
}

std::vector<std::string> stats_picture(const std::vector<StatsRow>& rows, int columns, int lines) {
  const auto width = static_cast<std::size_t>(std::max(columns, 1));
  StatsColumns shown{kColumns.begin(), kColumns.end()};
  std::vector<StatsRow> cut = rows;
  std::vector<std::string> picture = lines_of(table_of(shown, cut));
  for (const auto cell : kDispensable) {
    if (width_of_lines(picture) <= width) break;
    std::erase_if(shown, [&](const Column& column) { return column.cell == cell; });
    picture = lines_of(table_of(shown, cut));
  }
  if (const std::size_t wide = width_of_lines(picture); wide > width) {
    shorten_names(cut, wide - width);
    picture = lines_of(table_of(shown, cut));
  }
  for (std::string& line : picture) line = ellipsis(line, width);
  // The last line is the cursor's.
  const auto room = static_cast<std::size_t>(std::max(lines - 1, 2));
  if (picture.size() <= room) return picture;
  const std::size_t hidden = picture.size() - (room - 1);
  picture.resize(room - 1);
  picture.push_back(ellipsis("and " + std::to_string(hidden) + " more", width));
  return picture;
}

}  // namespace stack::cli
