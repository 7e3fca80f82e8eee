// Fetches what builds want from other places, unless the store has it and its place says that it has not changed.
//
// Loop thread; the disk on the pool. The same wish of two builds is fetched once. A task that is cancelled leaves nothing of what it was
// fetching; git, which works with the store and the pool, ends behind it: stop() waits for that, and has to be awaited before they go.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/async/event.h"
#include "base/async/thread_pool.h"
#include "base/clock.h"
#include "engine/fetch/fetch_wish.h"
#include "engine/fetch/fetched_store.h"
#include "engine/image/registry/settings.h"

namespace stack::fetch {

using FetchedPtr = std::shared_ptr<const Fetched>;
// Bytes that have come, and how many there will be (0: not known).
using OnBytes = std::function<void(std::uint64_t current, std::uint64_t total)>;

class Fetcher {
 public:
  static constexpr std::size_t kGitAtOnce =
      2;  // of all builds; git waits for the network, which the threads for the disk shall not
  struct Ports {
    boost::asio::io_context& loop;
    const Clock& clock;
    const image::RegistrySettings& settings;  // proxies, timeouts, certificates
    FetchedStore& store;
    async::ThreadPool& pool;
  };
  explicit Fetcher(Ports ports) : ports_(ports), changed_(ports.loop) {}

  // A folder with one file: mode 0600, changed when the server says, else in 1970. With a checksum that the store knows, nobody is asked.
  // Throws stack::Error: not_found, unavailable, invalid for another content than the checksum's.
  boost::asio::awaitable<FetchedPtr> file(FileWish wish, FetchRights rights, OnBytes on_bytes);
  // A folder with the files of the commit. The server is asked which one that is, but for a whole commit id. Throws the same.
  boost::asio::awaitable<FetchedPtr> tree(TreeWish wish, FetchRights rights);

  // Waits for the git of tasks that were cancelled. No others may be left.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<FetchedPtr> file_of_key(FileWish wish, FetchRights rights, std::string key, OnBytes on_bytes);
  boost::asio::awaitable<FetchedPtr> tree_of_key(TreeWish wish, FetchRights rights);
  boost::asio::awaitable<FetchedPtr> used(FetchedPtr known);
  // Waits until nobody else fetches this.
  boost::asio::awaitable<std::shared_ptr<void>> turn(std::string key);
  // Work of git's, on a thread of its own pool. A task that is cancelled leaves at once; the work is told to stop.
  boost::asio::awaitable<FetchedPtr> by_git(std::function<FetchedPtr(const std::function<bool()>& stopped)> work);

  Ports ports_;
  async::Event changed_;             // a wish is fulfilled, or is not going to be; git has ended
  std::set<std::string> in_flight_;  // keys
  std::size_t git_running_ = 0;
  async::ThreadPool git_pool_{kGitAtOnce};
};

}  // namespace stack::fetch
