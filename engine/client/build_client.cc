// EngineClient's builds.
#include "engine/api/build_history_json.h"
#include "engine/client/connection.h"
#include "engine/client/engine_error.h"

namespace stack::client {

api::BuildDone EngineClient::build(const api::BuildRequest& request, std::string_view first, BorrowedFd rest,
                                   const std::function<void(const api::BuildEvent&)>& event, const Waiting& waiting) {
  Connection connection{socket_path_, waiting};
  connection.send_described("/stack/v1/build", api::build_request_json(request), first, rest);
  std::string pending;
  std::optional<api::BuildEvent> last;
  connection.expect_version();
  connection.receive([&](std::string_view piece) {
    pending.append(piece);
    std::size_t at = 0;
    for (std::size_t end; (end = pending.find('\n', at)) != std::string::npos; at = end + 1) {
      api::BuildEvent one = api::parse_build_event(std::string_view{pending}.substr(at, end - at));
      if (!std::holds_alternative<api::BuildFailed>(one)) event(one);
      if (api::is_last(one)) last = std::move(one);
    }
    pending.erase(0, at);
    return true;
  });
  if (!last) throw Error(ErrorKind::unavailable, "the engine went away in the middle of its answer");
  if (const auto* failed = std::get_if<api::BuildFailed>(&*last)) throw EngineError(failed->error);
  return std::get<api::BuildDone>(*last);
}

std::string EngineClient::check_build(const api::BuildRequest& request, std::string_view first, BorrowedFd rest,
                                      const Waiting& waiting) {
  Connection connection{socket_path_, waiting};
  connection.send_described("/stack/v1/build/check", api::build_request_json(request), first, rest);
  return api::parse_build_problems(connection.receive({}));
}

std::vector<api::BuildCacheEntry> EngineClient::build_cache() {
  return api::parse_build_cache(ask("GET", "/stack/v1/build/cache"));
}

std::vector<api::BuildRecord> EngineClient::build_history() {
  return api::parse_build_history(ask("GET", "/stack/v1/build/history"));
}

std::vector<std::string> EngineClient::forget_builds(const std::vector<std::string>& ids, bool all) {
  return api::parse_build_forgotten(
      ask("POST", "/stack/v1/build/history/remove", api::build_forget_json({.ids = ids, .all = all})));
}

api::BuildPruned EngineClient::prune_build_cache(const api::BuildPrune& prune) {
  return api::parse_build_pruned(ask("POST", "/stack/v1/build/prune", api::build_prune_json(prune)));
}

}  // namespace stack::client
