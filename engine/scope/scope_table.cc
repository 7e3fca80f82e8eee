#include "engine/scope/scope_table.h"

#include <algorithm>

namespace stack::scope {
namespace {

using enum Rule;

constexpr Row kRows[] = {
    {"GET", "/_ping", open, open},
    {"GET", "/version", open, open},
    {"GET", "/info", open, open},
    {"GET", "/plugins", open, open},
    {"GET", "/events", open, listed},
    {"GET", "/system/df", open, refused},
    {"POST", "/auth", refused, open},
    {"GET", "/stack/v1/system/info", open, open},

    {"GET", "/containers/json", open, listed},
    {"GET", "/containers/{id}/json", blank, container},
    {"GET", "/containers/{id}/top", plain_ps, container},
    {"GET", "/containers/{id}/logs", open, container},
    {"GET", "/containers/{id}/stats", open, container},
    {"GET", "/containers/{id}/changes", open, container},
    {"POST", "/containers/{id}/wait", open, container},
    {"POST", "/containers/create", refused, create_container},
    {"POST", "/containers/{id}/start", refused, container},
    {"POST", "/containers/{id}/stop", refused, container},
    {"POST", "/containers/{id}/restart", refused, container},
    {"POST", "/containers/{id}/kill", refused, container},
    {"POST", "/containers/{id}/pause", refused, container},
    {"POST", "/containers/{id}/unpause", refused, container},
    {"POST", "/containers/{id}/rename", refused, renamed},
    {"POST", "/containers/{id}/update", refused, container},
    {"POST", "/containers/{id}/resize", refused, container},
    {"POST", "/containers/{id}/attach", refused, container},
    {"GET", "/containers/{id}/attach/ws", refused, container},
    {"HEAD", "/containers/{id}/archive", refused, container},
    {"GET", "/containers/{id}/archive", refused, container},
    {"PUT", "/containers/{id}/archive", refused, container},
    {"GET", "/containers/{id}/export", refused, container},
    {"DELETE", "/containers/{id}", refused, container},
    {"POST", "/containers/prune", refused, listed},

    {"POST", "/containers/{id}/exec", refused, create_exec},
    {"POST", "/exec/{id}/start", refused, exec},
    {"POST", "/exec/{id}/resize", refused, exec},
    {"GET", "/exec/{id}/json", open, exec},

    {"POST", "/stack/v1/containers/{container}/exec", refused, run_exec},
    {"GET", "/stack/v1/projects/{project}/containers", refused, own_project},
    {"GET", "/stack/v1/projects/{project}/logs", refused, own_project},

    // Images are everybody's: whoever gives a name to one changes what others start.
    {"GET", "/images/json", open, open},
    {"GET", "/images/{name...}/json", open, open},
    {"GET", "/images/{name...}/history", open, open},
    {"GET", "/images/search", open, open},
    {"GET", "/distribution/{name...}/json", open, open},
    {"POST", "/images/create", refused, pull},

    {"GET", "/networks", open, listed},
    {"GET", "/networks/{id}", open, network},
    {"POST", "/networks/create", refused, create_network},
    {"POST", "/networks/{id}/connect", refused, member},
    {"POST", "/networks/{id}/disconnect", refused, member},
    {"DELETE", "/networks/{id}", refused, network},
    {"POST", "/networks/prune", refused, listed},

    {"GET", "/volumes", open, listed},
    {"GET", "/volumes/{name}", open, volume},
    {"POST", "/volumes/create", refused, create_volume},
    {"DELETE", "/volumes/{name}", refused, volume},
    {"POST", "/volumes/prune", refused, listed},
};

}  // namespace

std::span<const Row> rows() { return kRows; }

Rule rule_of(model::ApiScope scope, std::string_view method, std::string_view pattern) {
  const auto* const row =
      std::ranges::find_if(kRows, [&](const Row& each) { return each.method == method && each.pattern == pattern; });
  if (row == std::end(kRows)) return refused;
  return scope == model::ApiScope::read_only ? row->read_only : row->project;
}

}  // namespace stack::scope
