#include "templates/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "templates/plain_locale.h"
#include "templates/xattr.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kBuffer = std::size_t{256} << 10;
constexpr int kPollMs = 200;
constexpr std::int64_t kTarBlock = 512;

struct Source {
  int fd;
  const std::atomic<bool>* cancelled;
  const Waiting& waiting;
  const Bytes& on_bytes;
  std::vector<char> buffer = std::vector<char>(kBuffer);
};

// libarchive's read callback. Polls, so that a writer that went silent does not keep a cancelled import
// alive.
la_ssize_t read_some(archive* reader, void* data, const void** bytes) {
  Source& source = *static_cast<Source*>(data);
  *bytes = source.buffer.data();
  for (;;) {
    if (source.cancelled != nullptr && *source.cancelled) {
      archive_set_error(reader, ECANCELED, "cancelled");
      return ARCHIVE_FATAL;
    }
    if (source.waiting) source.waiting();
    pollfd ready{source.fd, POLLIN, 0};
    if (poll(&ready, 1, kPollMs) == 0) continue;
    const ssize_t got = read(source.fd, source.buffer.data(), source.buffer.size());
    if (got > 0 && source.on_bytes) source.on_bytes({source.buffer.data(), static_cast<std::size_t>(got)});
    if (got >= 0) return got;
    if (errno == EINTR || errno == EAGAIN) continue;
    archive_set_error(reader, errno, "cannot read the archive");
    return ARCHIVE_FATAL;
  }
}

class Reader {
 public:
  Reader(const runtime::Fd& fd, const Control& control, Report& report, Sink& sink, const Waiting& waiting,
         const Bytes& on_bytes)
      : source_{fd.get(), control.cancelled, waiting, on_bytes},
        report_(report),
        sink_(sink),
        archive_(archive_read_new()) {}
  void run();

 private:
  struct Free {
    void operator()(archive* reader) const { archive_read_free(reader); }
  };

  void open();
  archive_entry* next();
  void check_end(std::int64_t before);
  void one(archive_entry* raw);
  Entry convert(archive_entry* raw);
  void convert_xattrs(archive_entry* raw, Entry& entry);
  void convert_acl(archive_entry* raw, Entry& entry, int kind, const char* name);
  void copy_data();
  void drain();
  [[noreturn]] void fail(int result);

  Source source_;
  Report& report_;
  Sink& sink_;
  std::unique_ptr<archive, Free> archive_;
  std::string last_;  // the entry that is being read, as the archive names it
};

void Reader::open() {
  archive* reader = archive_.get();
  if (reader == nullptr) throw Error(ErrorKind::kExhausted, "cannot read the archive: no memory");
  const bool ready = archive_read_support_format_tar(reader) == ARCHIVE_OK &&
                     archive_read_support_filter_gzip(reader) == ARCHIVE_OK &&
                     archive_read_support_filter_xz(reader) == ARCHIVE_OK &&
                     archive_read_support_filter_zstd(reader) == ARCHIVE_OK;
  if (!ready) throw Error(ErrorKind::kUnsupported, "this libarchive cannot read tar with gzip, xz and zstd");
  const int result = archive_read_open2(reader, &source_, nullptr, read_some, nullptr, nullptr);
  if (result != ARCHIVE_OK) fail(result);
}

void Reader::fail(int) {
  const int error_number = archive_errno(archive_.get());
  if (error_number == ECANCELED) throw Error(ErrorKind::kConflict, "cancelled");
  const char* text = archive_error_string(archive_.get());
  std::string message = "the archive is damaged, cut short or of an unknown format";
  if (!last_.empty()) message += " at or after entry " + shown(last_);
  if (text != nullptr) message += std::string(" (") + text + ")";
  throw Error(ErrorKind::kInvalid, message).cure("a tar archive, plain or with gzip, xz or zstd, is needed");
}

// A failed conversion of a name's character set is a warning, and the name is then as it was in the archive;
// any other warning means that something in the entry was not understood.
bool is_charset_warning(archive* reader) {
  const char* text = archive_error_string(reader);
  return text != nullptr && std::string_view(text).find("can't be converted") != std::string_view::npos;
}

archive_entry* Reader::next() {
  archive_entry* raw = nullptr;
  const std::int64_t before = archive_filter_bytes(archive_.get(), 0);
  const int result = archive_read_next_header(archive_.get(), &raw);
  if (result == ARCHIVE_EOF) {
    check_end(before);
    return nullptr;
  }
  if (result == ARCHIVE_WARN && is_charset_warning(archive_.get())) return raw;
  if (result != ARCHIVE_OK) fail(result);
  return raw;
}

// libarchive takes the end of the input between two entries for the archive's end. An archive ends with a
// block of zeros, and one without was cut short.
void Reader::check_end(std::int64_t before) {
  if (archive_filter_bytes(archive_.get(), 0) - before >= kTarBlock) return;
  archive_clear_error(archive_.get());
  archive_set_error(archive_.get(), EINVAL, "its end mark is missing");
  fail(ARCHIVE_FATAL);
}

EntryType type_of(archive_entry* raw) {
  if (archive_entry_hardlink(raw) != nullptr) return EntryType::kHardlink;
  switch (archive_entry_filetype(raw)) {
    case AE_IFREG:
      return EntryType::kFile;
    case AE_IFDIR:
      return EntryType::kDirectory;
    case AE_IFLNK:
      return EntryType::kSymlink;
    case AE_IFIFO:
      return EntryType::kFifo;
    case AE_IFSOCK:
      return EntryType::kSocket;
    case AE_IFCHR:
    case AE_IFBLK:
      return EntryType::kDevice;
    default:
      throw Error(ErrorKind::kInvalid, "it is of an unknown type");
  }
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

bool has_xattr(const Entry& entry, std::string_view name) {
  return std::any_of(entry.xattrs.begin(), entry.xattrs.end(),
                     [&](const Xattr& xattr) { return xattr.name == name; });
}

Entry Reader::convert(archive_entry* raw) {
  Entry entry;
  entry.path = clean_path(last_);
  entry.type = type_of(raw);
  entry.mode = archive_entry_perm(raw) & 07777;
  entry.uid = archive_entry_uid(raw);
  entry.gid = archive_entry_gid(raw);
  entry.mtime = {archive_entry_mtime(raw), archive_entry_mtime_nsec(raw)};
  if (entry.type == EntryType::kHardlink) entry.target = clean_path(archive_entry_hardlink(raw));
  if (entry.type == EntryType::kSymlink) entry.target = text_or_empty(archive_entry_symlink(raw));
  if (entry.type == EntryType::kFile) {
    if (archive_entry_size(raw) < 0) throw Error(ErrorKind::kInvalid, "its size is negative");
    entry.size = static_cast<std::uint64_t>(archive_entry_size(raw));
  }
  if (entry.type != EntryType::kHardlink) convert_xattrs(raw, entry);
  return entry;
}

void Reader::convert_xattrs(archive_entry* raw, Entry& entry) {
  archive_entry_xattr_reset(raw);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (archive_entry_xattr_next(raw, &name, &value, &size) == ARCHIVE_OK) {
    std::string text = text_or_empty(name);
    if (!has_xattr(entry, text))
      entry.xattrs.push_back({std::move(text), std::string(static_cast<const char*>(value), size)});
    if (entry.xattrs.size() > kMaxXattrs) return;  // refused by the Sink, which counts
  }
  convert_acl(raw, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access");
  convert_acl(raw, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default");
  if ((archive_entry_acl_types(raw) & ARCHIVE_ENTRY_ACL_TYPE_NFS4) != 0)
    note(report_, "NFS version 4 ACL of " + shown(last_) + " left out");
}

std::uint16_t acl_tag(int tag) {
  switch (tag) {
    case ARCHIVE_ENTRY_ACL_USER:
      return kAclUser;
    case ARCHIVE_ENTRY_ACL_USER_OBJ:
      return kAclUserObject;
    case ARCHIVE_ENTRY_ACL_GROUP:
      return kAclGroup;
    case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
      return kAclGroupObject;
    case ARCHIVE_ENTRY_ACL_MASK:
      return kAclMask;
    case ARCHIVE_ENTRY_ACL_OTHER:
      return kAclOther;
    default:
      return 0;
  }
}

void Reader::convert_acl(archive_entry* raw, Entry& entry, int kind, const char* name) {
  // The text form names users of the host that made the archive; where the kernel's own form is there, it is
  // better.
  if (has_xattr(entry, name)) return;
  if ((archive_entry_acl_types(raw) & kind) == 0 || archive_entry_acl_reset(raw, kind) == 0) return;
  std::vector<AclEntry> acl;
  int type = 0;
  int permissions = 0;
  int tag = 0;
  int id = 0;
  const char* who = nullptr;
  while (archive_entry_acl_next(raw, kind, &type, &permissions, &tag, &id, &who) == ARCHIVE_OK) {
    const std::uint16_t our_tag = acl_tag(tag);
    const bool named = our_tag == kAclUser || our_tag == kAclGroup;
    if (our_tag == 0 || (named && (id < 0 || static_cast<std::uint32_t>(id) > kMaxId)))
      return note(report_,
                  "ACL of " + shown(last_) + " left out: it has no number for " + shown(text_or_empty(who)));
    acl.push_back({our_tag, static_cast<std::uint16_t>(permissions & 7), static_cast<std::uint32_t>(id)});
  }
  entry.xattrs.push_back({name, pack_acl(std::move(acl))});
}

void Reader::copy_data() {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int result = archive_read_data_block(archive_.get(), &bytes, &size, &offset);
    if (result == ARCHIVE_EOF) return;
    if (result != ARCHIVE_OK || offset < 0) fail(result);
    if (size > 0) sink_.data(static_cast<std::uint64_t>(offset), {static_cast<const char*>(bytes), size});
  }
}

void Reader::one(archive_entry* raw) {
  last_ = text_or_empty(archive_entry_pathname(raw));
  std::optional<Entry> entry;
  try {
    entry = convert(raw);
  } catch (Error& error) {
    throw error.wrap("entry " + shown(last_));
  }
  const bool file = entry->type == EntryType::kFile;
  sink_.begin(std::move(*entry));
  if (file) copy_data();
  sink_.end();
  const int result = archive_read_data_skip(archive_.get());
  if (result != ARCHIVE_OK && result != ARCHIVE_EOF) fail(result);
}

// libarchive does not look at what follows the archive's end.
void Reader::drain() {
  const void* ignored = nullptr;
  la_ssize_t got = 1;
  while (got > 0) got = read_some(archive_.get(), &source_, &ignored);
  if (got < 0) fail(ARCHIVE_FATAL);
}

void Reader::run() {
  open();
  while (archive_entry* raw = next()) one(raw);
  if (source_.on_bytes) drain();
}

}  // namespace

void read_archive(const runtime::Fd& archive, const Control& control, Report& report, Sink& sink,
                  const Waiting& waiting, const Bytes& on_bytes) {
  const PlainLocale locale;
  Reader(archive, control, report, sink, waiting, on_bytes).run();
}

}  // namespace croft::templates
