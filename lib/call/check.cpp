// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/check.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/paths.hpp"
#include "names/number.hpp"
#include "store/scan.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {
namespace {

std::string read_store()
{
    const std::string path = paths::below_root(paths::store);
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (!fd)
        throw_errno(failure::store, "cannot open the store", path);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error{failure::store, "cannot read the store: it is not a regular file", path};
    if (static_cast<std::size_t>(status.st_size) > largest_store)
        throw Error{failure::store, "the store is not valid: it is larger than 64 MiB"};
    return read_at(fd.get(), 0, static_cast<std::size_t>(status.st_size));
}

// "the store is not valid: line 7: ..." names its line in the text.
CheckFinding finding_of(const Error& error)
{
    constexpr std::string_view mark = ": line ";
    const std::string& text = error.text();
    const auto at = text.find(mark);
    const auto end = at == std::string::npos ? at : text.find(": ", at + mark.size());
    if (end == std::string::npos)
        return {0, "store", text};
    const auto line =
        parse_decimal(std::string_view{text}.substr(at + mark.size(), end - at - mark.size()));
    return {line.value_or(0), "store", text.substr(end + 2)};
}

void find_intents(std::vector<CheckFinding>& findings)
{
    const std::string directory = paths::below_root(paths::lasting) + "/intent";
    DIR* listing = ::opendir(directory.c_str());
    if (listing == nullptr)
        return;
    while (const dirent* entry = ::readdir(listing)) {
        if (entry->d_name[0] != '.')
            findings.push_back({0, "intent '" + std::string{entry->d_name} + "'",
                                "work was cut off; the next change clears it up"});
    }
    ::closedir(listing);
}

} // namespace

std::vector<CheckFinding> check_store()
{
    std::vector<CheckFinding> findings;
    try {
        const std::string bytes = read_store();
        for (StoreFault& fault : scan_store(bytes).faults)
            findings.push_back(
                {line_of(bytes, fault.offset), std::move(fault.subject), std::move(fault.text)});
    } catch (const Error& error) {
        findings.push_back(finding_of(error));
    }
    find_intents(findings);
    return findings;
}

} // namespace qmgmt
