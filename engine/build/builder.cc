#include "engine/build/builder.h"

#include "engine/build/build_run.h"

namespace stack::build {

Builder::Builder(Ports ports) : ports_(ports), mounts_(ports.loop, ports.cache.mounts_folder()), changed_(ports.loop) {}

boost::asio::awaitable<Built> Builder::build(BuildRequest request) {
  BuildRun run{*this, std::move(request)};
  co_return co_await run.run();
}

boost::asio::awaitable<std::string> Builder::check(BuildRequest request) {
  BuildRun run{*this, std::move(request)};
  co_return co_await run.check();
}

}  // namespace stack::build
