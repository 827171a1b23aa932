// intent -> changes -> apply. A Change is plain data about one thing to be done on the host ("write
// memory.max = 1G in cgroup X"), which can be printed, compared, applied and undone. The lists are made by
// pure planners and walked by apply_changes; nothing else in Croft alters the host.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace croft::runtime {

// What a person, --dry-run and a test see of a change. Complete: two changes are equal if these are.
struct Description {
  std::string verb;    // "write", "mkdir", "mount", "clone", ...
  std::string object;  // what it acts on: a path, an interface, a container
  std::string value;   // what it puts there; empty where the verb says it all
  bool operator==(const Description&) const = default;
};

// "write /x/memory.max = 1073741824"
std::string to_text(const Description& description);

// Holds any struct T with
//   Description describe() const;   pure
//   void apply();                   throws Error; leaves nothing behind when it throws
//   void undo() noexcept;           called only after apply() returned, at most once
// What a later change needs of an earlier one travels in an FdSlot or another shared slot inside T.
class Change {
 public:
  template <class T>
  explicit Change(T data) : model_(std::make_unique<Model<T>>(std::move(data))) {}

  [[nodiscard]] Description describe() const { return model_->describe(); }
  void apply() { model_->apply(); }
  void undo() noexcept { model_->undo(); }

 private:
  struct Concept {
    virtual ~Concept() = default;
    [[nodiscard]] virtual Description describe() const = 0;
    virtual void apply() = 0;
    virtual void undo() noexcept = 0;
  };
  template <class T>
  struct Model final : Concept {
    explicit Model(T d) : data(std::move(d)) {}
    [[nodiscard]] Description describe() const override { return data.describe(); }
    void apply() override { data.apply(); }
    void undo() noexcept override { data.undo(); }
    T data;
  };
  std::unique_ptr<Concept> model_;
};

using Changes = std::vector<Change>;

// Adds a change to the end of a list: add(list, MakeCgroup{...}).
template <class T>
void add(Changes& list, T data) {
  list.emplace_back(std::move(data));
}

// Called before each change, with its index; may throw Error to make that change fail (fault injection,
// cancel).
using BeforeChange = std::function<void(std::size_t index, const Change&)>;

// Applies the list in order. When one fails, undoes those before it in reverse order and throws the Error,
// wrapped in the change's own words.
void apply_changes(Changes& list, const BeforeChange& before = {});
// Undoes a list that was applied whole, in reverse order.
void undo_changes(Changes& list) noexcept;

std::vector<Description> describe(const Changes& list);

}  // namespace croft::runtime
