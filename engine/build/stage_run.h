// The instructions of one stage, from its base on: each becomes a node, a change of the configuration, or both. Used by StagePlanner only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/build/stage_planner.h"

namespace stack::build {

class StageRun {
 public:
  StageRun(StagePlanner& planner, std::size_t index, image::Platform platform, StageResult begun);
  // Nothing when something is wrong or missing.
  std::optional<StageResult> finish();

 private:
  void name_steps();
  void run_all(const std::vector<dockerfile::Instruction>& instructions);
  void one(dockerfile::Instruction instruction);
  void declare(const dockerfile::Arg& arg);
  void run(const dockerfile::Instruction& written, const dockerfile::Run& run);
  void copy(const dockerfile::Instruction& instruction, const dockerfile::Copy& copy);
  void add(const dockerfile::Instruction& instruction, const dockerfile::Add& add);
  void work_folder(const dockerfile::Instruction& instruction, const dockerfile::Workdir& workdir);
  void configure(const dockerfile::Instruction& instruction);
  void triggers();

  [[nodiscard]] std::vector<std::string> run_command(const dockerfile::Run& run, RunCommand& command) const;
  bool mounts(const dockerfile::Run& run, RunCommand& command);
  CopyFiles transfer(const dockerfile::FileTransfer& it, FileSource from) const;
  // Adds the node on top of what the stage has, and its line of history.
  void step(const dockerfile::Instruction& instruction, decltype(Node::what) what, std::string created_by);
  [[nodiscard]] std::string shown(const std::string& text) const;

  StagePlanner& planner_;
  const std::size_t index_;
  const image::Platform platform_;
  StageResult result_;
  image::ConfigChanges changes_;
  char escape_;
  std::vector<NodeId> steps_;  // those that have a number in the stage
  std::vector<std::string> texts_;
  bool failed_ = false;
};

}  // namespace stack::build
