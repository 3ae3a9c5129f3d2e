// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/menu_request.hpp"

#include "base/account.hpp"
#include "base/error.hpp"
#include "base/paths.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace qmgmt {
namespace {

// Absolute, without "." and ".." and what only seems to be a component.
bool is_plain(std::string_view path)
{
    if (!path.starts_with('/') || path.size() < 2)
        return false;
    for (std::size_t at = 1; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const std::string_view component = path.substr(at, end - at);
        if (component.empty() || component == "." || component == "..")
            return false;
        at = end + 1;
    }
    return true;
}

// Where desktops look for what a user has added. Found once: the users of this machine are out of
// reach later.
const std::string& own_directory()
{
    static const std::string directory = [] {
        const auto user = user_with_id(::geteuid());
        if (!user || !is_plain(user->home))
            throw Error{failure::bad_value, "your home is not known: name a directory"};
        return user->home + "/.local/share/applications";
    }();
    return directory;
}

bool is_directory(const std::string& path)
{
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

} // namespace

MenuRequest MenuRequest::parse(std::string_view untrusted_text)
{
    const auto colon = untrusted_text.find(':');
    MenuRequest request{QubeName::parse(untrusted_text.substr(0, colon)), {}};
    if (request.qube == QubeName::dom0())
        throw Error{failure::bad_value, "the applications of dom0 are no qube's"};
    if (colon == std::string_view::npos) {
        request.directory = own_directory();
        return request;
    }
    request.directory = untrusted_text.substr(colon + 1);
    if (!is_plain(request.directory))
        throw Error{failure::bad_value, "the directory is to be a plain absolute path"};
    return request;
}

std::string MenuRequest::first_to_make() const
{
    std::string place = directory;
    for (;;) {
        const std::string above = place.substr(0, place.rfind('/'));
        if (above.empty() || is_directory(paths::below_root(above)))
            return place;
        place = above;
    }
}

} // namespace qmgmt
