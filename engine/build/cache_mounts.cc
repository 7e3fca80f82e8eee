#include "engine/build/cache_mounts.h"

#include "engine/image/digest.h"

namespace stack::build {

using dockerfile::CacheSharing;

boost::asio::awaitable<std::shared_ptr<CacheMounts::Lease>> CacheMounts::take(std::string id, CacheSharing sharing) {
  const std::string base = image::sha256_digest(id).substr(7, 32);
  std::string name = base;
  if (sharing == CacheSharing::private_) {
    for (int number = 1; used_.contains(name); ++number) name = base + "-" + std::to_string(number);
  }
  while (locked_.contains(name) || (sharing == CacheSharing::locked && used_.contains(name))) co_await changed_.wait();
  ++used_[name];
  if (sharing == CacheSharing::locked) locked_.insert(name);
  co_return std::make_shared<Lease>(*this, name);
}

CacheMounts::Lease::~Lease() {
  const auto found = mounts_.used_.find(name_);
  if (found != mounts_.used_.end() && --found->second == 0) mounts_.used_.erase(found);
  mounts_.locked_.erase(name_);
  mounts_.changed_.notify_all();
}

}  // namespace stack::build
