// The flat table of what the socket answers: method and path pattern to handler.
//
// Docker's clients put the version that they speak in front, "/v1.41/volumes": every one from 1.24 on leads to the same place.
// A pattern is a path whose parts in braces match one segment each: "/stack/v1/projects/{project}/up". Built once before the
// server starts; lookups are by linear search over a few dozen rows.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/exchange.h"

namespace stack::api {

enum class Body { none, text, pipe };
using Handler = std::function<void(const std::shared_ptr<Exchange>&)>;

struct Route {
  std::string method;
  std::string pattern;
  Body body = Body::none;
  Handler handler;
};

struct Match {
  const Route* route = nullptr;
  std::map<std::string, std::string> parameters;
};

class Routes {
 public:
  void add(std::string method, std::string pattern, Body body, Handler handler);
  // route is null when nothing matches.
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

// "/a/b?x=1&y=%20" taken apart; percent escapes and '+' decoded. Throws invalid for a broken escape.
void parse_target(std::string_view target, Request& request);

}  // namespace stack::api
