#include <algorithm>
#include <iostream>
#include <set>

#include "cli/commands/failures.h"
#include "cli/commands/image.h"
#include "cli/commands/image_choice.h"
#include "cli/commands/replica_choice.h"
#include "cli/view/format_json.h"
#include "cli/view/image_view.h"

namespace stack::cli {

int image_ls(Session& session, const ImageLsFlags& flags) {
  const auto images = filtered(named(session.engine().images(), flags.name), parse_filters(flags.filters));
  const Wall now = SystemClock{}.wall();
  if (flags.quiet) {
    // A line a name, as in the table.
    for (const model::Image& image : images) {
      const std::string id = flags.no_trunc ? image.id : image.id.substr(7, 12);
      for (std::size_t i = 0; i < std::max<std::size_t>(1, image.references.size()); ++i) std::cout << id << "\n";
    }
  } else if (flags.format == "table") {
    std::cout << images_table(images, now, flags.no_trunc, flags.digests) << std::flush;
    if (images.empty() && flags.name.empty() && flags.filters.empty())
      session.hint("there are no images; get one with: stack image pull NAME, or stack image import FILE NAME");
  } else {
    std::cout << format_rows(flags.format, images_json(images, now, flags.no_trunc), image_titles());
  }
  return 0;
}

int image_inspect(Session& session, const ImageInspectFlags& flags) {
  std::vector<api::ImageDetails> found;
  Failures failures;
  for (const std::string& name : flags.names)
    failures.attempt([&] { found.push_back(session.engine().inspect_image(name, flags.platform)); });
  if (flags.format.empty()) {
    std::cout << image_inspect_json(found) << "\n";
  } else if (flags.format == "json") {
    std::cout << image_inspect_line(found) << "\n";
  } else {
    std::cout << format_objects(flags.format, image_inspect_rows(found));
  }
  failures.report();
  return 0;
}

int image_history(Session& session, const ImageHistoryFlags& flags) {
  const api::ImageDetails details = session.engine().inspect_image(flags.name, flags.platform);
  const HistoryForm form{.now = SystemClock{}.wall(), .no_trunc = flags.no_trunc, .human = flags.human};
  std::cout << (flags.quiet               ? history_ids(details, flags.no_trunc)
                : flags.format == "table" ? history_table(details, form)
                                          : format_rows(flags.format, history_json(details, form), image_titles()));
  return 0;
}

int images(Session& session, const ImagesFlags& flags) {
  if (flags.format != "table" && flags.format != "json") {
    throw Error(ErrorKind::unsupported, "unsupported --format \"" + flags.format + "\"").remedy("use table or json");
  }
  const Session::Target target = session.target({});
  for (const std::string& service : flags.services) check_service(session, target, service);
  std::vector<model::Container> containers = session.engine().containers(target.name, true);
  if (!flags.services.empty()) {
    std::erase_if(containers, [&](const model::Container& c) {
      return std::find(flags.services.begin(), flags.services.end(), c.spec.service) == flags.services.end();
    });
  }
  std::map<std::string, model::Image> by_id;
  for (model::Image& image : session.engine().images()) by_id[image.id] = std::move(image);
  if (flags.quiet) {
    std::set<std::string> ids;
    for (const model::Container& c : containers) ids.insert(c.spec.image_id.substr(7));
    for (const std::string& id : ids) std::cout << id << "\n";
    return 0;
  }
  std::cout << (flags.format == "json" ? project_images_json(containers, by_id)
                                       : project_images_table(containers, by_id, SystemClock{}.wall()))
            << std::flush;
  if (containers.empty()) session.hint("the project has no containers; make them with: stack up -d");
  return 0;
}

}  // namespace stack::cli
