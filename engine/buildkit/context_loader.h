// Where the files of a client's build come from: receives them over its session, or has them fetched, and says so in the build's log. The
// first half of FrontendBuild; used nowhere else. Loop thread only.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "engine/buildkit/solve.h"

namespace stack::buildkit {

class ContextLoader {
 public:
  using Path = std::filesystem::path;
  // All outlive it. `wanted` gets what was loaded: the text of the Dockerfile, the contexts.
  ContextLoader(Solve& solve, FrontendRequest& wanted) : solve_(solve), tools_(solve.tools_), wanted_(wanted) {}

  // The Dockerfile, wherever it lies: in a folder of the client's, or in a context of another place, which is fetched for that. Of an
  // archive it is left to the builder.
  boost::asio::awaitable<void> load_dockerfile();
  boost::asio::awaitable<void> load_contexts();

  // What the build copies from, for as long as somebody holds it.
  struct Files {
    struct Received {
      std::string name;  // by which it is kept for the next build; empty: it is not
      std::shared_ptr<const Path> folder;
      std::uint64_t bytes = 0;
    };
    std::shared_ptr<const Path> work;
    std::vector<Received> received;
    std::vector<std::shared_ptr<const void>> fetched;
  };
  // Ids of the secrets that let git in where a context lies: a repository of another place may be one for members only.
  [[nodiscard]] std::set<std::string> git_secrets() const;
  [[nodiscard]] const Files& files() const { return files_; }
  [[nodiscard]] const SourceText& dockerfile() const { return dockerfile_; }
  // Of a context that is one, else invalid.
  UniqueFd take_archive() { return std::move(archive_); }

 private:
  boost::asio::awaitable<std::shared_ptr<const Path>> work_folder(std::string name);
  boost::asio::awaitable<Path> new_folder();
  boost::asio::awaitable<std::shared_ptr<ClientSession>> session_of(std::string id);  // empty: the build's own
  // Receives files of a folder of the client's; their size.
  boost::asio::awaitable<std::uint64_t> receive(Path path, ClientFolder folder, std::vector<std::string> follow,
                                                std::vector<std::string> excludes, int vertex, std::string what);
  boost::asio::awaitable<std::optional<std::string>> read_file(Path root, std::string name);
  boost::asio::awaitable<void> load_client_dockerfile();
  boost::asio::awaitable<void> load_fetched_dockerfile();
  boost::asio::awaitable<std::vector<std::string>> load_ignore_file(ClientFolder folder, bool main);
  boost::asio::awaitable<model::BuildSource> load_context(std::string name, ContextSource source);
  boost::asio::awaitable<model::BuildSource> load_folder(std::string name, ClientFolder folder);
  boost::asio::awaitable<model::BuildSource> load_upload(ClientUpload upload);
  boost::asio::awaitable<model::BuildSource> fetch(std::string name, model::BuildSource source, std::string address);
  void take_dockerfile(std::optional<std::string> text, const std::string& name);

  Solve& solve_;
  const Tools& tools_;
  FrontendRequest& wanted_;
  SourceText dockerfile_;
  std::optional<std::string> own_ignore_file_;  // the text of "Dockerfile.dockerignore"
  UniqueFd archive_;
  Files files_;
  bool main_is_here_ = false;  // the main context was loaded for its Dockerfile
  int folders_ = 0;
};

}  // namespace stack::buildkit
