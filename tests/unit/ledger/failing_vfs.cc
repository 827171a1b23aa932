#include "tests/unit/ledger/failing_vfs.h"

namespace croft::ledger {

// In front of the file of the default file system, as sqlite3_file wants it.
struct FailingFile {
  sqlite3_file base;
  FailingVfs* vfs;

  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  bool fails() { return ++vfs->count_ % vfs->every_ == 0; }

  static FailingFile& of(sqlite3_file* file) { return *reinterpret_cast<FailingFile*>(file); }
  static int close(sqlite3_file* file) { return of(file).below()->pMethods->xClose(of(file).below()); }
  static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    return of(file).below()->pMethods->xRead(of(file).below(), to, size, at);
  }
  static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    FailingFile& own = of(file);
    if (!own.fails()) return own.below()->pMethods->xWrite(own.below(), from, size, at);
    if (own.vfs->torn_) own.below()->pMethods->xWrite(own.below(), from, size / 2, at);
    return SQLITE_IOERR_WRITE;
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return of(file).below()->pMethods->xTruncate(of(file).below(), size);
  }
  static int sync(sqlite3_file* file, int flags) {
    FailingFile& own = of(file);
    if (own.fails()) return SQLITE_IOERR_FSYNC;
    return own.below()->pMethods->xSync(own.below(), flags);
  }
  static int size(sqlite3_file* file, sqlite3_int64* size) {
    return of(file).below()->pMethods->xFileSize(of(file).below(), size);
  }
  static int lock(sqlite3_file* file, int kind) {
    return of(file).below()->pMethods->xLock(of(file).below(), kind);
  }
  static int unlock(sqlite3_file* file, int kind) {
    return of(file).below()->pMethods->xUnlock(of(file).below(), kind);
  }
  static int reserved(sqlite3_file* file, int* result) {
    return of(file).below()->pMethods->xCheckReservedLock(of(file).below(), result);
  }
  static int control(sqlite3_file* file, int what, void* value) {
    return of(file).below()->pMethods->xFileControl(of(file).below(), what, value);
  }
  static int sector(sqlite3_file* file) { return of(file).below()->pMethods->xSectorSize(of(file).below()); }
  static int traits(sqlite3_file* file) {
    return of(file).below()->pMethods->xDeviceCharacteristics(of(file).below());
  }
  // Version 1: no shared memory, which exclusive locking needs none of.
  static constexpr sqlite3_io_methods kMethods{1,       close,   read,     write,   truncate, sync,   size,
                                               lock,    unlock,  reserved, control, sector,   traits, nullptr,
                                               nullptr, nullptr, nullptr,  nullptr, nullptr};

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto* own = static_cast<FailingVfs*>(vfs->pAppData);
    FailingFile& made = of(file);
    made.base.pMethods = nullptr;
    made.vfs = own;
    const int code = own->below_->xOpen(own->below_, name, made.below(), flags, out);
    if (code == SQLITE_OK) made.base.pMethods = &kMethods;
    return code;
  }
};

FailingVfs::FailingVfs(int every, bool torn) : below_(sqlite3_vfs_find(nullptr)), every_(every), torn_(torn) {
  vfs_ = *below_;
  vfs_.szOsFile = static_cast<int>(sizeof(FailingFile)) + below_->szOsFile;
  vfs_.zName = "failing";
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.xOpen = FailingFile::open;
  // All others are the default one's, which looks at its own pAppData.
  vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
    auto* below = static_cast<FailingVfs*>(vfs->pAppData)->below_;
    return below->xDelete(below, name, sync);
  };
  vfs_.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
    auto* below = static_cast<FailingVfs*>(vfs->pAppData)->below_;
    return below->xAccess(below, name, flags, out);
  };
  vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
    auto* below = static_cast<FailingVfs*>(vfs->pAppData)->below_;
    return below->xFullPathname(below, name, size, out);
  };
  sqlite3_vfs_register(&vfs_, 0);
}

FailingVfs::~FailingVfs() {
  sqlite3_vfs_unregister(&vfs_);
}

}  // namespace croft::ledger
