// A flag of the command line whose value cannot be read. Its message names the flag and the value; Docker's dialect writes it in its own
// words, from the parts. Value.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"

namespace stack::cli {

class FlagError : public Error {
 public:
  // `flag` without hyphens: "memory".
  FlagError(std::string flag, std::string given, std::string why)
      : Error(ErrorKind::invalid, "invalid value \"" + given + "\" of --" + flag + ": " + why),
        flag_(std::move(flag)),
        given_(std::move(given)),
        why_(std::move(why)) {}

  [[nodiscard]] const std::string& flag() const { return flag_; }
  [[nodiscard]] const std::string& given() const { return given_; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  std::string flag_, given_, why_;
};

}  // namespace stack::cli
