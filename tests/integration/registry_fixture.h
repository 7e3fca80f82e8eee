// What tests of the registry client begin with: settings that wait for nothing, and one operation played to its end on a loop of its
// own.
#pragma once

#include <array>
#include <csignal>
#include <exception>
#include <functional>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/image/digest.h"
#include "engine/image/registry/registry_client.h"
#include "tests/support/scripted_server.h"

namespace stack::image {

namespace asio = boost::asio;
using test::ScriptedRequest;
using test::ScriptedServer;

inline std::string answer(int status, const std::string& body, const std::string& fields = {}) {
  return ScriptedServer::answer(status, body, fields);
}

class Registry : public ::testing::Test {
 protected:
  Registry() {
    std::signal(SIGPIPE, SIG_IGN);  // as the daemon does
    settings_.retry_after = std::chrono::milliseconds{1};
    settings_.answer_timeout = std::chrono::seconds{5};
    settings_.certificate_folders.clear();
  }

  // Runs one operation to its end on a loop of its own.
  template <class Operation>
  void play(const std::string& registry, Operation operation, model::Credentials credentials = {}) {
    asio::io_context loop;
    HttpClient http{loop, settings_};
    RegistryClient client{http, settings_, registry, std::nullopt, std::move(credentials)};
    std::exception_ptr failed;
    asio::co_spawn(loop, operation(client), [&](const std::exception_ptr& thrown) { failed = thrown; });
    loop.run();
    if (failed) std::rethrow_exception(failed);
  }

  RegistryClient::Fetched manifest(const std::string& registry, const std::string& reference = "1",
                                   model::Credentials credentials = {}) {
    RegistryClient::Fetched fetched;
    play(
        registry,
        [&](RegistryClient& client) -> asio::awaitable<void> { fetched = co_await client.manifest("a/b", reference); },
        std::move(credentials));
    return fetched;
  }

  RegistryClient::Fetched manifest(const ScriptedServer& server, const std::string& reference = "1",
                                   model::Credentials credentials = {}) {
    return manifest(server.authority(), reference, std::move(credentials));
  }
  std::string blob(const ScriptedServer& server, const Descriptor& wanted) { return blob(server.authority(), wanted); }

  // The blob as it comes out of the pipe.
  std::string blob(const std::string& registry, const Descriptor& wanted) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const UniqueFd reading{ends[0]};
    play(registry, [&](RegistryClient& client) -> asio::awaitable<void> {
      asio::posix::stream_descriptor writing{co_await asio::this_coro::executor, ends[1]};
      const std::function<void(std::uint64_t)> ignore;
      co_await client.blob("a/b", wanted, writing, ignore);
    });
    std::string text;
    char block[4096];
    for (ssize_t got; (got = ::read(reading.get(), block, sizeof block)) > 0;)
      text.append(block, static_cast<std::size_t>(got));
    return text;
  }

  ErrorKind kind_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const Error& error) {
      said_ = error.message();
      return error.kind();
    }
    ADD_FAILURE() << "nothing was refused";
    return ErrorKind::internal;
  }

  RegistrySettings settings_;
  std::string said_;
};

inline Descriptor descriptor_of(const std::string& content) {
  return {.media_type = kOciLayer, .digest = sha256_digest(content), .size = content.size()};
}

}  // namespace stack::image
