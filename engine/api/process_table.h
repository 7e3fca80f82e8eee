// The processes of a container, as ps -ef lists them. A value.
#pragma once

#include <string>
#include <vector>

namespace stack::api {

struct ProcessTable {
  std::vector<std::string> titles;                  // UID, PID, PPID, C, STIME, TTY, TIME, CMD
  std::vector<std::vector<std::string>> processes;  // a cell for each title
};

// Docker's form: {"Titles", "Processes"}. Reading throws stack::Error(invalid) for text of another shape.
std::string process_table_json(const ProcessTable& table);
ProcessTable parse_process_table(std::string_view text);

}  // namespace stack::api
