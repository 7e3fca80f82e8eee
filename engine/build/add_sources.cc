#include "engine/build/add_sources.h"

#include "base/model/reference.h"
#include "engine/image/registry/url.h"

namespace stack::build {
namespace {

using dockerfile::Range;
using dockerfile::Severity;
using dockerfile::Word;

bool is_web(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

class Sorter {
 public:
  explicit Sorter(const dockerfile::Add& add) : add_(add) {}

  AddSources run() {
    for (const Word& source : add_.sources) take(source);
    check_flags();
    return std::move(out_);
  }

 private:
  void problem(const Range& range, const char* code, std::string message, std::string remedy) {
    out_.problems.push_back({Severity::error, code, std::move(message), std::move(remedy), range});
  }

  void take(const Word& source) {
    if (!is_web(source.text)) return out_.of_context.push_back(source.text);
    if (!image::parse_url(source.text))
      return problem(source.range, "url", "\"" + source.text + "\" is no web address",
                     "write https://HOST/PATH, with %XX for what a URL may not have");
    fetch::FileWish wish{.url = source.text, .file_name = fetch::file_name_of(source.text), .checksum = {}};
    if (add_.checksum) wish.checksum = add_.checksum->text;
    out_.remotes.push_back({std::move(wish), out_.of_context.size()});
  }

  void check_flags() {
    if (!add_.checksum) return;
    const Range& range = add_.checksum->range;
    if (out_.remotes.empty())
      return problem(range, "checksum", "--checksum is for what ADD fetches", "remove it, or write a URL");
    if (add_.sources.size() > 1)
      return problem(range, "checksum", "--checksum is for one source, and there are several",
                     "write an ADD for each of them");
    if (!model::is_digest(add_.checksum->text))
      problem(range, "checksum", "\"" + add_.checksum->text + "\" is not the checksum of a file",
              "write --checksum=sha256: and 64 hexadecimal digits");
  }

  const dockerfile::Add& add_;
  AddSources out_;
};

}  // namespace

bool is_remote_source(std::string_view text) { return is_web(text); }

AddSources sort_sources(const dockerfile::Add& add) { return Sorter{add}.run(); }

}  // namespace stack::build
