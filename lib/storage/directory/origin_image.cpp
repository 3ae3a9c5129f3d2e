// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/directory/origin_image.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "storage/directory/revision.hpp"

#include <algorithm>

namespace qmgmt {

namespace {

using Effort = ImageDirectory::Effort;

// A precache that shares nothing would cost as much room as the image, only to make the next start
// faster. What it is made for has been done by then, and stands without it.
void make_precache(const ImageDirectory& images, const ImageNames& names)
{
    try {
        static_cast<void>(images.clone(names.clean(), names.precache(), Effort::share_only));
    } catch (const Error& error) {
        log_warning("the next start will be slower: " + error.text() + " (" + error.detail() +
                    "), ignoring");
    }
}

// A full disk costs the revision, not the commit: better than a qube whose changes can never be
// kept.
bool add_revision_or_warn(const ImageDirectory& images, const ImageNames& names,
                          const ImageFacts& clean, std::vector<std::string>& warnings)
{
    try {
        return add_revision(images, names, clean);
    } catch (const Error& error) {
        if (error.type() != failure::no_space)
            throw;
        warnings.emplace_back("no space left for a revision");
        return true;
    }
}

// After a commit: it stands, whatever becomes of this.
void tidy_up(const ImageDirectory& images, const ImageNames& names, int keep, bool shares,
             std::vector<std::string>& warnings)
{
    if (keep < 0)
        return;
    try {
        images.remove({names.precache()});
        if (shares)
            make_precache(images, names);
        prune_revisions(images, names, static_cast<std::size_t>(keep));
    } catch (const Error& error) {
        warnings.push_back("what is superfluous could not be tidied up (" + error.text() + ")");
    }
}

} // namespace

void remove_leftovers(const ImageDirectory& images, const ImageNames& names)
{
    std::vector<std::string> garbage{names.imported()};
    for (auto& entry : images.entries())
        if (names.is_temporary(entry))
            garbage.push_back(std::move(entry));
    images.remove(garbage);
}

void export_origin(const ImageDirectory& images, const ImageNames& names, const std::string& to,
                   int keep)
{
    if (!images.facts(names.clean()))
        images.refuse(images.facts(names.dirty()) ? "it runs with snapshots disabled"
                                                  : "it has no image");
    images.remove({to});
    // a committed image is never written to, only replaced; but where the qube runs on it
    if (keep < 0)
        static_cast<void>(images.clone(names.clean(), to, Effort::copy));
    else
        images.link(images, names.clean(), to);
}

void export_running(const ImageDirectory& images, const ImageNames& names, const std::string& to,
                    int keep)
{
    if (!images.facts(names.dirty()))
        return export_origin(images, names, to, keep);
    images.remove({to});
    if (!images.clone(names.dirty(), to, Effort::share_only))
        images.refuse("this file system cannot keep the state of a running qube: stop it first");
}

void remove_images(const ImageDirectory& images, const ImageNames& names)
{
    remove_leftovers(images, names);
    std::vector<std::string> exports;
    for (auto& entry : images.entries())
        if (names.exported_key(entry))
            exports.push_back(std::move(entry));
    images.remove(exports);
    prune_revisions(images, names, 0);
    images.remove({names.dirty(), names.precache()});
    images.remove({names.clean()});
}

void make_origin(const ImageDirectory& images, const ImageNames& names, std::uint64_t size,
                 int keep)
{
    remove_images(images, names);
    images.create_empty(names.clean(), size);
    if (keep >= 0)
        make_precache(images, names);
}

bool start_origin(const ImageDirectory& images, const ImageNames& names, int keep)
{
    const bool dirty = images.facts(names.dirty()).has_value();
    const auto clean = images.facts(names.clean());
    if (!dirty && !clean)
        images.refuse("it has no image");
    if (keep < 0) {
        prune_revisions(images, names, 0);
        images.remove({names.precache()});
    }
    if (dirty)
        return false;
    if (keep < 0) {
        images.rename(names.clean(), names.dirty());
        return true;
    }
    const auto precache = images.facts(names.precache());
    if (precache && precache->same_state(*clean)) {
        images.rename(names.precache(), names.dirty());
        return true;
    }
    images.remove({names.precache()});
    static_cast<void>(images.clone(names.clean(), names.dirty(), Effort::copy));
    return true;
}

std::vector<std::string> commit_origin(const ImageDirectory& images, const ImageNames& names,
                                       int keep)
{
    std::vector<std::string> warnings;
    const auto dirty = images.facts(names.dirty());
    if (!dirty)
        return warnings;
    const auto clean = images.facts(names.clean());
    bool shares = true;
    // a run that wrote nothing must not push an older state out of the revisions
    if (keep > 0 && clean && !clean->same_state(*dirty))
        shares = add_revision_or_warn(images, names, *clean, warnings);
    images.flush(names.dirty());
    images.rename(names.dirty(), names.clean()); // the one step that decides
    tidy_up(images, names, keep, shares, warnings);
    return warnings;
}

std::vector<std::string> exchange_origin(const ImageDirectory& images, const ImageNames& names,
                                         const std::string& from, int keep)
{
    std::vector<std::string> warnings;
    const auto clean = images.facts(names.clean());
    bool shares = true;
    if (keep > 0 && clean)
        shares = add_revision(images, names, *clean);
    images.rename(from, names.clean()); // the one step that decides
    tidy_up(images, names, keep, shares, warnings);
    return warnings;
}

std::uint64_t snapshot_origin(const ImageDirectory& images, const ImageNames& names)
{
    if (!images.facts(names.dirty()))
        return keep_as_revision(images, names, names.clean(), Effort::copy).value();
    // a copy takes its time, and what is written meanwhile would be in it or not as it comes
    const auto number = keep_as_revision(images, names, names.dirty(), Effort::share_only);
    if (!number)
        images.refuse("this file system cannot keep the state of a running qube: stop it first");
    return *number;
}

void revert_origin(const ImageDirectory& images, const ImageNames& names, std::uint64_t number,
                   int keep)
{
    const auto existing = revisions(images, names);
    const auto wanted = std::ranges::find(existing, number, &Revision::number);
    if (wanted == existing.end())
        throw Error{failure::revision_not_found, "no such snapshot"};
    const auto clean = images.facts(names.clean());
    if (keep > 0 && clean)
        static_cast<void>(add_revision(images, names, *clean));
    images.remove({names.precache()});
    const bool shares = images.clone(wanted->file, names.clean(), Effort::copy);
    if (keep >= 0 && shares)
        make_precache(images, names);
}

void grow_origin(const ImageDirectory& images, const ImageNames& names, std::uint64_t size,
                 int keep)
{
    if (images.facts(names.dirty()))
        return images.grow(names.dirty(), size);
    images.remove({names.precache()});
    const bool shares = images.replace_by_larger(names.clean(), size);
    if (keep >= 0 && shares)
        make_precache(images, names);
}

void abort_origin(const ImageDirectory& images, const ImageNames& names)
{
    if (images.facts(names.clean()))
        images.remove({names.dirty()});
    else if (images.facts(names.dirty())) // started without a copy: it is the only image there is
        images.rename(names.dirty(), names.clean());
}

} // namespace qmgmt
