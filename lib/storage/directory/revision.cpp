// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/revision.hpp"

#include <algorithm>

namespace qmgmt {

std::vector<Revision> revisions(const ImageDirectory& images, const ImageNames& names)
{
    std::vector<Revision> found;
    for (auto& entry : images.entries())
        if (const auto number = names.revision_number(entry))
            found.push_back({*number, std::move(entry)});
    std::sort(found.begin(), found.end(),
              [](const Revision& a, const Revision& b) { return a.number < b.number; });
    return found;
}

bool add_revision(const ImageDirectory& images, const ImageNames& names, const ImageFacts& clean)
{
    const auto existing = revisions(images, names);
    if (!existing.empty()) {
        // an earlier attempt of this commit got this far
        const auto newest = images.facts(existing.back().file);
        if (newest && newest->same_state(clean))
            return true;
    }
    const auto number = existing.empty() ? 1 : existing.back().number + 1;
    return images.clone(names.clean(), names.revision(number, clean.modified.tv_sec),
                        ImageDirectory::Effort::copy);
}

std::optional<std::uint64_t> keep_as_revision(const ImageDirectory& images, const ImageNames& names,
                                              const std::string& from,
                                              ImageDirectory::Effort effort)
{
    const auto original = images.facts(from);
    if (!original)
        images.refuse("it has no image");
    const auto existing = revisions(images, names);
    const auto number = existing.empty() ? 1 : existing.back().number + 1;
    const std::string revision = names.revision(number, original->modified.tv_sec);
    const bool shares = images.clone(from, revision, effort);
    if (!shares && effort == ImageDirectory::Effort::share_only)
        return std::nullopt;
    return number;
}

void prune_revisions(const ImageDirectory& images, const ImageNames& names, std::size_t keep)
{
    const auto existing = revisions(images, names);
    std::vector<std::string> surplus;
    for (std::size_t i = 0; i + keep < existing.size(); ++i)
        surplus.push_back(existing[i].file);
    images.remove(surplus);
}

} // namespace qmgmt
