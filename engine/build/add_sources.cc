#include "engine/build/add_sources.h"

#include "base/git/git_reference.h"
#include "base/hide_credentials.h"
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
    if (add_.checksum && out_.problems.empty()) check_sum(*add_.checksum);
    return std::move(out_);
  }

 private:
  void problem(const Range& range, const char* code, std::string message, std::string remedy) {
    out_.problems.push_back({Severity::error, code, std::move(message), std::move(remedy), range});
  }

  void take(const Word& source) {
    if (auto reference = git::parse_git_reference(source.text)) return take_git(source, std::move(*reference));
    if (!is_web(source.text)) return out_.of_context.push_back(source.text);
    if (!image::parse_url(source.text))
      return problem(source.range, "url", "\"" + hide_credentials(source.text) + "\" is no web address",
                     "write https://HOST/PATH, with %XX for what a URL may not have");
    out_.remotes.push_back(
        {fetch::FileWish{source.text, fetch::file_name_of(source.text), {}}, out_.of_context.size()});
  }

  void take_git(const Word& source, git::GitReference reference) {
    if (!reference.problem.empty())
      return problem(source.range, "git", "\"" + hide_credentials(source.text) + "\": " + reference.problem,
                     "write https://HOST/PATH.git#REF:FOLDER");
    const bool git_folder = add_.keep_git_dir.value_or(false) || reference.keep_git_dir;
    out_.remotes.push_back({fetch::TreeWish{std::move(reference), git_folder}, out_.of_context.size()});
  }

  void check_sum(const Word& checksum) {
    if (out_.remotes.empty())
      return problem(checksum.range, "checksum", "--checksum is for what ADD fetches", "remove it, or write a URL");
    if (add_.sources.size() > 1)
      return problem(checksum.range, "checksum", "--checksum is for one source, and there are several",
                     "write an ADD for each of them");
    if (auto* file = std::get_if<fetch::FileWish>(&out_.remotes.front().what)) {
      if (model::is_digest(checksum.text)) return static_cast<void>(file->checksum = checksum.text);
      return problem(checksum.range, "checksum", "\"" + checksum.text + "\" is not the checksum of a file",
                     "write --checksum=sha256: and 64 hexadecimal digits");
    }
    git::GitReference& reference = std::get<fetch::TreeWish>(out_.remotes.front().what).reference;
    if (!git::is_commit_id(checksum.text))
      return problem(checksum.range, "checksum", "\"" + checksum.text + "\" is not a commit",
                     "write --checksum= and all 40 digits of it");
    if (!reference.checksum.empty() && reference.checksum != checksum.text)
      return problem(checksum.range, "checksum", "the address has another checksum, " + reference.checksum,
                     "remove one of them");
    reference.checksum = checksum.text;
  }

  const dockerfile::Add& add_;
  AddSources out_;
};

}  // namespace

bool is_remote_source(std::string_view text) { return is_web(text) || git::parse_git_reference(text).has_value(); }

AddSources sort_sources(const dockerfile::Add& add) { return Sorter{add}.run(); }

}  // namespace stack::build
