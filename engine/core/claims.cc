#include "engine/core/claims.h"

#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace stack::core {

struct Claims::State {
  std::mutex mutex;
  std::map<std::pair<Kind, std::string>, std::multiset<std::string>> holders;
};

Claims::Claim::Claim(std::shared_ptr<State> state, std::string holder, std::vector<Item> items)
    : state_(std::move(state)), holder_(std::move(holder)), items_(std::move(items)) {
  const std::lock_guard lock{state_->mutex};
  for (const Item& item : items_) state_->holders[{item.kind, item.name}].insert(holder_);
}

Claims::Claim& Claims::Claim::operator=(Claim&& other) noexcept {
  if (this == &other) return *this;
  end();
  state_ = std::move(other.state_);
  holder_ = std::move(other.holder_);
  items_ = std::move(other.items_);
  return *this;
}

void Claims::Claim::end() noexcept {
  if (!state_) return;
  {
    const std::lock_guard lock{state_->mutex};
    for (const Item& item : items_) {
      const auto found = state_->holders.find({item.kind, item.name});
      if (found == state_->holders.end()) continue;
      if (const auto one = found->second.find(holder_); one != found->second.end()) found->second.erase(one);
      if (found->second.empty()) state_->holders.erase(found);
    }
  }
  state_.reset();
}

Claims::Claims() : state_(std::make_shared<State>()) {}

Claims::Claim Claims::hold(std::string holder, std::vector<Item> items) {
  return {state_, std::move(holder), std::move(items)};
}

std::optional<std::string> Claims::holder_of(Kind kind, std::string_view name, std::string_view except) const {
  const std::lock_guard lock{state_->mutex};
  const auto found = state_->holders.find({kind, std::string{name}});
  if (found == state_->holders.end()) return std::nullopt;
  for (const std::string& holder : found->second) {
    if (holder != except) return holder;
  }
  return std::nullopt;
}

std::vector<std::string> Claims::names(Kind kind) const {
  std::vector<std::string> names;
  const std::lock_guard lock{state_->mutex};
  for (const auto& [item, holders] : state_->holders) {
    if (item.first == kind) names.push_back(item.second);
  }
  return names;
}

}  // namespace stack::core
