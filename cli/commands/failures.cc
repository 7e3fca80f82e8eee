#include "cli/commands/failures.h"

#include <algorithm>

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

FailureList::FailureList(std::vector<Failure> failures, int exit_code)
    : Error(joined(failures)), failures_(std::move(failures)), exit_code_(exit_code) {}

Failures::Failures(const std::vector<Error>& errors) {
  for (const Error& error : errors) failures_.push_back({error, true});
}

void Failures::keep(const Error& error, const std::string& name) {
  const bool by_engine = dynamic_cast<const client::EngineError*>(&error) != nullptr;
  // What is wrong on this side, as a file that is not there, is wrong for all of them.
  const auto same = [&](const Failure& kept) { return !kept.by_engine && kept.error.message() == error.message(); };
  if (!by_engine && std::ranges::any_of(failures_, same)) return;
  failures_.push_back({error, by_engine, name});
}

void Failures::report() const {
  if (!failures_.empty()) throw FailureList{failures_, 1};
}

void Failures::report_forced(bool docker) const {
  const auto is_gone = [](const Failure& failure) { return failure.error.kind() == ErrorKind::not_found; };
  std::vector<Failure> told = failures_;
  if (!docker) std::erase_if(told, is_gone);
  if (!told.empty()) throw FailureList{told, std::ranges::all_of(told, is_gone) ? 0 : 1};
}

}  // namespace stack::cli
