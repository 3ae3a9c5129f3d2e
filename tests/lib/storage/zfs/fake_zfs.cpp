// SPDX-License-Identifier: GPL-2.0-or-later
//
// Stands for the programs zfs and zpool below a scratch root. This is not ZFS: it is a model of
// what the driver relies on, from the manual pages of OpenZFS 2.x. It writes down the words of each
// command in zfs/log, keeps datasets and snapshots in zfs/state, and gives each zvol a file below
// dev/zvol for its device, so that content can be followed through snapshots, clones, promotion and
// renames. A zvol whose file our caller has open is busy.
//   zfs/after   "N TEXT": N more changing commands work, those after fail with TEXT
//   zfs/once    "TEXT": the next changing command fails with it
//   zfs/busy    "N": the next N commands that destroy find the dataset busy
//   zfs/room    bytes available (default 10 GiB)

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

constexpr std::uint64_t block = 16'384;

struct Failed {
    std::string text;
};

struct Snapshot {
    int id = 0;
    std::string name;
    std::uint64_t size = 0;
    std::uint64_t written = 0;
    bool condemned = false;
};

struct Dataset {
    bool volume = false;
    std::uint64_t size = 0;
    int origin = 0; // number of a snapshot
    std::map<std::string, std::string> properties;
    std::vector<Snapshot> snapshots; // oldest first; ids grow, also across datasets
};

fs::path root;
std::map<std::string, Dataset> datasets;
int last_id = 0;

std::string slurp(const fs::path& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void put(const fs::path& path, const std::string& text)
{
    std::ofstream{path, std::ios::binary} << text;
}

fs::path device(const std::string& name)
{
    return root / "dev/zvol" / name;
}

fs::path content(int snapshot)
{
    return root / "zfs" / ("content-" + std::to_string(snapshot));
}

void load()
{
    std::ifstream file{root / "zfs/state"};
    file >> last_id;
    std::string kind;
    Dataset* current = nullptr;
    while (file >> kind) {
        std::string name;
        file >> name;
        if (kind == "D") {
            current = &datasets[name];
            file >> current->volume >> current->size >> current->origin;
        } else if (kind == "P") {
            file >> current->properties[name];
        } else {
            Snapshot snapshot{.name = name};
            file >> snapshot.id >> snapshot.size >> snapshot.written >> snapshot.condemned;
            current->snapshots.push_back(snapshot);
        }
    }
}

void save()
{
    std::ostringstream text;
    text << last_id << '\n';
    for (const auto& [name, dataset] : datasets) {
        text << "D " << name << ' ' << dataset.volume << ' ' << dataset.size << ' '
             << dataset.origin << '\n';
        for (const auto& [key, value] : dataset.properties)
            text << "P " << key << ' ' << value << '\n';
        for (const auto& snapshot : dataset.snapshots)
            text << "S " << snapshot.name << ' ' << snapshot.id << ' ' << snapshot.size << ' '
                 << snapshot.written << ' ' << snapshot.condemned << '\n';
    }
    put(root / "zfs/state", text.str());
}

bool is_below(const std::string& name, const std::string& above)
{
    return name.starts_with(above + "/");
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream stream{text};
    for (std::string part; std::getline(stream, part, separator);)
        parts.push_back(part);
    return parts;
}

Dataset& require(const std::string& verb, const std::string& name)
{
    const auto found = datasets.find(name);
    if (found == datasets.end())
        throw Failed{"cannot " + verb + " '" + name + "': dataset does not exist"};
    return found->second;
}

Snapshot& require_snapshot(const std::string& verb, const std::string& full)
{
    const auto at = full.find('@');
    if (at != std::string::npos)
        for (auto& snapshot : require(verb, full.substr(0, at)).snapshots)
            if (snapshot.name == full.substr(at + 1))
                return snapshot;
    throw Failed{"cannot " + verb + " '" + full + "': dataset does not exist"};
}

std::set<std::string> clones_of(int snapshot)
{
    std::set<std::string> clones;
    for (const auto& [name, dataset] : datasets)
        if (dataset.origin == snapshot)
            clones.insert(name);
    return clones;
}

std::string name_of_snapshot(int id)
{
    for (const auto& [name, dataset] : datasets)
        for (const auto& snapshot : dataset.snapshots)
            if (snapshot.id == id)
                return name + "@" + snapshot.name;
    return "-";
}

std::uint64_t written(const std::string& name, const Dataset& dataset)
{
    const int before = dataset.snapshots.empty() ? dataset.origin : dataset.snapshots.back().id;
    return before != 0 && slurp(device(name)) == slurp(content(before)) ? 0 : block;
}

void make_parents(const std::string& name, bool allowed)
{
    const auto slash = name.rfind('/');
    if (slash == std::string::npos)
        throw Failed{"cannot create '" + name + "': missing dataset name"};
    const auto parent = name.substr(0, slash);
    if (datasets.contains(parent))
        return;
    if (!allowed)
        throw Failed{"cannot create '" + name + "': parent does not exist"};
    make_parents(parent, true);
    datasets[parent] = {};
}

std::string inherited(const std::string& name, const std::string& property)
{
    for (std::string at = name;; at.resize(at.rfind('/'))) {
        if (const auto found = datasets.find(at); found != datasets.end())
            if (const auto value = found->second.properties.find(property);
                value != found->second.properties.end())
                return value->second;
        if (at.find('/') == std::string::npos)
            return "-";
    }
}

std::string room()
{
    const auto text = slurp(root / "zfs/room");
    return text.empty() ? "10737418240" : text;
}

std::string cell(const std::string& column, const std::string& name, const Dataset& dataset,
                 const Snapshot* snapshot)
{
    const bool volume = dataset.volume;
    if (column == "name")
        return snapshot != nullptr ? name + "@" + snapshot->name : name;
    if (column == "type")
        return snapshot != nullptr ? "snapshot" : volume ? "volume" : "filesystem";
    if (column == "volsize")
        return volume ? std::to_string(snapshot != nullptr ? snapshot->size : dataset.size) : "-";
    if (column == "volblocksize")
        return volume && snapshot == nullptr ? std::to_string(block) : "-";
    if (column == "referenced" || column == "used")
        return "57344";
    if (column == "available")
        return room();
    if (column == "written")
        return std::to_string(snapshot != nullptr ? snapshot->written
                              : volume            ? written(name, dataset)
                                                  : 0);
    if (column == "origin")
        return snapshot == nullptr && dataset.origin != 0 ? name_of_snapshot(dataset.origin) : "-";
    if (column == "createtxg")
        return std::to_string(snapshot != nullptr ? snapshot->id : 1);
    if (column == "defer_destroy")
        return snapshot == nullptr ? "-" : snapshot->condemned ? "on" : "off";
    if (column == "readonly")
        return inherited(name, column) == "on" ? "on" : "off";
    if (column == "clones") {
        std::string list;
        if (snapshot != nullptr)
            for (const auto& clone : clones_of(snapshot->id))
                list += (list.empty() ? "" : ",") + clone;
        return snapshot == nullptr ? "-" : list;
    }
    return inherited(name, column);
}

void list(Words words)
{
    Words columns;
    std::string types = "filesystem,volume";
    std::size_t depth = 0;
    const std::string target = words.back();
    words.pop_back();
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i] == "-r")
            depth = depth == 0 ? 100 : depth;
        else if (words[i] == "-d")
            depth = std::stoul(words[++i]);
        else if (words[i] == "-t")
            types = words[++i];
        else if (words[i] == "-o")
            columns = split(words[++i], ',');
        else if (words[i] != "-Hp")
            throw Failed{"invalid option " + words[i]};
    }
    require("open", target);
    const auto wanted = split(types, ',');
    const auto row = [&](const std::string& name, const Dataset& dataset,
                         const Snapshot* snapshot) {
        if (std::ranges::find(wanted, cell("type", name, dataset, snapshot)) == wanted.end())
            return;
        for (std::size_t i = 0; i < columns.size(); ++i)
            std::cout << (i == 0 ? "" : "\t") << cell(columns[i], name, dataset, snapshot);
        std::cout << '\n';
    };
    for (const auto& [name, dataset] : datasets) {
        const auto levels = static_cast<std::size_t>(std::ranges::count(name, '/') -
                                                     std::ranges::count(target, '/'));
        if (name != target && !(is_below(name, target) && levels <= depth))
            continue;
        row(name, dataset, nullptr);
        for (const auto& snapshot : dataset.snapshots)
            row(name, dataset, &snapshot);
    }
}

// "-o name=value" and flags, which are removed from the words.
struct Options {
    explicit Options(Words& words)
    {
        for (std::size_t i = 1; i < words.size();) {
            if (words[i].front() != '-') {
                ++i;
                continue;
            }
            const bool has_value = words[i] == "-o" || words[i] == "-V";
            if (words[i] == "-o") {
                const auto equals = words[i + 1].find('=');
                properties[words[i + 1].substr(0, equals)] = words[i + 1].substr(equals + 1);
            } else if (words[i] == "-V") {
                size = std::stoull(words[i + 1]);
            }
            flags.insert(words[i]);
            const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
            words.erase(at, at + (has_value ? 2 : 1));
        }
    }
    [[nodiscard]] bool has(const char* flag) const { return flags.contains(flag); }

    std::set<std::string> flags;
    std::map<std::string, std::string> properties;
    std::uint64_t size = 0;
};

void put_device(const std::string& name, const std::string& bytes, std::uint64_t size)
{
    fs::create_directories(device(name).parent_path());
    put(device(name), bytes);
    fs::resize_file(device(name), size);
}

void create(Words words)
{
    const Options options{words};
    const auto& name = words.at(1);
    if (datasets.contains(name)) {
        if (options.has("-p"))
            return; // so says the manual
        throw Failed{"cannot create '" + name + "': dataset already exists"};
    }
    make_parents(name, options.has("-p"));
    Dataset dataset{.volume = options.has("-V"), .properties = options.properties};
    if (dataset.volume) {
        dataset.size = (options.size + block - 1) / block * block;
        put_device(name, "", dataset.size);
    }
    datasets[name] = dataset;
}

void clone(Words words)
{
    const Options options{words};
    const auto& snapshot = require_snapshot("open", words.at(1));
    const auto& name = words.at(2);
    if (datasets.contains(name)) {
        if (options.has("-p"))
            return;
        throw Failed{"cannot create '" + name + "': dataset already exists"};
    }
    make_parents(name, options.has("-p"));
    put_device(name, slurp(content(snapshot.id)), snapshot.size);
    datasets[name] = {.volume = true,
                      .size = snapshot.size,
                      .origin = snapshot.id,
                      .properties = options.properties};
}

void snapshot(const Words& words)
{
    const auto at = words.at(1).find('@');
    const auto volume = words[1].substr(0, at);
    const auto name = words[1].substr(at + 1);
    auto& dataset = require("open", volume);
    for (const auto& each : dataset.snapshots)
        if (each.name == name)
            throw Failed{"cannot create snapshot '" + words[1] + "': dataset already exists"};
    const auto changed = written(volume, dataset);
    dataset.snapshots.push_back(
        {.id = ++last_id, .name = name, .size = dataset.size, .written = changed});
    fs::copy_file(device(volume), content(last_id));
}

void rename(Words words)
{
    const Options options{words};
    const auto& from = words.at(1);
    const auto& to = words.at(2);
    if (from.find('@') != std::string::npos) {
        auto& found = require_snapshot("open", from);
        if (from.substr(0, from.find('@')) != to.substr(0, to.find('@')))
            throw Failed{"cannot rename '" + from + "': snapshots must be part of same dataset"};
        found.name = to.substr(to.find('@') + 1);
        return;
    }
    require("open", from);
    if (datasets.contains(to))
        throw Failed{"cannot rename '" + from + "': dataset already exists"};
    make_parents(to, options.has("-p"));
    datasets[to] = datasets[from];
    datasets.erase(from);
    fs::create_directories(device(to).parent_path());
    fs::rename(device(from), device(to));
}

void set(const Words& words)
{
    auto& dataset = require("open", words.back());
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        const auto equals = words[i].find('=');
        const auto key = words[i].substr(0, equals);
        const auto value = words[i].substr(equals + 1);
        if (key == "volsize") {
            dataset.size = std::stoull(value);
            if (dataset.size % block != 0)
                throw Failed{"cannot set property: 'volsize' must be a multiple of volume block "
                             "size (16K)"};
            fs::resize_file(device(words.back()), dataset.size);
        } else {
            dataset.properties[key] = value;
        }
    }
}

void forget(const Snapshot& snapshot)
{
    fs::remove(content(snapshot.id));
}

void destroy_snapshots(const std::string& full)
{
    const auto at = full.find('@');
    const auto volume = full.substr(0, at);
    require("open", volume);
    for (const auto& name : split(full.substr(at + 1), ',')) {
        auto& found = require_snapshot("destroy snapshot", volume + "@" + name);
        if (!clones_of(found.id).empty()) {
            found.condemned = true;
            continue;
        }
        forget(found);
        std::erase_if(require("open", volume).snapshots,
                      [&](const Snapshot& each) { return each.name == name; });
    }
}

// A device that the process which called us has open.
bool is_open(const std::string& name)
{
    const fs::path descriptors = "/proc/" + std::to_string(::getppid()) + "/fd";
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{descriptors, error})
        if (fs::read_symlink(entry.path(), error) == device(name))
            return true;
    return false;
}

bool takes_one_from(const char* file)
{
    const auto text = slurp(root / "zfs" / file);
    if (text.empty() || std::stoi(text) == 0)
        return false;
    put(root / "zfs" / file, std::to_string(std::stoi(text) - 1));
    return true;
}

void destroy(Words words)
{
    const Options options{words};
    const auto& name = words.at(1);
    if (name.find('@') != std::string::npos) {
        if (!options.has("-d"))
            throw Failed{"the driver always defers"};
        return destroy_snapshots(name);
    }
    const Dataset dataset = require("open", name);
    if (is_open(name) || takes_one_from("busy"))
        throw Failed{"cannot destroy '" + name + "': dataset is busy"};
    if (std::ranges::any_of(datasets, [&](const auto& each) { return is_below(each.first, name); }))
        throw Failed{"cannot destroy '" + name + "': filesystem has children"};
    if (!options.has("-r") && !dataset.snapshots.empty())
        throw Failed{"cannot destroy '" + name + "': volume has children"};
    for (const auto& each : dataset.snapshots)
        if (!clones_of(each.id).empty())
            throw Failed{"cannot destroy '" + name + "': volume has dependent clones"};
    for (const auto& each : dataset.snapshots)
        forget(each);
    datasets.erase(name);
    fs::remove(device(name));
    // a condemned snapshot goes with its last clone
    for (auto& [owner, other] : datasets)
        std::erase_if(other.snapshots, [&](const Snapshot& each) {
            const bool goes =
                each.id == dataset.origin && each.condemned && clones_of(each.id).empty();
            if (goes)
                forget(each);
            return goes;
        });
}

void promote(const Words& words)
{
    auto& clone = require("open", words.at(1));
    if (clone.origin == 0)
        throw Failed{"cannot promote '" + words[1] + "': not a cloned filesystem"};
    const int pivot = clone.origin;
    const auto full = name_of_snapshot(pivot);
    auto& owner = datasets.at(full.substr(0, full.find('@')));
    std::vector<Snapshot> moved;
    for (const auto& each : owner.snapshots)
        if (each.id <= pivot)
            moved.push_back(each);
    for (const auto& each : moved)
        for (const auto& own : clone.snapshots)
            if (own.name == each.name)
                throw Failed{"cannot promote '" + words[1] + "': snapshot name conflict"};
    std::erase_if(owner.snapshots, [&](const Snapshot& each) { return each.id <= pivot; });
    clone.snapshots.insert(clone.snapshots.begin(), moved.begin(), moved.end());
    clone.origin = owner.origin;
    owner.origin = pivot;
}

void refuse_after()
{
    if (const auto once = slurp(root / "zfs/once"); !once.empty()) {
        fs::remove(root / "zfs/once");
        throw Failed{once};
    }
    std::istringstream text{slurp(root / "zfs/after")};
    int left = 0;
    if (!(text >> left))
        return;
    std::string message;
    std::getline(text >> std::ws, message);
    if (left == 0)
        throw Failed{message};
    put(root / "zfs/after", std::to_string(left - 1) + " " + message);
}

void zfs(const Words& words)
{
    const auto& verb = words.at(0);
    if (verb == "list")
        return list(words);
    refuse_after();
    if (verb == "create")
        create(words);
    else if (verb == "clone")
        clone(words);
    else if (verb == "snapshot")
        snapshot(words);
    else if (verb == "rename")
        rename(words);
    else if (verb == "set")
        set(words);
    else if (verb == "inherit")
        require("open", words.at(2)).properties.erase(words.at(1));
    else if (verb == "destroy")
        destroy(words);
    else if (verb == "promote")
        promote(words);
    else
        throw Failed{"unrecognized command '" + verb + "'"};
    save();
}

void zpool(const Words& words)
{
    if (words != Words{"list", "-Hp", "-o", "health", words.back()})
        throw Failed{"unrecognized command"};
    if (!datasets.contains(words.back()))
        throw Failed{"cannot open '" + words.back() + "': no such pool"};
    const auto health = slurp(root / "zfs/health");
    std::cout << (health.empty() ? "ONLINE" : health) << '\n';
}

} // namespace

int main(int argc, char** argv)
try {
    const fs::path self = argv[0]; // <root>/usr/sbin/zfs
    root = self.parent_path().parent_path().parent_path();
    const Words words{argv + 1, argv + argc};
    std::ofstream log{root / "zfs/log", std::ios::app};
    log << self.filename().string();
    for (const auto& word : words)
        log << ' ' << word;
    log << '\n';
    load();
    if (self.filename() == "zpool")
        zpool(words);
    else
        zfs(words);
    return 0;
} catch (const Failed& failed) {
    std::cerr << failed.text << '\n';
    return 1;
} catch (const std::exception& error) {
    std::cerr << "the model is not right: " << error.what() << '\n';
    return 2;
}
