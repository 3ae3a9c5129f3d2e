// SPDX-License-Identifier: GPL-2.0-or-later
//
// Xenstore as files in $XDG_RUNTIME_DIR/xenstore, one a node, `=` for the `/` of its path. Without
// that directory there is no xenstored; with a file `refuse` in it, it takes no more.

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <system_error>
#include <unistd.h>

extern "C" {
#include <stdbool.h>
#include <stdint.h>
#include <xenstore.h>
}

struct xs_handle {
    std::string directory;
};

namespace {

std::string file_of(const xs_handle* store, std::string path)
{
    std::ranges::replace(path, '/', '=');
    return store->directory + "/" + path;
}

bool exists(const std::string& file)
{
    return ::access(file.c_str(), F_OK) == 0;
}

bool refuses(const xs_handle* store)
{
    errno = ENOSPC;
    return exists(store->directory + "/refuse");
}

bool put(const std::string& file, const std::string& value)
{
    std::ofstream out{file, std::ios::binary | std::ios::trunc};
    out << value;
    return static_cast<bool>(out.flush());
}

// Names of the files that stand for what is below the node.
std::set<std::string> below(const xs_handle* store, const char* path)
{
    std::set<std::string> found;
    const std::string start = file_of(store, path) + "=";
    for (const auto& entry : std::filesystem::directory_iterator{store->directory}) {
        if (entry.path().string().starts_with(start))
            found.insert(entry.path().string().substr(start.size()));
    }
    return found;
}

} // namespace

extern "C" {

xs_handle* xs_open(unsigned long)
{
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    const std::string directory = std::string{runtime == nullptr ? "" : runtime} + "/xenstore";
    errno = ENOENT;
    return exists(directory) ? new xs_handle{directory} : nullptr;
}

void xs_close(xs_handle* store)
{
    delete store;
}

void* xs_read(xs_handle* store, xs_transaction_t, const char* path, unsigned* length)
{
    const std::string file = file_of(store, path);
    errno = ENOENT;
    if (!exists(file))
        return nullptr;
    std::ifstream in{file, std::ios::binary};
    const std::string value{std::istreambuf_iterator<char>{in}, {}};
    *length = static_cast<unsigned>(value.size());
    return ::strdup(value.c_str());
}

// As the real one: the pointers and what they point to are one piece of memory.
char** xs_directory(xs_handle* store, xs_transaction_t, const char* path, unsigned* count)
{
    errno = ENOENT;
    if (!exists(file_of(store, path)))
        return nullptr;
    std::set<std::string> names;
    std::size_t bytes = 0;
    for (const std::string& name : below(store, path)) {
        if (const auto [at, fresh] = names.insert(name.substr(0, name.find('='))); fresh)
            bytes += at->size() + 1;
    }
    *count = static_cast<unsigned>(names.size());
    auto* const list = static_cast<char**>(std::malloc((names.size() + 1) * sizeof(char*) + bytes));
    char* text = reinterpret_cast<char*>(list + names.size() + 1);
    std::size_t at = 0;
    for (const std::string& name : names) {
        list[at++] = text;
        std::memcpy(text, name.c_str(), name.size() + 1);
        text += name.size() + 1;
    }
    return list;
}

bool xs_write(xs_handle* store, xs_transaction_t, const char* path, const void* data, unsigned size)
{
    if (refuses(store))
        return false;
    const std::string node{path};
    for (auto slash = node.find('/', 1); slash != std::string::npos;
         slash = node.find('/', slash + 1)) {
        const std::string above = file_of(store, node.substr(0, slash));
        if (!exists(above) && !put(above, ""))
            return false;
    }
    return put(file_of(store, node), std::string{static_cast<const char*>(data), size});
}

bool xs_rm(xs_handle* store, xs_transaction_t, const char* path)
{
    if (refuses(store))
        return false;
    const std::string file = file_of(store, path);
    for (const std::string& name : below(store, path))
        ::unlink((file + "=" + name).c_str());
    return ::unlink(file.c_str()) == 0;
}

bool xs_set_permissions(xs_handle* store, xs_transaction_t, const char* path, xs_permissions*,
                        unsigned)
{
    errno = ENOENT;
    return exists(file_of(store, path)) && !refuses(store);
}
}
