// One step while it is played: what it reads, whether the cache has it, and if not, how its layer is made. Used by BuildRun only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "engine/build/build_run.h"
#include "engine/build/copy_player.h"

namespace stack::build {

// The patterns of --exclude, null when there are none.
std::shared_ptr<const dockerfile::IgnoreFile> excludes_of(const CopyFiles& copy);

class StepPlay {
 public:
  StepPlay(BuildRun& run, NodeId id);
  // Its inputs have their states.
  boost::asio::awaitable<NodeState> play();
  // Notes the definition alone. Its inputs have theirs.
  boost::asio::awaitable<void> define();

 private:
  // A tree to read, open once something is read of it, and what keeps it.
  struct Source {
    CopyFiles what;    // the words that select
    bool read = true;  // its content is part of the key
    std::string display;
    const NodeState* made = nullptr;  // by another node; null: of a context, or not yet
    std::string definition;           // of that node
    Context* context = nullptr;
    std::shared_ptr<FileTree> own;
  };
  // What it reads, as it is and as it is defined.
  struct Reads {
    std::vector<ContentDigest> contents, definitions;
  };
  // On the pool.
  const FileTree& open(Source& source);
  ContentDigest read(Source& source);
  // Of what is fetched; what its checksum names need not be here for that.
  ContentDigest read(const CopyFiles& copy, const RemoteSource& remote, const fetch::Fetched* fetched) const;
  // Without `contents` only what no other node makes.
  Reads read_all(bool contents);

  // Notes the definition as well.
  boost::asio::awaitable<StepKey> key();
  void list_sources();
  void add_source(const FileSource& from, CopyFiles what, bool read, std::string display);
  // Has what ADD wants of other places: for its key only what no checksum names.
  boost::asio::awaitable<void> fetch(const CopyFiles& copy, bool for_key);
  boost::asio::awaitable<NodeState> make(const StepKey& key);
  boost::asio::awaitable<void> make_copy(const CopyFiles& copy);
  boost::asio::awaitable<void> make_folder(const MakeFolder& make);
  boost::asio::awaitable<void> make_run(const RunCommand& command);
  boost::asio::awaitable<void> prepare_mounts(const RunCommand& command, RunJob& job);
  void add_secret(const dockerfile::RunMount& mount, RunJob& job) const;
  static std::string cache_name(const dockerfile::RunMount& what, const Source* from);
  void add_ssh(const dockerfile::RunMount& mount, RunJob& job, int number) const;
  boost::asio::awaitable<NodeState> keep(const StepKey& key);
  // What of the targets of mounts the image has not, the deepest first.
  [[nodiscard]] std::vector<std::string> missing_targets(const RunJob& job) const;
  CopyRules rules_of(const CopyFiles& copy, BorrowedFd root, std::string& unknown) const;
  void copy_all(const CopyFiles& copy, CopyPlayer& player);
  void copy_remote(const CopyFiles& copy, const RemoteSource& remote, const fetch::Fetched& fetched,
                   CopyPlayer& player);
  void unpack_or_copy(const CopyFiles& copy, bool unpack, const FileTree& from, const CopySource& what,
                      CopyPlayer& player);

  BuildRun& run_;
  Builder::Ports& ports_;
  const NodeId id_;
  const Node& node_;
  const NodeState* const parent_;  // null while it is only defined
  std::shared_ptr<WorkFolder> folder_;
  std::vector<Source> sources_;  // of COPY one, of RUN one for each mount with files of a build
  std::vector<std::shared_ptr<const fetch::Fetched>> fetched_;  // of ADD one for each that is remote; null: not yet
  int scratch_ = 0;                                             // names of folders below the work folder
};

}  // namespace stack::build
