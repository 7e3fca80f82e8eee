// The processes of a container, as ps lists them. A value; the backend belongs to the loop's thread.
#pragma once

#include <string>
#include <vector>

#include "engine/api/backend.h"

namespace stack::api {

struct ProcessTable {
  std::vector<std::string> titles;                  // UID, PID, PPID, C, STIME, TTY, TIME, CMD
  std::vector<std::vector<std::string>> processes;  // a cell for each title
};

// engine/service implements it; loop thread.
class ProcessBackend {
 public:
  virtual ~ProcessBackend() = default;
  // `arguments` choose the columns as those of ps do, "aux", "-o pid,comm"; empty: those of "ps -ef". Throws not_found, conflict when the
  // container does not run, invalid for columns without the process id; unsupported where the machine has no ps for others than "-ef", and
  // unavailable when its ps does not answer.
  virtual void processes(const std::string& container, std::string arguments, Answer<ProcessTable> answer) = 0;
};

// Docker's form: {"Titles", "Processes"}. Reading throws stack::Error(invalid) for text of another shape.
std::string process_table_json(const ProcessTable& table);
ProcessTable parse_process_table(std::string_view text);

}  // namespace stack::api
