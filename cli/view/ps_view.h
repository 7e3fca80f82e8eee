// How a container appears in `ps`: the words of each column. Pure; the columns' meanings are Docker Compose's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/model/container_text.h"

namespace stack::cli {

// "90/tcp, 127.0.0.1:8080->80/tcp"
std::string ports_text(const model::Container& container);
// The command in quotes, cut to 20 characters unless `whole`. Words have quotes of their own only for a space, as with Docker.
std::string command_text(const model::Container& container, bool whole);

// What Docker's STATUS does not say: restarts and why, out of memory, why it is dead. With a blank before, or empty.
std::string status_reason(const model::Container& container);
std::string ps_table(const std::vector<model::Container>& containers, Wall now, bool no_trunc);
// One object a line.
std::string ps_json(const std::vector<model::Container>& containers, Wall now, bool no_trunc);
// The heads of columns, by field of ps_json, for --format 'table ...'.
const std::map<std::string, std::string>& ps_titles();

}  // namespace stack::cli
