#include "base/dockerfile/check_rules.h"

#include <algorithm>
#include <array>

namespace stack::dockerfile {
namespace {

constexpr auto kRules = std::to_array<CheckRule>(
    {{"StageNameCasing", "stage-name-casing", "Stage names should be lowercase"},
     {"FromAsCasing", "from-as-casing", "The 'as' keyword should match the case of the 'from' keyword"},
     {"NoEmptyContinuation", "no-empty-continuation",
      "Empty continuation lines will become errors in a future release"},
     {"ConsistentInstructionCasing", "consistent-instruction-casing",
      "All commands within the Dockerfile should use the same casing (either upper or lower)"},
     {"DuplicateStageName", "duplicate-stage-name", "Stage names should be unique"},
     {"ReservedStageName", "reserved-stage-name", "Reserved words should not be used as stage names"},
     {"JSONArgsRecommended", "json-args-recommended",
      "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals"},
     {"MaintainerDeprecated", "maintainer-deprecated",
      "The MAINTAINER instruction is deprecated, use a label instead to define an image author"},
     {"UndefinedArgInFrom", "undefined-arg-in-from", "FROM command must use declared ARGs"},
     {"WorkdirRelativePath", "workdir-relative-path",
      "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base "
      "image changes"},
     {"UndefinedVar", "undefined-var", "Variables should be defined before their use"},
     {"MultipleInstructionsDisallowed", "multiple-instructions-disallowed",
      "Multiple instructions of the same type should not be used in the same stage"},
     {"LegacyKeyValueFormat", "legacy-key-value-format",
      "Legacy key/value format with whitespace separator should not be used"},
     {"RedundantTargetPlatform", "redundant-target-platform",
      "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior"},
     {"SecretsUsedInArgOrEnv", "secrets-used-in-arg-or-env",
      "Sensitive data should not be used in the ARG or ENV commands"},
     {"InvalidDefaultArgInFrom", "invalid-default-arg-in-from",
      "Default value for global ARG results in an empty or invalid base image name"},
     {"FromPlatformFlagConstDisallowed", "from-platform-flag-const-disallowed",
      "FROM --platform flag should not use a constant value"},
     {"CopyIgnoredFile", "copy-ignored-file", "Attempting to Copy file that is excluded by .dockerignore", true},
     {"InvalidDefinitionDescription", "invalid-definition-description",
      "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is "
      "not intended to be a description comment, add an empty line or comment between the instruction and the comment.",
      true},
     {"ExposeProtoCasing", "expose-proto-casing", "Protocol in EXPOSE instruction should be lowercase"},
     {"ExposeInvalidFormat", "expose-invalid-format",
      "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a "
      "future release"}});

}  // namespace

std::string CheckRule::url() const { return "https://docs.docker.com/go/dockerfile/rule/" + std::string{page} + "/"; }

const CheckRule* find_check_rule(std::string_view name) {
  const auto found = std::ranges::find(kRules, name, &CheckRule::name);
  return found == kRules.end() ? nullptr : &*found;
}

}  // namespace stack::dockerfile
