// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/loadable.hpp"

#include "base/error.hpp"

#include <array>
#include <dlfcn.h>
#include <unistd.h>

namespace qmgmt {

std::string program_directory()
{
    std::array<char, 4096> program{};
    const ssize_t length = ::readlink("/proc/self/exe", program.data(), program.size() - 1);
    if (length <= 0)
        throw_errno(failure::unsupported, "cannot load a part: /proc is not mounted",
                    "/proc/self/exe");
    std::string path{program.data(), static_cast<std::size_t>(length)};
    path.erase(path.rfind('/'));
    return path;
}

void* open_loadable(std::string_view file_name, std::string_view entry)
{
    std::string path = program_directory() + "/";
    path += file_name;
    void* object = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* symbol = object == nullptr ? nullptr : ::dlsym(object, std::string{entry}.c_str());
    if (symbol == nullptr) {
        const char* reason = ::dlerror();
        throw Error{failure::unsupported,
                    "not available: '" + std::string{file_name} + "' or what it needs is missing",
                    reason == nullptr ? path : reason};
    }
    return symbol;
}

} // namespace qmgmt
