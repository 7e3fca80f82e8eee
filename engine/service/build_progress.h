// What the builder says, as events of the API. Steps get their numbers in the order in which they are first heard of. Loop thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/api/build_backend.h"
#include "engine/build/builder.h"

namespace stack::service {

class BuildProgress final : public build::Progress {
 public:
  explicit BuildProgress(std::function<void(const api::BuildEvent&)> report) : report_(std::move(report)) {}

  void warning(const std::string& text) override { tell(api::BuildWarning{text}); }
  void started(int step, const std::string& name, const std::string& cause) override {
    tell(api::BuildStepStarted{number_of(step), name, cause});
  }
  void output(int step, int stream, std::string_view bytes) override {
    tell(api::BuildStepOutput{number_of(step), stream, std::string{bytes}});
  }
  void ended(int step, const std::string& name, bool cached, Nanos took, const std::string& error) override {
    tell(api::BuildStepEnded{number_of(step), name, cached, took, error});
  }
  void bytes(int step, std::uint64_t current, std::uint64_t total) {
    tell(api::BuildStepBytes{number_of(step), current, total});
  }
  // Steps that are not the plan's, such as downloads.
  int further_step() override { return --further_; }
  // Nobody listens any more.
  void silence() { silent_ = true; }

 private:
  int number_of(int step) { return numbers_.try_emplace(step, static_cast<int>(numbers_.size()) + 1).first->second; }
  void tell(const api::BuildEvent& event) const {
    if (!silent_) report_(event);
  }

  std::function<void(const api::BuildEvent&)> report_;
  std::map<int, int> numbers_;
  int further_ = 0;
  bool silent_ = false;
};

}  // namespace stack::service
