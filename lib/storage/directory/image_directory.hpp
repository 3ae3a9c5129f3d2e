// SPDX-License-Identifier: GPL-2.0-or-later
//
// The directory of one qube in a directory pool, and the few durable steps everything else is made
// of: what appears under its final name is complete and on the disk, and so is its name. Symbolic
// links are never followed below the pool's directory.
#pragma once

#include "base/fd.hpp"
#include "storage/directory/image_name.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <time.h>
#include <vector>

namespace qmgmt {

struct ImageFacts {
    std::uint64_t size = 0;
    std::uint64_t allocated = 0;
    timespec modified{};
    bool writable = true; // by its mode

    // Same length and, to the nanosecond, same time of modification: a clone that nobody has
    // written to since.
    [[nodiscard]] bool same_state(const ImageFacts& other) const;
};

class ImageDirectory {
public:
    // What a clone may cost.
    enum class Effort { copy, share_only };

    // Nothing when it does not exist. `purpose` ("cannot start 'pool:vid'") begins the text of
    // every error.
    static std::optional<ImageDirectory> find(const std::string& pool_directory,
                                              const ImageVid& vid, std::string purpose);
    // Made, mode 0775, where it is missing. The directory of the pool itself must be there.
    static ImageDirectory make(const std::string& pool_directory, const ImageVid& vid,
                               std::string purpose);

    // Throws Error{storage} with the purpose and `reason`.
    [[noreturn]] void refuse(const std::string& reason) const;

    [[nodiscard]] std::vector<std::string> entries() const;
    // Nothing when it does not exist. Throws Error{storage} when it is no regular file.
    [[nodiscard]] std::optional<ImageFacts> facts(const std::string& name) const;

    // A new image that reads as zeros, replacing what has this name.
    void create_empty(const std::string& name, std::uint64_t size) const;
    // `to` becomes a copy of `from` with its time of modification, replacing what has this name.
    // Returns whether the two share their blocks; with Effort::share_only nothing is made if they
    // cannot.
    [[nodiscard]] bool clone(const std::string& from, const std::string& to, Effort effort) const;
    // For reading; for writing. Throws Error{storage} when it is not there or no regular file.
    [[nodiscard]] Fd open_image(const std::string& name) const;
    [[nodiscard]] Fd open_for_writing(const std::string& name) const;
    // Gives the open image `name` its size.
    void set_size(int fd, const std::string& name, std::uint64_t size) const;
    // The image grows to `size` bytes: in place, where only its qube uses it ...
    void grow(const std::string& name, std::uint64_t size) const;
    // ... or as a copy that replaces it: others may hold links to it, or have it open. Returns
    // whether the two share their blocks.
    [[nodiscard]] bool replace_by_larger(const std::string& name, std::uint64_t size) const;
    // `to`, which must not exist, becomes the very file `from` of `source`, or, where that is
    // impossible (another mount or subvolume), a clone that says in "user.qubes.source" what it was
    // made from: "device:inode:mtime_ns".
    void link(const ImageDirectory& source, const std::string& from, const std::string& to) const;
    // Whether `name` is what `link` would make now. False when either is missing.
    [[nodiscard]] bool is_link_of(const std::string& name, const ImageDirectory& source,
                                  const std::string& from) const;
    void rename(const std::string& from, const std::string& to) const;
    // The content of the image is on the disk.
    void flush(const std::string& name) const;
    // All that exist are gone, durably.
    void remove(const std::vector<std::string>& names) const;
    // The directory itself goes when nothing is left in it.
    void remove_if_empty() const;

private:
    ImageDirectory(Fd parent, Fd self, ImageVid vid, std::string purpose);

    [[noreturn]] void fail(const std::string& reason, const std::string& name,
                           std::uint64_t needed = 0) const;
    [[nodiscard]] Fd open_regular(const std::string& name, int flags) const;
    void sync() const;
    struct CloneOptions {
        Effort effort = Effort::copy;
        bool record_source = false;
        std::uint64_t least_size = 0;
    };
    [[nodiscard]] bool clone_from(const ImageDirectory& source, const std::string& from,
                                  const std::string& to, const CloneOptions& options) const;

    Fd parent_;
    Fd self_;
    ImageVid vid_;
    std::string purpose_;
};

// The vid of a volume in a directory pool. Throws Error{storage}, beginning with `purpose`, when
// the text is none.
[[nodiscard]] ImageVid image_vid(const std::string& vid, const std::string& purpose);

} // namespace qmgmt
