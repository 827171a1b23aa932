#include "templates/inventory.h"

#include <gtest/gtest.h>

#include "runtime/error.h"

namespace croft::templates {
namespace {

Digest record(unsigned char byte) {
  Digest digest{};
  digest.fill(byte);
  return digest;
}

Inventory example() {
  return {{"", EntryType::kDirectory, 0, 0, record(1)},
          {"a b\nc", EntryType::kFile, 1, 4096, record(2)},
          {"link", EntryType::kSymlink, 2, 0, record(3)},
          {"same", EntryType::kFile, 1, 4096, record(2)}};
}

TEST(Inventory, ComesBackFromItsText) {
  EXPECT_EQ(inventory_from_text(to_text(example())), example());
  EXPECT_TRUE(inventory_from_text("").empty());
}

TEST(Inventory, IsRefusedWhereItIsDamaged) {
  const std::string good = to_text(example());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad.resize(i);
    if (i > 0 && good[i - 1] == '\0') continue;  // whole entries; the id tells
    if (i == 0) continue;
    EXPECT_THROW(static_cast<void>(inventory_from_text(bad)), runtime::Error) << i;
  }
  Inventory twice = example();
  twice[3].path = "link";
  EXPECT_THROW(static_cast<void>(inventory_from_text(to_text(twice))), runtime::Error);
  for (const std::string_view line : {"x 0 0 00 a", "f 0 0 0g a", "f -1 0 00 a", "f", " "})
    EXPECT_THROW(static_cast<void>(inventory_from_text(std::string(line) + '\0')), runtime::Error) << line;
}

TEST(Inventory, GivesAnIdThatEveryFactChanges) {
  const std::string id = layer_id(example());
  const auto changed = [](auto change) {
    Inventory inventory = example();
    change(inventory);
    return layer_id(inventory);
  };
  EXPECT_NE(id, changed([](Inventory& list) { list[1].record = record(9); }));
  EXPECT_NE(id, changed([](Inventory& list) { list[1].path = "a"; }));
  EXPECT_NE(id, changed([](Inventory& list) { list[3].node = 3; }));
  EXPECT_EQ(id, changed([](Inventory& list) { list[1].node = list[3].node = 7; }));
}

}  // namespace
}  // namespace croft::templates
