#include "cli/commands/top.h"

#include <algorithm>
#include <iostream>

#include "cli/commands/replica_choice.h"
#include "cli/view/printable.h"

namespace stack::cli {
namespace {

constexpr std::size_t kColumnMin = 4, kColumnGap = 2;  // as Docker Compose has them

// Aligned columns; nothing behind the last.
std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), kColumnMin);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size() + kColumnGap);
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += i + 1 == row.size() ? row[i] + "\n" : row[i] + std::string(widths[i] - row[i].size(), ' ');
  }
  return text;
}

}  // namespace

int top(Session& session, const TopFlags& flags) {
  const Session::Target target = session.target({});
  for (const std::string& service : flags.services) check_service(session, target, service);
  std::vector<std::vector<std::string>> rows;
  for (const model::Container& container : session.engine().containers(target.name, false)) {
    const auto& wanted = flags.services;
    const std::string& service = container.spec.service;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), service) == wanted.end()) continue;
    if (container.state.status == model::Status::restarting) continue;  // it has no process just now
    const api::ProcessTable table = session.engine().processes(container.id);
    if (rows.empty()) {
      rows.push_back({"SERVICE", "#"});
      rows.front().insert(rows.front().end(), table.titles.begin(), table.titles.end());
    }
    for (const auto& process : table.processes) {
      std::vector<std::string>& row = rows.emplace_back();
      row = {service, container.spec.one_off ? "-" : std::to_string(container.spec.replica)};
      for (const std::string& cell : process) row.push_back(printable(cell));
    }
  }
  std::cout << aligned(rows) << std::flush;
  if (rows.empty()) session.hint("no such container runs");
  return 0;
}

}  // namespace stack::cli
