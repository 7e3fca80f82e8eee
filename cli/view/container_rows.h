// Containers of any project, as Docker's own tools list and inspect them. Input is what the engine answers; throws stack::Error for
// text of another shape. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"

namespace stack::cli {

struct RowStyle {
  Wall now{};             // for ages
  bool no_trunc = false;  // ids, commands and mounts in full
  bool size = false;      // the column SIZE
};

// GET /containers/json as one object a line, with the members of `docker ps --format json`.
std::string container_lines(const std::string& answer, const RowStyle& style);
// Throws stack::Error(invalid) when no row could be written by this template: also when there are none, as Docker does.
void check_container_format(const std::string& format);
// The same as Docker's table.
std::string containers_table(const std::string& answer, const RowStyle& style);
const std::map<std::string, std::string>& container_titles();

// Several answers of GET .../json as one indented list, and as one object a line.
std::string inspect_list(const std::vector<std::string>& answers);
std::string inspect_lines(const std::vector<std::string>& answers);

struct Inspected {
  std::string id;
  bool tty = false, stdin_open = false, running = false, auto_remove = false;
};
Inspected parse_inspected(const std::string& answer);

struct PublishedPort {
  std::string name, place;  // "80/tcp", "0.0.0.0:8080"
};
// Of what GET /containers/{id}/json answers, in the order of the numbers.
std::vector<PublishedPort> parse_published_ports(const std::string& answer);

}  // namespace stack::cli
