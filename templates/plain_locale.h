// Names in archives are bytes. In the C locale libarchive hands them through as they are; in another one it
// would convert them.
#pragma once

#include <clocale>

namespace croft::templates {

// Of this thread, while it lives.
class PlainLocale {
 public:
  PlainLocale() : plain_(newlocale(LC_ALL_MASK, "C", nullptr)), before_(uselocale(plain_)) {}
  PlainLocale(const PlainLocale&) = delete;
  PlainLocale& operator=(const PlainLocale&) = delete;
  ~PlainLocale() {
    uselocale(before_);
    freelocale(plain_);
  }

 private:
  locale_t plain_;
  locale_t before_;
};

}  // namespace croft::templates
