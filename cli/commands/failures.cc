#include "cli/commands/failures.h"

#include "engine/client/engine_error.h"

namespace stack::cli {
namespace {

Error joined(const std::vector<Failure>& failures) {
  std::string text;
  for (const Failure& failure : failures) text += (text.empty() ? "" : "\n") + failure.error.message();
  const Error& first = failures.front().error;
  Error all{first.kind(), text};
  if (!first.remedy_text().empty()) all.remedy(first.remedy_text());
  return all;
}

}  // namespace

FailureList::FailureList(std::vector<Failure> failures) : Error(joined(failures)), failures_(std::move(failures)) {}

Failures::Failures(const std::vector<Error>& errors) {
  for (const Error& error : errors) failures_.push_back({error, true});
}

void Failures::keep(const Error& error, const std::string& name) {
  failures_.push_back({error, dynamic_cast<const client::EngineError*>(&error) != nullptr, name});
}

void Failures::report() const {
  if (!failures_.empty()) throw FailureList{failures_};
}

}  // namespace stack::cli
