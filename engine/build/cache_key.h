// What makes two steps the same: the state that they begin with, their words, and the contents that they read. Pure.
//
// Secrets, proxies, times and the names of the machine are no part of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/build/build_plan.h"
#include "engine/build/content_digest.h"

namespace stack::build {

struct KeyPart {
  std::string name;   // "the command", "the variable A"
  std::string value;  // or a digest of it
  bool operator==(const KeyPart&) const = default;
};

struct StepKey {
  std::string key;  // "sha256:..."
  std::vector<KeyPart> parts;
  ListedFiles files;
};

// `before`: the state that the step begins with (state_after, or base_state). `reads`: of COPY and ADD what they copy, of RUN what each
// mount with files of a build shows, in the order of the mounts.
StepKey step_key(const Node& node, const std::string& before, const std::vector<ContentDigest>& reads);
// Of a step that begins a stage.
std::string base_state(const std::vector<std::string>& layers);
// Of a step that was played: what stands on top of it depends on what it really made.
std::string state_after(const std::string& key, const std::vector<std::string>& layers);

// A step is defined by its key with definitions in place of what was made, so that it is known before anything is: `before` is the
// definition of its parent (of the beginning of a stage: its base_state), and what it reads of another step is that one's definition and
// the words that select. Two steps of one definition need not have made the same: a command may ask the clock.
ContentDigest defined_content(const std::string& definition, const CopyFiles& what);

// Why the cache does not serve a step, next to what the same place of the Dockerfile was made of before: "COPY src: src/main.go changed".
std::string miss_reason(const Node& node, const std::vector<KeyPart>& before, const ListedFiles& files_before,
                        const StepKey& now);

}  // namespace stack::build
