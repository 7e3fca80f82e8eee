// A builder that does as the test says: it reads the archive to its end, and reports what it was given to report. Loop thread, but for
// the promises.
#pragma once

#include <array>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <unistd.h>

#include "engine/api/build_backend.h"

namespace stack::api {

class ScriptedBuilder final : public BuildBackend {
 public:
  std::function<void()> build(model::BuildSpec spec, UniqueFd archive, model::CredentialsByRegistry credentials,
                              std::function<void(const BuildEvent&)> report) override {
    spec_ = std::move(spec);
    credentials_ = std::move(credentials);
    asked_.set_value();
    if (archive) {
      reader_ = std::thread{[this, fd = std::make_shared<UniqueFd>(std::move(archive)), report] {
        const std::string bytes = slurp(*fd);
        boost::asio::post(*loop_, [this, bytes, report] {
          archive_bytes_ = bytes;
          for (const BuildEvent& event : events_) report(event);
        });
      }};
    } else {
      for (const BuildEvent& event : events_) report(event);
    }
    return [this, told = std::make_shared<bool>(false)] {
      if (!std::exchange(*told, true)) cancelled_.set_value();
    };
  }
  void check(model::BuildSpec spec, UniqueFd, Answer<std::string> answer) override {
    spec_ = std::move(spec);
    answer(std::string{"Dockerfile:1:1: unknown instruction \"FORM\""});
  }
  void work_folder(std::string, Answer<std::shared_ptr<const std::filesystem::path>> answer) override {
    answer(Error(ErrorKind::unsupported, "this builder has no folder"));
  }
  void keep_folder(std::string, std::shared_ptr<const std::filesystem::path>, std::uint64_t) override {}
  std::function<void()> fetch_context(model::BuildSpec, std::string, Answer<FetchedContext> answer) override {
    answer(Error(ErrorKind::unsupported, "this builder fetches nothing"));
    return [] {};
  }
  void files(std::string, Answer<std::shared_ptr<const UniqueFd>> answer) override {
    answer(Error(ErrorKind::unsupported, "this builder has no files"));
  }
  void cache(Answer<std::vector<BuildCacheEntry>> answer) override {
    answer(std::vector{BuildCacheEntry{.id = "one"}});
  }
  void prune(BuildPrune prune, Answer<BuildPruned> answer) override {
    answer(BuildPruned{.ids = {prune.all ? "all" : "some"}, .freed_bytes = prune.keep_bytes});
  }
  void history(Answer<std::vector<BuildRecord>> answer) override { answer(std::vector{BuildRecord{.id = "one"}}); }
  void forget_history(std::vector<std::string> ids, bool, Answer<std::vector<std::string>> answer) override {
    answer(std::move(ids));
  }
  ~ScriptedBuilder() override {
    if (reader_.joinable()) reader_.join();
  }

  boost::asio::io_context* loop_ = nullptr;
  std::vector<BuildEvent> events_;
  model::BuildSpec spec_;
  model::CredentialsByRegistry credentials_;
  std::string archive_bytes_;
  std::promise<void> asked_, cancelled_;

 private:
  static std::string slurp(const UniqueFd& fd) {
    std::string all;
    std::array<char, 4096> block;
    for (ssize_t got; (got = ::read(fd.get(), block.data(), block.size())) > 0;)
      all.append(block.data(), static_cast<std::size_t>(got));
    return all;
  }
  std::thread reader_;
};

}  // namespace stack::api
