// One Dockerfile built for a client: receives what is needed over the session, hands it to the builder, says what happens. The working half
// of Solve::frontend(); used nowhere else. Loop thread only.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "engine/buildkit/solve.h"

namespace stack::buildkit {

class FrontendBuild {
 public:
  FrontendBuild(Solve& solve, wire::GatewaySolveRequest request);

  boost::asio::awaitable<wire::GatewaySolveResponse> run();

 private:
  using Path = std::filesystem::path;
  struct ReceivedContext {
    std::string name;  // by which it is kept for the next build; empty: it is not
    std::shared_ptr<const Path> folder;
    std::uint64_t bytes = 0;
  };
  boost::asio::awaitable<void> prepare();
  boost::asio::awaitable<std::shared_ptr<const Path>> work_folder(std::string name);
  boost::asio::awaitable<Path> new_folder();
  boost::asio::awaitable<std::shared_ptr<ClientSession>> session_of(std::string id);  // empty: the build's own
  // Receives files of a folder of the client's; their size.
  boost::asio::awaitable<std::uint64_t> receive(Path path, ClientFolder folder, std::vector<std::string> follow,
                                                std::vector<std::string> excludes, int vertex, std::string what);
  boost::asio::awaitable<void> load_dockerfile();
  boost::asio::awaitable<std::vector<std::string>> load_ignore_file(ClientFolder folder, bool main);
  boost::asio::awaitable<model::BuildSource> load_context(std::string name, ContextSource source);
  boost::asio::awaitable<model::BuildSource> load_folder(std::string name, ClientFolder folder);
  boost::asio::awaitable<model::BuildSource> load_upload(ClientUpload upload);
  // Answers a call that builds nothing.
  boost::asio::awaitable<void> check(wire::Result& result);
  boost::asio::awaitable<void> load_secrets();
  boost::asio::awaitable<std::optional<std::string>> read_file(Path root, std::string name);
  boost::asio::awaitable<std::string> build();
  void set_output();
  void describe(const std::string& image_id);
  void check_alive() const;

  Solve& solve_;
  const Tools& tools_;
  const wire::GatewaySolveRequest request_;
  FrontendRequest wanted_;
  SourceText source_;
  std::optional<std::string> own_ignore_file_;  // the text of "Dockerfile.dockerignore"
  UniqueFd archive_;                            // of a context that is one
  std::shared_ptr<const Path> folder_;
  std::vector<ReceivedContext> contexts_;
  int folders_ = 0;
  model::CredentialsByRegistry credentials_;
};

}  // namespace stack::buildkit
