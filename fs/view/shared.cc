#include "fs/view/shared.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "runtime/error.h"

namespace croft::view {
namespace {

// Of the process, not of the open file, which predecessor and successor share; it ends with its holder.
void wait_for_predecessor(const runtime::Fd& memory) {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  while (fcntl(memory.get(), F_SETLKW, &whole) != 0)
    if (errno != EINTR) runtime::fail_errno("cannot lock the view's memory");
}

}  // namespace

Shared* map_shared(const runtime::Fd& memory) {
  wait_for_predecessor(memory);
  if (ftruncate(memory.get(), sizeof(Shared)) != 0) runtime::fail_errno("cannot size the view's memory");
  void* const at = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (at == MAP_FAILED) runtime::fail_errno("cannot map the view's memory");
  auto* const shared = static_cast<Shared*>(at);
  if (shared->magic == kSharedMagic) return shared;
  // Times and loads begin anew; what the kernel asked lies first, where every layout has it.
  std::memset(shared->keys, 0, sizeof shared->keys);
  shared->magic = kSharedMagic;
  return shared;
}

Record& record_of(Shared& shared, std::string_view uuid, std::uint64_t started, std::uint64_t now) {
  const std::string_view name = uuid.substr(0, sizeof(RecordKey::uuid) - 1);
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < kMaxRecords; ++i) {
    RecordKey& key = shared.keys[i];
    if (key.started == started && started != 0 && name == key.uuid) {
      key.used = now;
      return shared.records[i];
    }
    if (key.used < shared.keys[oldest].used) oldest = i;
  }
  RecordKey& key = shared.keys[oldest];
  key.started = 0;  // nobody's while it is being made
  shared.records[oldest].begin();
  std::memset(key.uuid, 0, sizeof key.uuid);
  std::copy(name.begin(), name.end(), std::begin(key.uuid));
  key.used = now;
  key.started = std::max<std::uint64_t>(started, 1);
  return shared.records[oldest];
}

}  // namespace croft::view
