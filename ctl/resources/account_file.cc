#include "ctl/resources/account_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

struct Header {
  std::uint64_t magic = 0x3174'6666'6f72'63ULL;  // "croff t1"
  std::uint32_t version = 1;
  std::uint32_t slot_size = sizeof(AccountSlot);
  bool operator==(const Header&) const = default;
};

static_assert(std::is_trivially_copyable_v<AccountSlot>);
constexpr std::size_t kPage = 4096;
static_assert(sizeof(Header) <= kPage);
constexpr std::size_t kBytes = kPage + AccountFile::kSlots * sizeof(AccountSlot);

bool is_ours(int file) {
  Header header{};
  struct stat status {};
  return fstat(file, &status) == 0 && static_cast<std::size_t>(status.st_size) == kBytes &&
         pread(file, &header, sizeof header, 0) == sizeof header && header == Header{};
}

// Holes read as zero: all slots are free, and take no memory.
void begin_anew(int file, const std::string& path) {
  const Header header;
  if (ftruncate(file, 0) != 0 || ftruncate(file, static_cast<off_t>(kBytes)) != 0 ||
      pwrite(file, &header, sizeof header, 0) != sizeof header)
    runtime::fail_errno("cannot lay out `" + path + "`");
}

// Up to which slot the file was ever written. What lies in its holes is free: to look there would make pages
// of them.
std::size_t written_slots(int file) {
  off_t end = 0;
  for (off_t data = 0; data >= 0; data = lseek(file, end, SEEK_DATA)) {
    end = lseek(file, data, SEEK_HOLE);
    if (end < 0) return AccountFile::kSlots;
  }
  if (errno != ENXIO) return AccountFile::kSlots;  // this file system knows no holes
  const std::size_t bytes = std::max(static_cast<std::size_t>(end), kPage) - kPage;
  return std::min((bytes + sizeof(AccountSlot) - 1) / sizeof(AccountSlot), AccountFile::kSlots);
}

}  // namespace

AccountFile::AccountFile(const std::string& path) {
  const runtime::Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) runtime::fail_errno("cannot open `" + path + "`");
  if (!is_ours(file.get())) begin_anew(file.get(), path);
  map_ = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (map_ == MAP_FAILED) {
    map_ = nullptr;
    runtime::fail_errno("cannot map `" + path + "`");
  }
  slots_ = reinterpret_cast<AccountSlot*>(static_cast<char*>(map_) + kPage);
  const std::size_t written = written_slots(file.get());
  for (std::size_t i = kSlots; i-- > 0;) {
    if (i >= written || slots_[i].tag == runtime::Tag{})
      free_.push_back(i);
    else
      taken_.emplace(slots_[i].tag, i);
  }
}

AccountFile::~AccountFile() {
  if (map_ != nullptr) munmap(map_, kBytes);
}

AccountSlot* AccountFile::find(const runtime::Tag& tag, std::uint64_t generation) {
  const auto found = taken_.find(tag);
  if (found == taken_.end() || slots_[found->second].generation != generation) return nullptr;
  return &slots_[found->second];
}

AccountSlot& AccountFile::take(const runtime::Tag& tag, std::uint64_t generation) {
  if (AccountSlot* there = find(tag, generation)) return *there;
  give_back(tag);  // of an earlier run
  if (free_.empty())
    throw Error(ErrorKind::kExhausted,
                "no more than " + std::to_string(kSlots) + " containers can run at once on one host");
  const std::size_t index = free_.back();
  free_.pop_back();
  AccountSlot& slot = slots_[index];
  slot = AccountSlot{};
  slot.generation = generation;
  slot.tag = tag;
  taken_.emplace(tag, index);
  return slot;
}

void AccountFile::give_back(const runtime::Tag& tag) noexcept {
  const auto found = taken_.find(tag);
  if (found == taken_.end()) return;
  slots_[found->second].tag = runtime::Tag{};
  free_.push_back(found->second);
  taken_.erase(found);
}

}  // namespace croft::ctl
