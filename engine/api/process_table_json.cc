#include "engine/api/codec_json.h"
#include "engine/api/process_table.h"

namespace stack::api {

using nlohmann::json;

std::string process_table_json(const ProcessTable& table) {
  return text_of(json{{"Titles", table.titles}, {"Processes", table.processes}});
}

ProcessTable parse_process_table(std::string_view text) {
  return reading("the list of processes", [&] {
    const json value = json::parse(text);
    return ProcessTable{.titles = member_of<std::vector<std::string>>(value, "Titles"),
                        .processes = member_of<std::vector<std::vector<std::string>>>(value, "Processes")};
  });
}

}  // namespace stack::api
