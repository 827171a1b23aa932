#include "templates/verify.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/error.h"
#include "templates/recorder.h"
#include "templates/repair.h"
#include "templates/walk.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr std::uint64_t kProgressBytes = std::uint64_t{16} << 20;

class Verifier {
 public:
  Verifier(Store& store, const Control& control, Repair repair)
      : store_(store), control_(control), repair_(repair) {}
  void layer(const std::string& id);
  Verified finish() { return std::move(verified_); }

 private:
  Inventory read(const std::string& id);
  void complete(const std::string& id, const Inventory& found);
  void compare(const std::string& id, const Inventory& found);
  bool mend(const std::string& id, const Listed& listed);
  void tell(const std::string& id, std::string path, std::string what, bool repaired = false) {
    verified_.damages.push_back({id, std::move(path), std::move(what), repaired});
  }

  Store& store_;
  const Control& control_;
  Repair repair_;
  Verified verified_;
};

Inventory Verifier::read(const std::string& id) {
  Report ignored;
  Recorder recorder([this](std::uint64_t bytes) {
    if (control_.cancelled != nullptr && *control_.cancelled) throw Error(ErrorKind::kConflict, "cancelled");
    const bool tell_now = (verified_.bytes + bytes) / kProgressBytes != verified_.bytes / kProgressBytes;
    verified_.bytes += bytes;
    if (tell_now && control_.progress) control_.progress({"verifying", -1, verified_.files, verified_.bytes});
  });
  read_directory(runtime::open_file(store_.root_path(id), O_RDONLY | O_DIRECTORY), ignored, recorder,
                 Reading::kLayer);
  return recorder.finish();
}

// The list of a layer that is older than lists, or whose list was damaged.
void Verifier::complete(const std::string& id, const Inventory& found) {
  std::string reason;
  try {
    if (layer_id(store_.inventory(id)) == id) return;
    reason = "its list of files was damaged";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) reason = error.what();
  }
  if (repair_ == Repair::kYes) store_.adopt(id, found);
  if (!reason.empty()) tell(id, "", reason, repair_ == Repair::kYes);
}

void Verifier::compare(const std::string& id, const Inventory& found) {
  std::optional<Inventory> expected;
  try {
    expected = store_.inventory(id);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound && error.kind() != ErrorKind::kInvalid) throw;
  }
  if (!expected || layer_id(*expected) != id)
    return tell(id, "", "something in it differs; without a whole list of its files it cannot be said what");
  const auto wrong = differences(*expected, found);
  if (wrong.empty()) tell(id, "", "its hard links differ");
  for (const auto& [path, what] : wrong) {
    const auto listed =
        std::lower_bound(expected->begin(), expected->end(), path,
                         [](const Listed& one, const std::string& name) { return one.path < name; });
    const bool is_listed = listed != expected->end() && listed->path == path;
    tell(id, path, what, repair_ == Repair::kYes && is_listed && mend(id, *listed));
  }
}

bool Verifier::mend(const std::string& id, const Listed& listed) {
  if (listed.type != EntryType::kFile) return false;
  const std::string path = store_.root_path(id) + "/" + listed.path;
  return mend_file(path, listed.record, copies_of(store_, listed.record));
}

void Verifier::layer(const std::string& id) {
  ++verified_.layers;
  try {
    const Inventory found = read(id);
    verified_.files += found.size();
    if (layer_id(found) == id)
      complete(id, found);
    else
      compare(id, found);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kConflict) throw;
    tell(id, "", error.what());
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> differences(const Inventory& expected,
                                                             const Inventory& found) {
  std::vector<std::pair<std::string, std::string>> wrong;
  auto wanted = expected.begin();
  auto there = found.begin();
  while (wanted != expected.end() || there != found.end()) {
    if (there == found.end() || (wanted != expected.end() && wanted->path < there->path)) {
      wrong.emplace_back(wanted++->path, "is missing");
    } else if (wanted == expected.end() || there->path < wanted->path) {
      wrong.emplace_back(there++->path, "does not belong there");
    } else {
      if (wanted->type != there->type)
        wrong.emplace_back(wanted->path, "is of another type");
      else if (wanted->record != there->record)
        wrong.emplace_back(wanted->path, "has other content or attributes");
      ++wanted;
      ++there;
    }
  }
  return wrong;
}

Verified verify(Store& store, const std::set<std::string>& layers, const Control& control, Repair repair) {
  Verifier verifier(store, control, repair);
  for (const std::string& id : layers) verifier.layer(id);
  return verifier.finish();
}

}  // namespace croft::templates
