// The table of what the socket answers: method and path pattern to handler.
//
// A pattern's part in braces matches one segment, "/stack/v1/projects/{project}/up"; with dots it matches one or more, as the names
// of images need it, "/images/{name...}/json", at most once in a pattern. Escaped slashes belong to their segment. The most literal
// route wins, segment by segment from the left: "/images/json" before "/images/{name}" before "/images/{name...}"; of several ends
// for "{name...}" the last one. A route of another method does not hide one of the right method.
//
// A tree of segments: a lookup costs the depth of the path, however many routes there are. Built once before the server starts.
//
// Built before the first request and constant afterwards: find() may be called on any thread, handlers run on the loop's. add() throws
// stack::Error for what is no pattern and for two routes that are the same.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/exchange.h"

namespace stack::api {

// `described`: a text of as many bytes as the header kSpecLength says, then what becomes a pipe.
enum class Body { none, text, pipe, described };
constexpr std::string_view kSpecLength = "Stack-Spec-Length";
using Handler = std::function<void(const std::shared_ptr<Exchange>&)>;

struct Route {
  std::string method;
  std::string pattern;
  Body body = Body::none;
  Handler handler;
  std::vector<std::string> names;  // of the parts in braces
};

// Looks at a request before its route's handler does, when its parameters and its body of text are there. May change it. Throws
// stack::Error, which answers it.
using Guard = std::function<void(Request& request, const Route& route)>;

struct Match {
  const Route* route = nullptr;
  std::map<std::string, std::string> parameters;  // decoded
  std::vector<std::string> allowed;               // when route is null: the methods that the path takes, sorted
};

class Routes {
 public:
  Routes();
  ~Routes();
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  // Throws internal for a pattern that is none or is there already.
  void add(std::string method, std::string pattern, Body body, Handler handler);
  // `path` has no version in front. HEAD falls back to the route of GET. Throws invalid for a broken escape.
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

 private:
  struct Node;
  struct Search;
  std::unique_ptr<Node> root_;
};

}  // namespace stack::api
