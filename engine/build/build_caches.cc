// The part of BuildRun that deals with caches of other places: what they serve before anything is played, and what is left in them.
#include <algorithm>

#include "base/log.h"
#include "base/thrown.h"
#include "engine/build/build_run.h"
#include "engine/build/cache_folder.h"
#include "engine/build/step_play.h"

namespace stack::build {

namespace asio = boost::asio;

std::shared_ptr<CachePlace> BuildRun::open_place(const model::CachePlace& place, bool write) const {
  if (place.reference.empty()) return std::make_shared<CacheFolder>(place, ports_.images, ports_.workers);
  if (!request_.open_cache) throw Error(ErrorKind::unsupported, "caches of registries cannot be reached");
  return request_.open_cache(place.reference, write);
}

// --- reading ---------------------------------------------------------------------------------------------------------------------------

asio::awaitable<void> BuildRun::use_caches() {
  wanted_ = needed_nodes(plan_);
  for (const model::CachePlace& from : request_.spec.cache_from) {
    model::CachePlace place = from;
    co_await read_cache(std::move(place));
  }
  if (imports_.empty()) co_return;
  for (const NodeId id : wanted_) {
    co_await define(id);
    const std::vector<NodeId> inputs = inputs_of(plan_.nodes[id]);
    const bool fresh = std::ranges::any_of(inputs, [this](NodeId input) { return not_served_.contains(input); });
    if (plan_.nodes[id].no_cache || fresh) not_served_.insert(id);
  }
  co_await choose_served();
}

// Where a cache cannot be read from, the build goes on without it.
asio::awaitable<void> BuildRun::read_cache(model::CachePlace from) {
  Progress& progress = *request_.progress;
  const std::string place = from.reference.empty() ? from.folder : from.reference;
  const std::string name = "importing cache manifest from " + place;
  const int step = progress.further_step();
  progress.started(step, name, {});
  const Mono began = ports_.clock.mono();
  std::exception_ptr thrown;
  try {
    const auto& platforms = request_.spec.platforms;
    const auto cache = std::make_shared<CacheImport>(open_place(from, false), ports_.images, ports_.workers);
    image::Platform platform = platforms.empty() ? image::host_platform() : image::parse_platform(platforms.front());
    co_await cache->load(std::move(platform));
    imports_.push_back(cache);
  } catch (...) {
    thrown = std::current_exception();
  }
  const bool cancelled = thrown && async::is_cancellation(thrown);
  progress.ended(step, name, false, ports_.clock.mono() - began, cancelled ? "cancelled" : "");
  if (cancelled) std::rethrow_exception(thrown);
  if (thrown) progress.warning("warning: the cache " + place + " is not used: " + error_of(thrown).message());
}

asio::awaitable<void> BuildRun::define(NodeId id) {
  const Node& node = plan_.nodes[id];
  if (node.parent) {
    StepPlay step{*this, id};
    co_return co_await step.define();
  }
  const auto* from = std::get_if<FromImage>(&node.what);
  definitions_[id] = base_state(from == nullptr ? std::vector<std::string>{} : from->layers);
}

asio::awaitable<void> BuildRun::choose_served() {
  const std::vector<NodeId> needed = std::move(wanted_);
  std::set<NodeId> chosen;
  std::vector<NodeId> open{plan_.result};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (!chosen.insert(id).second || served_.contains(id)) continue;
    const bool served = co_await serve(id);
    if (served) {
      co_await serve_below(id);
      for (auto below = plan_.nodes[id].parent; below; below = plan_.nodes[*below].parent) chosen.insert(*below);
      continue;
    }
    for (const NodeId input : inputs_of(plan_.nodes[id])) open.push_back(input);
  }
  // An export of all steps has those as well that nothing needs now.
  if (std::ranges::any_of(request_.spec.cache_to, &model::CacheExport::all_steps)) {
    for (const NodeId id : needed) {
      if (chosen.contains(id)) continue;
      const bool served = co_await serve(id);
      if (served || !plan_.nodes[id].parent) chosen.insert(id);
    }
  }
  wanted_.assign(chosen.begin(), chosen.end());
}

std::size_t BuildRun::layers_of(NodeId id) const {
  std::size_t steps = 0;
  for (; plan_.nodes[id].parent; id = *plan_.nodes[id].parent) ++steps;
  const auto* from = std::get_if<FromImage>(&plan_.nodes[id].what);
  return steps + (from == nullptr ? 0 : from->layers.size());
}

asio::awaitable<bool> BuildRun::serve(NodeId id) {
  if (!plan_.nodes[id].parent || not_served_.contains(id)) co_return false;
  // The engine's own comes first: nothing has to be fetched.
  if (const auto known = ports_.cache.find_defined(definitions_.at(id))) {
    used_.take(known->key, known->layers);
    if (ports_.images.has_layer(image::chain_ids(known->layers).back())) {
      served_[id] = {state_after(known->key, known->layers), known->layers, known->created, known->key};
      co_return true;
    }
  }
  for (const auto& cache : imports_) {
    const bool served = co_await serve_from(*cache, id);
    if (served) co_return true;
  }
  co_return false;
}

asio::awaitable<bool> BuildRun::serve_from(CacheImport& cache, NodeId id) {
  const auto found = cache.find(definitions_.at(id));
  if (!found || found->layers.size() != layers_of(id)) co_return false;
  used_.take({}, found->layers);
  std::optional<Error> failed;
  try {
    CacheImport::Step step = *found;
    co_await cache.bring(std::move(step));
  } catch (const Error& error) {
    failed = error;
  }
  if (failed) {
    request_.progress->warning("warning: " + plan_.nodes[id].instruction + ": the cache " + cache.name() +
                               " is not used: " + failed->message());
    co_return false;
  }
  served_[id] = {state_after(found->key, found->layers), found->layers, found->created, found->key};
  co_return true;
}

asio::awaitable<void> BuildRun::serve_below(NodeId id) {
  const NodeState top = served_.at(id);
  std::vector<std::string> layers = top.layers;
  for (auto at = plan_.nodes[id].parent; at && plan_.nodes[*at].parent; at = plan_.nodes[*at].parent) {
    layers.pop_back();
    if (!served_.contains(*at)) static_cast<void>(co_await serve(*at));
    NodeState& state = served_[*at];
    // The same step may have been made several times.
    if (state.layers != layers)
      state = {.state = base_state(layers), .layers = layers, .created = top.created, .key = {}};
  }
}

// --- writing ---------------------------------------------------------------------------------------------------------------------------

std::vector<ExportedStep> BuildRun::exported(bool all_steps) const {
  std::set<NodeId> ids;
  if (all_steps) ids.insert(wanted_.begin(), wanted_.end());
  for (std::optional<NodeId> at = plan_.result; at; at = plan_.nodes[*at].parent) ids.insert(*at);
  std::vector<ExportedStep> steps;
  for (const NodeId id : ids) {
    const NodeState* state = state_of(id);
    if (state != nullptr && !state->key.empty())
      steps.push_back({definitions_.at(id), state->key, state->layers, state->created});
  }
  return steps;
}

asio::awaitable<void> BuildRun::export_caches() {
  for (const model::CacheExport& wanted : request_.spec.cache_to) {
    if (wanted.in_image) continue;
    model::CacheExport to = wanted;
    co_await write_cache(std::move(to));
  }
}

asio::awaitable<void> BuildRun::write_cache(model::CacheExport wanted) {
  Progress& progress = *request_.progress;
  const model::CachePlace& to = wanted.place;
  const std::string name = "exporting cache to " + (to.reference.empty() ? to.folder : to.reference);
  const int step = progress.further_step();
  progress.started(step, name, {});
  const Mono began = ports_.clock.mono();
  std::exception_ptr thrown;
  try {
    std::shared_ptr<CachePlace> place = open_place(to, true);
    std::vector<ExportedStep> steps = exported(wanted.all_steps);
    model::CacheExport form = wanted;
    co_await export_cache(std::move(place), std::move(form), std::move(steps), ports_.images, ports_.workers);
  } catch (...) {
    thrown = std::current_exception();
  }
  const bool cancelled = thrown && async::is_cancellation(thrown);
  const std::string why = !thrown ? "" : cancelled ? "cancelled" : error_of(thrown).message();
  progress.ended(step, name, false, ports_.clock.mono() - began, wanted.may_fail && !cancelled ? "" : why);
  if (cancelled) std::rethrow_exception(thrown);
  if (!thrown) co_return;
  if (wanted.may_fail) co_return progress.warning("warning: " + name + ": " + why);
  Error error = error_of(thrown);
  throw error.context(name);
}

}  // namespace stack::build
