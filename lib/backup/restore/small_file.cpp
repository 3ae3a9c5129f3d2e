// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/small_file.hpp"

#include "backup/fault.hpp"

namespace qmgmt {
namespace {

constexpr std::string_view image_end = ".img";

[[noreturn]] void refuse_size(const ArchivedFile& file)
{
    throw BackupError{BackupFault::size_limit, "'" + file.name + "' is larger than it may be"};
}

} // namespace

void SmallFile::begin(const ArchivedFile& file)
{
    if (file.size > limit_)
        refuse_size(file);
    text_.assign(static_cast<std::size_t>(file.size), '\0');
}

void SmallFile::content(std::uint64_t offset, std::string_view bytes)
{
    text_.replace(static_cast<std::size_t>(offset), bytes.size(), bytes);
}

void CheckedFile::begin(const ArchivedFile& file)
{
    if (file.size > largest_)
        refuse_size(file);
}

QubeFile kind_of_file(std::string_view name) noexcept
{
    if (name.ends_with(image_end))
        return QubeFile::image;
    if (name == "firewall.xml")
        return QubeFile::firewall;
    if (name == "notes.txt")
        return QubeFile::notes;
    if (name == "whitelisted-appmenus.list")
        return QubeFile::menu;
    return name == "empty" ? QubeFile::empty : QubeFile::other;
}

std::string_view role_of_image(std::string_view name) noexcept
{
    return name.substr(0, name.size() - image_end.size());
}

} // namespace qmgmt
