// The instructions of a Dockerfile that change an image's configuration, applied to one: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK,
// LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME and WORKDIR (Dockerfile reference). Pure.
#pragma once

#include <string_view>

#include "base/dockerfile/dockerfile.h"
#include "base/model/image_config.h"

namespace stack::image {

// The changes of one import or one stage. An ENTRYPOINT resets the command that was there before the first of them.
class ConfigChanges {
 public:
  // `config` outlives it.
  explicit ConfigChanges(model::ImageConfig& config) : config_(config) {}

  // `instruction` has its variables put in (expand_instruction). Other instructions change nothing. Throws stack::Error(invalid): a
  // port or a signal that is none.
  void apply(const dockerfile::Instruction& instruction);
  // What `image import --change` takes: an instruction, or several on lines of their own; their variables are the configuration's
  // environment. Throws stack::Error(invalid) that quotes the instruction and says what is wrong with it.
  void apply(std::string_view instructions);

 private:
  void apply_one(std::string_view instruction);

  model::ImageConfig& config_;
  bool command_set_ = false;
};

}  // namespace stack::image
