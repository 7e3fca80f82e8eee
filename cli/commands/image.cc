#include "cli/commands/image.h"

#include <iostream>

#include <fcntl.h>

#include "cli/view/image_view.h"

namespace stack::cli {

int image_import(Session& session, const ImageImportFlags& flags) {
  UniqueFd file;
  if (flags.file != "-") {
    file.reset(::open(flags.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
      const int failed = errno;
      throw Error(failed == ENOENT ? ErrorKind::not_found : ErrorKind::internal,
                  Error::from_errno(failed, "opening " + flags.file).message());
    }
  }
  const BorrowedFd source = file ? BorrowedFd{file} : BorrowedFd{0};
  const model::Image image = session.engine().import_image(
      source, {.reference = flags.reference, .message = flags.message, .changes = flags.changes});
  std::cout << image.id << "\n";
  return 0;
}

int image_ls(Session& session, const ImageLsFlags& flags) {
  if (flags.format != "table" && flags.format != "json") {
    throw Error(ErrorKind::unsupported, "unsupported --format \"" + flags.format + "\"").remedy("use table or json");
  }
  const std::vector<model::Image> images = session.engine().images();
  const Wall now = SystemClock{}.wall();
  if (flags.quiet) {
    for (const model::Image& image : images) std::cout << (flags.no_trunc ? image.id : image.id.substr(7, 12)) << "\n";
  } else {
    std::cout << (flags.format == "json" ? images_json(images, now, flags.no_trunc)
                                         : images_table(images, now, flags.no_trunc));
  }
  return 0;
}

}  // namespace stack::cli
