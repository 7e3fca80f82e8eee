#include "engine/api/routes.h"

#include <algorithm>
#include <set>
#include <span>

namespace stack::api {
namespace {

using Segments = std::vector<std::string_view>;

// "/a/b" is a, b; a path that does not begin with a slash has none, and an empty segment is no parameter.
Segments segments_of(std::string_view path) {
  Segments segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

}  // namespace

struct Routes::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> one, many;
  std::map<std::string, Route, std::less<>> routes;  // by method
};

// One walk down the tree for one method.
struct Routes::Search {
  std::string_view method;
  std::vector<std::string_view> captured;  // of the way to the present node
  std::set<std::string> allowed;

  // The route below `node` for the rest of the path; `captured` fits it then, and is as before when there is none.
  const Route* below(const Node& node, std::span<const std::string_view> rest) {
    if (rest.empty()) return at(node);
    if (const auto literal = node.literals.find(rest.front()); literal != node.literals.end()) {
      if (const Route* found = below(*literal->second, rest.subspan(1))) return found;
    }
    if (rest.front().empty()) return nullptr;
    if (const Route* found = node.one ? capturing(*node.one, rest, 1) : nullptr) return found;
    if (!node.many) return nullptr;
    const auto gap = std::find(rest.begin(), rest.end(), std::string_view{});
    for (auto taken = static_cast<std::size_t>(gap - rest.begin()); taken > 0; --taken) {
      if (const Route* found = capturing(*node.many, rest, taken)) return found;
    }
    return nullptr;
  }

 private:
  const Route* at(const Node& node) {
    if (const auto found = node.routes.find(method); found != node.routes.end()) return &found->second;
    for (const auto& [other, route] : node.routes) allowed.insert(other);
    return nullptr;
  }
  const Route* capturing(const Node& node, std::span<const std::string_view> rest, std::size_t taken) {
    const std::string_view last = rest[taken - 1];
    captured.emplace_back(rest.front().data(),
                          static_cast<std::size_t>(last.data() + last.size() - rest.front().data()));
    const Route* found = below(node, rest.subspan(taken));
    if (found == nullptr) captured.pop_back();
    return found;
  }
};

Routes::Routes() : root_(std::make_unique<Node>()) {}
Routes::~Routes() = default;

void Routes::add(std::string method, std::string pattern, Body body, Handler handler) {
  std::vector<std::string> names;
  int many = 0;
  Node* node = root_.get();
  for (const std::string_view part : segments_of(pattern)) {
    std::unique_ptr<Node>* next = nullptr;
    if (part.starts_with('{') && part.ends_with('}')) {
      const bool dots = part.ends_with("...}");
      many += dots ? 1 : 0;
      names.emplace_back(part.substr(1, part.size() - (dots ? 5 : 2)));
      next = dots ? &node->many : &node->one;
    } else {
      next = &node->literals[std::string{part}];
    }
    if (!*next) *next = std::make_unique<Node>();
    node = next->get();
  }
  if (node == root_.get() || many > 1) throw Error("not a pattern of a route: " + pattern);
  const auto [place, added] = node->routes.try_emplace(method, Route{});
  if (!added) throw Error("two routes are the same: " + method + " " + pattern);
  place->second = {std::move(method), std::move(pattern), body, std::move(handler), std::move(names)};
}

Match Routes::find(std::string_view method, std::string_view path) const {
  const Segments segments = segments_of(path);
  Search search{.method = method, .captured = {}, .allowed = {}};
  Match match{.route = search.below(*root_, segments)};
  if (match.route == nullptr && method == "HEAD") {
    search.method = "GET";
    match.route = search.below(*root_, segments);
  }
  if (match.route == nullptr) {
    if (search.allowed.contains("GET")) search.allowed.insert("HEAD");
    match.allowed.assign(search.allowed.begin(), search.allowed.end());
    return match;
  }
  for (std::size_t i = 0; i < search.captured.size(); ++i)
    match.parameters[match.route->names[i]] = decode_escapes(search.captured[i], false);
  return match;
}

}  // namespace stack::api
