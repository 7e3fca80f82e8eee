#include "base/error.h"

#include <cstring>

namespace stack {

Error::Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

Error Error::from_errno(int err, std::string_view message) {
  std::string text{message};
  text += ": ";
  text += strerrordesc_np(err) != nullptr ? strerrordesc_np(err) : "unknown error";
  Error error{err == EPERM || err == EACCES ? ErrorKind::not_permitted : ErrorKind::internal, std::move(text)};
  error.errno_ = err;
  return error;
}

Error& Error::context(std::string_view step) {
  message_ = std::string{step} + ": " + message_;
  return *this;
}

Error& Error::remedy(std::string text) {
  if (remedy_.empty()) remedy_ = std::move(text);
  return *this;
}

Error& Error::about(std::string attribute) {
  if (attribute_.empty()) attribute_ = std::move(attribute);
  return *this;
}

std::string Error::render() const { return remedy_.empty() ? message_ : message_ + "\n  " + remedy_; }

}  // namespace stack
