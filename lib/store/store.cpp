// SPDX-License-Identifier: GPL-2.0-or-later

#include "store/store.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"
#include "names/number.hpp"
#include "store/scan.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {
namespace {

// dom0 of a store that has no entry for it: defaults, and the label black.
constexpr std::string_view implied_dom0 =
    "<domain id=\"domain-0\" class=\"AdminVM\"><properties><property name=\"label\">black"
    "</property></properties></domain>";

struct stat status_of(int fd)
{
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        throw_errno(failure::store, "cannot read the store", "fstat");
    return status;
}

int label_index(std::string_view id)
{
    if (!id.starts_with("label-"))
        return 0;
    const auto number = parse_decimal(id.substr(6));
    return number && *number <= 1'000'000 ? static_cast<int>(*number) : 0;
}

} // namespace

std::string index_path()
{
    return paths::below_root(paths::runtime) + "/store-index";
}

void write_index(const Index& index, const FileVersion& version) noexcept
{
    try {
        make_directories(paths::below_root(paths::runtime), 02770);
        ReplacementFile file{index_path(), 0660};
        file.write(index.to_bytes(version));
        file.put_in_place_unflushed();
    } catch (const std::exception&) {
        return; // only speed is lost
    }
}

Store Store::open(std::optional<Dialect> dialect)
{
    const std::string path = paths::below_root(paths::store);
    Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (!fd) {
        if (errno == ENOENT || errno == ENOTDIR)
            throw Error{failure::store, "cannot open the store: it is missing", path};
        throw_errno(failure::store, "cannot open the store", path);
    }
    return load(std::move(fd), dialect);
}

Store Store::load(Fd fd, std::optional<Dialect> dialect)
{
    const struct stat status = status_of(fd.get());
    if (!S_ISREG(status.st_mode))
        throw Error{failure::store, "cannot read the store: it is not a regular file"};
    Store store;
    store.fd_ = std::move(fd);
    store.version_ = FileVersion::of(status);
    store.forced_ = dialect;
    if (store.version_.size > largest_store)
        throw Error{failure::store, "the store is not valid: it is larger than 64 MiB"};
    store.load_index();
    return store;
}

Store Store::copy() const
{
    Store store;
    store.version_ = version_;
    store.forced_ = dialect();
    store.whole_ = all_bytes();
    store.reindex();
    return store;
}

void Store::load_index()
{
    index_ = Index::from_file(index_path(), version_);
    if (index_)
        return;
    index_ = scan_store(all_bytes()).index;
    write_index(*index_, version_);
}

const std::string& Store::all_bytes() const
{
    if (!whole_) {
        whole_ = read_at(fd_.get(), 0, version_.size);
        if (whole_->size() != version_.size)
            throw Error{failure::store, "cannot read the store: it was cut while it was read"};
    }
    return *whole_;
}

std::string Store::bytes(Range range) const
{
    if (whole_)
        return whole_->substr(range.begin, range.size());
    return read_at(fd_.get(), range.begin, range.size());
}

void Store::replace(Range range, std::string_view bytes)
{
    static_cast<void>(all_bytes()); // makes them ours
    whole_->replace(range.begin, range.size(), bytes);
    index_->shift(range, bytes.size());
    qubes_.clear();
    globals_.reset();
    labels_.reset();
    pools_.reset();
}

void Store::reindex()
{
    index_ = scan_store(all_bytes()).index;
}

const Qube* Store::read(const IndexEntry& entry) const
{
    const std::string name{entry.name};
    if (const auto known = qubes_.find(name); known != qubes_.end())
        return known->second.get();
    const std::string slice = bytes(entry.range);
    auto qube = slice.starts_with("<domain")
                    ? std::make_unique<Qube>(name, parse_element(slice, entry.range.begin))
                    : nullptr;
    // The index is a promise about these bytes; hold it to it.
    if (!qube || (entry.name != "dom0" && qube->property("name") != name))
        throw Error{failure::store, "cannot read the store: its index does not fit",
                    "at " + std::to_string(entry.range.begin)};
    return qubes_.emplace(name, std::move(qube)).first->second.get();
}

const Qube* Store::find_any(std::string_view name) const
{
    if (const auto entry = index_->find(name))
        return read(*entry);
    if (name != "dom0")
        return nullptr;
    auto& slot = qubes_["dom0"];
    if (!slot)
        slot = std::make_unique<Qube>("dom0", parse_element(implied_dom0));
    return slot.get();
}

const Qube* Store::find(std::string_view name) const
{
    if (const auto entry = index_->find(name); entry && !entry->verdict.empty())
        throw Error{failure::store, "cannot use '" + std::string{name} +
                                        "': " + std::string{entry->verdict} + " in the store"};
    return find_any(name);
}

const Qube& Store::qube(std::string_view name) const
{
    if (const Qube* found = find(name))
        return *found;
    throw Error{failure::vm_not_found, "no qube named '" + std::string{name} + "'"};
}

std::vector<std::string> Store::names() const
{
    std::vector<std::string> names;
    names.reserve(index_->size() + 1);
    for (std::size_t i = 0; i < index_->size(); ++i) {
        const auto name = index_->entry(i).name;
        if (name != "dom0" && !name.empty())
            names.emplace_back(name);
    }
    std::ranges::sort(names);
    names.insert(names.begin(), "dom0");
    return names;
}

std::string Store::resolve_reference(std::string_view text) const
{
    if (text.starts_with("domain-") && !index_->find(text)) {
        const auto qid = parse_decimal(text.substr(7));
        for (std::size_t i = 0; qid && i < index_->size(); ++i) {
            if (index_->entry(i).qid == *qid)
                return std::string{index_->entry(i).name};
        }
    }
    return std::string{text};
}

std::optional<std::string> Store::global(std::string_view name) const
{
    if (!globals_) {
        const Range range = index_->sections().properties;
        globals_ = range.size() == 0 ? std::nullopt
                                     : std::optional{parse_element(bytes(range), range.begin)};
    }
    if (!*globals_)
        return std::nullopt;
    std::optional<std::string> value;
    for (const Element& property : (*globals_)->children) {
        const std::string* own_name = property.attribute("name");
        if (property.name != "property" || own_name == nullptr || *own_name != name)
            continue;
        const std::string* reference = property.attribute("ref");
        value = reference != nullptr && !reference->empty() ? *reference : property.text;
    }
    return value;
}

const std::vector<StoredLabel>& Store::labels() const
{
    if (!labels_) {
        labels_.emplace();
        const Range range = index_->sections().labels;
        for (const Element& label : parse_element(bytes(range), range.begin).children) {
            const std::string* id = label.attribute("id");
            const std::string* colour = label.attribute("color");
            if (label.name == "label" && id != nullptr && label_index(*id) > 0)
                labels_->push_back(
                    {label_index(*id), label.text, colour == nullptr ? "" : *colour, label.outer});
        }
        std::ranges::stable_sort(*labels_, {}, &StoredLabel::index);
    }
    return *labels_;
}

const StoredLabel* Store::label_named(std::string_view name) const
{
    for (const StoredLabel& label : labels()) {
        if (label.name == name)
            return &label;
    }
    return nullptr;
}

const StoredLabel* Store::label(std::string_view text) const
{
    if (text.starts_with("label-")) {
        for (const StoredLabel& label : labels()) {
            if (label.index == label_index(text))
                return &label;
        }
    }
    if (const StoredLabel* named = label_named(text))
        return named;
    const auto index = parse_decimal(text);
    for (const StoredLabel& label : labels()) {
        if (index && label.index >= 0 && static_cast<std::uint64_t>(label.index) == *index)
            return &label;
    }
    return nullptr;
}

const std::vector<StoredPool>& Store::pools() const
{
    if (!pools_) {
        pools_.emplace();
        const Range range = index_->sections().pools;
        if (range.size() != 0) {
            for (const Element& pool : parse_element(bytes(range), range.begin).children) {
                if (pool.name != "pool")
                    continue;
                StoredPool stored;
                stored.range = pool.outer;
                for (const Attribute& attribute : pool.attributes) {
                    if (attribute.name == "name")
                        stored.name = attribute.value;
                    else if (attribute.name == "driver")
                        stored.driver = attribute.value;
                    else
                        stored.options.push_back(attribute);
                }
                pools_->push_back(std::move(stored));
            }
        }
    }
    return *pools_;
}

const StoredPool* Store::pool(std::string_view name) const
{
    for (const StoredPool& pool : pools()) {
        if (pool.name == name)
            return &pool;
    }
    return nullptr;
}

} // namespace qmgmt
