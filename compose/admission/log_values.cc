#include "compose/admission/value_rules.h"
#include "engine/base/suggest.h"
#include "engine/model/log_options.h"

namespace stack::compose {

void check_logging(const Service& service, ServiceReport& report) {
  if (!service.logging) return;
  const std::string& driver = service.logging->driver;
  if (!driver.empty() && driver != "local" && driver != "json-file" && driver != "none") {
    const std::string near = did_you_mean(driver, {"json-file", "local", "none"});
    report.refuse("logging.driver", "this engine has no log driver \"" + driver + "\" yet; " +
                                        (near.empty() ? "it has local, json-file and none" : near));
    return;  // its options are its own
  }
  for (const auto& [name, value] : service.logging->options) {
    const auto verdict = model::judge_log_option(driver, name, value);
    const std::string at = "logging.options." + name;
    if (!verdict.fault.empty()) {
      report.refuse(at, verdict.fault);
    } else if (!verdict.no_effect.empty()) {
      report.warn(at, "this has no effect here: " + verdict.no_effect);
    }
  }
}

}  // namespace stack::compose
