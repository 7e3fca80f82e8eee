#include "cli/view/progress_lines.h"

#include "cli/view/printable.h"

namespace stack::cli {
namespace {

// The end of a line for a whole resource: " Container shop-web-1  Recreate (image changed: app)".
std::string whole_line(const model::ProgressEvent& event, const std::string& details, const std::string& cause) {
  const auto of = [](const std::string& text) { return printable(text); };
  return " " + of(model::title(model::subject_of(event))) + "  " + std::string{model::headline(event)} +
         (details.empty() ? "" : " " + of(details)) + (cause.empty() ? "" : " (" + of(cause) + ")") + "\n";
}

struct PlainEvent {
  const model::ProgressEvent& event;

  std::string operator()(const model::Pending&) const { return {}; }
  // Parts say only when they are over.
  std::string operator()(const model::Started& e) const {
    if (!e.whole.empty()) return {};
    std::string details = e.details;
    if (details.empty() && e.action == model::Action::replace) details = model::remark(e.action);
    return whole_line(event, details, e.cause);
  }
  std::string operator()(const model::Advanced&) const { return {}; }
  std::string operator()(const model::Finished& e) const {
    if (e.whole.empty()) return whole_line(event, e.details, {});
    return " " + printable(e.whole) + "  " + printable(e.subject.name) + " " + std::string{model::headline(event)} +
           (e.details.empty() ? "" : " " + printable(e.details)) + "\n";
  }
  std::string operator()(const model::Warned& e) const { return whole_line(event, e.details, {}); }
  std::string operator()(const model::Failed& e) const { return whole_line(event, e.why, {}); }
};

struct PlainReport {
  std::string operator()(const model::ProgressEvent& event) const { return std::visit(PlainEvent{event}, event); }
  // Those with a place in a file have the word behind it.
  std::string operator()(const api::Notice& notice) const {
    const bool told = notice.text.starts_with("warning: ") || notice.text.find(": warning: ") != std::string::npos;
    return (told ? "" : "warning: ") + printable(notice.text, true) + "\n";
  }
  std::string operator()(const api::PlanReport&) const { return {}; }
  std::string operator()(const api::Failure&) const { return {}; }
  std::string operator()(const api::Done& done) const {
    return done.summary.empty() ? "" : printable(done.summary) + "\n";
  }
};

}  // namespace

std::string plain_line(const api::Report& report) { return std::visit(PlainReport{}, report); }

}  // namespace stack::cli
