// What a registry answers, byte by byte: each operation of the client ends, with what was asked for or with an Error, and what it gives
// back fits its digest. Addresses that an answer leads to are read as well.
#include <csignal>
#include <cstdint>
#include <mutex>
#include <string>

#include <boost/asio/co_spawn.hpp>

#include "base/error.h"
#include "engine/image/digest.h"
#include "engine/image/registry/registry_client.h"
#include "tests/support/scripted_server.h"

namespace {

namespace asio = boost::asio;
using namespace stack;
using namespace stack::image;

constexpr const char* kContent = "0123456789";

// One server for all inputs; it gives everyone the same.
class Registry {
 public:
  void says(std::string bytes) {
    const std::lock_guard lock{mutex_};
    bytes_ = std::move(bytes);
  }
  [[nodiscard]] std::string authority() const { return server_.authority(); }

 private:
  std::string answer() {
    const std::lock_guard lock{mutex_};
    return bytes_;
  }
  std::mutex mutex_;
  std::string bytes_;
  test::ScriptedServer server_{[this](const test::ScriptedRequest& request) {
    return request.target == "/v2/" ? test::ScriptedServer::answer(200, "{}") : answer();
  }};
};

template <class Operation>
void play(const Registry& registry, Operation operation) {
  RegistrySettings settings;
  settings.attempts = 1;
  settings.certificate_folders.clear();
  settings.connect_timeout = settings.answer_timeout = std::chrono::seconds{2};
  asio::io_context loop;
  HttpClient http{loop, settings};
  RegistryClient client{http, settings, registry.authority(), std::nullopt, {}};
  std::exception_ptr failed;
  asio::co_spawn(loop, operation(client), [&](const std::exception_ptr& thrown) { failed = thrown; });
  loop.run();
  try {
    if (failed) std::rethrow_exception(failed);
  } catch (const Error&) {
    // The only thing that may come of nonsense.
  }
}

// Coroutines within a function of C get one name in the assembler (g++ 12).
void ask(const Registry& registry) {
  play(registry, [](RegistryClient& client) -> asio::awaitable<void> {
    const auto fetched = co_await client.manifest("a/b", "1");
    if (sha256_digest(fetched.text) != fetched.digest) __builtin_trap();
  });
  play(registry, [](RegistryClient& client) -> asio::awaitable<void> {
    const Descriptor wanted{.digest = sha256_digest(kContent), .size = 10};
    if (co_await client.blob("a/b", wanted, 100) != kContent) __builtin_trap();
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Registry registry;
  static const bool quiet = std::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
  if (!quiet) __builtin_trap();
  const std::string bytes{reinterpret_cast<const char*>(data), size};
  registry.says(bytes);
  ask(registry);
  const Url base = parse_url("https://registry.example:5000/v2/x/?a=b").value();
  for (const auto& url : {parse_url(bytes), resolve_url(base, bytes)}) {
    if (url && !parse_url(url->text())) __builtin_trap();
  }
  return 0;
}
