#include <nlohmann/json.hpp>

#include "cli/view/stats_view.h"

namespace stack::cli {

std::string stats_lines(const std::vector<StatsRow>& rows) {
  std::string text;
  for (const StatsRow& row : rows) {
    const nlohmann::json line{{"BlockIO", row.block}, {"CPUPerc", row.cpu},          {"Container", row.container},
                              {"ID", row.id},         {"MemPerc", row.memory_share}, {"MemUsage", row.memory},
                              {"Name", row.name},     {"NetIO", row.network},        {"PIDs", row.pids}};
    text += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace stack::cli
