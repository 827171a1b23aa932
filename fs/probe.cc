// What this kernel and the pool's file system can do for container roots, found out by doing it once.
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "fs/idmap.h"
#include "fs/overlay.h"
#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Never given to a container: the highest multiple of 65536 below 2^31.
constexpr std::uint32_t kTrialBase = 0x7fff0000;

// xino: inode numbers that are unique over all layers. The others off: changing a layer under a container's
// upper directory (rebase) stays defined only without them.
const std::vector<std::pair<std::string, std::string>> kOptions{
    {"xino", "on"}, {"index", "off"}, {"redirect_dir", "off"}, {"metacopy", "off"}};

// A layer with one file, an upper and a work directory, on the pool's file system.
class Trial {
 public:
  explicit Trial(const std::string& pool) : directory_(pool + "/.croft-trial-XXXXXX") {
    if (mkdtemp(directory_.data()) == nullptr)
      runtime::fail_errno("cannot make a directory in `" + pool + "`");
    for (const char* part : {"/lower", "/upper", "/work"}) runtime::make_directories(directory_ + part, 0755);
    runtime::replace_file(directory_ + "/lower/file", "", 0644, false);
    // Overlay mounts without them too, but then cannot remember that a directory was replaced.
    if (setxattr(path("/upper").c_str(), "trusted.croft", "", 0, 0) != 0) attributes_ = errno;
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() {
    try {
      runtime::remove_tree(directory_);
    } catch (const Error&) {
      return;  // an empty directory with a name that says what it was
    }
  }
  [[nodiscard]] std::string path(const char* part) const { return directory_ + part; }
  // The errno of setting a trusted extended attribute; 0 where they are there.
  [[nodiscard]] int attributes() const { return attributes_; }

 private:
  std::string directory_;
  int attributes_ = 0;
};

struct Question {
  const Trial& trial;
  std::string staging;
  runtime::FdSlot userns;
};

// Mounts as `facts` say and looks at the owner that a file gets. Throws Error when it does not work.
void attempt(const Question& question, const RootFacts& facts) {
  const Trial& trial = question.trial;
  MountRoot root{std::make_shared<RootFacts>(facts),
                 {trial.path("/lower")},
                 trial.path("/upper"),
                 trial.path("/work"),
                 question.staging,
                 question.userns,
                 runtime::make_slot()};
  root.apply();
  struct stat info {};
  if (fstatat(root.out->get(), "file", &info, 0) != 0) runtime::fail_errno("cannot see the layer's file");
  if (facts.mode == RootMode::kIdmapped && info.st_uid != kTrialBase)
    throw Error(ErrorKind::kUnsupported, "an id-mapped layer shows its owners unmapped");
}

bool works(const Question& question, const RootFacts& facts) {
  try {
    attempt(question, facts);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// Leaves out the options that this kernel does not know. Called when all together were refused as invalid.
void keep_known_options(const Question& question, RootFacts& facts) {
  RootFacts trial = facts;
  facts.options.clear();
  for (const auto& option : kOptions) {
    trial.options = {option};
    if (works(question, trial)) facts.options.push_back(option);
  }
}

// One way in one mode; the error when it does not work.
std::optional<Error> try_way(const Question& question, RootFacts& facts) {
  facts.options = kOptions;
  try {
    attempt(question, facts);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.error_number() != EINVAL) return error;
  }
  keep_known_options(question, facts);
  try {
    attempt(question, facts);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

std::optional<RootFacts> try_idmapped(Question question, std::string& reason) {
  try {
    question.userns = runtime::make_slot(make_user_namespace(kTrialBase));
  } catch (const Error& error) {
    reason = error.what();
    return std::nullopt;
  }
  RootFacts facts{RootMode::kIdmapped, LayerWay::kDetached, {}, ""};
  for (const LayerWay way : {LayerWay::kDetached, LayerWay::kStaged, LayerWay::kClassic}) {
    facts.way = way;
    const std::optional<Error> error = try_way(question, facts);
    if (!error) return facts;
    reason = error->what();
  }
  return std::nullopt;
}

[[noreturn]] void refuse_pool(const std::string& pool, const Error& why) {
  Error told(ErrorKind::kUnsupported,
             "container roots cannot be stacked in `" + pool + "`: " + std::string(why.what()));
  throw told.cure(why.error_number() == ENODEV
                      ? "load the kernel module `overlay`"
                      : "put the data directory on ext4, xfs or btrfs (croftd --data DIR)");
}

RootFacts try_shifted(const Question& question, const std::string& pool, const std::string& reason) {
  RootFacts facts{RootMode::kShifted, LayerWay::kStaged, {}, reason};
  if (!try_way(question, facts)) return facts;
  facts.way = LayerWay::kClassic;
  const std::optional<Error> error = try_way(question, facts);
  if (!error) return facts;
  refuse_pool(pool, *error);
}

}  // namespace

RootFacts probe_root(const std::string& pool, const std::string& staging, bool force_shifted) {
  const Trial trial(pool);
  const Question question{trial, staging, nullptr};
  if (trial.attributes() != 0)
    refuse_pool(pool, Error(ErrorKind::kUnsupported, "no extended attributes there", trial.attributes()));
  std::string reason = "shifted layers were asked for";
  if (!force_shifted)
    if (std::optional<RootFacts> facts = try_idmapped(question, reason)) return *facts;
  return try_shifted(question, pool, reason);
}

RootMode choose_root_mode(const std::string& pool, const std::string& staging, bool force_shifted) {
  return probe_root(pool, staging, force_shifted).mode;
}

void prepare_staging(const std::string& directory) {
  runtime::make_directories(directory, 0700);
  struct statfs info {};
  if (statfs(directory.c_str(), &info) != 0) runtime::fail_errno("cannot look at `" + directory + "`");
  const runtime::Fd here = runtime::open_file(directory, O_PATH | O_DIRECTORY);
  struct statx status {};
  if (statx(here.get(), "", AT_EMPTY_PATH, 0, &status) != 0)
    runtime::fail_errno("cannot look at `" + directory + "`");
  const bool mounted = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  if (mounted && info.f_type == TMPFS_MAGIC && umount2(directory.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0)
    runtime::fail_errno("cannot unmount `" + directory + "`");
  if (::mount("croft", directory.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700,size=64k") !=
      0)
    runtime::fail_errno("cannot mount a tmpfs at `" + directory + "`");
  if (::mount(nullptr, directory.c_str(), nullptr, MS_PRIVATE, nullptr) != 0)
    runtime::fail_errno("cannot make `" + directory + "` a private mount");
}

}  // namespace croft::fs
