// What speaks against running a project, with its place: the one word of this room.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compose/model/service.h"

namespace stack::compose {

struct Objection {
  std::string path;  // "services.web.restart"
  SourcePlace place;
  std::string message;  // what is wrong and what would be right
  bool fatal = true;    // false: it has no effect, and the project runs all the same
};

// Collects what is found about one service.
class ServiceReport {
 public:
  ServiceReport(const Service& service, std::vector<Objection>& out) : service_(service), out_(out) {}

  void refuse(const std::string& attribute, std::string message) { add(attribute, std::move(message), true); }
  void warn(const std::string& attribute, std::string message) { add(attribute, std::move(message), false); }

 private:
  void add(const std::string& attribute, std::string message, bool fatal) {
    out_.push_back(
        {"services." + service_.name + "." + attribute, service_.place_of(attribute), std::move(message), fatal});
  }

  const Service& service_;
  std::vector<Objection>& out_;
};

// "cap_add[2]"
inline std::string item_of(const char* list, std::size_t index) {
  return std::string{list} + "[" + std::to_string(index) + "]";
}

}  // namespace stack::compose
